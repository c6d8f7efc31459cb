//! Saves a plan, and loads it again.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read as _, Write as _};
use std::path::Path;

use serde::Deserialize;

use super::value::{FORMAT, Plan};
use crate::error::Error;

/// No plan is larger.
const LARGEST: u64 = 4 << 30;

/// The fields that every version of the format has.
#[derive(Deserialize)]
struct Head {
    format: u32,
}

impl Plan {
    /// Writes the plan to a file, as JSON.
    ///
    /// # Errors
    ///
    /// [`Error::Local`] if the file cannot be written. An existing file is then unchanged.
    pub fn save(&self, file: &Path) -> Result<(), Error> {
        let write = || -> io::Result<()> {
            let directory = file
                .parent()
                .filter(|parent| !parent.as_os_str().is_empty());
            let directory = directory.unwrap_or_else(|| Path::new("."));
            // This error names no temporary file.
            directory.metadata()?;
            let new = tempfile::NamedTempFile::new_in(directory)?;
            let mut writer = BufWriter::new(&new);
            serde_json::to_writer(&mut writer, self)?;
            writer.write_all(b"\n")?;
            writer.flush()?;
            drop(writer);
            new.as_file().sync_all()?;
            new.persist(file).map_err(|error| error.error)?;
            Ok(())
        };
        write().map_err(|error| Error::local(file, error))
    }

    /// Reads a plan that was saved.
    ///
    /// # Errors
    ///
    /// [`Error::Plan`] if it is not one, or if a newer program wrote it.
    pub fn load(file: &Path) -> Result<Self, Error> {
        let read = || -> io::Result<Vec<u8>> {
            let mut text = Vec::new();
            let opened = File::open(file)?;
            BufReader::new(opened)
                .take(LARGEST)
                .read_to_end(&mut text)?;
            Ok(text)
        };
        let text = read().map_err(|error| Error::local(file, error))?;
        let wrong = |what: String| Error::Plan { what };
        let head: Head = serde_json::from_slice(&text)
            .map_err(|error| wrong(format!("is not a plan of this program: {error}")))?;
        if head.format != FORMAT {
            return Err(wrong(format!(
                "has format {}, and this program reads format {FORMAT}",
                head.format
            )));
        }
        serde_json::from_slice(&text).map_err(|error| wrong(format!("cannot be read: {error}")))
    }
}
