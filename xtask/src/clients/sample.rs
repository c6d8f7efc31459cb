//! The files that every program moves.

use std::fs::{self, File, Permissions};
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::jail::UID;

/// The names of the files.
const FILES: [&str; 4] = ["small", "more", "empty", "big"];

/// The size of the big file.
const BIG: usize = 100_000_000;

/// The size of the big file where time matters: more than all buffers on its way hold.
const NOT_SO_BIG: usize = 24_000_000;

/// The folders of both samples.
const FOLDERS: [&str; 2] = ["files", "files-big"];

/// The files, with a big one of either size.
#[derive(Debug)]
pub(super) struct Samples {
    usual: Sample,
    big: Option<Sample>,
}

impl Samples {
    /// Creates the files in a folder, those with the biggest one only if they are needed.
    pub(super) fn make(folder: &Path, with_big: bool) -> Result<Self> {
        let [usual, big] = FOLDERS.map(|name| folder.join(name));
        Ok(Self {
            usual: Sample::make(&usual, NOT_SO_BIG)?,
            big: match with_big {
                true => Some(Sample::make(&big, BIG)?),
                false => None,
            },
        })
    }

    /// The files, with the biggest one if there is one.
    pub(super) fn of(&self, big: bool) -> &Sample {
        let wanted = self.big.as_ref().filter(|_| big);
        wanted.unwrap_or(&self.usual)
    }

    /// Removes the files.
    pub(super) fn remove(folder: &Path) -> Result<()> {
        for folder in FOLDERS.map(|name| folder.join(name)) {
            if folder.exists() {
                fs::remove_dir_all(folder)?;
            }
        }
        Ok(())
    }
}

/// A folder with the files.
#[derive(Debug)]
pub(super) struct Sample {
    folder: PathBuf,
}

impl Sample {
    /// Creates the files, unless they are there.
    fn make(folder: &Path, big: usize) -> Result<Self> {
        fs::create_dir_all(folder)?;
        for (name, size) in FILES.into_iter().zip([5_000, 7_000, 0, big]) {
            let path = folder.join(name);
            if !path.exists() {
                fill(&path, size).with_context(|| path.display().to_string())?;
            }
        }
        Ok(Self {
            folder: folder.to_path_buf(),
        })
    }

    /// The folder with the files.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Puts the files of a vendor into the home of a user at the server, as hard links.
    pub(super) fn lay_out(&self, home: &Path) -> Result<()> {
        for name in FILES {
            if name != "more" {
                fs::hard_link(self.folder.join(name), home.join(name))?;
            }
        }
        Ok(())
    }
}

/// Writes bytes that do not repeat, so that a block at a wrong place is noticed.
fn fill(path: &Path, size: usize) -> Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut left = size;
    while left > 0 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let word = state.to_le_bytes();
        let count = left.min(word.len());
        file.write_all(word.get(..count).unwrap_or_default())?;
        left -= count;
    }
    file.flush()?;
    drop(file);
    fs::set_permissions(path, Permissions::from_mode(0o444))?;
    Ok(chown(path, Some(UID), Some(UID))?)
}
