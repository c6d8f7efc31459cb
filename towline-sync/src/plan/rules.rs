//! What a mirror is to do.

use serde::{Deserialize, Serialize};

use crate::compare::Method;
use crate::error::Error;
use crate::filter::Filter;

/// What a mirror is to do.
#[derive(Clone, Debug)]
pub struct Rules {
    pub(crate) filter: Filter,
    pub(crate) method: Method,
    pub(crate) delete: Option<MaxDelete>,
    pub(crate) update: bool,
    pub(crate) immutable: bool,
    pub(crate) moves: bool,
    pub(crate) marker: Option<Marker>,
    pub(crate) empty_directories: bool,
    pub(crate) lists_destination: bool,
    pub(crate) only_compares: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            filter: Filter::default(),
            method: Method::default(),
            delete: None,
            update: false,
            immutable: false,
            moves: false,
            marker: None,
            empty_directories: false,
            lists_destination: true,
            only_compares: false,
        }
    }
}

impl Rules {
    /// Sets which files the mirror is about. Default: all.
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = filter;
        self
    }

    /// Sets how files are compared. Default: by size and time.
    #[must_use]
    pub fn method(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    /// Deletes what the source does not have, unless that is too much. Default: deletes nothing.
    #[must_use]
    pub fn delete(mut self, most: MaxDelete) -> Self {
        self.delete = Some(most);
        self
    }

    /// Never replaces a file by an older one. Default: no.
    #[must_use]
    pub fn update(mut self, update: bool) -> Self {
        self.update = update;
        self
    }

    /// Never replaces a file; one that differs is a problem. Default: no.
    #[must_use]
    pub fn immutable(mut self, immutable: bool) -> Self {
        self.immutable = immutable;
        self
    }

    /// Removes each source file once its copy is verified. Default: no.
    #[must_use]
    pub fn moves(mut self, moves: bool) -> Self {
        self.moves = moves;
        self
    }

    /// Takes a file only once its marker is there. Default: takes every file.
    #[must_use]
    pub fn marker(mut self, marker: Marker) -> Self {
        self.marker = Some(marker);
        self
    }

    /// Creates directories that have no files in them too. Default: no.
    #[must_use]
    pub fn empty_directories(mut self, create: bool) -> Self {
        self.empty_directories = create;
        self
    }

    /// Whether the destination is listed. If not, the journal alone says what is there. Default:
    /// yes.
    #[must_use]
    pub fn lists_destination(mut self, lists: bool) -> Self {
        self.lists_destination = lists;
        self
    }

    /// Only finds differences: the plan has a deletion for everything that only the destination is
    /// known to have, even if something else cannot be copied. Such rules can be planned with, but
    /// not run. Default: no.
    #[must_use]
    pub fn only_compares(mut self, only_compares: bool) -> Self {
        self.only_compares = only_compares;
        if only_compares {
            self.delete = Some(MaxDelete::Percent(100));
        }
        self
    }
}

/// How many files may be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MaxDelete {
    /// A tenth of the files at the destination, and at least ten; none if the source has no file.
    Default,
    /// This many.
    Files(u64),
    /// This part of the files at the destination, in per cent.
    Percent(u8),
}

impl MaxDelete {
    /// Returns how many of `files` may be deleted.
    #[must_use]
    pub fn of(self, files: u64) -> u64 {
        match self {
            Self::Default => (files / 10).max(10),
            Self::Files(most) => most,
            Self::Percent(percent) => {
                u64::try_from(u128::from(files) * u128::from(percent) / 100).unwrap_or(u64::MAX)
            }
        }
    }
}

/// The name of the marker of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    before: Vec<u8>,
    after: Vec<u8>,
}

impl Marker {
    /// Takes a marker's name apart, such as `{name}.done`.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] unless it has `{name}` once, and something else.
    pub fn new(text: &str) -> Result<Self, Error> {
        let wrong = || Error::Usage("a marker needs {name} once, as in {name}.done".to_owned());
        let (before, after) = text.split_once("{name}").ok_or_else(wrong)?;
        let is_wrong = text.contains('/') || after.contains("{name}") || text == "{name}";
        match is_wrong {
            true => Err(wrong()),
            false => Ok(Self {
                before: before.into(),
                after: after.into(),
            }),
        }
    }

    /// Returns the name of the marker of the file `name`.
    pub(crate) fn of(&self, name: &[u8]) -> Vec<u8> {
        [&*self.before, name, &*self.after].concat()
    }

    /// Whether `name` is that of a marker.
    pub(crate) fn is_marker(&self, name: &[u8]) -> bool {
        let rest = name.strip_prefix(&*self.before);
        let rest = rest.and_then(|rest| rest.strip_suffix(&*self.after));
        rest.is_some_and(|rest| !rest.is_empty())
    }
}
