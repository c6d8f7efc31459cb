//! Why a listing may not show everything in a directory.

use std::fmt;

use towline::Completeness;
use towline_proto::name::{NameError, escape};

/// Why a listing may not show everything, or an entry of it cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Incompleteness {
    /// The server says so, or a line was not understood, or the connection ended early.
    Listing(Completeness),
    /// An entry cannot be used.
    Name {
        /// The name.
        name: Vec<u8>,
        /// What is wrong with it.
        problem: EntryProblem,
    },
    /// The directory could not be listed.
    Failed {
        /// The error in words, with its causes.
        what: String,
    },
    /// The directory is on another file system, and is not entered.
    OtherFileSystem,
    /// The directory lies too deep.
    TooDeep,
    /// The directory seemed to be complete, and a second look showed something else.
    Contradicted,
}

impl fmt::Display for Incompleteness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listing(completeness) => completeness.fmt(f),
            Self::Failed { what } => f.write_str(what),
            Self::Name { name, problem } => {
                write!(f, "the entry \"{}\" is not used: {problem}", escape(name))
            }
            Self::OtherFileSystem => f.write_str("it is on another file system, and not entered"),
            Self::TooDeep => f.write_str("it lies too deep, and is not entered"),
            Self::Contradicted => f.write_str("two listings of it show different names"),
        }
    }
}

/// Why an entry of a directory cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EntryProblem {
    /// Its name leads elsewhere, or cannot be part of a path.
    Name(NameError),
    /// Its name is not Unicode, and must be here.
    NotUnicode,
    /// The server does not say what it is.
    UnknownKind,
    /// The listing has its name more than once.
    Twice,
}

impl fmt::Display for EntryProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(error) => error.fmt(f),
            Self::NotUnicode => f.write_str("it is not Unicode"),
            Self::UnknownKind => f.write_str("the server does not say what it is"),
            Self::Twice => f.write_str("the listing has it more than once"),
        }
    }
}

impl From<NameError> for EntryProblem {
    fn from(error: NameError) -> Self {
        Self::Name(error)
    }
}
