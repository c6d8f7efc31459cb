//! What worked on which server, in tables of the cells that tests recorded.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use crate::cell::{FILE, Line};
use crate::servers::RealServer;
use crate::theme::{THEMES, Theme};

/// Everything that the tests of one run recorded.
#[derive(Debug, Default)]
pub struct Matrix {
    /// The result of each operation, by theme, server, TLS version and operation. `None` means that
    /// it failed.
    cells: HashMap<[String; 4], Option<String>>,
}

impl Matrix {
    /// Reads the results in a run's folder.
    ///
    /// # Errors
    ///
    /// Fails if the file exists and cannot be read.
    pub fn load(run: &Path) -> io::Result<Self> {
        match fs::read_to_string(run.join(FILE)) {
            Ok(text) => Self::parse(&text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    /// Describes the cells that did not pass.
    pub fn gaps(&self, servers: &[RealServer]) -> Vec<String> {
        let mut gaps = Vec::new();
        for theme in THEMES {
            for (server, tls) in theme.rows(servers) {
                for operation in theme.operations {
                    let what = match self.cell(theme, server, tls, operation) {
                        Some(Some(_)) => continue,
                        Some(None) => "failed",
                        None => "was not tried",
                    };
                    let (title, name) = (theme.title, &server.name);
                    gaps.push(format!("{title}: {name}, TLS {tls}: {operation} {what}"));
                }
            }
        }
        gaps
    }

    /// Returns the tables in Markdown: the servers, then one table for each theme.
    pub fn render(&self, servers: &[RealServer]) -> String {
        let mut tables = vec![servers_table(servers)];
        tables.extend(THEMES.iter().map(|theme| self.table(theme, servers)));
        tables.join("\n")
    }

    fn table(&self, theme: &Theme, servers: &[RealServer]) -> String {
        let head = ["server", "TLS"];
        let head = &head[..1 + usize::from(theme.each_version)];
        let mut table = format!("### {}\n\n{}\n\n|", theme.title, theme.about);
        let columns: Vec<_> = head.iter().chain(theme.operations).collect();
        for column in &columns {
            let _ = write!(table, " {column} |");
        }
        table.push_str("\n|");
        table.push_str(&" --- |".repeat(columns.len()));
        for (server, tls) in theme.rows(servers) {
            let _ = write!(table, "\n| {} |", server.name);
            if theme.each_version {
                let _ = write!(table, " {tls} |");
            }
            for operation in theme.operations {
                let mark = match self.cell(theme, server, tls, operation) {
                    Some(Some(outcome)) => outcome,
                    Some(None) => "FAILS",
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
            let Line { cell, outcome } = serde_json::from_str(line)?;
            let known = matrix.cells.entry(cell).or_insert_with(|| outcome.clone());
            // A cell that failed once stays failed.
            if outcome.is_none() {
                *known = None;
            }
        }
        Ok(matrix)
    }

    fn cell(
        &self,
        theme: &Theme,
        server: &RealServer,
        tls: &str,
        operation: &str,
    ) -> Option<Option<&str>> {
        let key = [theme.title, &server.name, tls, operation].map(str::to_owned);
        self.cells.get(&key).map(Option::as_deref)
    }
}

fn servers_table(servers: &[RealServer]) -> String {
    let mut table = String::from(
        "### The servers\n\n\
         | server | version | listens on | TLS | versions | demands reuse | demands a certificate |\n\
         | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for server in servers {
        let versions: Vec<_> = server.versions().collect();
        let versions = match versions.as_slice() {
            [] => "none".to_owned(),
            versions => versions.join(", "),
        };
        let RealServer {
            name,
            version,
            host,
            tls,
            enforces_reuse,
            client_certificate,
            ..
        } = server;
        let (reuse, certificate) = (yes(*enforces_reuse), yes(client_certificate.is_some()));
        let tls = tls.name();
        let _ = writeln!(
            table,
            "| {name} | {version} | {host} | {tls} | {versions} | {reuse} | {certificate} |"
        );
    }
    table
}

fn yes(whether: bool) -> &'static str {
    if whether { "yes" } else { "no" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::servers::{Kind, Tls};
    use crate::theme::{CLEAR_TEXT, FILES};

    fn server(name: &str) -> RealServer {
        RealServer {
            name: name.to_owned(),
            kind: Kind::ProFtpd,
            version: "1.3.8".into(),
            host: [127, 0, 0, 1].into(),
            port: 21,
            tls: Tls::Explicit,
            tls12: true,
            tls13: false,
            enforces_reuse: true,
            user: "mia".into(),
            password: "secret".into(),
            ca_file: "ca.pem".into(),
            certificate: "certificate.pem".into(),
            client_certificate: None,
            home: "home/mia".into(),
            logs: "log".into(),
        }
    }

    fn line(theme: &Theme, tls: &str, operation: &str, outcome: Option<&str>) -> String {
        let line = Line {
            cell: [theme.title, "proftpd-tls12", tls, operation].map(str::to_owned),
            outcome: outcome.map(str::to_owned),
        };
        serde_json::to_string(&line).unwrap() + "\n"
    }

    #[test]
    fn a_complete_table_has_no_gaps() {
        let server = server("proftpd-tls12");
        let themes = THEMES
            .into_iter()
            .filter(|theme| theme.servers.contains(&server.name.as_str()));
        let text: String = themes
            .flat_map(|theme| theme.operations.iter().map(move |it| (theme, it)))
            .map(|(theme, operation)| line(theme, "1.2", operation, Some("ok")))
            .collect();
        let matrix = Matrix::parse(&text).unwrap();
        let servers = [server];
        assert_eq!(matrix.gaps(&servers), Vec::<String>::new());
        let table = matrix.table(&FILES, &servers);
        let row = format!("| proftpd-tls12 | 1.2 |{}", " ok |".repeat(9));
        assert_eq!(table.lines().last(), Some(row.as_str()));
        assert!(matrix.render(&servers).contains(&table));
    }

    #[test]
    fn a_failure_is_not_undone_by_a_later_success() {
        let text = line(&FILES, "1.2", "get", None) + &line(&FILES, "1.2", "get", Some("ok"));
        let gaps = Matrix::parse(&text).unwrap();
        let gaps = gaps.gaps(&[server("proftpd-tls12")]);
        let expected = "Files: proftpd-tls12, TLS 1.2: get failed";
        assert!(gaps.contains(&expected.to_owned()), "{gaps:?}");
    }

    #[test]
    fn what_was_not_tried_is_a_gap() {
        let gaps = Matrix::default().gaps(&[server("vsftpd-self-signed")]);
        assert_eq!(
            gaps[0],
            "Files: vsftpd-self-signed, TLS 1.2: ls was not tried"
        );
    }

    #[test]
    fn other_outcomes_than_success_have_their_words() {
        let server = server("proftpd-tls12");
        let text = line(&FILES, "1.2", "ls", Some("refused"));
        let table = Matrix::parse(&text).unwrap().table(&FILES, &[server]);
        assert!(table.contains("| proftpd-tls12 | 1.2 | refused | ? |"));
    }

    #[test]
    fn a_table_without_versions_has_a_row_for_each_server() {
        let rows: Vec<_> = CLEAR_TEXT
            .rows(&[server("vsftpd"), server("other")])
            .map(|(server, tls)| format!("{} {tls}", server.name))
            .collect();
        assert_eq!(rows, ["vsftpd any"]);
    }

    #[test]
    #[should_panic(expected = "no column")]
    fn a_misspelt_operation_is_not_recorded() {
        FILES.cell(&server("vsftpd"), "1.2", "list").passed();
    }

    #[test]
    #[should_panic(expected = "no row")]
    fn a_server_that_is_not_in_the_table_is_not_recorded() {
        FILES.cell(&server("vsftpd-ipv6"), "1.2", "ls").passed();
    }
}
