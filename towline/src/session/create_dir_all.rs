//! Creating a directory and its missing parents.

use towline_proto::listing::EntryKind;
use towline_proto::path::RemotePath;

use super::Session;
use super::attempts::retrying;
use crate::boxed::boxed;
use crate::error::{Error, ErrorDetail, ErrorKind};

impl Session {
    /// Creates a directory and its missing parents. Succeeds if the directory already exists. `.`
    /// and repeated slashes in the path are ignored; `..` leads where the server says.
    ///
    /// ```no_run
    /// # async fn example(session: &mut towline::Session) -> Result<(), Box<dyn std::error::Error>> {
    /// session.create_dir_all(&towline::RemotePath::new("in/2026/july")?).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Refused`] or another kind if the server refuses and the directory does not
    /// exist afterwards. The error's path is that of the directory that could not be created.
    pub async fn create_dir_all(&mut self, path: &RemotePath) -> Result<(), Error> {
        let parts = Parts::of(path);
        // Upwards first: an existing directory may lie below one that the user may not access.
        let mut there = parts.len();
        while let Err(error) = self.ensure_dir(&parts, there).await {
            if !is_refusal(&error) || there <= 1 {
                return Err(error);
            }
            there -= 1;
        }
        while there < parts.len() {
            there += 1;
            self.ensure_dir(&parts, there).await?;
        }
        Ok(())
    }

    /// Creates the directory that the first `count` of `parts` name, unless it exists.
    #[boxed]
    async fn ensure_dir(&mut self, parts: &Parts<'_>, count: usize) -> Result<(), Error> {
        let path = &parts.first(count)?;
        // The root, the login directory, and paths that end in `..` exist or cannot be created.
        let Some(_) = path.file_name() else {
            if path.is_login_directory() {
                return Ok(());
            }
            return retrying!(self, self.visit(path));
        };
        let refusal = match self.create_dir(path).await {
            Ok(()) => return Ok(()),
            Err(error) if is_refusal(&error) => error,
            Err(error) => return Err(error),
        };
        // Servers word "it exists" in many ways.
        match self.follow(path).await {
            Ok(entry) if entry.kind == EntryKind::Directory => Ok(()),
            Err(error) if !is_refusal(&error) => Err(error),
            _ => Err(refusal),
        }
    }
}

/// The components of a path, without `.` and empty ones.
struct Parts<'a> {
    is_absolute: bool,
    parts: Vec<&'a [u8]>,
}

impl<'a> Parts<'a> {
    fn of(path: &'a RemotePath) -> Self {
        let parts = path.as_bytes().split(|byte| *byte == b'/');
        Self {
            is_absolute: path.is_absolute(),
            parts: parts.filter(|part| !matches!(*part, b"" | b".")).collect(),
        }
    }

    fn len(&self) -> usize {
        self.parts.len()
    }

    /// Returns the path of the first `count` components.
    fn first(&self, count: usize) -> Result<RemotePath, Error> {
        let mut path = self.parts[..count].join(&b'/');
        if self.is_absolute {
            path.insert(0, b'/');
        }
        RemotePath::new(path).map_err(|error| {
            let error = Error::new(ErrorKind::Usage, error.to_string());
            error.with_detail(ErrorDetail::CannotBeSent)
        })
    }
}

/// Returns whether the error is a negative answer from the server. The error for a directory that
/// got another name is not.
fn is_refusal(error: &Error) -> bool {
    let is_made = matches!(error.detail(), Some(ErrorDetail::OtherNameGiven { .. }));
    !is_made
        && matches!(
            error.kind(),
            ErrorKind::Refused | ErrorKind::NotFound | ErrorKind::AlreadyExists
        )
}
