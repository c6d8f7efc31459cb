//! Which files `get` and `put` move, of those that they find.

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use towline::{Entry, RemotePath};
use towline_sync::{Filter, Stamp, Step, TreePath, Version};

use crate::args::filter::{ChoiceArgs, FilterArgs};
use crate::error::Error;
use crate::failure_kind::FailureKind;
use crate::output::json;
use crate::session::run::Run;
use crate::sync::filter::filter;

/// What becomes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judgement {
    Taken,
    /// The filter leaves it out.
    LeftOut,
    /// Too little is known of it for the filter.
    Unknown,
    /// The target is newer.
    Newer,
    /// Nothing shows whether the target is newer.
    MaybeNewer,
}

/// Which files to move.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    filter: Filter,
    /// Never over a newer file.
    pub(crate) update: bool,
    /// Print what would be moved.
    pub(crate) is_dry: bool,
    now: Timestamp,
}

impl Choice {
    /// # Errors
    /// [`Error::Usage`] for a pattern, an age or a size that cannot be read; [`Error::Local`] for
    /// its file.
    pub(crate) fn new(filters: &FilterArgs, args: &ChoiceArgs) -> Result<Self, Error> {
        Ok(Self {
            filter: filter(filters)?,
            update: args.update,
            is_dry: args.dry_run,
            now: Timestamp::now(),
        })
    }

    /// Whether the size and time of a file must be known to choose.
    pub(crate) fn needs_version(&self) -> bool {
        self.update || !self.filter.is_empty()
    }

    /// Whether every directory is wanted, even without a file in it.
    pub(crate) fn wants_all_directories(&self) -> bool {
        self.filter.is_empty()
    }

    /// Whether to enter a directory.
    pub(crate) fn enters(&self, path: &TreePath) -> bool {
        self.filter.takes(path, true)
    }

    /// Whether to move a file in a directory that was entered. `target` is what is there now.
    pub(crate) fn takes(
        &self,
        path: &TreePath,
        source: &Version,
        target: Option<&Version>,
    ) -> bool {
        self.judge(path, source, target) == Judgement::Taken
    }

    /// Decides about a file in a directory that was entered. `target` is what is there now.
    pub(crate) fn judge(
        &self,
        path: &TreePath,
        source: &Version,
        target: Option<&Version>,
    ) -> Judgement {
        if !self.filter.takes(path, false) {
            return Judgement::LeftOut;
        }
        let verdict = self.filter.judge_version(source, self.now);
        if !verdict.is_taken() {
            return match verdict.is_open() {
                true => Judgement::Unknown,
                false => Judgement::LeftOut,
            };
        }
        match target.filter(|_| self.update) {
            None => Judgement::Taken,
            Some(target) => match target.is_newer_than(source) {
                Some(false) => Judgement::Taken,
                Some(true) => Judgement::Newer,
                None => Judgement::MaybeNewer,
            },
        }
    }

    /// Counts a file that is not taken, and says why if that is not plain.
    ///
    /// # Errors
    /// A failure that ends the command.
    pub(crate) fn leave(
        &self,
        run: &mut Run,
        name: &str,
        judgement: Judgement,
    ) -> Result<(), Error> {
        match judgement {
            Judgement::Taken => {}
            Judgement::LeftOut => run.outcomes().leave_out(),
            Judgement::Newer => {
                run.printer()
                    .status(&format!("{name}: skipped, because the target is newer"));
                run.outcomes().leave_alone(1);
            }
            Judgement::MaybeNewer => run.outcomes().skip(&format!(
                "{name}: skipped, because nothing shows whether the target is newer"
            )),
            Judgement::Unknown => {
                return run.outcomes().fail(Error::Mirror {
                    kind: FailureKind::Incomplete,
                    path: Some(name.to_owned()),
                    reason: "left out, because the server does not show the age or size that the \
                             filter asks for"
                        .to_owned(),
                });
            }
        }
        Ok(())
    }

    /// Prints a transfer that would happen, of a file of this version.
    ///
    /// # Errors
    /// [`Error::StdoutClosed`] or [`Error::Stdout`].
    pub(crate) fn print(
        &self,
        run: &Run,
        from: &str,
        to: &str,
        path: &str,
        version: &Version,
        replaces: bool,
    ) -> Result<(), Error> {
        if !run.printer().is_json() {
            return run.printer().data(&format!("{from} -> {to}\n"));
        }
        let (step, reason) = match replaces {
            true => (Step::Replace, "requested"),
            false => (Step::Copy, "missing"),
        };
        let event = json::Event::Plan {
            action: step.name(),
            path: path.to_owned(),
            reason,
            size: version.size,
            modified: version.modified.map(|stamp| stamp.to_string()),
        };
        run.printer().data(&run.printer().line_of(&event))
    }
}

/// The size and time of a local file, if there is one.
pub(crate) fn local_version(path: &Path) -> Option<Version> {
    let metadata = fs::metadata(path).ok()?;
    Some(Version {
        size: Some(metadata.len()),
        modified: metadata.modified().ok().and_then(Stamp::local),
    })
}

/// The size and time of an entry.
pub(crate) fn remote_version(entry: &Entry) -> Version {
    Version {
        size: entry.size,
        modified: entry.modified.as_ref().and_then(Stamp::listed),
    }
}

/// The path of `path` in the directory `top`; its name alone if it is not in there.
pub(crate) fn relative(top: &RemotePath, path: &RemotePath) -> TreePath {
    let rest = path
        .as_bytes()
        .strip_prefix(top.as_bytes())
        .unwrap_or_default();
    let rest = match rest {
        [b'/', rest @ ..] => rest,
        rest => rest,
    };
    let name = path.file_name().unwrap_or_default();
    let relative = TreePath::new(rest).ok().filter(|path| !path.is_root());
    relative
        .or_else(|| TreePath::new(name).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_directory_that_was_named() {
        for (top, inside, expected) in [
            ("out", "out/a/b", "a/b"),
            ("", "a/b", "a/b"),
            ("/", "/a", "a"),
            ("out/a", "out/a", "a"),
        ] {
            let path = |text: &str| RemotePath::new(text).unwrap();
            assert_eq!(relative(&path(top), &path(inside)).to_string(), expected);
        }
    }
}
