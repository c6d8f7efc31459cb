//! How a server reads names, in every command.

use std::borrow::Cow;

use crate::fault::NameChange;

/// How a server reads the names that it gets, in every command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum NameReading {
    /// As they are.
    #[default]
    Exact,
    /// Takes a name for an entry whose name differs only in the case of ASCII letters, and
    /// keeps the case of new names, as servers on Windows do.
    IgnoresCase,
    /// As this change makes them.
    Changed(NameChange),
}

impl NameReading {
    /// Returns the name that `name` stands for in a directory with the names `there`.
    pub(crate) fn read(self, name: &[u8], there: impl FnOnce() -> Vec<Vec<u8>>) -> Cow<'_, [u8]> {
        match self {
            Self::Exact => Cow::Borrowed(name),
            Self::Changed(change) => Cow::Owned(change.of(name)),
            Self::IgnoresCase => {
                let mut alike: Vec<_> = there()
                    .into_iter()
                    .filter(|found| found.eq_ignore_ascii_case(name))
                    .collect();
                match alike.iter().any(|found| found == name) {
                    true => Cow::Borrowed(name),
                    false => alike.pop().map_or(Cow::Borrowed(name), Cow::Owned),
                }
            }
        }
    }
}
