//! Reads a text that may be very long: its beginning and its end, which matters most in a log.

use std::io::{self, Read};

/// How much of the beginning is kept, in bytes.
const HEAD: usize = 1 << 20;

/// How much of the end is kept, in bytes.
const TAIL: usize = 3 << 20;

/// The most that is read, in bytes, so that an endless text comes to an end.
const MOST: u64 = 16 << 30;

/// A text, and what is missing in its middle.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) text: String,
    /// In bytes.
    pub(crate) left_out: u64,
}

/// Reads UTF-8, or UTF-16 with a byte order mark.
///
/// # Errors
/// If `reader` fails.
pub(crate) fn read(reader: impl Read) -> io::Result<Input> {
    let mut reader = reader.take(MOST);
    let mut head = Vec::new();
    reader.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
    let mut tail = Vec::new();
    let mut left_out = 0;
    let mut chunk = vec![0; 1 << 16];
    loop {
        let read = match reader.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        tail.extend_from_slice(chunk.get(..read).unwrap_or_default());
        // Seldom, so that each byte is moved once at most.
        if tail.len() >= 2 * TAIL {
            left_out += drop_front(&mut tail);
        }
    }
    left_out += drop_front(&mut tail);
    let encoding = Encoding::of(&head);
    if left_out == 0 {
        head.append(&mut tail);
    }
    let mut text = encoding.decode(&head);
    if left_out > 0 {
        text.push('\n');
        text.push_str(&encoding.decode(&tail));
    }
    Ok(Input { text, left_out })
}

/// Shortens what was read to the end that is kept. Drops an even number of bytes: the characters of
/// UTF-16 have two or four.
fn drop_front(tail: &mut Vec<u8>) -> u64 {
    let surplus = tail.len().saturating_sub(TAIL).next_multiple_of(2);
    tail.drain(..surplus);
    surplus as u64
}

#[derive(Clone, Copy)]
enum Encoding {
    Utf8,
    Utf16(fn([u8; 2]) -> u16),
}

impl Encoding {
    fn of(head: &[u8]) -> Self {
        match head {
            [0xff, 0xfe, ..] => Self::Utf16(u16::from_le_bytes),
            [0xfe, 0xff, ..] => Self::Utf16(u16::from_be_bytes),
            _ => Self::Utf8,
        }
    }

    fn decode(self, bytes: &[u8]) -> String {
        match self {
            Self::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
            Self::Utf16(unit) => {
                let (pairs, _) = bytes.as_chunks::<2>();
                let units = pairs.iter().map(|pair| unit(*pair));
                let decoded = char::decode_utf16(units);
                decoded
                    .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
                    .collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_and_the_end_of_a_long_text_are_read() {
        let middle = "2024-03-01 02:00:00 nothing of note\n".repeat(300_000);
        let text = format!("first\n{middle}last");
        let input = read(text.as_bytes()).unwrap();
        assert!(input.text.starts_with("first\n"));
        assert!(input.text.ends_with("\nlast"));
        let kept = input.text.len() as u64 - 1;
        assert_eq!(kept + input.left_out, text.len() as u64);
        assert!(kept >= (HEAD + TAIL - 1) as u64);
    }

    #[test]
    fn nothing_of_a_short_text_is_left_out() {
        for length in [0, 1, HEAD - 1, HEAD, HEAD + 1, HEAD + TAIL] {
            let text = "x".repeat(length);
            let input = read(text.as_bytes()).unwrap();
            assert_eq!((input.text.len(), input.left_out), (length, 0));
        }
    }

    #[test]
    fn utf16_is_read_by_its_byte_order_mark() {
        let text = "522 \u{4f1a}\u{8bdd}";
        for unit in [u16::to_le_bytes, u16::to_be_bytes] {
            let bytes: Vec<u8> = "\u{feff}"
                .encode_utf16()
                .chain(text.encode_utf16())
                .flat_map(unit)
                .collect();
            let input = read(bytes.as_slice()).unwrap();
            assert_eq!(input.text.trim_start_matches('\u{feff}'), text);
        }
    }
}
