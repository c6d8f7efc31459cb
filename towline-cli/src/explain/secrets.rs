//! Masks passwords in a line of a pasted text where a known sign announces them: a command, an
//! option, a URL, a name such as `password`, or the call of a login. A quoted password ends at its
//! own quotation mark. Where its end cannot be told, the rest of the line is masked. A password
//! without a sign on its own line is not found.

/// What a secret is shown as.
const MASK: &str = "***";

/// Names of secrets, or parts of such names.
const NAMES: [&str; 15] = [
    "password",
    "passwd",
    "passwort",
    "passphrase",
    "passcode",
    "pass",
    "pwd",
    "secret",
    "kennwort",
    "senha",
    "authorization",
    "contrase\u{f1}a",
    "\u{5bc6}\u{7801}",
    "\u{5bc6}\u{78bc}",
    "\u{30d1}\u{30b9}\u{30ef}\u{30fc}\u{30c9}",
];

/// What may stand between a name and its value, the longer ones first.
const SEPARATORS: [&str; 11] = [
    "=>", "==", ":=", "->", "=", ":", "(", ">", "\u{ff1a}", "\u{ff1d}", "value=",
];

/// Quotation marks, the longer ones first.
const QUOTES: [(&str, &str); 9] = [
    ("&quot;", "&quot;"),
    ("&#39;", "&#39;"),
    ("\\\"", "\\\""),
    ("\\'", "\\'"),
    ("\"", "\""),
    ("'", "'"),
    ("`", "`"),
    ("\u{201c}", "\u{201d}"),
    ("\u{2018}", "\u{2019}"),
];

/// Words behind `PWD` that say that it is the command.
const OF_PWD: [&str; 8] = [
    "command",
    "failed",
    "is",
    "not",
    "ok",
    "reply",
    "response",
    "successful",
];

/// Options of programs before `USER:PASSWORD` or `USER,PASSWORD`.
const OPTIONS: [&str; 3] = ["-u", "--user", "--proxy-user"];

/// Calls whose arguments are a user and a password.
const CALLS: [&str; 4] = ["login(", "credential(", "ftp_login(", "ftp_tls("];

/// A line without what may be a secret.
pub(super) fn without_secrets(line: &str) -> String {
    let line = without_argument(line);
    let line = without_each(&line, "://", |_, rest| in_url(rest));
    let line = CALLS.iter().fold(line, |line, call| {
        without_each(&line, call, |_, rest| in_call(rest))
    });
    let line = without_each(&line, "connect(", |_, rest| in_connect(rest));
    let line = behind_users(&line);
    let line = OPTIONS.iter().fold(line, |line, option| {
        without_each(&line, option, |before, rest| {
            let is_option = before.is_empty() || before.ends_with(char::is_whitespace);
            is_option.then(|| behind_user(rest)).flatten()
        })
    });
    NAMES.iter().fold(line, |line, name| {
        without_each(&line, name, |before, rest| value(name, before, rest))
    })
}

/// A line of a dialogue without the argument of `PASS` or `ACCT`, or of the command `user` of a
/// program, behind the name.
fn without_argument(line: &str) -> String {
    // Of the same length, so that a place in one is the same place in the other.
    let lower = line.to_ascii_lowercase();
    let starts_word = |at: usize| !lower[..at].ends_with(char::is_alphanumeric);
    let ends = ["pass ", "acct "].into_iter().flat_map(|verb| {
        let places = lower.match_indices(verb).map(|(at, _)| at);
        let mut places = places.filter(|at| starts_word(*at));
        places.next().map(|at| at + verb.len())
    });
    let users = ["user ", "USER "].into_iter().flat_map(|verb| {
        let places = line.match_indices(verb).map(|(at, _)| at);
        let mut places = places.filter(|at| is_command(&line[..*at]));
        places.find_map(|at| {
            let end = at + verb.len();
            let name = word_end(&line[end..]);
            let behind = line[end + name..].trim_start();
            (!behind.is_empty()).then(|| line.len() - behind.len())
        })
    });
    match ends.min().into_iter().chain(users).min() {
        Some(end) => format!("{}{MASK}", &line[..end]),
        None => line.to_owned(),
    }
}

/// Whether a command may follow: not in a sentence, nor in a reply.
fn is_command(before: &str) -> bool {
    if !before.is_empty() && !before.ends_with(|c: char| c.is_whitespace() || "\"'`".contains(c)) {
        return false;
    }
    let word = before.split_whitespace().next_back().unwrap_or_default();
    let is_code = word.len() >= 3
        && word[..].bytes().take(3).all(|b| b.is_ascii_digit())
        && matches!(&word.as_bytes()[3..], [] | [b'-']);
    !is_code && !word.ends_with(char::is_alphabetic)
}

