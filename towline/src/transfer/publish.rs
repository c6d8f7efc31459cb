//! How a finished upload gets its name.

use towline_proto::command::Command;
use towline_proto::listing::EntryKind;
use towline_proto::path::RemotePath;
use towline_proto::reply::ReplyClass;

use crate::error::{Error, ErrorKind};
use crate::observer::Event;
use crate::session::Session;

/// Names longer than this are cut for their temporary form; file systems end at 255 bytes.
const LONGEST_STEM: usize = 200;

/// A name beside `target` that nobody else uses: `NAME.0123abcd.part`.
pub(super) fn temporary_name(target: &RemotePath) -> Result<RemotePath, Error> {
    beside(target, "part")
}

fn beside(target: &RemotePath, ending: &str) -> Result<RemotePath, Error> {
    let unusable = || Error::new(ErrorKind::Usage, "it does not name a file").with_path(target);
    let name = target.file_name().ok_or_else(unusable)?;
    let parent = target.parent().ok_or_else(unusable)?;
    let mut temporary = name[..name.len().min(LONGEST_STEM)].to_vec();
    let random: u32 = rand::random();
    temporary.extend_from_slice(format!(".{random:08x}.{ending}").as_bytes());
    parent.join(&temporary).map_err(|_| unusable())
}

impl Session {
    /// Renames `temporary` to `target`. Where the server does not rename over an existing file, the
    /// old file keeps a backup name until the new one is in place; without `overwrite` it stays.
    pub(super) async fn publish(
        &mut self,
        temporary: &RemotePath,
        target: &RemotePath,
        overwrite: bool,
    ) -> Result<(), Error> {
        let kept = |error: Error| {
            error
                .with_note(format!("the upload is whole and stays at {temporary}"))
                .with_path(target)
        };
        let from = Command::Rnfr(temporary.clone());
        let reply = self.link.control.command(&from).await.map_err(kept)?;
        if reply.class() != ReplyClass::Intermediate {
            let error = Error::refused("the server does not let it be renamed", reply);
            return Err(kept(error.with_kind(ErrorKind::RenameRefused)));
        }
        let to = Command::Rnto(target.clone());
        let reply = self.link.control.command(&to).await.map_err(kept)?;
        if reply.class() == ReplyClass::Completion {
            return Ok(());
        }
        let refusal = Error::refused("the server does not give it its name", reply);
        let refusal = refusal.with_kind(ErrorKind::RenameRefused);
        match self.stat(target).await {
            Ok(existing) if existing.kind == EntryKind::Directory => {
                Err(kept(refusal).with_note("there is a directory of that name"))
            }
            Ok(existing) if existing.kind == EntryKind::File && !overwrite => {
                let error = refusal
                    .with_kind(ErrorKind::AlreadyExists)
                    .with_path(target);
                Err(self.clear_up(temporary, target, error).await)
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
        self.link.control.observe(&Event::Note {
            text: "the server does not rename over an existing file; the old one is moved aside",
        });
        match self.rename(target, &backup).await {
            Ok(()) => {}
            Err(error) if error.reply().is_some() => return Err(refusal),
            // Whether it was done is not known.
            Err(error) => {
                let notes =
                    format!("the old file may be at {backup}, the new one is at {temporary}");
                return Err(error.with_note(notes).with_path(target));
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
            return Err(error
                .with_note(format!("the upload is whole and stays at {temporary}"))
                .with_note(state));
        }
        if self.remove_file(&backup).await.is_err() {
            self.link.control.observe(&Event::Note {
                text: &format!("the old file could not be removed and stays at {backup}"),
            });
        }
        Ok(())
    }

    /// Removes what an upload that failed with `error` has left at the server, and says so where
    /// that does not work.
    pub(super) async fn clear_up(
        &mut self,
        stored_as: &RemotePath,
        target: &RemotePath,
        error: Error,
    ) -> Error {
        // A plain refusal has stored nothing.
        if matches!(error.kind(), ErrorKind::Refused | ErrorKind::NotFound) {
            return error;
        }
        if stored_as == target {
            return error.with_note("the file at the server may be empty or a part now");
        }
        let is_lost = matches!(
            error.kind(),
            ErrorKind::Network | ErrorKind::Timeout | ErrorKind::Unavailable
        );
        if self.is_usable() || !is_lost {
            match self.remove_file(stored_as).await {
                Ok(()) => return error,
                Err(refused) if refused.reply().is_some() => return error,
                Err(_) => {}
            }
        }
        error.with_note(format!("a part may remain at {stored_as}"))
    }
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
