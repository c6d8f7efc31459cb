//! Telnet in a client's bytes, by the table in [`command`](super::command).

const INTERRUPT_PROCESS: u8 = 244;
const DATA_MARK: u8 = 242;
const WILL: u8 = 251;
const DONT: u8 = 254;
const IAC: u8 = 255;

/// The state of the Telnet reader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Telnet {
    /// Telnet is not interpreted.
    Off,
    #[default]
    Text,
    /// After IAC.
    Command,
    /// After IAC WILL, WONT, DO or DONT.
    Option,
}

/// The meaning of the next bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Read<'a> {
    /// Bytes of the line, at least one.
    Text(&'a [u8]),
    LineFeed,
    Interrupt,
    Mark,
    Nothing,
}

impl Telnet {
    /// Reads the start of `bytes`. Returns its meaning and length, or `None` if `bytes` is
    /// empty. `may_be_mark` says that an interrupt has come and no byte of the line yet.
    pub(super) fn read<'a>(
        &mut self,
        bytes: &'a [u8],
        may_be_mark: bool,
    ) -> Option<(Read<'a>, usize)> {
        let first = *bytes.first()?;
        match *self {
            Self::Off => Some(text(bytes, memchr::memchr(b'\n', bytes))),
            // If a server does not receive urgent data in line, the urgent IAC before the mark
            // is lost.
            Self::Text if may_be_mark && first == DATA_MARK => Some((Read::Mark, 1)),
            Self::Text if first == IAC => {
                *self = Self::Command;
                Some((Read::Nothing, 1))
            }
            Self::Text => Some(text(bytes, memchr::memchr2(b'\n', IAC, bytes))),
            Self::Command => {
                *self = Self::Text;
                Some(match first {
                    IAC => (Read::Text(&bytes[..1]), 1),
                    INTERRUPT_PROCESS => (Read::Interrupt, 1),
                    DATA_MARK => (Read::Mark, 1),
                    WILL..=DONT => {
                        *self = Self::Option;
                        (Read::Nothing, 1)
                    }
                    // The next call reads the byte as text.
                    _ => (Read::Text(&[IAC]), 0),
                })
            }
            Self::Option => {
                *self = Self::Text;
                let is_break = matches!(first, b'\r' | b'\n');
                Some((Read::Nothing, usize::from(!is_break)))
            }
        }
    }

    /// Returns whether the reader is not inside a Telnet command.
    pub(super) fn is_idle(self) -> bool {
        matches!(self, Self::Off | Self::Text)
    }

    /// Returns the state before the first byte.
    pub(super) fn anew(self) -> Self {
        match self {
            Self::Off => Self::Off,
            Self::Text | Self::Command | Self::Option => Self::Text,
        }
    }
}

/// Returns the text up to `end`, or the line feed if the text before it is empty.
fn text(bytes: &[u8], end: Option<usize>) -> (Read<'_>, usize) {
    match end {
        Some(0) => (Read::LineFeed, 1),
        end => {
            let end = end.unwrap_or(bytes.len());
            (Read::Text(&bytes[..end]), end)
        }
    }
}
