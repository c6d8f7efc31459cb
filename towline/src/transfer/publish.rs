//! How a finished upload gets its name.

use towline_proto::command::Command;
use towline_proto::listing::EntryKind;
use towline_proto::path::RemotePath;
use towline_proto::reply::ReplyClass;

use super::conclude::Plan;
use crate::attempt::retrying;
use crate::error::{Error, ErrorKind};
use crate::session::Session;

/// Names longer than this are cut for their temporary form; file systems end at 255 bytes.
const LONGEST_STEM: usize = 200;

/// A name beside `target` that nobody else uses: `NAME.0123abcd.part`.
pub(super) fn temporary_name(target: &RemotePath) -> Result<RemotePath, Error> {
    beside(target, "part")
}

/// A name beside `target` that is the same for the same `mark`: `NAME.MARK.part`.
pub(super) fn marked_name(target: &RemotePath, mark: &str) -> Result<RemotePath, Error> {
    named_beside(target, mark, "part")
}

fn beside(target: &RemotePath, ending: &str) -> Result<RemotePath, Error> {
    let random: u32 = rand::random();
    named_beside(target, &format!("{random:08x}"), ending)
}

fn named_beside(target: &RemotePath, middle: &str, ending: &str) -> Result<RemotePath, Error> {
    let unusable = || Error::new(ErrorKind::Usage, "it does not name a file").with_path(target);
    let name = target.file_name().ok_or_else(unusable)?;
    let parent = target.parent().ok_or_else(unusable)?;
    let mut temporary = stem(name).to_vec();
    temporary.extend_from_slice(format!(".{middle}.{ending}").as_bytes());
    parent.join(&temporary).map_err(|_| unusable())
}

/// As much of `name` as there is room for, and no half of a letter in UTF-8.
fn stem(name: &[u8]) -> &[u8] {
    if name.len() <= LONGEST_STEM {
        return name;
    }
    let is_within_a_letter = |at: &usize| name[*at] & 0b1100_0000 == 0b1000_0000;
    let cut = (0..=LONGEST_STEM).rev().find(|at| !is_within_a_letter(at));
    &name[..cut.filter(|cut| *cut > 0).unwrap_or(LONGEST_STEM)]
}

impl Session {
    /// Gives the upload of `plan`, which is whole and `size` bytes as far as the server tells, its
    /// name. If the reply to that is lost, a look at both names settles it.
    pub(super) async fn publish(&mut self, plan: &Plan, size: Option<u64>) -> Result<(), Error> {
        // From here on it is no part any more, and nobody else's to remove.
        self.unfinished = None;
        if plan.is_direct() {
            return Ok(());
        }
        match self.rename_into_place(plan).await {
            Err(error) if error.is_lost() => self.settle_rename(plan, size, error).await,
            outcome => outcome,
        }
    }

    /// The reply to `RNFR` or `RNTO` is lost. A rename that was not made is made; a time that `plan` still
    /// holds is set before.
    pub(super) async fn settle_rename(
        &mut self,
        plan: &Plan,
        size: Option<u64>,
        lost: Error,
    ) -> Result<(), Error> {
        let Plan {
            stored_as, target, ..
        } = plan;
        self.note("the reply to a rename is lost; a new connection shows what became of it");
        match retrying!(self, self.describe(stored_as)) {
            Ok(_) => {
                if let Some(time) = plan.modified {
                    let set = retrying!(self, self.set_time(stored_as, time));
                    set.map_err(|error| kept(plan, error))?;
                }
                match self.rename_into_place(plan).await {
                    Err(lost) if lost.is_lost() => Err(in_doubt(plan, lost)),
                    outcome => outcome,
                }
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let is_there = match size {
                    Some(_) => retrying!(self, self.ask_size(target)).is_ok_and(|is| is == size),
                    None => retrying!(self, self.describe(target)).is_ok(),
                };
                if is_there {
                    if let Some(time) = plan.modified
                        && let Err(error) = retrying!(self, self.set_time(target, time))
                    {
                        self.note(&format!("{target}: its time may not be set: {error}"));
                    }
                    return Ok(());
                }
                let what = "the upload has lost its temporary name, but the target is another file";
                let error = Error::new(ErrorKind::RenameRefused, what).with_path(target);
                Err(error.with_source(lost))
            }
            Err(_) => Err(in_doubt(plan, lost)),
        }
    }

