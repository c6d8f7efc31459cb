//! Reads `.netrc`, as `ftp(1)` does: words separated by white space.
//!
//! A word may be in double quotes, where a backslash escapes the next character. A `#` in place of
//! a keyword starts a comment, which ends with the line; a value may begin with `#`. Macros
//! (`macdef`, up to an empty line) are skipped.

use towline::Secret;

/// The login for a host.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Login {
    pub(crate) user: Option<String>,
    pub(crate) password: Option<Secret>,
}

/// A quotation mark that is never closed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: unclosed quotation mark")]
pub(crate) struct OpenQuote {
    line: usize,
}

/// Finds the first entry in `text` for `host`, and for `user` if it is given.
///
/// The case of host names does not matter. `default` matches every host. An entry without a login
/// matches every user.
///
/// # Errors
/// [`OpenQuote`], because the end of the quoted word is unknown.
pub(crate) fn find(text: &str, host: &str, user: Option<&str>) -> Result<Option<Login>, OpenQuote> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut words = Words {
        rest: text,
        open_quote: None,
    };
    let login = search(&mut words, host, user);
    match words.open_quote {
        Some(rest) => Err(OpenQuote {
            line: 1 + text[..text.len() - rest].matches('\n').count(),
        }),
        None => Ok(login),
    }
}

fn search(words: &mut Words<'_>, host: &str, user: Option<&str>) -> Option<Login> {
    let mut entry: Option<Login> = None;
    let matches = |entry: &Login| match (user, entry.user.as_deref()) {
        (Some(wanted), Some(login)) => wanted == login,
        _ => true,
    };
    while let Some(word) = words.keyword() {
        match word.as_str() {
            "machine" | "default" => {
                if entry.as_ref().is_some_and(matches) {
                    return entry;
                }
                let here = word == "default"
                    || words
                        .value()
                        .is_some_and(|name| name.eq_ignore_ascii_case(host));
                entry = here.then_some(Login {
                    user: None,
                    password: None,
                });
            }
            "login" => {
                let value = words.value();
                if let Some(entry) = &mut entry {
                    entry.user = value;
                }
            }
            "password" => {
                let value = words.value();
                if let Some(entry) = &mut entry {
                    entry.password = value.map(Secret::new);
                }
            }
            "account" => {
                words.value();
            }
            "macdef" => words.skip_macro(),
            _ => {}
        }
    }
    entry.filter(matches)
}

struct Words<'a> {
    rest: &'a str,
    /// The length of the text after an unclosed quotation mark.
    open_quote: Option<usize>,
}

impl Words<'_> {
    fn keyword(&mut self) -> Option<String> {
        self.rest = self.rest.trim_start();
        while self.rest.starts_with('#') {
            self.skip_line();
            self.rest = self.rest.trim_start();
        }
        self.value()
    }

    fn value(&mut self) -> Option<String> {
        self.rest = self.rest.trim_start();
        if let Some(inside) = self.rest.strip_prefix('"') {
            self.rest = inside;
            return Some(self.quoted());
        }
        let end = self
            .rest
            .find(char::is_whitespace)
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!word.is_empty()).then(|| word.to_owned())
    }

    fn skip_line(&mut self) {
        self.rest = self.rest.split_once('\n').map_or("", |(_, rest)| rest);
    }

    /// A macro ends with an empty line.
    fn skip_macro(&mut self) {
        loop {
            self.skip_line();
            if self.rest.is_empty() || self.rest.starts_with(['\n', '\r']) {
                return;
            }
        }
    }

    fn quoted(&mut self) -> String {
        let mut word = String::new();
        let mut chars = self.rest.chars();
        loop {
            match chars.next() {
                Some('"') => break,
                Some('\\') => word.extend(chars.next()),
                Some(c) => word.push(c),
                None => {
                    self.open_quote = Some(self.rest.len());
                    break;
                }
            }
        }
        self.rest = chars.as_str();
        word
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, host: &str, user: Option<&str>) -> Option<(String, String)> {
        find(text, host, user).unwrap().map(|login| {
            (
                login.user.unwrap_or_default(),
                login
                    .password
                    .map(|p| p.reveal().to_owned())
                    .unwrap_or_default(),
            )
        })
    }

    fn pair(user: &str, password: &str) -> Option<(String, String)> {
        Some((user.to_owned(), password.to_owned()))
    }

    #[test]
    fn finds_the_host_on_one_line_or_many() {
        let text = "machine a.example login ann password one\n\
                    machine b.example\n  login bob\n  password two\n";
        assert_eq!(found(text, "a.example", None), pair("ann", "one"));
        assert_eq!(found(text, "B.Example", None), pair("bob", "two"));
        assert_eq!(found(text, "c.example", None), None);
    }

    #[test]
    fn a_given_user_chooses_among_entries() {
        let text = "machine h login ann password one machine h login bob password two";
        assert_eq!(found(text, "h", None), pair("ann", "one"));
        assert_eq!(found(text, "h", Some("bob")), pair("bob", "two"));
        assert_eq!(found(text, "h", Some("eve")), None);
    }

    #[test]
    fn default_matches_every_host_and_comes_last() {
        let text = "machine h login ann password one default login any password two";
        assert_eq!(found(text, "h", None), pair("ann", "one"));
        assert_eq!(found(text, "other", None), pair("any", "two"));
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        let text = "\u{feff}machine h login ann password one";
        assert_eq!(found(text, "h", None), pair("ann", "one"));
    }

    #[test]
    fn an_entry_without_a_login_serves_every_user() {
        assert_eq!(
            found("machine h password one", "h", Some("ann")),
            pair("", "one")
        );
    }

    #[test]
    fn reads_quotes_comments_accounts_and_macros() {
        let text = "# machine h login no password no\n\
                    macdef init\nmachine h login no password no\n\n\
                    machine h account x login \"a b\" password \"p \\\"q\\\" #r\" # login no\n";
        assert_eq!(found(text, "h", None), pair("a b", "p \"q\" #r"));
    }

    #[test]
    fn a_password_may_look_like_a_keyword() {
        assert_eq!(
            found("machine h login login password machine", "h", None),
            pair("login", "machine")
        );
    }

    #[test]
    fn a_password_may_begin_with_a_number_sign() {
        assert_eq!(
            found("machine h login ann password #1 # a comment", "h", None),
            pair("ann", "#1")
        );
    }

    #[test]
    fn unfinished_files_do_no_harm() {
        for text in ["machine", "machine h login", "macdef"] {
            let _ = find(text, "h", None);
        }
        assert_eq!(found("machine h login", "h", None), pair("", ""));
    }

    #[test]
    fn an_open_quotation_mark_is_named_with_its_line() {
        for text in ["\"", "default \"a\\", "machine h\nlogin \"ann\nmachine i"] {
            let error = find(text, "h", None).unwrap_err();
            let line = 1 + text.split('"').next().unwrap().matches('\n').count();
            assert!(error.to_string().starts_with(&format!("line {line}:")));
        }
        // An entry before it is found.
        let entry = "machine h login ann password one machine i login \"";
        assert_eq!(found(entry, "h", None), pair("ann", "one"));
    }

    #[test]
    fn debug_output_hides_the_password() {
        let login = find("machine h login ann password hunter2", "h", None);
        assert!(!format!("{login:?}").contains("hunter2"));
    }
}
