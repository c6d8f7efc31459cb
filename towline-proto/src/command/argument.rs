//! Values that a command can carry: they contain no CR, LF or NUL.

use std::fmt;

use thiserror::Error;
use zeroize::Zeroizing;

use crate::name::Escaped;
use crate::secret::Secret;

/// Bytes that a command can carry: they contain no CR, LF or NUL.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Argument(Vec<u8>);

impl Argument {
    /// Creates an argument from bytes.
    ///
    /// # Errors
    ///
    /// [`ArgumentError`] if `bytes` contains CR, LF or NUL.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self, ArgumentError> {
        let bytes = bytes.into();
        check(&bytes).map(|()| Self(bytes))
    }

    /// Returns the bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", Escaped(&self.0))
    }
}

/// A secret that a command can carry: it contains no CR, LF or NUL.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretArgument(Zeroizing<Vec<u8>>);

impl SecretArgument {
    /// Creates an argument from a secret, which is sent as UTF-8.
    ///
    /// # Errors
    ///
    /// [`ArgumentError`] if `secret` contains CR, LF or NUL.
    pub fn new(secret: Secret) -> Result<Self, ArgumentError> {
        Self::from_bytes(Zeroizing::new(secret.reveal().as_bytes().to_vec()))
    }

    /// Creates an argument from a secret in the server's character set.
    ///
    /// # Errors
    ///
    /// [`ArgumentError`] if `secret` contains CR, LF or NUL.
    pub fn from_bytes(secret: Zeroizing<Vec<u8>>) -> Result<Self, ArgumentError> {
        check(&secret).map(|()| Self(secret))
    }

    /// Returns the bytes. The caller must keep them out of logs and errors.
    #[must_use]
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }
}

/// Prints stars, as [`Secret`] does.
impl fmt::Debug for SecretArgument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl TryFrom<Secret> for SecretArgument {
    type Error = ArgumentError;

    fn try_from(secret: Secret) -> Result<Self, ArgumentError> {
        Self::new(secret)
    }
}

/// A value that no command can carry.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ArgumentError {
    /// The value contains CR, LF or NUL.
    #[error("the value holds a NUL or a line break")]
    LineBreak,
}

fn check(bytes: &[u8]) -> Result<(), ArgumentError> {
    match memchr::memchr3(b'\r', b'\n', 0, bytes) {
        Some(_) => Err(ArgumentError::LineBreak),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_values_that_would_be_a_second_command() {
        for value in ["a\r\nDELE b", "a\n", "a\r", "\0"] {
            assert_eq!(Argument::new(value), Err(ArgumentError::LineBreak));
            assert_eq!(
                SecretArgument::new(Secret::new(value)),
                Err(ArgumentError::LineBreak)
            );
        }
    }
}
