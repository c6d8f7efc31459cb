//! What worked on which server: each test records cells, `cargo xtask test`
//! shows the table.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::servers::{self, RealServer};

/// The file that tests append to, in the folder of the run.
pub const FILE: &str = "matrix.jsonl";

/// A TLS version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Tls {
    /// TLS 1.2.
    V12,
    /// TLS 1.3.
    V13,
}

impl Tls {
    fn name(self) -> &'static str {
        match self {
            Self::V12 => "1.2",
            Self::V13 => "1.3",
        }
    }
}

/// A column of the matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Operation {
    /// Listing a directory.
    List,
    /// Downloading a file.
    Get,
    /// Uploading a file.
    Put,
    /// Uploading over a file that exists.
    Overwrite,
    /// Renaming a file.
    Rename,
    /// Removing a file.
    Delete,
    /// A file of no bytes, both ways.
    ZeroBytes,
    /// A file whose name is not ASCII, both ways and in a listing.
    NonAsciiName,
    /// A file that does not exist: a clear error, and the session goes on.
    Missing,
}

impl Operation {
    /// Every operation, in the order of the columns.
    pub const ALL: [Self; 9] = [
        Self::List,
        Self::Get,
        Self::Put,
        Self::Overwrite,
        Self::Rename,
        Self::Delete,
        Self::ZeroBytes,
        Self::NonAsciiName,
        Self::Missing,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::List => "ls",
            Self::Get => "get",
            Self::Put => "put",
            Self::Overwrite => "overwrite",
            Self::Rename => "rename",
            Self::Delete => "delete",
            Self::ZeroBytes => "zero bytes",
            Self::NonAsciiName => "non-ASCII name",
            Self::Missing => "550",
        }
    }
}

/// Records whether an operation worked. Safe from any number of threads and
/// processes; a cell that failed once stays failed.
///
/// # Errors
///
/// Fails where the file cannot be written.
///
/// # Panics
///
/// Panics where no servers were started.
pub fn record(server: &RealServer, tls: Tls, operation: Operation, worked: bool) -> io::Result<()> {
    let cell = Cell {
        server: server.name.clone(),
        tls,
        operation,
        worked,
    };
    let mut line = serde_json::to_vec(&cell)?;
    line.push(b'\n');
    // One write of a short line to a file opened for appending is not torn.
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(servers::run_folder().join(FILE));
    file?.write_all(&line)
}

/// Everything that the tests of one run recorded.
#[derive(Debug, Default)]
pub struct Matrix {
    cells: HashMap<(String, Tls, Operation), bool>,
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

    /// The cells that should say that something works and do not, in words.
    pub fn gaps(&self, servers: &[RealServer]) -> Vec<String> {
        let mut gaps = Vec::new();
        for (server, tls) in rows(servers) {
            for operation in Operation::ALL {
                let what = match self.cell(server, tls, operation) {
                    Some(true) => continue,
                    Some(false) => "failed",
                    None => "was not tried",
                };
                let (name, tls, operation) = (&server.name, tls.name(), operation.name());
                gaps.push(format!("{name}, TLS {tls}: {operation} {what}"));
            }
        }
        gaps
    }

    /// The table, in Markdown.
    pub fn render(&self, servers: &[RealServer]) -> String {
        let mut table = String::from("| server | version | mode | TLS | demands reuse |");
        for operation in Operation::ALL {
            let _ = write!(table, " {} |", operation.name());
        }
        table.push_str("\n| --- | --- | --- | --- | --- |");
        table.push_str(&" --- |".repeat(Operation::ALL.len()));
        for (server, tls) in rows(servers) {
            let mode = if server.implicit {
                "implicit"
            } else {
                "explicit"
            };
            let reuse = if server.enforces_reuse { "yes" } else { "no" };
            let RealServer { name, version, .. } = server;
            let _ = write!(
                table,
                "\n| {name} | {version} | {mode} | {} | {reuse} |",
                tls.name()
            );
            for operation in Operation::ALL {
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
            let Cell {
                server,
                tls,
                operation,
                worked,
            } = serde_json::from_str(line)?;
            *matrix.cells.entry((server, tls, operation)).or_insert(true) &= worked;
        }
        Ok(matrix)
    }

    fn cell(&self, server: &RealServer, tls: Tls, operation: Operation) -> Option<bool> {
        self.cells
            .get(&(server.name.clone(), tls, operation))
            .copied()
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Cell {
    server: String,
    tls: Tls,
    operation: Operation,
    worked: bool,
}

fn rows(servers: &[RealServer]) -> impl Iterator<Item = (&RealServer, Tls)> {
    servers.iter().flat_map(|server| {
        let versions = [(Tls::V12, server.tls12), (Tls::V13, server.tls13)];
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
            homes: "home".into(),
            logs: "log".into(),
        }
    }

    fn line(operation: Operation, worked: bool) -> String {
        let cell = Cell {
            server: server().name,
            tls: Tls::V12,
            operation,
            worked,
        };
        serde_json::to_string(&cell).unwrap() + "\n"
    }

    #[test]
    fn a_complete_matrix_has_no_gaps() {
        let text: String = Operation::ALL
            .iter()
            .map(|&operation| line(operation, true))
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
        let text = line(Operation::Get, false) + &line(Operation::Get, true);
        let gaps = Matrix::parse(&text).unwrap().gaps(&[server()]);
        assert!(
            gaps.contains(&"proftpd-tls12, TLS 1.2: get failed".to_owned()),
            "{gaps:?}"
        );
    }

    #[test]
    fn what_was_not_tried_is_a_gap() {
        let gaps = Matrix::default().gaps(&[server()]);
        assert_eq!(gaps.len(), Operation::ALL.len());
        assert_eq!(gaps[0], "proftpd-tls12, TLS 1.2: ls was not tried");
    }
}
