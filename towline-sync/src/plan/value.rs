//! A plan as a value, and what is in it.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::rules::Marker;
use crate::compare::{Comparison, Difference};
use crate::node::Version;
use crate::path::TreePath;
use crate::record::Record;

/// The version of the format in which plans are saved. A change that an older program would misread
/// raises it.
pub(super) const FORMAT: u32 = 2;

/// What a run will do, in order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Plan {
    /// The version of the format in which plans are saved.
    pub(super) format: u32,
    /// The source, as the caller names it.
    pub source: String,
    /// The destination, as the caller names it.
    pub destination: String,
    /// What its run does beside its actions.
    #[serde(default)]
    pub(crate) terms: Terms,
    /// How files were compared.
    pub comparison: Comparison,
    /// The actions. Deletions are in `deletions`.
    pub actions: Vec<Action>,
    /// The deletions at the destination.
    pub deletions: Vec<Action>,
    /// What is created and copied after the deletions, because something is in its way.
    pub late: Vec<Action>,
    /// The deletions were too many, and are left out.
    pub too_many_deletions: Option<TooManyDeletions>,
    /// This many files would be deleted, but are not, because not everything can be copied.
    pub withheld_deletions: Option<u64>,
    /// What cannot be done, and why.
    pub problems: Vec<Problem>,
    /// Entries of the source that are not copied because they are not files, and why.
    #[serde(default)]
    pub skipped: Vec<Skipped>,
    /// The number of files that are up to date, and other numbers.
    pub counts: Counts,
    /// Paths that neither side has any more.
    #[serde(skip)]
    pub(crate) forgotten: Vec<TreePath>,
    /// Files that need nothing, whose versions the journal does not have yet.
    #[serde(skip)]
    pub(crate) adopted: Vec<Adopted>,
    /// Files whose exact time has to be asked for, on one side.
    #[serde(skip)]
    pub(crate) unsure: Vec<Unsure>,
    /// Files of equal size whose digests are to be compared.
    #[serde(skip)]
    pub(crate) unhashed: Vec<TreePath>,
    /// Source directories whose listings the deletions rely on.
    #[serde(skip)]
    pub(crate) relied_on: BTreeSet<TreePath>,
    /// What an earlier run has left at the destination.
    #[serde(skip)]
    pub(crate) leftovers: Vec<Leftover>,
    /// Parts of files of the source at the destination that belong to no run, unless they are in
    /// use.
    #[serde(skip)]
    pub(crate) strays: Vec<TreePath>,
}

/// What a run does beside the actions of its plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Terms {
    /// Each source is removed once its copy is verified.
    pub(crate) moves: bool,
    /// What is replaced or deleted is kept in the backup directory.
    pub(crate) keeps_backup: bool,
    /// Each source is removed with its marker.
    pub(crate) marker: Option<Marker>,
}

impl Terms {
    /// Returns what keeps a plan with these terms from a run with `others`, as the rest of a
    /// sentence about the plan.
    pub(crate) fn conflict(&self, others: &Self) -> Option<&'static str> {
        match () {
            () if self.moves && !others.moves => {
                Some("removes sources after copying, and this run does not")
            }
            () if others.moves && !self.moves => {
                Some("keeps the sources, and this run removes them after copying")
            }
            () if self.keeps_backup && !others.keeps_backup => {
                Some("has a backup directory, and this run has none")
            }
            () if others.keeps_backup && !self.keeps_backup => {
                Some("has no backup directory, and this run has one")
            }
            () if self.marker != others.marker => Some("has a different marker from this run"),
            () => None,
        }
    }
}

/// A side has to be asked for the exact time of a file before it can be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unsure {
    pub(crate) path: TreePath,
    pub(crate) source: bool,
    pub(crate) destination: bool,
    /// The times agree as far as they are known.
    pub(crate) is_equal: bool,
}

/// A file that is up to date although the journal does not show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Adopted {
    pub(crate) path: TreePath,
    pub(crate) source: Version,
    pub(crate) destination: Version,
    /// The copy is proved, and the source is about to be removed.
    pub(crate) is_verified: bool,
    /// It was copied for a move, or is about to be moved.
    pub(crate) moves: bool,
}

