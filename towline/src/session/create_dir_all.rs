//! A directory, and those above it.

use towline_proto::listing::EntryKind;
use towline_proto::path::RemotePath;

use super::Session;
use crate::error::{Error, ErrorDetail, ErrorKind};

impl Session {
    /// Makes a directory, and those above it that are missing. One that exists already will do.
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
    /// [`ErrorKind::Refused`] and others if the server refuses, and there is no such directory afterwards.
    /// The path is that of the directory that could not be made.
    pub async fn create_dir_all(&mut self, path: &RemotePath) -> Result<(), Error> {
        // Upwards first, since a directory that exists may lie below one that nobody may look at.
        let mut missing = Vec::new();
        let mut path = path.clone();
        while let Err(error) = self.ensure_dir(&path).await {
            match path.parent() {
                Some(parent) if is_refusal(&error) && !parent.is_login_directory() => {
                    missing.push(path);
                    path = parent;
                }
                _ => return Err(error),
            }
        }
        while let Some(path) = missing.pop() {
            self.ensure_dir(&path).await?;
        }
        Ok(())
    }

    /// Makes a directory, unless there is one.
    async fn ensure_dir(&mut self, path: &RemotePath) -> Result<(), Error> {
        // The root, the login directory, and what ends in `..` exist or cannot be made.
        let refusal = match path.file_name() {
            None => None,
            Some(_) => match self.create_dir(path).await {
                Ok(()) => return Ok(()),
                Err(error) if is_refusal(&error) => Some(error),
                Err(error) => return Err(error),
            },
        };
        // Servers have many words for "it exists".
        match (self.stat(path).await, refusal) {
            (Ok(entry), _) if entry.kind == EntryKind::Directory => Ok(()),
            (Err(error), _) if !is_refusal(&error) => Err(error),
            (Err(error), None) => Err(error),
            (_, Some(refusal)) => Err(refusal),
            (Ok(_), None) => {
                let error = Error::new(ErrorKind::Refused, "is not a directory");
                Err(error
                    .with_detail(ErrorDetail::NotADirectory)
                    .with_path(path))
            }
        }
    }
}

/// Whether the server has answered, in the negative.
fn is_refusal(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Refused | ErrorKind::NotFound | ErrorKind::AlreadyExists
    )
}