/// Masks, behind each `sign`, the part that `secret` finds in what follows, which may depend on
/// what is before the sign.
fn without_each(
    line: &str,
    sign: &str,
    secret: impl Fn(&str, &str) -> Option<(usize, usize)>,
) -> String {
    let lower = line.to_ascii_lowercase();
    let mut masked = String::new();
    let mut from = 0;
    while let Some(at) = lower[from..].find(sign).map(|at| from + at) {
        let end = at + sign.len();
        let rest = &line[end..];
        masked.push_str(&line[from..end]);
        from = end;
        if let Some((start, length)) = secret(&line[..at], rest)
            && let (Some(kept), Some(_)) = (rest.get(..start), rest.get(start..start + length))
        {
            masked.push_str(kept);
            masked.push_str(MASK);
            from = end + start + length;
        }
    }
    masked.push_str(&line[from..]);
    masked
}

/// The password in what follows `://`. It may contain `/` and `@`.
fn in_url(rest: &str) -> Option<(usize, usize)> {
    let url = rest.split(char::is_whitespace).next()?;
    let host = match url.starts_with('[') {
        true => url.find(']')?,
        false => 0,
    };
    let first = host + url.get(host..)?.find([':', '/'])?;
    let behind = url.get(first..)?.strip_prefix(':')?;
    let digits = behind.len()
        - behind
            .trim_start_matches(|c: char| c.is_ascii_digit())
            .len();
    let is_port = digits > 0 && !behind[digits..].starts_with(|c: char| c == '@' || is_part(c));
    let start = first + 1;
    match url.rfind('@').filter(|at| *at > first) {
        _ if is_port => None,
        Some(at) => Some((start, at - start)),
        // A blank may be part of it.
        None => (!behind.is_empty()).then(|| (start, rest.len() - start)),
    }
}

/// Whether a port cannot end before this character.
fn is_part(c: char) -> bool {
    c.is_alphanumeric() || "_-.!$%*+~#:".contains(c)
}

/// The arguments of a call, if they are strings or more than one. A stack trace has neither.
fn in_call(rest: &str) -> Option<(usize, usize)> {
    let has_arguments = !rest.trim_start().starts_with(')') && rest.contains(['"', '\'', ',']);
    has_arguments.then_some((0, rest.len()))
}