/// The part of a file that an earlier run was copying when it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leftover {
    pub(crate) part: TreePath,
    /// What the journal has of the file.
    pub(crate) record: Record,
    /// It must stay until the file is there.
    pub(crate) is_needed: bool,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// What to do.
    pub step: Step,
    /// Where, on both sides.
    pub path: TreePath,
    /// Why.
    pub reason: Reason,
    /// The source as it was seen.
    pub source: Option<Version>,
    /// What the destination had.
    pub destination: Option<Version>,
    /// Another source file has the same name but for the case of its letters.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) clashes: bool,
    /// The other side has a name that some destinations do not tell from this one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) meets: bool,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Step {
    /// Create a directory at the destination.
    CreateDirectory,
    /// Copy a file that the destination does not have.
    Copy,
    /// Copy a file over the one that the destination has.
    Replace,
    /// Remove a file of the source, whose copy is known to be at the destination.
    RemoveSource,
    /// Remove a file or a link at the destination.
    Delete,
    /// Remove an empty directory at the destination.
    DeleteDirectory,
}

impl Step {
    /// Returns the name used in JSON, in snake case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CreateDirectory => "create_directory",
            Self::Copy => "copy",
            Self::Replace => "replace",
            Self::RemoveSource => "remove_source",
            Self::Delete => "delete",
            Self::DeleteDirectory => "delete_directory",
        }
    }
}

impl Action {
    /// Whether this copies a file.
    #[must_use]
    pub fn is_copy(&self) -> bool {
        matches!(self.step, Step::Copy | Step::Replace)
    }
}

/// Why it is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// The destination does not have it.
    Missing,
    /// The sizes differ.
    Size,
    /// The times differ.
    Time,
    /// The digests differ.
    Contents,
    /// A size is not known.
    SizeUnknown,
    /// The source does not have it.
    Extraneous,
    /// The source has something else of that name.
    InTheWay,
    /// It was copied before, and the source was to be removed.
    Copied,
    /// The destination may not be listed, and the journal does not know this version.
    NotInJournal,
    /// It may have been copied, but nothing shows that the copy is the same.
    Unproved,
}

impl Reason {
    /// Returns the name used in JSON, in snake case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Size => "size",
            Self::Time => "time",
            Self::Contents => "contents",
            Self::SizeUnknown => "size_unknown",
            Self::Extraneous => "extraneous",
            Self::InTheWay => "in_the_way",
            Self::Copied => "copied",
            Self::NotInJournal => "not_in_journal",
            Self::Unproved => "unproved",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "the destination does not have it",
            Self::Size => "the sizes differ",
            Self::Time => "the times differ",
            Self::Contents => "the digests differ",
            Self::SizeUnknown => "a size is not known",
            Self::Extraneous => "the source does not have it",
            Self::InTheWay => "the source has something else of that name",
            Self::Copied => "it has been copied",
            Self::NotInJournal => "the journal does not know it",
            Self::Unproved => "nothing shows that the copy is the same",
        })
    }
}

impl From<Difference> for Reason {
    fn from(difference: Difference) -> Self {
        match difference {
            Difference::Size => Self::Size,
            Difference::Time => Self::Time,
            Difference::Contents => Self::Contents,
            Difference::SizeUnknown => Self::SizeUnknown,
        }
    }
}

/// Something that cannot be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Where.
    pub path: TreePath,
    /// What kind of problem it is.
    pub kind: ProblemKind,
    /// The reason in words.
    pub what: String,
}

/// An entry of the source that is not copied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Where.
    pub path: TreePath,
    /// Why.
    pub why: SkipReason,
}

/// Why an entry of the source is not copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SkipReason {
    /// A link, because links are not followed or the link leads nowhere.
    Link,
    /// A device or the like.
    Special,
}

impl SkipReason {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Link => "skipped, because it is neither a file nor a directory (link)",
            Self::Special => "skipped, because it is neither a file nor a directory (other)",
        }
    }
}

