//! Telnet commands in a line (RFC 854), as ProFTPD reads them.

const IP: u8 = 244;
const DATA_MARK: u8 = 242;
const WILL: u8 = 251;
const DONT: u8 = 254;
const IAC: u8 = 255;

/// Takes the Telnet commands out of a line.
///
/// A doubled 255 is one byte of the line; `IP` and the data mark are dropped
/// with the 255 in front of them, a negotiation with its option too. In front
/// of anything else the 255 stays. Negotiations are not answered.
pub(crate) fn strip(line: &[u8]) -> Vec<u8> {
    let mut stripped = Vec::with_capacity(line.len());
    let mut bytes = line.iter().copied();
    while let Some(byte) = bytes.next() {
        if byte != IAC {
            stripped.push(byte);
            continue;
        }
        match bytes.next() {
            Some(IP | DATA_MARK) | None => {}
            Some(WILL..=DONT) => {
                bytes.next();
            }
            Some(IAC) => stripped.push(IAC),
            Some(other) => stripped.extend([IAC, other]),
        }
    }
    stripped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn commands_are_dropped_and_a_doubled_byte_is_one() {
        for (line, stripped) in [
            (&b"PWD"[..], &b"PWD"[..]),
            (b"\xff\xf4\xff\xf2ABOR", b"ABOR"),
            (b"DELE a\xff\xffb", b"DELE a\xffb"),
            (b"DELE a\xffb", b"DELE a\xffb"),
            (b"\xff\xfd\x01PWD", b"PWD"),
            (b"PWD\xff", b"PWD"),
        ] {
            assert_eq!(strip(line), stripped, "{line:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_doubled_comes_back(line: Vec<u8>) {
            let doubled: Vec<u8> = line
                .iter()
                .flat_map(|&byte| std::iter::repeat_n(byte, if byte == IAC { 2 } else { 1 }))
                .collect();
            prop_assert_eq!(strip(&doubled), line);
        }
    }
}
