//! What is shown of a line that may contain a password.

use std::borrow::Cow;

/// What is shown in place of a secret.
const STARS: &[u8] = b"***";

/// Returns a line as people may see it: without passwords, even in misspelt and unofficial
/// commands.
pub(super) fn shown(line: &[u8]) -> Cow<'_, [u8]> {
    let blanks = line.len() - line.trim_ascii_start().len();
    let (verb, argument) = split_word(&line[blanks..]);
    if let Some(verb) = joined_to_secret(verb) {
        return Cow::Owned([&line[..blanks], verb, STARS].concat());
    }
    let Some(argument) = argument else {
        return Cow::Borrowed(line);
    };
    let argument_at = line.len() - argument.len();
    let (word, rest) = split_word(argument);
    if carries_secret(verb) {
        return Cow::Owned([verb, b" ", STARS].concat());
    }
    if verb.eq_ignore_ascii_case(b"SITE")
        && let Some(rest) = rest
        && (carries_secret(word) || adds_user(word))
    {
        return Cow::Owned([&line[..line.len() - rest.len()], STARS].concat());
    }
    let secrets = match verb.eq_ignore_ascii_case(b"USER") || verb.eq_ignore_ascii_case(b"CLNT") {
        true => in_user(argument),
        false => in_address(argument),
    };
    match secrets {
        None => Cow::Borrowed(line),
        Some((from, to)) => {
            let (from, to) = (argument_at + from, argument_at + to);
            Cow::Owned([&line[..from], STARS, &line[to..]].concat())
        }
    }
}

fn split_word(line: &[u8]) -> (&[u8], Option<&[u8]>) {
    match line.iter().position(u8::is_ascii_whitespace) {
        Some(at) => (&line[..at], Some(&line[at + 1..])),
        None => (line, None),
    }
}

fn contains(word: &[u8], part: &[u8]) -> bool {
    let mut places = word.windows(part.len());
    places.any(|place| place.eq_ignore_ascii_case(part))
}

fn is_one_of(word: &[u8], words: &[&[u8]]) -> bool {
    words.iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// Whether `word`, a verb or the first word of SITE, announces a password.
fn carries_secret(word: &[u8]) -> bool {
    if is_one_of(word, &[b"PASV", b"SPSV", b"PWD", b"XPWD"]) {
        return false;
    }
    let parts: [&[u8]; 5] = [b"PAS", b"PSW", b"PWD", b"PASW", b"SECRET"];
    is_one_of(word, &[b"ACCT"]) || parts.iter().any(|part| contains(word, part))
}

/// Whether `word` is a form of `SITE ADDUSER name password`.
fn adds_user(word: &[u8]) -> bool {
    contains(word, b"ADDUSER") || contains(word, b"USERADD")
}

/// Returns the verb at the start of a word that goes on with a password, as in `PASS:secret`.
fn joined_to_secret(word: &[u8]) -> Option<&[u8]> {
    let verbs: [&[u8]; 4] = [b"PASS", b"PASSWD", b"PASSWORD", b"PASSS"];
    let (verb, rest) = word.split_at_checked(4)?;
    let is_joined = verb.eq_ignore_ascii_case(b"PASS") && !rest.is_empty();
    (is_joined && !is_one_of(word, &verbs)).then_some(verb)
}

/// Returns where the password is in `name:password@server`.
fn in_user(user: &[u8]) -> Option<(usize, usize)> {
    let at = memchr::memrchr(b'@', user).unwrap_or(0);
    let colon = memchr::memchr(b':', &user[..at])?;
    Some((colon + 1, at))
}

/// Returns where the password is in `scheme://name:password@server`. It may contain a slash, a blank or
/// an `@`, so it ends at the last one.
fn in_address(text: &[u8]) -> Option<(usize, usize)> {
    let from = text.windows(3).position(|place| place == b"://")? + 3;
    let behind = &text[from..];
    let at = memchr::memrchr(b'@', behind)?;
    let name_end = behind.iter().position(|byte| b"/ ".contains(byte));
    let name = &behind[..name_end.unwrap_or(behind.len()).min(at)];
    let colon = memchr::memchr(b':', name)?;
    Some((from + colon + 1, from + at))
}

#[cfg(test)]
mod tests {
    use super::super::Command;
    use super::*;

    fn parsed(line: &str) -> String {
        Command::parse(line.as_bytes())
            .expect("a command")
            .to_string()
    }

    #[test]
    fn hides_passwords_in_commands_of_all_kinds() {
        for line in [
            "PASS secret",
            "SITE PSWD secret secret",
            "SITE CHPASS secret",
            "site passwd bob secret",
            "SITE GPASS secret",
            "SITE ADDUSER bob secret",
            "PAS secret",
            "PASSS secret",
            "XPASS secret",
            "PASSsecret",
            "USER bob:secret@files.example:21",
            "CWD ftp://bob:secret@files.example/a",
            "RETR ftp://bob:secret@files.example",
            "CWD ftp://bob:se/secret@files.example/a",
            "CWD ftp://bob:x@y/secret@files.example",
            "CWD ftp://bob:x secret@files.example",
            "CWD ftp://bob:1/secret@files.example",
            "CLNT bob:secret@files.example",
        ] {
            let shown = parsed(line);
            let hides =
                |text: &str| !text.to_lowercase().contains("secret") && text.contains("***");
            assert!(hides(&shown), "{shown}");
            let raw = shown_as_raw(line);
            assert!(hides(&raw), "{raw}");
        }
        assert!(!shown_as_raw("PASS:secret").contains("secret"));
        assert!(!shown_as_raw(" pass\tsecret").contains("secret"));
    }

    fn shown_as_raw(line: &str) -> String {
        String::from_utf8_lossy(&shown(line.as_bytes())).into_owned()
    }

    #[test]
    fn shows_everything_else() {
        for line in [
            "PASV",
            "PWD",
            "SITE CHMOD 644 passwords.txt",
            "RETR passwd",
            "CWD a:b@c",
            "USER bob@files.example:21",
            "MFF modify=20200101000000; passwd",
            "STOR ftp://files.example/a@b:c",
            "STOR ftp://files.example/a:b@c",
            "STOR ftp://files.example:21/a",
        ] {
            assert_eq!(parsed(line), line);
            assert_eq!(shown_as_raw(line), line);
        }
    }
}
