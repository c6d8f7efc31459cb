//! Text that a person pastes: a reply, a log, a stack trace, a dump of bytes.

use towline_proto::name::escape;

use super::secrets::without_secrets;

/// Pasted text, in the forms that patterns are compared with.
#[derive(Debug)]
pub(super) struct Pasted {
    /// The text as it is.
    pub(super) plain: Reading,
    /// The text as one paragraph: without quotation marks, and without what each line has in common
    /// with the line above it, such as a time and the name of a logger.
    pub(super) joined: Reading,
}

/// A text in lower case with single blanks.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) text: String,
    /// The original lines, and where each begins in `text`.
    lines: Vec<(usize, String)>,
}

impl Pasted {
    pub(super) fn new(original: &str) -> Self {
        let original = without_escape_sequences(original);
        let dumped = dumped_bytes(&original);
        let mut plain = Reading::default();
        let mut joined = Reading::default();
        let mut above: Vec<String> = Vec::new();
        for line in original.lines().chain(dumped.lines()) {
            let words: Vec<_> = line.split_whitespace().collect();
            if words.is_empty() {
                continue;
            }
            let line = words.join(" ");
            plain.add(&line, &line);
            let shapes: Vec<_> = words.iter().map(|word| shape(word)).collect();
            let alike = shapes.iter().zip(&above).take_while(|(a, b)| a == b);
            let rest = words.get(alike.count()..).unwrap_or_default().join(" ");
            joined.add(&without_marks(&rest), &line);
            above = shapes;
        }
        Self { plain, joined }
    }

    /// Both forms, the one that is as it was first.
    pub(super) fn readings(&self) -> [&Reading; 2] {
        [&self.plain, &self.joined]
    }
}

impl Reading {
    /// Adds a line, as it reads and as it was.
    fn add(&mut self, line: &str, original: &str) {
        if !self.text.is_empty() && !line.is_empty() {
            self.text.push(' ');
        }
        self.lines.push((self.text.len(), original.to_owned()));
        self.text.push_str(&plain(line).to_lowercase());
    }

    /// The original lines, and where each begins in the text. Places within a line are those of the
    /// text only if no character of it has another length in lower case.
    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.lines
            .iter()
            .map(|(start, line)| (*start, line.as_str()))
    }

    /// The number of the line at a place in the text.
    pub(super) fn line_number(&self, at: usize) -> usize {
        let after = self.lines.partition_point(|(start, _)| *start <= at);
        after.saturating_sub(1)
    }

    /// The original line at a place in the text, printable and without secrets.
    pub(super) fn line_at(&self, at: usize) -> String {
        let line = self.lines.get(self.line_number(at));
        let line = line.map_or("", |(_, line)| line.as_str());
        escape(without_secrets(line).as_bytes())
    }
}

/// A word with each number as 0. Times and numbers of processes differ from line to line.
fn shape(word: &str) -> String {
    let mut shape = String::new();
    for c in word.chars() {
        match c.is_ascii_digit() {
            true if shape.ends_with('0') => {}
            true => shape.push('0'),
            false => shape.push(c),
        }
    }
    shape
}

/// A line without the marks of a quotation, a table or a string in source code, and with the
/// characters that these write in another way.
fn without_marks(line: &str) -> String {
    let mut line = line.to_owned();
    for (written, meant) in [
        ("\\r", " "),
        ("\\n", " "),
        ("\\t", " "),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&nbsp;", " "),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ] {
        line = line.replace(written, meant);
    }
    let is_mark = |c: char| c.is_whitespace() || ">|#*\"'`+\\\u{2502}\u{2503}\u{2551}".contains(c);
    let words = line.trim_matches(is_mark).split_whitespace();
    words.collect::<Vec<_>>().join(" ")
}

/// The text without the sequences that colour a terminal, and without characters of no width.
fn without_escape_sequences(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\u{1b}' if rest.next_if_eq(&'[').is_some() => {
                while rest.next_if(|c| !('@'..='~').contains(c)).is_some() {}
                rest.next();
            }
            '\u{feff}' | '\u{200b}'..='\u{200d}' | '\0' => {}
            c => kept.push(c),
        }
    }
    kept
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

/// The text in a dump of bytes: an offset, then bytes in hexadecimal, as `javax.net.debug`,
/// `hexdump -C`, `xxd` and Wireshark write them.
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
            let text = pasted.plain.text;
            assert!(text.ends_with("450 tls session of data"), "{dump}");
        }
    }

    #[test]
    fn wide_characters_are_read_as_ascii() {
        let wide = "\u{ff15}\u{ff13}\u{ff10}\u{3000}\u{ff2c}ogin\u{ff1a}no";
        assert_eq!(Pasted::new(wide).plain.text, "530 login:no");
    }

    #[test]
    fn a_line_is_shown_without_a_password() {
        let pasted = Pasted::new("C: USER ann\nC: PASS hunter2 530\nS: 530 no").plain;
        let at = pasted.text.find("hunter2").unwrap();
        assert_eq!(pasted.line_at(at), "C: PASS ***");
        let at = pasted.text.find("530 no").unwrap();
        assert_eq!(pasted.line_at(at), "S: 530 no");
    }

    #[test]
    fn what_wraps_or_decorates_a_text_does_not_count() {
        for text in [
            "425 no\ndata connection",
            "> 425 no\r\n> data connection\r\n",
            ">> 425 no\n>> data\n>>\n>> connection",
            "| 425 no data |\n| connection    |",
            "\"425 no \" +\n    \"data connection\"",
            "Mar  1 02:00:01 host job[7]: 425 no\nMar  1 02:00:11 host job[17]: data connection",
            "\u{1b}[31m425 no\u{1b}[0m data \u{1b}[1;4mconnection\u{1b}[m",
            "\u{feff}425 no\\r\\ndata&nbsp;connection\0",
        ] {
            let joined = Pasted::new(text).joined.text;
            assert!(
                joined.contains("425 no data connection"),
                "{text}: {joined}"
            );
        }
        let pasted = Pasted::new("> 425 no\n> data connection").joined;
        let at = pasted.text.find("data").unwrap();
        assert_eq!(pasted.line_at(at), "> data connection");
    }
}
