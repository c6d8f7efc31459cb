//! Keeps passwords in a pasted text off the terminal.

/// What a secret is shown as.
const MASK: &str = "***";

/// Words before a secret, if `=`, `:` or `(` follows.
const WORDS: [&str; 8] = [
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "\u{5bc6}\u{7801}",
    "\u{5bc6}\u{78bc}",
    "\u{30d1}\u{30b9}\u{30ef}\u{30fc}\u{30c9}",
];

/// Options of programs before `USER:PASSWORD`.
const OPTIONS: [&str; 3] = ["-u ", "--user ", "--proxy-user "];

/// A line without what may be a secret: the arguments of `PASS` and `ACCT`, passwords in URLs, and
/// values that are called one.
pub(super) fn without_secrets(line: &str) -> String {
    let line = without_argument(line);
    let line = without_each(&line, "://", in_url);
    let line = WORDS
        .iter()
        .fold(line, |line, word| without_each(&line, word, value));
    OPTIONS.iter().fold(line, |line, option| {
        without_each(&line, option, |rest| {
            let end = rest.find(' ').unwrap_or(rest.len());
            let colon = rest.get(..end)?.find(':')?;
            Some((colon + 1, end))
        })
    })
}

/// A line of a dialogue without the argument of `PASS` or `ACCT`.
fn without_argument(line: &str) -> String {
    // Of the same length, so that a place in one is the same place in the other.
    let lower = line.to_ascii_lowercase();
    let starts_word = |at: usize| !lower[..at].ends_with(char::is_alphanumeric);
    let ends = ["pass ", "acct "].into_iter().flat_map(|verb| {
        let places = lower.match_indices(verb).map(|(at, _)| at);
        let mut places = places.filter(|at| starts_word(*at));
        places.next().map(|at| at + verb.len())
    });
    match ends.min() {
        Some(end) => format!("{}{MASK}", &line[..end]),
        None => line.to_owned(),
    }
}

/// Masks, behind each `sign`, the part that `secret` finds in what follows.
fn without_each(line: &str, sign: &str, secret: impl Fn(&str) -> Option<(usize, usize)>) -> String {
    let mut masked = String::new();
    let mut rest = line;
    while let Some(at) = rest.to_ascii_lowercase().find(sign) {
        let (before, after) = rest.split_at(at + sign.len());
        masked.push_str(before);
        rest = after;
        if let Some((start, end)) = secret(after)
            && let (Some(kept), Some(behind)) = (after.get(..start), after.get(end..))
        {
            masked.push_str(kept);
            masked.push_str(MASK);
            rest = behind;
        }
    }
    masked.push_str(rest);
    masked
}

/// The password in what follows `://`.
fn in_url(rest: &str) -> Option<(usize, usize)> {
    let ends = |c: char| c.is_whitespace() || "/\"'<>".contains(c);
    let authority = rest.split(ends).next()?;
    let at = authority.rfind('@')?;
    let colon = authority.get(..at)?.find(':')?;
    Some((colon + 1, at))
}

/// The value that follows its name.
fn value(rest: &str) -> Option<(usize, usize)> {
    let gap = |c: char| c.is_whitespace() || "\"'".contains(c);
    let separated = rest.trim_start_matches(gap);
    let value = separated.strip_prefix(['=', ':', '(', '\u{ff1a}'])?;
    let value = value.trim_start_matches(gap);
    let start = rest.len() - value.len();
    let ends = |c: char| c.is_whitespace() || "\"',;)&}".contains(c);
    let length = value.find(ends).unwrap_or(value.len());
    (length > 0).then_some((start, start + length))
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
    fn other_text_stays() {
        for line in [
            "530 Login or password incorrect.",
            "331 Password required for bob",
            "ftp://bob@h:21/x",
            "ftp://h:21/a@b",
            "passive mode",
            "bypass me",
        ] {
            assert_eq!(without_secrets(line), line);
        }
    }
}
