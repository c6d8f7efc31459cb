//! The program `towline` as people use it: with a site from the configuration file, streams, and
//! patterns.

use std::fs;

use towline_interop::{RealServer, theme};

use crate::desk::{Desk, names};
use crate::support::{for_each_server, versions};

for_each_server! {
    every_habit;
    vsftpd: "vsftpd";
    vsftpd_implicit: "vsftpd-implicit";
    proftpd: "proftpd";
    pure_ftpd: "pure-ftpd";
    pyftpdlib: "pyftpdlib";
}

async fn every_habit(server: &'static RealServer) {
    for version in versions(server) {
        let cell = |name| theme::PROGRAM.cell(server, &version.to_string(), name);
        let account = server.account();
        let desk = Desk::new(&account, Some(version));

        let case = cell("put -");
        for name in ["july.csv", "august.csv", "notes.txt", ".hidden.csv"] {
            let stored = desk.run(&["put", "-", &format!("real:{name}")], name);
            assert!(stored.status.success(), "{stored:?}");
        }
        assert_eq!(
            fs::read(account.home.join("july.csv")).unwrap(),
            b"july.csv"
        );
        case.passed();

        let case = cell("ls --json");
        let listed = desk.succeed(&["ls", "--json", "real:"]);
        let lines = listed
            .lines()
            .map(serde_json::from_str::<serde_json::Value>);
        let lines: Vec<_> = lines.map(Result::unwrap).collect();
        let entries = lines.iter().filter(|line| line["event"] == "entry");
        assert_eq!(entries.count(), 4, "{listed}");
        let verdict = lines.iter().find(|line| line["event"] == "data_connection");
        let resumed = &verdict.unwrap()["resumed"];
        assert!(!server.enforces_reuse || resumed == true, "{listed}");
        case.passed();

        let case = cell("get 'SITE:*.csv'");
        desk.succeed(&["get", "real:*.csv", "."]);
        assert_eq!(
            names(desk.path()),
            ["august.csv", "config.toml", "july.csv"]
        );
        case.passed();

        let case = cell("cat");
        assert_eq!(desk.succeed(&["cat", "real:notes.txt"]), "notes.txt");
        case.passed();

        let case = cell("rm 'SITE:*.csv'");
        desk.succeed(&["rm", "real:*.csv"]);
        assert_eq!(names(&account.home), [".hidden.csv", "notes.txt"]);
        let nothing = desk.run(&["rm", "real:*.csv"], "");
        assert_eq!(nothing.status.code(), Some(6), "{nothing:?}");
        case.passed();
    }
}
