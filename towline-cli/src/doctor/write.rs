//! Writes test files, and removes them: `--write DIR`.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

use towline::{
    Error, ErrorDetail, ErrorKind, Feature, PathError, RemotePath, Session, UploadOptions,
};

use super::examination::failed;
use super::recorder::Recorder;
use super::step::{Step, explained};

/// Long enough to be cut.
const CONTENTS: [u8; 4096] = [b'.'; 4096];
const MORE: &[u8] = b"more\n";

/// How many logins the test may need because connections are lost.
pub(super) const MORE_LOGINS: usize = 4;

/// The most logins before an operation of the test, which may need two more, and the cleaning up
/// three.
const BEFORE_EACH: usize = MORE_LOGINS;

/// Time zones differ by multiples of a quarter of an hour, in seconds.
const QUARTER: i64 = 15 * 60;

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

/// Why the test did not come to its end.
enum Stopped {
    /// What was being done, and why it failed.
    Failed(&'static str, Error),
    /// Further logins could lock the account.
    TooManyLogins,
}

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
    pub(super) async fn run(&mut self, session: &mut Session, recorder: &Recorder) -> Step {
        let mut notes: Vec<Note> = Vec::new();
        // The reply may be lost, or a signal may arrive before it.
        self.may_exist = true;
        let names = match session.create_dir(&self.place).await {
            Ok(()) => Names::below(&self.place, ""),
            Err(error) => {
                self.may_exist = error.reply().is_none();
                let line = format!("no directory can be created: {error}");
                notes.push((line, explained(&error)));
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
        let mut desk = Desk {
            session,
            recorder,
            notes,
            name: &self.name,
            files: &mut self.files,
        };
        let tried = desk.try_all(&names).await;
        let notes = desk.notes;
        let step = match &tried {
            Ok(()) => {
                let head = format!("{}: everything works", self.place);
                let head = match notes.iter().any(|(_, finding)| finding.is_some()) {
                    false => head,
                    true => format!("{head}, but:"),
                };
                Step::good("write", head)
            }
            Err(Stopped::Failed(what, error)) => {
                failed("write", error).and(format!("failed at {what}"))
            }
            Err(Stopped::TooManyLogins) => {
                let line = "stopped, because the server keeps ending the session";
                Step::good("write", line).shows("connection-lost", line)
            }
        };
        let step = notes.into_iter().fold(step, |step, (line, finding)| {
            let step = step.and(line.clone());
            match finding {
                Some(id) => step.shows(id, line),
                None => step,
            }
        });
        match tried {
            Ok(()) | Err(Stopped::TooManyLogins) => step.at_most_warning(),
            Err(Stopped::Failed(what, error)) => {
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
    pub(super) async fn clean_up(
        &mut self,
        session: &mut Session,
        recorder: &Recorder,
    ) -> Option<String> {
        let before = recorder.logins();
        let mut left = Vec::new();
        for file in std::mem::take(&mut self.files) {
            if recorder.logins() > before + 1 {
                return Some(self.may_remain());
            }
            // Most of them do not exist. Not every server says so in a way that can be told from
            // other refusals.
            if let Err(error) = session.remove_file(&file).await
                && error.kind() != ErrorKind::NotFound
                && !self.may_exist
                && session.stat(&file).await.is_ok()
            {
                left.push(not_removed(&file, &error));
            }
        }
        if !left.is_empty() {
            return Some(left.join("; "));
        }
        if recorder.logins() > before + 1 {
            return Some(self.may_remain());
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

/// The work of the test, and what it notes.
struct Desk<'a> {
    session: &'a mut Session,
    recorder: &'a Recorder,
    notes: Vec<Note>,
    /// The name that nothing else has.
    name: &'a str,
    files: &'a mut Vec<RemotePath>,
}

impl Desk<'_> {
    /// The session, for the next operation.
    fn session(&mut self) -> Result<&mut Session, Stopped> {
        match self.recorder.logins() > BEFORE_EACH {
            true => Err(Stopped::TooManyLogins),
            false => Ok(self.session),
        }
    }

    fn note(&mut self, line: impl Into<String>, finding: Option<&'static str>) {
        self.notes.push((line.into(), finding));
    }

    async fn try_all(&mut self, names: &Names) -> Result<(), Stopped> {
        let Names {
            one,
            two,
            empty,
            capitals,
            blanks,
        } = names;
        let direct = UploadOptions::default().use_temporary_name(false);
        let appended = UploadOptions::default().append(true);
        let first = self.session()?.upload_bytes(&CONTENTS, one, &direct).await;
        first.map_err(at("uploading a file"))?;
        self.clock(one).await?;
        let second = self.session()?.upload_bytes(MORE, two, &direct).await;
        second.map_err(at("uploading a second file"))?;
        self.replace(one, two).await?;
        let append = self.session()?.upload_bytes(MORE, two, &appended).await;
        append.map_err(at("appending"))?;
        self.contents(two).await?;
        if self.session()?.features().has(Feature::RestStream) {
            self.rest(two).await?;
        }
        let nothing = self.session()?.upload_bytes(b"", empty, &direct).await;
        nothing.map_err(at("uploading an empty file"))?;
        self.name(capitals, "a name with capitals").await?;
        if self.name(blanks, "a name with blanks at its ends").await? {
            self.note("names keep blanks at their ends", None);
        }
        let removed = self.session()?.remove_file(empty).await;
        removed.map_err(at("deleting"))
    }

    /// The server's clock, from the time of a file that was just written.
    async fn clock(&mut self, file: &RemotePath) -> Result<(), Stopped> {
        let Ok(Some(time)) = self.session()?.modified(file).await else {
            return Ok(());
        };
        let behind = jiff::Timestamp::now().as_second() - time.as_second();
        let is_zone = behind.abs() > QUARTER / 2 && (behind + 2).rem_euclid(QUARTER) <= 4;
        let line = match behind {
            -2..=2 => "the server's clock is right".to_owned(),
            _ if is_zone => {
                let minutes = -(behind + 2).div_euclid(QUARTER) * QUARTER / 60;
                format!("MDTM shows another time zone, {minutes:+} minutes from UTC")
            }
            3.. => format!("the server's clock is {behind} seconds slow"),
            _ => format!("the server's clock is {} seconds fast", -behind),
        };
        self.note(line, None);
        Ok(())
    }

    /// Renames `one` over `two`.
    async fn replace(&mut self, one: &RemotePath, two: &RemotePath) -> Result<(), Stopped> {
        let Err(error) = self.session()?.rename(one, two).await else {
            return Ok(());
        };
        // Does it refuse to rename, or only to replace?
        let removed = self.session()?.remove_file(two).await;
        removed.map_err(at("deleting"))?;
        let renamed = self.session()?.rename(one, two).await;
        renamed.map_err(at("renaming"))?;
        let line = format!("a rename does not replace a file: {error}");
        self.note(line, Some("rename-does-not-replace"));
        Ok(())
    }

    /// Downloads everything.
    async fn contents(&mut self, file: &RemotePath) -> Result<(), Stopped> {
        match self.session()?.download_bytes(file, 1 << 20).await {
            Ok(whole) if whole == [&CONTENTS[..], MORE].concat() => {}
            Ok(_) => {
                let line = "the file differs from what was sent";
                self.note(line, Some("checksums-differ"));
            }
            Err(error) if error.detail() == Some(&ErrorDetail::FileTooLarge) => {
                let line = "the server sends more than the file has";
                self.note(line, Some("wrong-size"));
            }
            Err(error) => return Err(Stopped::Failed("downloading", error)),
        }
        Ok(())
    }

    /// Downloads the end.
    async fn rest(&mut self, file: &RemotePath) -> Result<(), Stopped> {
        let from = CONTENTS.len() as u64;
        match tail(self.session()?, file, from).await {
            // More may follow, which is another fault.
            Ok(bytes) if bytes.starts_with(MORE) => self.note("REST works", None),
            Ok(_) => self.note("REST is ignored", Some("restart-refused")),
            Err(error) => {
                // The server sends the file from its start, or refuses.
                let is_fault = error.kind() == ErrorKind::Incomplete
                    || error.detail() == Some(&ErrorDetail::RestartRefused);
                let finding = match is_fault {
                    true => Some("restart-refused"),
                    false => explained(&error),
                };
                self.note(format!("REST: {error}"), finding);
            }
        }
        Ok(())
    }

    /// Uploads a file, and returns whether it keeps its name. `what` describes the name.
    async fn name(&mut self, file: &RemotePath, what: &str) -> Result<bool, Stopped> {
        let direct = UploadOptions::default().use_temporary_name(false);
        let Err(error) = self.session()?.upload_bytes(MORE, file, &direct).await else {
            return Ok(true);
        };
        match error.detail() {
            Some(ErrorDetail::OtherNameGiven { at }) => {
                // A file that was there before has no such name.
                if at.to_string().contains(self.name) {
                    self.files.push(at.clone());
                }
                let line = format!("{what} is changed: \"{file}\" to \"{at}\"");
                self.note(line, Some("name-changed-by-server"));
            }
            _ => self.note(format!("{what}: {error}"), explained(&error)),
        }
        Ok(false)
    }
}

/// Makes an error of what was being done.
fn at(what: &'static str) -> impl Fn(Error) -> Stopped {
    move |error| Stopped::Failed(what, error)
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