    /// Renames an upload to its target. Where the server does not rename over an existing file, the
    /// old file keeps a backup name until the new one is in place; unless it may be overwritten it
    /// stays.
    async fn rename_into_place(&mut self, plan: &Plan) -> Result<(), Error> {
        let Plan {
            stored_as: temporary,
            target,
            overwrite,
            ..
        } = plan;
        let kept = |error| kept(plan, error);
        self.ensure_usable().await.map_err(kept)?;
        let from = Command::Rnfr(temporary.clone());
        let reply = self.link.control.command(&from).await.map_err(kept)?;
        if reply.class() != ReplyClass::Intermediate {
            let error = Error::refused("the server does not let it be renamed", reply);
            return Err(kept(error.with_kind(ErrorKind::RenameRefused)));
        }
        let to = Command::Rnto(target.clone());
        let reply = self.link.control.command(&to).await;
        let reply = reply.map_err(|error| error.with_path(target))?;
        if reply.class() == ReplyClass::Completion {
            return Ok(());
        }
        let refusal = Error::refused("the server does not give it its name", reply);
        let refusal = refusal.with_kind(ErrorKind::RenameRefused);
        match self.describe(target).await {
            Ok(existing) if existing.kind == EntryKind::Directory => {
                Err(kept(refusal).with_note("there is a directory of that name"))
            }
            Ok(existing) if existing.kind == EntryKind::File && !overwrite => {
                let error = refusal
                    .with_kind(ErrorKind::AlreadyExists)
                    .with_path(target);
                Err(self.remove_part(plan, error).await)
            }
            Ok(existing) if existing.kind == EntryKind::File => {
                self.replace(temporary, target, kept(refusal)).await
            }
            // Nothing is in the way, then; the server has another reason.
            _ => Err(kept(refusal)),
        }
    }

    async fn replace(
        &mut self,
        temporary: &RemotePath,
        target: &RemotePath,
        refusal: Error,
    ) -> Result<(), Error> {
        let backup = beside(target, "backup")?;
        self.note("the server does not rename over an existing file; the old one is moved aside");
        match self.rename(target, &backup).await {
            Ok(()) => {}
            Err(error) if error.reply().is_some() => return Err(refusal),
            // Whether it was done is not known. The upload may get its name all the same, so this
            // is no matter of the error alone.
            Err(error) => {
                let state = format!("the old file may be at {backup}");
                self.note(&state);
                let error = error.with_note(format!("the new file is at {temporary}"));
                return Err(error.with_note(state).with_path(target));
            }
        }
        if let Err(error) = self.rename(temporary, target).await {
            let error = match error.reply() {
                Some(_) => error.with_kind(ErrorKind::RenameRefused),
                None => error,
            };
            let state = match self.rename(&backup, target).await {
                Ok(()) => "the old file has its name back".to_owned(),
                Err(_) => format!("the old file is at {backup}"),
            };
            self.note(&state);
            return Err(error
                .with_note(format!("the upload is whole and stays at {temporary}"))
                .with_note(state));
        }
        if self.remove_file(&backup).await.is_err() {
            let note = format!("the old file could not be removed and stays at {backup}");
            self.note(&note);
        }
        Ok(())
    }
}

/// Nobody knows whether the upload has its name. Another one on the strength of this would be one on a guess.
pub(super) fn in_doubt(plan: &Plan, lost: Error) -> Error {
    let note = format!(
        "whether the upload, which is whole, has its final name or is still at {} is not known",
        plan.stored_as
    );
    lost.with_kind(ErrorKind::RenameRefused).with_note(note)
}

/// The upload has its temporary name, and keeps it because of `error`.
pub(super) fn kept(plan: &Plan, error: Error) -> Error {
    let whole = format!("the upload is whole and stays at {}", plan.stored_as);
    error.with_note(whole).with_path(&plan.target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temporary_names_stay_in_the_directory_and_short() {
        for (target, parent) in [
            ("a.csv", ""),
            ("/in/a.csv", "/in"),
            ("/a.csv", "/"),
            ("in/a.csv", "in"),
        ] {
            let target = RemotePath::new(target).unwrap();
            let temporary = temporary_name(&target).unwrap();
            assert_eq!(temporary.parent(), target.parent());
            assert_eq!(temporary.parent().unwrap().as_bytes(), parent.as_bytes());
            let name = temporary.file_name().unwrap();
            assert!(name.starts_with(b"a.csv.") && name.ends_with(b".part"));
        }
        let long = RemotePath::new(vec![b'x'; 255]).unwrap();
        let temporary = temporary_name(&long).unwrap();
        assert!(temporary.file_name().unwrap().len() <= 255);
    }

    /// Servers refuse names that are no UTF-8.
    #[test]
    fn a_long_name_is_not_cut_within_a_letter() {
        for ahead in 0..4 {
            let long = "x".repeat(ahead) + &"\u{5e33}".repeat(80);
            let temporary = temporary_name(&RemotePath::new(long).unwrap()).unwrap();
            let name = temporary.file_name().unwrap();
            assert!(std::str::from_utf8(name).is_ok(), "{}", name.escape_ascii());
        }
    }

    #[test]
    fn marked_names_are_the_same_for_the_same_mark() {
        let target = RemotePath::new("in/a").unwrap();
        let marked = marked_name(&target, "0123abcd").unwrap();
        assert_eq!(marked, RemotePath::new("in/a.0123abcd.part").unwrap());
    }

    #[test]
    fn temporary_names_differ() {
        let target = RemotePath::new("a").unwrap();
        assert_ne!(
            temporary_name(&target).unwrap(),
            temporary_name(&target).unwrap()
        );
    }

    #[test]
    fn the_root_has_no_temporary_name() {
        let root = RemotePath::new("/").unwrap();
        assert_eq!(temporary_name(&root).unwrap_err().kind(), ErrorKind::Usage);
    }
}
