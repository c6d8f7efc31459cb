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
            pasted.text.push_str(&plain(&line).to_lowercase());
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

/// Typographic quotation marks, and the wide forms of ASCII in East Asian texts, as ASCII.
fn plain(line: &str) -> String {
    let plain = |c| match c {
        '\u{2018}' | '\u{2019}' | '\u{b4}' => '\'',
        '\u{201c}' | '\u{201d}' => '"',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
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

/// The text in a dump of bytes: an offset, then bytes in hexadecimal, as `javax.net.debug`, `hexdump -C`,
/// `xxd` and Wireshark write them.
fn dumped_bytes(text: &str) -> String {
    let mut bytes = Vec::new();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        let offset = words.next().unwrap_or_default();
        let offset = offset.strip_suffix(':').unwrap_or(offset);
        if offset.len() < 4 || !is_hex(offset) {
            continue;
        }
        let row = words.take_while(|word| matches!(word.len(), 2 | 4) && is_hex(word));
        bytes.extend(row.flat_map(pairs).take(16));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// The bytes that pairs of hexadecimal digits stand for.
fn pairs(digits: &str) -> impl Iterator<Item = u8> {
    digits.as_bytes().chunks(2).filter_map(|pair| {
        let pair = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(pair, 16).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dump_of_bytes_is_read() {
        for dump in [
            // javax.net.debug
            "0000: 34 35 30 20 54 4C 53 20   73 65 73 73 69 6F 6E 20  450 TLS session \n\
             0010: 6F 66 20 64 61 74 61 0D 0A                       of data..\n",
            // Wireshark
            "0000   34 35 30 20 54 4c 53 20 73 65 73 73 69 6f 6e 20   450 TLS session \n\
             0010   6f 66 20 64 61 74 61 0d 0a                        of data..\n",
            // hexdump -C
            "00000000  34 35 30 20 54 4c 53 20  73 65 73 73 69 6f 6e 20  |450 TLS session |\n\
             00000010  6f 66 20 64 61 74 61 0d  0a                       |of data..|\n",
            // xxd
            "00000000: 3435 3020 544c 5320 7365 7373 696f 6e20  450 TLS session \n\
             00000010: 6f66 2064 6174 610d 0a                   of data..\n",
        ] {
            let pasted = Pasted::new(dump);
            assert!(pasted.text.ends_with("450 tls session of data"), "{dump}");
        }
    }

    #[test]
    fn wide_characters_are_read_as_ascii() {
        let wide = "\u{ff15}\u{ff13}\u{ff10}\u{3000}\u{ff2c}ogin\u{ff1a}no";
        assert_eq!(Pasted::new(wide).text, "530 login:no");
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
