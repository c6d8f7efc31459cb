//! The dialogue in a pasted text: which line is a command, and which is a reply.

use super::code;

/// Verbs of FTP that lines are searched for, in upper case.
const VERBS: [&str; 44] = [
    "ABOR", "ACCT", "ALLO", "APPE", "AUTH", "CCC", "CDUP", "CLNT", "CWD", "DELE", "EPRT", "EPSV",
    "FEAT", "HASH", "HOST", "LANG", "LIST", "MDTM", "MFMT", "MKD", "MLSD", "MLST", "MODE", "NLST",
    "NOOP", "OPTS", "PASS", "PASV", "PBSZ", "PORT", "PROT", "PWD", "QUIT", "REST", "RETR", "RMD",
    "RNFR", "RNTO", "SITE", "SIZE", "STAT", "STOR", "TYPE", "USER",
];

/// Verbs that are words of other sentences.
const ENGLISH: [&str; 14] = [
    "HASH", "HELP", "HOST", "LIST", "MODE", "PASS", "PORT", "QUIT", "REST", "SITE", "SIZE", "STAT",
    "TYPE", "USER",
];

/// Words that a program puts before a command.
const BEFORE: [&str; 9] = [
    "quote", "quot", "raw", "literal", "send", "sent", "sending", "command", "cmd",
];

/// What programs put before each line of a reply, in lower case.
const REPLIES: [&str; 8] = [
    "<",
    "response:",
    "antwort:",
    "réponse",
    "响应",
    "回應",
    "レスポンス",
    "応答",
];

/// What a line of the text says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said<'a> {
    Command {
        /// In upper case.
        verb: &'static str,
        /// The first word of its argument, which may be empty.
        argument: &'a str,
    },
    Reply {
        code: u16,
        /// Where its code begins in the line, in bytes.
        at: usize,
        /// What follows the code.
        text: &'a str,
    },
    Other,
}

/// Reads a line, which has single blanks.
pub(super) fn said(line: &str) -> Said<'_> {
    if let Some((verb, argument)) = command(line) {
        return Said::Command { verb, argument };
    }
    match reply(line) {
        Some((code, at, text)) => Said::Reply { code, at, text },
        None => Said::Other,
    }
}

/// A command: a verb that begins the line, or follows what a program puts before it. In capitals,
/// if it is a word of other sentences too.
fn command(line: &str) -> Option<(&'static str, &str)> {
    // Part of a reply of several lines, such as the one to FEAT.
    let lower = line.to_lowercase();
    if REPLIES.iter().any(|mark| lower.starts_with(mark)) {
        return None;
    }
    let mut before = "";
    let mut words = line.split(' ');
    while let Some(word) = words.next() {
        if let Some(verb) = verb(bare(word))
            && may_precede_command(before)
        {
            return Some((verb, words.next().map_or("", bare)));
        }
        // A reply, which may name commands.
        if is_code(bare(word)) && may_precede_command(before) {
            return None;
        }
        before = word;
    }
    None
}

fn verb(word: &str) -> Option<&'static str> {
    let mut verbs = VERBS.into_iter();
    let verb = verbs.find(|verb| verb.eq_ignore_ascii_case(word))?;
    (word == verb || !ENGLISH.contains(&verb)).then_some(verb)
}

fn may_precede_command(word: &str) -> bool {
    let word = word.to_lowercase();
    !word.ends_with(char::is_alphabetic) || BEFORE.contains(&word.as_str())
}

fn is_code(word: &str) -> bool {
    let code = word.split('-').next().unwrap_or_default();
    code.len() == 3 && code.bytes().all(|b| b.is_ascii_digit())
}

/// The first reply in a line: its code, where that begins, and what follows it.
pub(super) fn reply(line: &str) -> Option<(u16, usize, &str)> {
    let lower = line.to_lowercase();
    // Places in one are those in the other.
    if lower.len() != line.len() {
        return None;
    }
    let mut starts = line.char_indices().map(|(at, _)| at);
    starts.find_map(|at| {
        let digits = line.get(at..at + 3)?;
        let first = digits.bytes().next()?;
        let is_code = digits.bytes().all(|b| b.is_ascii_digit()) && (b'1'..=b'6').contains(&first);
        if !is_code || !code::is_clear(&lower, at) {
            return None;
        }
        let text = line.get(at + 3..)?;
        Some((
            digits.parse().ok()?,
            at,
            text.trim_start_matches([' ', '-', ')', ':']),
        ))
    })
}

/// A word without quotation marks and other punctuation around it.
pub(super) fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_told_from_words_about_it() {
        for line in [
            "AUTH TLS",
            "Command: AUTH TLS",
            "\u{547d}\u{4ee4}: AUTH TLS",
            "> AUTH TLS",
            "> 2024-03-01 02:00:01.123 AUTH TLS",
            "---> AUTH TLS",
            "*cmd* 'AUTH TLS'",
            "ftp> quote AUTH TLS",
            "AUTH TLS -> 502 no",
            "EZA1701I >>> AUTH TLS",
        ] {
            let command = Said::Command {
                verb: "AUTH",
                argument: "TLS",
            };
            assert_eq!(said(line), command, "{line}");
        }
        for line in [
            "500 AUTH not understood",
            "Response: 500 AUTH not understood",
            "the server knows no AUTH TLS",
            "use AUTH",
            "size: 12",
            "> port 21",
        ] {
            assert!(!matches!(said(line), Said::Command { .. }), "{line}");
        }
    }

    #[test]
    fn a_reply_is_found_behind_what_programs_write_before_it() {
        for line in [
            "500 no",
            "< 500 no",
            "Response: 500 no",
            "< 2024-03-01 02:00:01.123 500 no",
            "ftplib.error_perm: 500 no",
        ] {
            assert!(
                matches!(
                    said(line),
                    Said::Reply {
                        code: 500,
                        text: "no",
                        ..
                    }
                ),
                "{line}"
            );
        }
        assert_eq!(said("it took 500 ms"), Said::Other);
    }
}
