//! The program `towline` as people use it: with a site from the configuration file, streams, and
//! patterns.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;
use towline::TlsVersion;
use towline_interop::servers::Tls;
use towline_interop::{Account, RealServer, theme};

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
        let desk = Desk::new(&account, version);

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
            names(desk.folder.path()),
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

/// A folder with a configuration file, where the program runs.
struct Desk {
    folder: TempDir,
    password: String,
}

impl Desk {
    fn new(account: &Account, version: TlsVersion) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = account.server;
        let tls = match server.tls {
            Tls::Implicit => "implicit",
            _ => "explicit",
        };
        let config = format!(
            "[site.real]\nhost = \"localhost\"\nport = {}\nuser = \"{}\"\ntls = \"{tls}\"\n\
             ca-file = \"{}\"\ntls-min = \"{version}\"\ntls-max = \"{version}\"\n",
            server.port,
            account.user,
            server.ca_file.display(),
        );
        fs::write(folder.path().join("config.toml"), config).unwrap();
        Self {
            folder,
            password: server.password.clone(),
        }
    }

    fn run(&self, arguments: &[&str], input: &str) -> Output {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
        let mut program = Command::new(env!("CARGO"))
            .args(["run", "--quiet", "--locked", "--manifest-path"])
            .arg(manifest)
            .args(["--package", "towline-cli", "--bin", "towline", "--"])
            .args(["--config", "config.toml"])
            .args(arguments)
            .current_dir(self.folder.path())
            .env("TOWLINE_PASSWORD", &self.password)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = program.stdin.take().unwrap();
        stdin.write_all(input.as_bytes()).unwrap();
        drop(stdin);
        program.wait_with_output().unwrap()
    }

    fn succeed(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments, "");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}
