//! Telnet in what a client sends (RFC 854), as servers read it.
//!
//! | bytes | read as |
//! | --- | --- |
//! | IAC IAC | one byte 255 of the line |
//! | IAC IP | an interrupt |
//! | IAC DM | the mark of a Synch: what came of the line ahead of it is dropped |
//! | IAC WILL, WONT, DO or DONT, and an option | nothing; options are not answered |
//! | IAC and any other byte | both bytes: names of clients that do not double 255 |
//!
//! Whatever Telnet says, a line break ends the line.

const INTERRUPT_PROCESS: u8 = 244;
const DATA_MARK: u8 = 242;
const WILL: u8 = 251;
const DONT: u8 = 254;
const IAC: u8 = 255;

/// How far reading Telnet has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Telnet {
    /// Telnet is not read.
    Off,
    #[default]
    Text,
    /// Behind IAC.
    Command,
    /// Behind IAC WILL and its like.
    Option,
}

/// What the next bytes are.
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
    /// Reads from the beginning of `bytes`; gives what is there and its length, or `None`
    /// where there is nothing. `may_be_mark`: the interrupt of a Synch has come, and
    /// nothing of the line.
    pub(super) fn read<'a>(
        &mut self,
        bytes: &'a [u8],
        may_be_mark: bool,
    ) -> Option<(Read<'a>, usize)> {
        let first = *bytes.first()?;
        match *self {
            Self::Off => Some(text(bytes, memchr::memchr(b'\n', bytes))),
            // The urgent IAC in front of the mark is lost where a server does not have
            // urgent data in line.
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
                    // The byte is read as text next.
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

    /// Whether no command has been begun.
    pub(super) fn is_idle(self) -> bool {
        matches!(self, Self::Off | Self::Text)
    }

    /// The state before the first byte.
    pub(super) fn anew(self) -> Self {
        match self {
            Self::Off => Self::Off,
            Self::Text | Self::Command | Self::Option => Self::Text,
        }
    }
}

/// The text up to `end`, or the line feed if that is where it ends at once.
fn text(bytes: &[u8], end: Option<usize>) -> (Read<'_>, usize) {
    match end {
        Some(0) => (Read::LineFeed, 1),
        end => {
            let end = end.unwrap_or(bytes.len());
            (Read::Text(&bytes[..end]), end)
        }
    }
}
