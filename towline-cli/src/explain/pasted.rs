//! Text that a person pastes: a reply, a log, a stack trace, a dump of bytes.

use towline_proto::name::escape;

/// Pasted text, in the form that patterns are compared with.
#[derive(Debug)]
pub(super) struct Pasted {
    /// In lower case, with single blanks.
    pub(super) text: String,
    /// The original lines, and where each begins in `text`.
    lines: Vec<(usize, String)>,
}

impl Pasted {
    pub(super) fn new(original: &str) -> Self {
        let mut pasted = Self {
            text: String::new(),
            lines: Vec::new(),
        };
        let dumped = dumped_bytes(original);
        for line in original.lines().chain(dumped.lines()) {
            let words: Vec<_> = line.split_whitespace().collect();
            if words.is_empty() {
                continue;
            }
            if !pasted.text.is_empty() {
                pasted.text.push(' ');
            }
            let start = pasted.text.len();
            let line = words.join(" ");
            pasted.text.push_str(&plain_quotes(&line).to_lowercase());
            pasted.lines.push((start, line));
        }
        pasted
    }

    /// The original line at a place in the text, printable and without a password.
    pub(super) fn line_at(&self, at: usize) -> String {
        let lines = self.lines.iter().rev();
        let line = lines
            .skip_while(|(start, _)| *start > at)
            .map(|(_, line)| line);
        let line = line.into_iter().next().map_or("", String::as_str);
        escape(without_password(line).as_bytes())
    }
}

/// Typographic quotation marks and apostrophes as ASCII.
fn plain_quotes(line: &str) -> String {
    let plain = |c| match c {
        '\u{2018}' | '\u{2019}' | '\u{b4}' => '\'',
        '\u{201c}' | '\u{201d}' => '"',
        c => c,
    };
    line.chars().map(plain).collect()
}

/// A line of a dialogue without the argument of `PASS` or `ACCT`.
fn without_password(line: &str) -> String {
    // Of the same length, so that a place in one is the same place in the other.
    let lower = line.to_ascii_lowercase();
    let starts_word = |at: usize| !lower[..at].ends_with(char::is_alphanumeric);
    let ends = ["pass ", "acct "].into_iter().flat_map(|verb| {
        let places = lower.match_indices(verb).map(|(at, _)| at);
        let mut places = places.filter(|at| starts_word(*at));
        places.next().map(|at| at + verb.len())
    });
    match ends.min() {
        Some(end) => format!("{}***", &line[..end]),
        None => line.to_owned(),
    }
}

/// The text in a dump of bytes such as that of `javax.net.debug`: an offset and a colon, then bytes in
/// hexadecimal.
fn dumped_bytes(text: &str) -> String {
    let mut bytes = Vec::new();
    for line in text.lines() {
        let Some((offset, dump)) = line.trim().split_once(':') else {
            continue;
        };
        let is_hex = |text: &str| text.bytes().all(|b| b.is_ascii_hexdigit());
        if offset.len() < 4 || !is_hex(offset) {
            continue;
        }
        let pairs = dump.split_whitespace().take(16);
        bytes.extend(
            pairs
                .take_while(|pair| pair.len() == 2 && is_hex(pair))
                .filter_map(|pair| u8::from_str_radix(pair, 16).ok()),
        );
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dump_of_bytes_is_read() {
        let dump = "0000: 34 35 30 20 54 4C 53 20   73 65 73 73 69 6F 6E 20  450 TLS session \n\
                    0010: 6F 66 20 64 61 74 61 0D 0A                       of data..\n";
        assert!(Pasted::new(dump).text.ends_with("450 tls session of data"));
    }

    #[test]
    fn a_line_is_shown_without_a_password() {
        let pasted = Pasted::new("C: USER ann\nC: PASS hunter2 530\nS: 530 no");
        let at = pasted.text.find("hunter2").unwrap();
        assert_eq!(pasted.line_at(at), "C: PASS ***");
        let at = pasted.text.find("530 no").unwrap();
        assert_eq!(pasted.line_at(at), "S: 530 no");
    }
}
