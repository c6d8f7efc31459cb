//! Commands that a server refuses, whatever words it has for that.

use super::catalogue;
use super::dialogue::{Said, bare, reply, said};
use super::finding::Finding;
use super::pasted::Reading;

/// A refused command that an explanation is about.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) finding: &'static Finding,
    /// The command, as the finding has it.
    pub(super) command: &'static str,
    /// The place of the reply in the text, in bytes.
    pub(super) start: usize,
}

/// Words of a reply that wants the command, rather than refusing it.
const WANTS: [&str; 6] = ["must", "required", "require", "first", "use", "before"];

/// Words of a reply that refuses something.
const REFUSES: [&str; 14] = [
    "not",
    "no",
    "cannot",
    "can't",
    "unknown",
    "unrecognized",
    "unrecognised",
    "unsupported",
    "invalid",
    "unavailable",
    "disabled",
    "denied",
    "refused",
    "failed",
];

/// Finds the refused commands: the reply names them, or they stand on the line above it.
pub(super) fn refusals(text: &Reading) -> Vec<Refusal> {
    let mut found = Vec::new();
    let mut above = None;
    for (start, line) in text.lines() {
        if let Said::Command { verb, argument } = said(line) {
            above = Some((verb, argument));
        }
        // Some programs write command and reply on one line.
        let Some((code, at, text)) = reply(line) else {
            continue;
        };
        let command = named(code, text).or_else(|| {
            let refused = above.filter(|(verb, _)| refuses(code, verb));
            refused.filter(|_| !wants(text))
        });
        let explained = command.and_then(|(verb, argument)| explained(verb, argument));
        found.extend(explained.map(|(finding, command)| Refusal {
            finding,
            command,
            start: start + at,
        }));
        above = None;
    }
    found
}

/// Whether a reply with this code refuses the command itself, and not what it was to do.
fn refuses(code: u16, verb: &str) -> bool {
    match verb {
        // These only ask whether something may be done.
        "AUTH" | "PBSZ" | "PROT" | "CCC" => (400..600).contains(&code),
        _ => matches!(code, 202 | 500 | 502 | 504),
    }
}

/// The command that a reply refuses by its name, with the word behind it.
fn named(code: u16, text: &str) -> Option<(&str, &str)> {
    let words: Vec<_> = text.split(' ').collect();
    let mut pairs = words.iter().enumerate();
    let command = pairs.find_map(|(at, word)| {
        let verb = catalogue::commands().find_map(|(_, command)| {
            let verb = command.split(' ').next()?;
            bare(word).eq_ignore_ascii_case(verb).then_some(verb)
        })?;
        // `rest`, `size` and `host` are words of other sentences too.
        let is_meant = bare(word) == verb || word.starts_with(['\'', '"', '`']);
        let argument = words.get(at + 1).map_or("", |word| bare(word));
        is_meant.then_some((verb, argument))
    })?;
    let says_no = text
        .split(' ')
        .any(|word| REFUSES.contains(&bare_lower(word).as_str()));
    let is_refused = match code {
        202 | 500 | 502 | 504 => true,
        _ => refuses(code, command.0) && says_no,
    };
    (is_refused && !wants(text)).then_some(command)
}

fn wants(text: &str) -> bool {
    text.split(' ')
        .any(|word| WANTS.contains(&bare_lower(word).as_str()))
}

fn bare_lower(word: &str) -> String {
    bare(word).to_lowercase()
}

/// The finding about a refused command. One with this argument comes before one with any.
fn explained(verb: &str, argument: &str) -> Option<(&'static Finding, &'static str)> {
    let whole = format!("{verb} {argument}");
    let find = |wanted: &str| catalogue::commands().find(|(_, command)| *command == wanted);
    find(&whole).or_else(|| find(verb))
}

#[cfg(test)]
mod tests {
    use super::super::pasted::Pasted;
    use super::*;

    fn ids(text: &str) -> Vec<&'static str> {
        let text = Pasted::new(text).plain;
        refusals(&text).iter().map(|it| it.finding.id).collect()
    }

    #[test]
    fn every_refused_command_of_the_catalogue_is_found_in_every_wording() {
        for (finding, command) in catalogue::commands() {
            let verb = command.split(' ').next().unwrap();
            for text in [
                format!("500 '{command}': command not understood."),
                format!("500 {command} not understood"),
                format!("500 {command}: command not understood"),
                format!("502 Command not implemented: {command}"),
                format!("500 Unknown command: {command}"),
                format!("500 Unknown command: \"{command}\""),
                format!("502 {command} command not implemented."),
                format!("500 Command not understood - {command}"),
                format!("{command}\n502 Command not implemented"),
                format!("Command:\t{command}\nResponse:\t500 Syntax error, command unrecognized."),
                format!("---> {command}\n<--- 504 Command not implemented for that parameter."),
                format!("> {command}\n< 500 What?"),
                format!("{command} -> 502 Command not implemented."),
                format!("{command}: 500 command not understood"),
                format!("Code: 500 Message: '{command}': command not understood."),
            ] {
                assert_eq!(ids(&text), [finding.id], "{text}");
            }
            let same =
                catalogue::commands().filter(|(_, other)| other.split(' ').next() == Some(verb));
            if same.count() == 1 && !command.contains(' ') {
                assert_eq!(
                    ids(&format!("500 '{verb}': command not understood")),
                    [finding.id]
                );
            }
        }
    }

    #[test]
    fn a_reply_that_wants_a_command_does_not_refuse_it() {
        for text in [
            "503 Use AUTH first.",
            "530 Must use AUTH TLS before USER",
            "503 You must issue the PBSZ command prior to PROT",
            "AUTH TLS\n234 Proceed\nUSER bob\n530 Login incorrect.",
            "500 the rest of the line is too long",
            "502 invalid size",
        ] {
            assert!(ids(text).is_empty(), "{text}: {:?}", ids(text));
        }
    }
}