/// Masks the password in `USER:PASSWORD@HOST` without a scheme.
fn behind_users(line: &str) -> String {
    let mask = |word: &str| {
        let (login, host) = word.rsplit_once('@')?;
        let (user, password) = login.split_once(':')?;
        let is_user = !user.is_empty()
            && user
                .chars()
                .all(|c| c.is_alphanumeric() || "._-\\".contains(c));
        let is_host = host.starts_with(|c: char| c.is_alphanumeric() || c == '[');
        let is_url = password.starts_with("//");
        (is_user && is_host && !is_url && !password.is_empty())
            .then(|| format!("{user}:{MASK}@{host}"))
    };
    let words = line.split(' ').map(|word| {
        let quotes = ['"', '\'', '`', '(', '<'];
        let bare = word.trim_start_matches(quotes);
        let before = word.strip_suffix(bare).unwrap_or_default();
        mask(bare).map_or_else(|| word.to_owned(), |masked| format!("{before}{masked}"))
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The arguments of a call that connects, if a string is among at least three.
fn in_connect(rest: &str) -> Option<(usize, usize)> {
    let arguments = rest.split(['(', ')']).next().unwrap_or_default();
    let is_login = arguments.matches(',').count() >= 2 && arguments.contains(['"', '\'']);
    is_login.then_some((0, rest.len()))
}

/// The password behind a user and `:` or `,`.
fn behind_user(rest: &str) -> Option<(usize, usize)> {
    let argument = rest.trim_start_matches([' ', '\t', '=']);
    let begin = rest.len() - argument.len();
    let word = argument.get(..word_end(argument))?;
    let start = word.find([':', ','])? + 1;
    let end = match word.chars().next() {
        Some(quote @ ('"' | '\'')) if word.len() > start && word.ends_with(quote) => word.len() - 1,
        _ => word.len(),
    };
    (end > start).then(|| (begin + start, end - start))
}

/// The value of what is called `name`, or has it in its own name.
fn value(name: &str, before: &str, rest: &str) -> Option<(usize, usize)> {
    let is_part = |c: char| c.is_alphanumeric() || "_-.".contains(c);
    let is_ascii = name.is_ascii();
    let tail = match is_ascii {
        true => rest.trim_start_matches(is_part),
        false => rest,
    };
    // As in "passive".
    if name == "pass" && rest.starts_with(char::is_alphabetic) {
        return None;
    }
    let (separated, is_quoted) = without_gap(tail);
    let mut value = SEPARATORS
        .iter()
        .find_map(|separator| separated.strip_prefix(separator).map(|v| (*separator, v)));
    if value.is_none() && is_quoted {
        value = separated.strip_prefix(',').map(|value| (",", value));
    }
    let Some((separator, value)) = value else {
        return argument(name, before, rest, tail);
    };
    let value = value.trim_start();
    let start = rest.len() - value.len();
    if let Some((skip, length)) = quoted(value) {
        return (length > 0).then_some((start + skip, length));
    }
    let length = match separator {
        ">" => value.find('<').unwrap_or(value.len()),
        _ => value.find("; ").unwrap_or(value.len()),
    };
    (length > 0).then_some((start, length))
}

/// What follows blanks, quotation marks and brackets, and whether there was a quotation mark.
fn without_gap(text: &str) -> (&str, bool) {
    let mut rest = text;
    let mut is_quoted = false;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ']');
        let marks = QUOTES.iter().flat_map(|(open, close)| [open, close]);
        match marks.into_iter().find_map(|mark| rest.strip_prefix(*mark)) {
            Some(behind) => {
                is_quoted = true;
                rest = behind;
            }
            None => return (rest, is_quoted),
        }
    }
}

/// The length of the opening mark of a quoted value, and of what is between the marks.
fn quoted(value: &str) -> Option<(usize, usize)> {
    let found = QUOTES
        .iter()
        .find_map(|(open, close)| Some((*open, *close, value.strip_prefix(open)?)));
    let (open, close, inner) = found?;
    let mut from = 0;
    let length = loop {
        let Some(at) = inner[from..].find(close).map(|at| from + at) else {
            break inner.len();
        };
        let slashes = inner[..at]
            .bytes()
            .rev()
            .take_while(|b| *b == b'\\')
            .count();
        // A doubled mark stands for one inside.
        let is_doubled = inner[at + close.len()..].starts_with(close) && at > 0;
        if slashes % 2 == 0 && !is_doubled {
            break at;
        }
        from = at + close.len() * if is_doubled { 2 } else { 1 };
    };
    Some((open.len(), length))
}

/// The argument of an option, or of a word of `.netrc`.
fn argument(name: &str, before: &str, rest: &str, tail: &str) -> Option<(usize, usize)> {
    let value = tail.trim_start();
    if value.is_empty() || value.len() == tail.len() {
        return None;
    }
    let words: Vec<_> = before.split_whitespace().collect();
    let is_word = before.is_empty() || before.ends_with(char::is_whitespace);
    let is_option = !is_word && words.last().is_some_and(|word| word.starts_with('-'));
    let length = word_end(value);
    let follows = value.get(..length).unwrap_or_default().to_lowercase();
    let is_pwd = is_word && name == "pwd" && !OF_PWD.contains(&follows.as_str());
    let is_netrc = is_word
        && match words.as_slice() {
            [] => length == value.len(),
            [.., word, of] => {
                let word = word.to_ascii_lowercase();
                ["machine", "login", "account"].contains(&word.as_str())
                    && !["or", "and"].contains(of)
            }
            [word] => *word == "default",
        };
    let start = rest.len() - value.len();
    (is_option || is_netrc || is_pwd).then_some((start, length))
}

/// Where a word of a command line ends. Quotation marks and `\` keep blanks inside.
fn word_end(text: &str) -> usize {
    let mut quote = None;
    let mut is_escaped = false;
    for (at, c) in text.char_indices() {
        match (c, quote) {
            _ if is_escaped => is_escaped = false,
            ('\\', _) => is_escaped = true,
            ('"' | '\'', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            (c, None) if c.is_whitespace() => return at,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked() {
        for (line, masked) in [
            ("C: PASS hunter2", "C: PASS ***"),
            ("acct hunter2", "acct ***"),
            (
                "GET ftp://bob:hunter2@h/x 530 no",
                "GET ftp://bob:***@h/x 530 no",
            ),
            (
                "ftp://bob:p@ss@h, ftp://a:b@c",
                "ftp://bob:***@h, ftp://a:***@c",
            ),
            ("password=hunter2; 530 no", "password=***; 530 no"),
            ("\"password\": \"hunter2\", x", "\"password\": \"***\", x"),
            ("f.setPassword(\"hunter2\");", "f.setPassword(\"***\");"),
            (
                "\u{5bc6}\u{7801}\u{ff1a}hunter2",
                "\u{5bc6}\u{7801}\u{ff1a}***",
            ),
            ("curl -u bob:hunter2 ftp://h", "curl -u bob:*** ftp://h"),
        ] {
            assert_eq!(without_secrets(line), masked);
        }
    }

    #[test]
    fn a_quoted_secret_ends_at_its_own_mark() {
        for (line, masked) in [
            (
                "'password' => 'hunter2', 'port' => 21",
                "'password' => '***', 'port' => 21",
            ),
            ("password='hunt er2' x", "password='***' x"),
            ("setPassword(\"hun)ter2\") x", "setPassword(\"***\") x"),
            ("password: \"a'hunter2\" x", "password: \"***\" x"),
            ("password=\"a\\\"hunter2\" x", "password=\"***\" x"),
            ("password='a''hunter2' x", "password='***' x"),
            (
                "{\\\"password\\\": \\\"hunter2\\\"}",
                "{\\\"password\\\": \\\"***\\\"}",
            ),
            (
                "put(\"password\", \"hunter2\") x",
                "put(\"password\", \"***\") x",
            ),
            ("$c['password'] = 'hunter2'; x", "$c['password'] = '***'; x"),
            (
                "name=\"password\" value=\"hunter2\"/>",
                "name=\"password\" value=\"***\"/>",
            ),
            ("password='hunter2", "password='***"),
            ("lftp -u 'bob,hunt er2' h", "lftp -u 'bob,***' h"),
            ("--password \"hunt er2\" h", "--password *** h"),
        ] {
            assert_eq!(without_secrets(line), masked);
        }
    }

    #[test]
    fn a_secret_without_marks_hides_what_may_belong_to_it() {
        for (line, masked) in [
            ("password => hunter2", "password => ***"),
            ("password: hunt er2", "password: ***"),
            ("setPassword(hun)ter2)", "setPassword(***"),
            ("ftp://bob:hun/ter2@h", "ftp://bob:***@h"),
            ("ftp://bob:12hun/ter2@h", "ftp://bob:***@h"),
            ("ftp://bob:'hunter2'@h", "ftp://bob:***@h"),
            ("ftp://bob:hunt er2@h", "ftp://bob:***"),
            ("lftp -u bob,hunter2", "lftp -u bob,***"),
            ("open -u bob,hunter2 h", "open -u bob,*** h"),
            ("curl --user=bob:hunter2 h", "curl --user=bob:*** h"),
            (
                "machine h login bob password hunter2",
                "machine h login bob password ***",
            ),
            (
                "machine h password hunter2 login bob",
                "machine h password *** login bob",
            ),
            ("  password hunter2", "  password ***"),
            ("user bob hunter2", "user bob ***"),
            ("ftp> user bob hunter2", "ftp> user bob ***"),
            ("pass=hunter2", "pass=***"),
            ("FTP_PASS=hunter2", "FTP_PASS=***"),
            ("PASS: hunter2", "PASS: ***"),
            ("--password hunter2 h", "--password *** h"),
            ("--ftp-password=hunter2", "--ftp-password=***"),
            ("<password>x</password>", "<password>***</password>"),
            ("<ftpPassword>x<", "<ftpPassword>***<"),
            ("TOWLINE_PASSWORD_X=hunter2", "TOWLINE_PASSWORD_X=***"),
            ("client.login(\"bob\", \"hunter2\")", "client.login(***"),
            (
                "new NetworkCredential(user, pw)",
                "new NetworkCredential(***",
            ),
            ("connect(host, 21, \"bob\", \"hunter2\")", "connect(***"),
            ("ftp.Connect('h', 'bob', 'hunter2') x", "ftp.Connect(***"),
            ("lftp bob:hunter2@h", "lftp bob:***@h"),
            ("open \"bob:hun:t@er2@h\" now", "open \"bob:***@h\" now"),
            ("User bob Pwd hunter2", "User bob Pwd ***"),
            ("pwd hunter2 530 no", "pwd *** 530 no"),
        ] {
            assert_eq!(without_secrets(line), masked);
        }
    }

    #[test]
    fn other_text_stays() {
        for line in [
            "530 Login or password incorrect.",
            "331 Password required for bob",
            "ftp://bob@h:21/x",
            "ftp://h:21/a@b",
            "ftp://h:21, or bob@h",
            "ftp://[::1]:21/x",
            "passive mode",
            "passive: on",
            "bypass me",
            "530 User bob cannot log in.",
            "230 user bob logged in",
            "530 login failed for user bob on h",
            "at x.FTPClient.login(FTPClient.java:12)",
            "curl -u bob ftp://h",
            "Connection refused - connect(2) for \"10.0.0.5\" port 21",
            "at Client.connect(Client.java:12), at b, at c",
            "connect('h', 21)",
            "PWD command successful",
            "mail to: bob@h",
            "12:30:15 bob@h",
        ] {
            assert_eq!(without_secrets(line), line);
        }
    }
}
