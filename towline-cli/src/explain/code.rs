//! Tells the code of a reply from other numbers in a text: line numbers, ports, times, sizes.

/// Whether the three digits at `start` are the code of a reply. The text is in lower case with
/// single blanks.
pub(super) fn stands_at(text: &str, start: usize) -> bool {
    let (before, after) = text.split_at_checked(start).unwrap_or_default();
    can_precede(before)
        && after.get(3..).is_some_and(can_follow)
        && !is_line_number(before, after)
        && !is_amount(before, after)
}

/// Whether they are clearly a code, without a look at the words of the reply: the text begins with
/// them, or they follow a sign or a word that announces a reply.
pub(super) fn is_clear(text: &str, start: usize) -> bool {
    let before = text.get(..start).unwrap_or_default().trim_end();
    let word = before.rsplit(' ').next().unwrap_or_default();
    let is_plain = word.ends_with(|c: char| c.is_ascii_alphabetic());
    stands_at(text, start) && (!is_plain || ANNOUNCE.contains(&word))
}

/// Words that stand before the code of a reply.
const ANNOUNCE: [&str; 29] = [
    "a",
    "an",
    "answer",
    "answered",
    "answers",
    "code",
    "error",
    "ftp",
    "get",
    "gets",
    "got",
    "is",
    "message",
    "responds",
    "server",
    "with",
    "received",
    "replied",
    "reply",
    "replies",
    "reported",
    "reports",
    "response",
    "responded",
    "returned",
    "returns",
    "said",
    "says",
    "status",
];

/// Words behind a number that counts something.
const UNITS: [&str; 36] = [
    "b",
    "byte",
    "bytes",
    "columns",
    "connections",
    "days",
    "directories",
    "entries",
    "entry",
    "errors",
    "files",
    "gb",
    "hits",
    "hours",
    "items",
    "kb",
    "kib",
    "lines",
    "mb",
    "messages",
    "mib",
    "milliseconds",
    "minutes",
    "ms",
    "packets",
    "percent",
    "records",
    "requests",
    "rows",
    "s",
    "sec",
    "seconds",
    "times",
    "users",
    "warnings",
    "years",
];

/// Words before a number that is no code.
const COUNTERS: [&str; 14] = [
    "count",
    "copied",
    "deleted",
    "id",
    "job",
    "number",
    "page",
    "pid",
    "port",
    "process",
    "processed",
    "row",
    "size",
    "took",
];

/// Whether the number counts something, or is the number of something.
fn is_amount(before: &str, after: &str) -> bool {
    let rest = after.get(3..).unwrap_or_default();
    let unit = rest
        .split([' ', ',', '.', ';', ')'])
        .nth(1)
        .unwrap_or_default();
    let counter = before.trim_end().rsplit([' ', '"', '\'', '(']).next();
    (rest.starts_with(' ') && UNITS.contains(&unit))
        || counter.is_some_and(|word| COUNTERS.contains(&word.trim_end_matches('#')))
}

/// Whether a code can follow this text.
fn can_precede(before: &str) -> bool {
    let mut last = before.chars().rev();
    match last.next() {
        None => true,
        // Characters of East Asian scripts stand next to numbers without a blank.
        Some(c) if c.is_ascii_alphanumeric() || "._/\\".contains(c) => false,
        // A time, an address, a range of ports.
        Some(':' | ',' | '-') if last.next().is_some_and(|c| c.is_ascii_digit()) => false,
        // `Main.java:550`, `/srv/a.php(550)`, `ftp.example.com:990`.
        Some(':' | '(') => !last_word(before).contains(['.', '/', '\\']),
        Some(_) => true,
    }
}

/// The last word, without the character at its end.
fn last_word(text: &str) -> &str {
    let word = text.rsplit([' ', '"', '\'']).next().unwrap_or_default();
    let mut chars = word.chars();
    chars.next_back();
    chars.as_str()
}

/// Whether this text can follow the digits of a code.
fn can_follow(after: &str) -> bool {
    let mut next = after.chars();
    match next.next() {
        None => true,
        Some(c) if c.is_ascii_alphanumeric() || "_%/\\".contains(c) => false,
        Some('.' | ',' | ':' | '-') => next.next().is_none_or(|c| !c.is_ascii_digit()),
        Some(_) => true,
    }
}

/// Whether the number is that of a line, as in the stack traces of .NET and Python.
fn is_line_number(before: &str, after: &str) -> bool {
    let before = before.trim_end();
    let words = ["line", "\u{884c}\u{53f7}", "\u{884c}", "\u{7b2c}"];
    let is_word = |word: &&str| {
        let ahead = before.strip_suffix(*word);
        ahead.is_some_and(|ahead| !ahead.ends_with(|c: char| c.is_ascii_alphanumeric()))
    };
    words.iter().any(is_word) || after.chars().nth(3) == Some('\u{884c}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has_code(text: &str) -> bool {
        let mut starts = text.match_indices("550").map(|(start, _)| start);
        starts.any(|start| stands_at(text, start))
    }

    #[test]
    fn a_code_stands_alone() {
        for text in [
            "550 no such file",
            "550-no such file",
            "550",
            "550: no",
            "error_perm: 550 no",
            "reply:550 no",
            "error: (550) no",
            "code=550, message=no",
            "[550]",
            "\"550 no\"",
            "\u{670d}\u{52a1}\u{5668}\u{8fd4}\u{56de}550 no",
            "\u{9519}\u{8bef}(550)",
            "550\u{30a8}\u{30e9}\u{30fc}",
            "550\u{3001}no",
        ] {
            assert!(has_code(text), "{text}");
        }
    }

    #[test]
    fn other_numbers_are_no_codes() {
        for text in [
            "1550 no",
            "5501 no",
            "10.0.0.550 no",
            "12:30:15,550 info no",
            "550.7 ms",
            "at main.java:550) caused by: not found",
            "(ftpclient.java:550)",
            "at socket.<anonymous> (/srv/a.js:550:21)",
            "main.go:550 +0x1d",
            "/srv/a.php(550): ftp_login()",
            "file \"a.py\", line 550, in main",
            "in a.cs:line 550 at b",
            "a.cs:\u{884c}\u{53f7} 550 \u{5728} b",
            "a.cs:\u{884c} 550 b",
            "\u{7b2c}550\u{884c}",
            "ports 50000-550",
            "ftp.example.com:550",
            "550/tcp",
            "x550",
            "processed 550 rows",
            "took 550 ms",
            "number 550",
            "550 files copied",
        ] {
            assert!(!has_code(text), "{text}");
        }
    }

    #[test]
    fn a_code_without_known_words_needs_a_sign_before_it() {
        for (text, clear) in [
            ("550", true),
            ("reply: 550", true),
            ("> 550", true),
            ("got 550", true),
            ("on channel 550", false),
            ("flight 550 to rome", false),
        ] {
            let start = text.find("550").unwrap();
            assert_eq!(is_clear(text, start), clear, "{text}");
        }
    }
}
