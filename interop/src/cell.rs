//! One cell of the matrix, as a test records it.

use std::fs::OpenOptions;
use std::io::{self, Write as _};

use serde::{Deserialize, Serialize};

use crate::servers;

/// The file in the run's folder that tests append to.
pub(crate) const FILE: &str = "matrix.jsonl";

/// A cell that counts as failed unless [`Cell::passed`] or [`Cell::shows`] is called. Several
/// threads and processes may record at the same time.
#[must_use = "dropped, it records a failure"]
#[derive(Debug)]
pub struct Cell(Line);

impl Cell {
    pub(crate) fn new(theme: &str, server: &str, tls: &str, operation: &str) -> Self {
        Self(Line {
            cell: [theme, server, tls, operation].map(str::to_owned),
            outcome: None,
        })
    }

    /// Records that the operation succeeded.
    pub fn passed(self) {
        self.shows("ok");
    }

    /// Records the result of an operation for which several results are correct.
    pub fn shows(mut self, outcome: impl Into<String>) {
        self.0.outcome = Some(outcome.into());
    }

    fn record(&self) -> io::Result<()> {
        let mut line = serde_json::to_vec(&self.0)?;
        line.push(b'\n');
        // The system does not split a single short write to a file opened for appending.
        let path = servers::run_folder().join(FILE);
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)?
            .write_all(&line)
    }
}

impl Drop for Cell {
    fn drop(&mut self) {
        if let Err(error) = self.record() {
            // The missing cell fails the run.
            eprintln!("cannot record a cell of the matrix: {error}");
        }
    }
}

/// A cell as stored in the file.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Line {
    /// Theme, server, TLS version and operation.
    pub(crate) cell: [String; 4],
    pub(crate) outcome: Option<String>,
}
