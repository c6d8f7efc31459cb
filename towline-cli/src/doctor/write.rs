//! Writes test files, and removes them: `--write DIR`.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

use towline::{
    Error, ErrorDetail, ErrorKind, Feature, PathError, RemotePath, Session, UploadOptions,
};

use super::examination::failed;
use super::step::Step;

/// Long enough to be cut.
const CONTENTS: [u8; 4096] = [b'.'; 4096];
const MORE: &[u8] = b"more\n";

/// Files in a directory of their own below the one that was given, or beside each other in it if
/// directories cannot be created.
pub(super) struct WriteTest {
    directory: RemotePath,
    place: RemotePath,
    /// The name that nothing else has.
    name: String,
    /// Whether the directory of the test may exist.
    may_exist: bool,
    /// The files that may exist.
    files: Vec<RemotePath>,
}

/// The files of the test.
struct Names {
    one: RemotePath,
    two: RemotePath,
    empty: RemotePath,
    capitals: RemotePath,
    blanks: RemotePath,
}

/// What was being done, and why it failed.
type Failed = (&'static str, Error);

/// What was seen, with the finding that it shows, if any.
type Note = (String, Option<&'static str>);

impl WriteTest {
    /// # Errors
    /// If the name of the directory cannot be part of a path.
    pub(super) fn below(directory: &RemotePath) -> Result<Self, PathError> {
        let number = RandomState::new().hash_one("towline doctor") % 1_000_000_000;
        let name = format!("towline-doctor-{number:09}");
        Ok(Self {
            directory: directory.clone(),
            place: directory.join(name.as_bytes())?,
            name,
            may_exist: false,
            files: Vec::new(),
        })
    }

    /// Returns the step. [`Self::clean_up`] must follow, whatever happens.
    pub(super) async fn run(&mut self, session: &mut Session) -> Step {
        let mut notes: Vec<Note> = Vec::new();
        // The reply may be lost, or a signal may arrive before it.
        self.may_exist = true;
        let names = match session.create_dir(&self.place).await {
            Ok(()) => Names::below(&self.place, ""),
            Err(error) => {
                self.may_exist = error.reply().is_none();
                notes.push((format!("no directory can be created: {error}"), None));
                Names::below(&self.directory, &format!("{}-", self.name))
            }
        };
        let names = match names {
            Ok(names) => {
                self.files = names.all();
                names
            }
            Err(error) => return Step::skipped("write", error.to_string()),
        };
        let tried = try_all(session, &names, &mut notes, &mut self.files).await;
        let step = match &tried {
            Ok(()) => {
                let head = format!("{}: everything works", self.place);
                let head = match notes.iter().any(|(_, finding)| finding.is_some()) {
                    false => head,
                    true => format!("{head}, but:"),
                };
                Step::good("write", head)
            }
            Err((what, error)) => failed("write", error).and(format!("failed at {what}")),
        };
        let step = notes.into_iter().fold(step, |step, (line, finding)| {
            let step = step.and(line.clone());
            match finding {
                Some(id) => step.shows(id, line),
                None => step,
            }
        });
        match tried {
            Ok(()) => step.at_most_warning(),
            Err((what, error)) => {
                let line = format!("{what}: {error}");
                match step.findings.is_empty() {
                    true => step.shows("write-test-failed", line),
                    // The finding of the error says what to do.
                    false => step.shows_note("write-test-failed", line),
                }
            }
        }
    }

    /// Removes everything that the test has created. Returns what is left, if anything.
    pub(super) async fn clean_up(&mut self, session: &mut Session) -> Option<String> {
        for file in std::mem::take(&mut self.files) {
            // Most of them do not exist. Not every server says so in a way that can be told from
            // other refusals.
            if let Err(error) = session.remove_file(&file).await
                && error.kind() != ErrorKind::NotFound
                && !self.may_exist
                && session.stat(&file).await.is_ok()
            {
                return Some(not_removed(&file, &error));
            }
        }
        if !std::mem::take(&mut self.may_exist) || session.remove_dir(&self.place).await.is_ok() {
            return None;
        }
        // The server may have given a file another name.
        match session.remove_dir_all(&self.place).await {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Some(not_removed(&self.place, &error))
            }
            _ => None,
        }
    }

    /// What is known if there is no time to clean up.
    pub(super) fn may_remain(&self) -> String {
        format!("{} may remain at the server", self.place)
    }
}

fn not_removed(path: &RemotePath, error: &Error) -> String {
    format!("{path} could not be removed: {error}")
}

impl Names {
    fn below(directory: &RemotePath, prefix: &str) -> Result<Self, PathError> {
        let name = |name: &str| directory.join(format!("{prefix}{name}").as_bytes());
        Ok(Self {
            one: name("one")?,
            two: name("two")?,
            empty: name("empty")?,
            capitals: name("CAPITALS")?,
            blanks: directory.join(format!(" {prefix}blanks ").as_bytes())?,
        })
    }

    fn all(&self) -> Vec<RemotePath> {
        [
            &self.one,
            &self.two,
            &self.empty,
            &self.capitals,
            &self.blanks,
        ]
        .map(Clone::clone)
        .to_vec()
    }
}

async fn try_all(
    session: &mut Session,
    names: &Names,
    notes: &mut Vec<Note>,
    files: &mut Vec<RemotePath>,
) -> Result<(), Failed> {
    let at = |what: &'static str| move |error| (what, error);
    let direct = UploadOptions::default().use_temporary_name(false);
    let appended = UploadOptions::default().append(true);
    let Names {
        one,
        two,
        empty,
        capitals,
        blanks,
    } = names;
    let upload = session.upload_bytes(&CONTENTS, one, &direct).await;
    upload.map_err(at("uploading a file"))?;
    if let Ok(Some(time)) = session.modified(one).await {
        let behind = jiff::Timestamp::now().as_second() - time.as_second();
        let line = match behind {
            -2..=2 => "the server's clock is right".to_owned(),
            3.. => format!("the server's clock is {behind} seconds slow"),
            _ => format!("the server's clock is {} seconds fast", -behind),
        };
        notes.push((line, None));
    }
    let upload = session.upload_bytes(MORE, two, &direct).await;
    upload.map_err(at("uploading a second file"))?;
    if let Err(error) = session.rename(one, two).await {
        // Does it refuse to rename, or only to replace?
        let removed = session.remove_file(two).await;
        removed.map_err(at("deleting"))?;
        let renamed = session.rename(one, two).await;
        renamed.map_err(at("renaming"))?;
        let line = format!("a rename does not replace a file: {error}");
        notes.push((line, Some("rename-does-not-replace")));
    }
    let append = session.upload_bytes(MORE, two, &appended).await;
    append.map_err(at("appending"))?;
    match session.download_bytes(two, 1 << 20).await {
        Ok(whole) if whole == [&CONTENTS[..], MORE].concat() => {}
        Ok(_) => {
            let line = "the file differs from what was sent".to_owned();
            notes.push((line, Some("checksums-differ")));
        }
        Err(error) if error.detail() == Some(&ErrorDetail::FileTooLarge) => {
            let line = "the server sends more than the file has".to_owned();
            notes.push((line, Some("wrong-size")));
        }
        Err(error) => return Err(("downloading", error)),
    }
    if session.features().has(Feature::RestStream) {
        let from = CONTENTS.len() as u64;
        notes.push(match tail(session, two, from).await {
            // More may follow, which is another fault.
            Ok(bytes) if bytes.starts_with(MORE) => ("REST works".to_owned(), None),
            Ok(_) => ("REST is ignored".to_owned(), Some("restart-refused")),
            Err(error) => {
                // The server sends the file from its start, or refuses.
                let is_fault = error.kind() == ErrorKind::Incomplete
                    || error.detail() == Some(&ErrorDetail::RestartRefused);
                let line = format!("REST: {error}");
                (line, is_fault.then_some("restart-refused"))
            }
        });
    }
    let upload = session.upload_bytes(b"", empty, &direct).await;
    upload.map_err(at("uploading an empty file"))?;
    if let Err(error) = session.upload_bytes(MORE, capitals, &direct).await
        && let Some(ErrorDetail::OtherNameGiven { at }) = error.detail()
    {
        files.push(at.clone());
        let line = format!("a name with capitals is changed: \"{capitals}\" to \"{at}\"");
        notes.push((line, Some("name-changed-by-server")));
    }
    notes.push(match session.upload_bytes(MORE, blanks, &direct).await {
        Ok(_) => ("names keep blanks at their ends".to_owned(), None),
        Err(error) => match error.detail() {
            Some(ErrorDetail::OtherNameGiven { at }) => {
                files.push(at.clone());
                let line =
                    format!("a name with blanks at its ends is changed: \"{blanks}\" to \"{at}\"");
                (line, Some("name-changed-by-server"))
            }
            _ => (format!("blanks at the ends of a name: {error}"), None),
        },
    });
    session.remove_file(empty).await.map_err(at("deleting"))
}

async fn tail(session: &mut Session, file: &RemotePath, from: u64) -> Result<Vec<u8>, Error> {
    use tokio::io::AsyncReadExt as _;
    let mut download = session.download_from(file, from).await?;
    let mut bytes = Vec::new();
    if download.read_to_end(&mut bytes).await.is_err() {
        download.abort().await?;
        return Ok(bytes);
    }
    download.finish().await?;
    Ok(bytes)
}
