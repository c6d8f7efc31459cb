//! A finding: what is wrong, and where.

use std::fmt;
use std::path::{Path, PathBuf};

/// A breach of a rule. Sorts by its location.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Finding {
    file: PathBuf,
    line: Option<usize>,
    what: String,
}

impl Finding {
    /// Something in one line of a file.
    pub(super) fn at(file: &Path, line: usize, what: String) -> Self {
        Self {
            file: file.to_path_buf(),
            line: Some(line),
            what,
        }
    }

    /// Something about a file.
    pub(super) fn about(file: impl Into<PathBuf>, what: String) -> Self {
        Self {
            file: file.into(),
            line: None,
            what,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:", self.file.display())?;
        if let Some(line) = self.line {
            write!(formatter, "{line}:")?;
        }
        write!(formatter, " {}", self.what)
    }
}
