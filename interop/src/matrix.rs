//! What worked on which server: each test records cells, `cargo xtask test`
//! shows the table.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::servers::{self, RealServer};

/// The columns.
pub const OPERATIONS: [&str; 9] = [
    "ls",
    "get",
    "put",
    "overwrite",
    "rename",
    "delete",
    "zero bytes",
    "non-ASCII name",
    "550",
];

/// The file that tests append to, in the folder of the run.
const FILE: &str = "matrix.jsonl";

/// Begins the cell of `operation`, one of [`OPERATIONS`], on `server` with TLS
/// `tls`, which ends in `1.2` or `1.3`.
///
/// # Panics
///
/// Panics where the matrix has no such column or row.
pub fn cell(server: &RealServer, tls: &str, operation: &str) -> Cell {
    assert!(
        OPERATIONS.contains(&operation),
        "the matrix has no column {operation:?}"
    );
    let row = rows([server]).find(|(_, spoken)| tls.ends_with(spoken));
    #[allow(clippy::panic, reason = "only tests call this")]
    let Some((_, tls)) = row else {
        panic!("{} speaks no TLS {tls}", server.name)
    };
    Cell(Line {
        server: server.name.clone(),
        tls: tls.to_owned(),
        operation: operation.to_owned(),
        passed: false,
    })
}

/// A cell that counts as failed unless [`Cell::passed`] is called. Any number
/// of threads and processes may record at a time.
#[must_use = "dropped, it records a failure"]
#[derive(Debug)]
pub struct Cell(Line);

impl Cell {
    /// Records that the operation did what it should.
    pub fn passed(mut self) {
        self.0.passed = true;
    }

    fn record(&self) -> io::Result<()> {
        let mut line = serde_json::to_vec(&self.0)?;
        line.push(b'\n');
        // One write of a short line to a file opened for appending is not torn.
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
            // The gap that this leaves in the matrix fails the run.
            eprintln!("cannot record a cell of the matrix: {error}");
        }
    }
}

/// Everything that the tests of one run recorded.
#[derive(Debug, Default)]
pub struct Matrix {
    /// Whether an operation passed, by server, TLS version and operation.
    cells: HashMap<[String; 3], bool>,
}

impl Matrix {
    /// Reads what was recorded in the folder of a run.
    ///
    /// # Errors
    ///
    /// Fails where the file is there and cannot be read.
    pub fn load(run: &Path) -> io::Result<Self> {
        match fs::read_to_string(run.join(FILE)) {
            Ok(text) => Self::parse(&text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    /// The cells that did not pass, in words.
    pub fn gaps(&self, servers: &[RealServer]) -> Vec<String> {
        let mut gaps = Vec::new();
        for (server, tls) in rows(servers) {
            for operation in OPERATIONS {
                let what = match self.cell(server, tls, operation) {
                    Some(true) => continue,
                    Some(false) => "failed",
                    None => "was not tried",
                };
                gaps.push(format!("{}, TLS {tls}: {operation} {what}", server.name));
            }
        }
        gaps
    }

    /// The table, in Markdown.
    pub fn render(&self, servers: &[RealServer]) -> String {
        let mut table = String::from("| server | version | mode | TLS | demands reuse |");
        for operation in OPERATIONS {
            let _ = write!(table, " {operation} |");
        }
        table.push_str("\n| --- | --- | --- | --- | --- |");
        table.push_str(&" --- |".repeat(OPERATIONS.len()));
        for (server, tls) in rows(servers) {
            let mode = if server.implicit {
                "implicit"
            } else {
                "explicit"
            };
            let reuse = if server.enforces_reuse { "yes" } else { "no" };
            let RealServer { name, version, .. } = server;
            let _ = write!(table, "\n| {name} | {version} | {mode} | {tls} | {reuse} |");
            for operation in OPERATIONS {
                let mark = match self.cell(server, tls, operation) {
                    Some(true) => "ok",
                    Some(false) => "FAILS",
                    None => "?",
                };
                let _ = write!(table, " {mark} |");
            }
        }
        table.push('\n');
        table
    }

    fn parse(text: &str) -> io::Result<Self> {
        let mut matrix = Self::default();
        for line in text.lines() {
            let line: Line = serde_json::from_str(line)?;
            // What failed once stays failed.
            *matrix
                .cells
                .entry([line.server, line.tls, line.operation])
                .or_insert(true) &= line.passed;
        }
        Ok(matrix)
    }

    fn cell(&self, server: &RealServer, tls: &str, operation: &str) -> Option<bool> {
        self.cells
            .get(&[&server.name, tls, operation].map(str::to_owned))
            .copied()
    }
}

/// A cell as it is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    server: String,
    tls: String,
    operation: String,
    passed: bool,
}

fn rows<'a>(
    servers: impl IntoIterator<Item = &'a RealServer>,
) -> impl Iterator<Item = (&'a RealServer, &'static str)> {
    servers.into_iter().flat_map(|server| {
        let versions = [("1.2", server.tls12), ("1.3", server.tls13)];
        versions
            .into_iter()
            .filter(|(_, spoken)| *spoken)
            .map(move |(tls, _)| (server, tls))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::servers::Kind;

    fn server() -> RealServer {
        RealServer {
            name: "proftpd-tls12".into(),
            kind: Kind::ProFtpd,
            version: "1.3.8".into(),
            host: "127.0.0.1".into(),
            port: 21,
            implicit: false,
            tls12: true,
            tls13: false,
            enforces_reuse: true,
            user: "mia".into(),
            password: "secret".into(),
            ca_file: "ca.pem".into(),
            certificate: "certificate.pem".into(),
            home: "home/mia".into(),
            logs: "log".into(),
        }
    }

    fn line(operation: &str, passed: bool) -> String {
        let line = Line {
            server: server().name,
            tls: "1.2".to_owned(),
            operation: operation.to_owned(),
            passed,
        };
        serde_json::to_string(&line).unwrap() + "\n"
    }

    #[test]
    fn a_complete_matrix_has_no_gaps() {
        let text: String = OPERATIONS
            .iter()
            .map(|operation| line(operation, true))
            .collect();
        let matrix = Matrix::parse(&text).unwrap();
        assert_eq!(matrix.gaps(&[server()]), Vec::<String>::new());
        let table = matrix.render(&[server()]);
        let row = "| proftpd-tls12 | 1.3.8 | explicit | 1.2 | yes |";
        assert_eq!(
            table.lines().last(),
            Some(format!("{row}{}", " ok |".repeat(9)).as_str())
        );
    }

    #[test]
    fn a_failure_is_not_undone_by_a_later_success() {
        let text = line("get", false) + &line("get", true);
        let gaps = Matrix::parse(&text).unwrap().gaps(&[server()]);
        assert!(
            gaps.contains(&"proftpd-tls12, TLS 1.2: get failed".to_owned()),
            "{gaps:?}"
        );
    }

    #[test]
    fn what_was_not_tried_is_a_gap() {
        let gaps = Matrix::default().gaps(&[server()]);
        assert_eq!(gaps.len(), OPERATIONS.len());
        assert_eq!(gaps[0], "proftpd-tls12, TLS 1.2: ls was not tried");
    }

    #[test]
    #[should_panic(expected = "no column")]
    fn a_misspelt_operation_is_not_recorded() {
        cell(&server(), "1.2", "list").passed();
    }
}
