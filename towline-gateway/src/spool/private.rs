//! Files and directories for their owner alone.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

use super::error::SpoolError;

/// Makes a directory that only its owner can use. One that is there must be such a directory.
pub(super) fn make_private(directory: &Path) -> Result<(), SpoolError> {
    let failed = |error| SpoolError::File {
        path: directory.to_owned(),
        error,
    };
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
        builder.mode(0o700).create(directory).map_err(failed)?;
        let mode = fs::metadata(directory)
            .map_err(failed)?
            .permissions()
            .mode();
        if mode & 0o077 != 0 {
            let text = "others can use this directory; its permissions must be 0700";
            return Err(failed(io::Error::other(text)));
        }
    }
    #[cfg(not(unix))]
    builder.create(directory).map_err(failed)?;
    Ok(())
}

/// Opens a file that only its owner can use, and makes it if it is missing.
pub(super) fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Syncs a directory, so that the names in it stay.
pub(super) fn sync_directory(directory: &Path) -> io::Result<()> {
    match cfg!(unix) {
        true => File::open(directory)?.sync_all(),
        // Elsewhere, directories cannot be opened.
        false => Ok(()),
    }
}
