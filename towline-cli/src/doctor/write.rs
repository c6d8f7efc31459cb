//! Writes test files, and removes them: `--write DIR`.

use towline::{Error, Feature, PathError, RemotePath, Session, UploadOptions};

use super::examination::failed;
use super::step::Step;

const CONTENTS: &[u8] = b"written by towline doctor, to be removed at once\n";
const MORE: &[u8] = b"more\n";

/// Files in a directory of their own below the one that was given, or beside each other in it if
/// directories cannot be created.
pub(super) struct WriteTest {
    directory: RemotePath,
    place: RemotePath,
    /// Whether the directory of the test exists.
    is_created: bool,
    /// What may exist in the given directory.
    files: Vec<RemotePath>,
}

/// The files of the test.
struct Names {
    one: RemotePath,
    two: RemotePath,
    empty: RemotePath,
    blanks: RemotePath,
}

/// What was being done, and why it failed.
type Failed = (&'static str, Error);

impl WriteTest {
    /// # Errors
    /// If the name of the directory cannot be part of a path.
    pub(super) fn below(directory: &RemotePath) -> Result<Self, PathError> {
        let name = format!("towline-doctor-{}", std::process::id());
        Ok(Self {
            directory: directory.clone(),
            place: directory.join(name.as_bytes())?,
            is_created: false,
            files: Vec::new(),
        })
    }

    /// Returns the step. [`Self::clean_up`] must follow, whatever happens.
    pub(super) async fn run(&mut self, session: &mut Session) -> Step {
        let mut lines = Vec::new();
        let names = match session.create_dir(&self.place).await {
            Ok(()) => {
                self.is_created = true;
                Names::below(&self.place, "")
            }
            Err(error) => {
                lines.push(format!("no directory can be created: {error}"));
                let prefix = format!("towline-doctor-{}-", std::process::id());
                let names = Names::below(&self.directory, &prefix);
                if let Ok(names) = &names {
                    self.files = names.all();
                }
                names
            }
        };
        let names = match names {
            Ok(names) => names,
            Err(error) => return Step::skipped("write", error.to_string()),
        };
        match try_all(session, &names, &mut lines).await {
            Ok(()) => {
                let head = format!("{}: everything works", self.place);
                lines.into_iter().fold(Step::good("write", head), Step::and)
            }
            Err((what, error)) => {
                let step = failed("write", &error).and(format!("failed at {what}"));
                let step = lines.into_iter().fold(step, Step::and);
                step.shows("write-test-failed", format!("{what}: {error}"))
            }
        }
    }

    /// Removes everything that the test has created. Returns what is left, if anything.
    pub(super) async fn clean_up(&mut self, session: &mut Session) -> Option<String> {
        for file in std::mem::take(&mut self.files) {
            // Most of them do not exist.
            let _ = session.remove_file(&file).await;
        }
        if !self.is_created {
            return None;
        }
        self.is_created = false;
        let removed = session.remove_dir_all(&self.place).await;
        let error = removed.err()?;
        Some(format!("{} could not be removed: {error}", self.place))
    }
}

impl Names {
    fn below(directory: &RemotePath, prefix: &str) -> Result<Self, PathError> {
        let name = |name: &str| directory.join(format!("{prefix}{name}").as_bytes());
        Ok(Self {
            one: name("one")?,
            two: name("two")?,
            empty: name("empty")?,
            blanks: directory.join(format!(" {prefix}blanks ").as_bytes())?,
        })
    }

    fn all(&self) -> Vec<RemotePath> {
        [&self.one, &self.two, &self.empty, &self.blanks]
            .map(Clone::clone)
            .to_vec()
    }
}

async fn try_all(
    session: &mut Session,
    names: &Names,
    lines: &mut Vec<String>,
) -> Result<(), Failed> {
    let at = |what: &'static str| move |error| (what, error);
    let direct = UploadOptions::default().use_temporary_name(false);
    let appended = UploadOptions::default().append(true);
    let Names {
        one,
        two,
        empty,
        blanks,
    } = names;
    let upload = session.upload_bytes(CONTENTS, one, &direct).await;
    upload.map_err(at("uploading a file"))?;
    if let Ok(Some(time)) = session.modified(one).await {
        let behind = jiff::Timestamp::now().as_second() - time.as_second();
        lines.push(match behind {
            -2..=2 => "the server's clock is right".to_owned(),
            3.. => format!("the server's clock is {behind} seconds slow"),
            _ => format!("the server's clock is {} seconds fast", -behind),
        });
    }
    let upload = session.upload_bytes(MORE, two, &direct).await;
    upload.map_err(at("uploading a second file"))?;
    session
        .rename(one, two)
        .await
        .map_err(at("renaming over a file"))?;
    let append = session.upload_bytes(MORE, two, &appended).await;
    append.map_err(at("appending"))?;
    let whole = session
        .download_bytes(two, 1 << 20)
        .await
        .map_err(at("downloading"))?;
    if whole != [CONTENTS, MORE].concat() {
        lines.push("the file differs from what was sent".to_owned());
    }
    if session.features().has(Feature::RestStream) {
        let from = CONTENTS.len() as u64;
        lines.push(match tail(session, two, from).await {
            Ok(bytes) if bytes == MORE => "REST works".to_owned(),
            Ok(_) => "REST is ignored".to_owned(),
            Err(error) => format!("REST: {error}"),
        });
    }
    let upload = session.upload_bytes(b"", empty, &direct).await;
    upload.map_err(at("uploading an empty file"))?;
    lines.push(match session.upload_bytes(MORE, blanks, &direct).await {
        Ok(_) => "names keep blanks at their ends".to_owned(),
        Err(error) => format!("blanks at the ends of a name: {error}"),
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