/// What kind of problem it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProblemKind {
    /// The destination cannot have the name.
    Name,
    /// The source may have more than its listing shows.
    SourceIncomplete,
    /// The destination may have more than its listing shows.
    DestinationIncomplete,
    /// Something else is at the destination.
    InTheWay,
    /// The file differs, and the rules forbid to replace it.
    Immutable,
    /// Something has changed since the plan was made.
    Changed,
}

impl ProblemKind {
    /// Returns the name used in JSON, in snake case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::SourceIncomplete => "source_incomplete",
            Self::DestinationIncomplete => "destination_incomplete",
            Self::InTheWay => "in_the_way",
            Self::Immutable => "immutable",
            Self::Changed => "changed",
        }
    }
}

/// Why the deletions are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TooManyDeletions {
    /// How many files would have been deleted.
    pub files: u64,
    /// How many may be.
    pub allowed: u64,
}

/// How many files a plan is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Files that are up to date.
    pub unchanged: u64,
    /// Files to copy.
    pub copies: u64,
    /// Bytes to copy, as far as sizes are known.
    pub bytes: u64,
    /// Files to delete at the destination.
    pub deletions: u64,
    /// Entries that patterns, ages or sizes leave out.
    pub filtered: u64,
    /// Links, devices and the like.
    pub special: u64,
    /// Files that are newer at the destination, and are left alone.
    pub newer: u64,
    /// Files that differ, and are left alone because they may be newer at the destination.
    #[serde(default)]
    pub maybe_newer: u64,
    /// Files that are left out because their age or size is not known, and has a limit.
    #[serde(default)]
    pub unjudged: u64,
    /// Files whose marker is not there.
    pub unmarked: u64,
    /// Markers, which are never copied.
    #[serde(default)]
    pub markers: u64,
    /// Files whose names show that a transfer is writing them, or has left them.
    pub parts: u64,
    /// Files that still change.
    #[serde(default)]
    pub changing: u64,
    /// Files to move whose copies exist, but are not known to be the same, so that the sources
    /// stay.
    #[serde(default)]
    pub unproved: u64,
}

impl Counts {
    /// Subtracts `action`, which is left out.
    pub(crate) fn leave_out(&mut self, action: &Action) {
        if action.is_copy() {
            let size = action.source.and_then(|source| source.size).unwrap_or(0);
            self.copies = self.copies.saturating_sub(1);
            self.bytes = self.bytes.saturating_sub(size);
        }
        if action.step == Step::Delete {
            self.deletions = self.deletions.saturating_sub(1);
        }
    }
}

impl Plan {
    /// Creates a plan of nothing.
    pub(super) fn empty(comparison: Comparison) -> Self {
        Self {
            format: FORMAT,
            source: String::new(),
            destination: String::new(),
            terms: Terms::default(),
            comparison,
            actions: Vec::new(),
            deletions: Vec::new(),
            late: Vec::new(),
            too_many_deletions: None,
            withheld_deletions: None,
            problems: Vec::new(),
            skipped: Vec::new(),
            counts: Counts::default(),
            forgotten: Vec::new(),
            adopted: Vec::new(),
            unsure: Vec::new(),
            unhashed: Vec::new(),
            relied_on: BTreeSet::new(),
            leftovers: Vec::new(),
            strays: Vec::new(),
        }
    }

    /// Whether each source is removed once its copy is verified.
    #[must_use]
    pub fn moves(&self) -> bool {
        self.terms.moves
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all().next().is_none()
    }

    /// Returns everything to do, in order.
    pub fn all(&self) -> impl Iterator<Item = &Action> {
        self.actions.iter().chain(&self.deletions).chain(&self.late)
    }
}

/// One line: what is done where, and why.
impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = match self.step {
            Step::CreateDirectory => "create",
            Step::Copy => "copy",
            Step::Replace => "replace",
            Step::RemoveSource => "remove source",
            Step::Delete | Step::DeleteDirectory => "delete",
        };
        let slash = match self.step {
            Step::CreateDirectory if self.path.is_root() => {
                return write!(f, "{verb} the destination ({})", self.reason);
            }
            Step::CreateDirectory | Step::DeleteDirectory => "/",
            _ => "",
        };
        write!(f, "{verb} {}{slash} ({})", self.path, self.reason)
    }
}
