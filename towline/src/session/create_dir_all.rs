//! Creating a directory and its missing parents.

use towline_proto::listing::EntryKind;
use towline_proto::path::RemotePath;

use super::Session;
use crate::error::{Error, ErrorDetail, ErrorKind};

impl Session {
    /// Creates a directory and its missing parents. Succeeds if the directory already exists.
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
        // Upwards first: an existing directory may lie below one that the user may not access.
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

    /// Creates a directory, unless it exists.
    async fn ensure_dir(&mut self, path: &RemotePath) -> Result<(), Error> {
        // The root, the login directory, and paths that end in `..` exist or cannot be created.
        let refusal = match path.file_name() {
            None => None,
            Some(_) => match self.create_dir(path).await {
                Ok(()) => return Ok(()),
                Err(error) if is_refusal(&error) => Some(error),
                Err(error) => return Err(error),
            },
        };
        // Servers word "it exists" in many ways.
        match (self.follow(path).await, refusal) {
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

/// Returns whether the error is a negative answer from the server. A directory under another name
/// is none.
fn is_refusal(error: &Error) -> bool {
    let is_made = matches!(error.detail(), Some(ErrorDetail::OtherNameGiven { .. }));
    !is_made
        && matches!(
            error.kind(),
            ErrorKind::Refused | ErrorKind::NotFound | ErrorKind::AlreadyExists
        )
}
