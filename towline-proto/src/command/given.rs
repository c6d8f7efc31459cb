//! Parses the argument of a command into the type that the command needs.

use std::net::{SocketAddr, SocketAddrV4};

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::argument::{Argument, SecretArgument};
use super::error::CommandError;
use super::kinds::ListFlags;
use crate::address::{NetworkProtocol, PortError, parse_eprt, parse_port};
use crate::number::number;
use crate::path::RemotePath;
use crate::time::parse_timestamp;

/// Splits a line at its first space: the verb as received, and the bytes after that space.
/// Further spaces are part of the argument, since names may begin and end with them.
#[must_use]
pub fn split_line(line: &[u8]) -> (&[u8], Option<&[u8]>) {
    match memchr::memchr(b' ', line) {
        Some(blank) => (&line[..blank], Some(&line[blank + 1..])),
        None => (line, None),
    }
}

/// A verb in capital letters and its argument as the client sent it.
pub(super) struct Given<'a> {
    pub(super) verb: &'a [u8],
    pub(super) text: &'a [u8],
}

impl<'a> Given<'a> {
    pub(super) fn verb(&self) -> String {
        String::from_utf8_lossy(self.verb).into_owned()
    }

    pub(super) fn missing(&self) -> CommandError {
        CommandError::MissingArgument { verb: self.verb() }
    }

    pub(super) fn bad(&self) -> CommandError {
        CommandError::BadArgument { verb: self.verb() }
    }

    pub(super) fn unknown(&self) -> CommandError {
        CommandError::UnknownParameter { verb: self.verb() }
    }

    /// Returns the bytes. Fails if there are none.
    pub(super) fn required(&self) -> Result<&'a [u8], CommandError> {
        if self.text.is_empty() {
            Err(self.missing())
        } else {
            Ok(self.text)
        }
    }

    pub(super) fn words(&self) -> Vec<&'a [u8]> {
        let words = self.text.split(u8::is_ascii_whitespace);
        words.filter(|word| !word.is_empty()).collect()
    }

    /// Returns the words in capital letters, with one space between them. Fails if there are
    /// none.
    pub(super) fn keywords(&self) -> Result<Vec<u8>, CommandError> {
        let words = self.words();
        if words.is_empty() {
            return Err(self.missing());
        }
        Ok(words.join(&b' ').to_ascii_uppercase())
    }

    pub(super) fn argument(&self) -> Result<Argument, CommandError> {
        Argument::new(self.required()?).map_err(|_| CommandError::LineBreak)
    }

    pub(super) fn optional_argument(&self) -> Result<Option<Argument>, CommandError> {
        if self.text.is_empty() {
            Ok(None)
        } else {
            self.argument().map(Some)
        }
    }

    pub(super) fn secret(&self) -> Result<SecretArgument, CommandError> {
        let secret = Zeroizing::new(self.text.to_vec());
        SecretArgument::from_bytes(secret).map_err(|_| CommandError::LineBreak)
    }

    pub(super) fn path(&self) -> Result<RemotePath, CommandError> {
        RemotePath::new(self.required()?).map_err(|_| CommandError::LineBreak)
    }

    pub(super) fn optional_path(&self) -> Result<Option<RemotePath>, CommandError> {
        optional_path(self.text)
    }

    pub(super) fn number(&self) -> Result<u64, CommandError> {
        let text = self.required()?.trim_ascii();
        number(text).ok_or_else(|| self.bad())
    }

    /// Returns the number of bytes in ALLO. A record size after it is ignored.
    pub(super) fn allocation(&self) -> Result<u64, CommandError> {
        let size = match self.words()[..] {
            [] => return Err(self.missing()),
            [size] => number(size),
            [size, r, record] if r.eq_ignore_ascii_case(b"R") && number(record).is_some() => {
                number(size)
            }
            _ => None,
        };
        size.ok_or_else(|| self.bad())
    }

    /// Returns the two numbers of RANG.
    pub(super) fn range(&self) -> Result<(u64, u64), CommandError> {
        let numbers = match self.words()[..] {
            [] => return Err(self.missing()),
            [start, end] => number(start).zip(number(end)),
            _ => None,
        };
        numbers.ok_or_else(|| self.bad())
    }

    /// Returns the address of PORT.
    pub(super) fn address(&self) -> Result<SocketAddrV4, CommandError> {
        let address = parse_port(self.text.trim_ascii());
        address.map_err(|error| self.no_address(error))
    }

    /// Returns the address of EPRT.
    pub(super) fn extended_address(&self) -> Result<SocketAddr, CommandError> {
        let address = parse_eprt(self.text.trim_ascii());
        address.map_err(|error| self.no_address(error))
    }

    /// Returns the protocol of EPSV.
    pub(super) fn protocol(&self) -> Result<NetworkProtocol, CommandError> {
        let protocol = NetworkProtocol::parse(self.text.trim_ascii());
        protocol.map_err(|error| self.no_address(error))
    }

    fn no_address(&self, error: PortError) -> CommandError {
        match error {
            PortError::UnknownProtocol => CommandError::NetworkProtocol { verb: self.verb() },
            PortError::Malformed | PortError::PortZero => self.bad(),
        }
    }

    /// Returns the flags and the path of LIST, NLST or STAT.
    pub(super) fn listed(&self) -> Result<(Option<ListFlags>, Option<RemotePath>), CommandError> {
        match ListFlags::at_start_of(self.text) {
            Some((flags, end)) => {
                let path = self.text.get(end + 1..).unwrap_or(b"");
                Ok((Some(flags), optional_path(path)?))
            }
            None => Ok((None, self.optional_path()?)),
        }
    }

    /// Returns the path of XCRC and similar commands, which may be in double quotes. Some clients
    /// write a byte range after the quotes, which is not supported.
    pub(super) fn digested(&self) -> Result<RemotePath, CommandError> {
        let path = match self.required()? {
            [b'"', path @ .., b'"'] => path,
            [b'"', ..] => return Err(self.unknown()),
            path => path,
        };
        optional_path(path)?.ok_or_else(|| self.missing())
    }
}

fn optional_path(text: &[u8]) -> Result<Option<RemotePath>, CommandError> {
    if text.is_empty() {
        return Ok(None);
    }
    let path = RemotePath::new(text).map_err(|_| CommandError::LineBreak)?;
    Ok(Some(path))
}

/// Parses the time and the path of `20200102030405 path`.
pub(super) fn timed(text: &[u8]) -> Option<(Timestamp, RemotePath)> {
    let (time, path) = split_line(text);
    let path = path.filter(|path| !path.is_empty())?;
    Some((parse_timestamp(time)?, RemotePath::new(path).ok()?))
}
