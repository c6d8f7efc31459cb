//! The program `towline`, run in a folder of its own. Its configuration file has a site `real`.

use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use towline::TlsVersion;
use towline_interop::{Account, Tls};

/// A folder with a configuration file, and the program run in it.
pub(crate) struct Desk {
    folder: TempDir,
    password: String,
}

impl Desk {
    /// For this account, with one TLS version or with every version that both sides support.
    pub(crate) fn new(account: &Account, version: Option<TlsVersion>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = account.server;
        let tls = match server.tls {
            Tls::Implicit => "implicit",
            Tls::Explicit | Tls::Optional => "explicit",
            Tls::Never => "off",
        };
        let mut config = format!(
            "[site.real]\nhost = \"localhost\"\nport = {}\nuser = \"{}\"\ntls = \"{tls}\"\n",
            server.port, account.user,
        );
        if server.tls != Tls::Never {
            config += &format!("ca-file = \"{}\"\n", server.ca_file.display());
        }
        if let Some(version) = version {
            config += &format!("tls-min = \"{version}\"\ntls-max = \"{version}\"\n");
        }
        fs::write(folder.path().join("config.toml"), config).unwrap();
        Self {
            folder,
            password: server.password.clone(),
        }
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs the program with `input` as its standard input. After a minute, it is killed.
    pub(crate) fn run(&self, arguments: &[impl AsRef<OsStr>], input: &str) -> Output {
        let mut program = Command::new("timeout")
            .args(["--signal", "KILL", "60"])
            .arg(&*PROGRAM)
            .args(["--config", "config.toml"])
            .args(arguments)
            .current_dir(self.path())
            .env("TOWLINE_PASSWORD", &self.password)
            .env("XDG_STATE_HOME", self.path().join("state"))
            .env("LC_ALL", "C")
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

    /// Starts the program, and kills it after `time` unless it has ended by itself.
    pub(crate) fn kill_after(&self, time: Duration, arguments: &[impl AsRef<OsStr>]) {
        let mut program = Command::new(&*PROGRAM)
            .args(["--config", "config.toml"])
            .args(arguments)
            .current_dir(self.path())
            .env("TOWLINE_PASSWORD", &self.password)
            .env("XDG_STATE_HOME", self.path().join("state"))
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(time);
        // It may have ended.
        let _ = program.kill();
        program.wait().unwrap();
    }

    /// Runs the program, which must succeed, and returns its standard output.
    pub(crate) fn succeed(&self, arguments: &[impl AsRef<OsStr> + std::fmt::Debug]) -> String {
        let output = self.run(arguments, "");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs the program, which must fail with this exit code and print nothing to standard output.
    /// Returns its standard error.
    pub(crate) fn fail(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.run(arguments, "");
        assert_eq!(
            output.status.code(),
            Some(code),
            "{arguments:?}: {output:?}"
        );
        assert!(output.stdout.is_empty(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    /// Runs the program with `--json`, and returns its exit code and the events of this name.
    pub(crate) fn events(&self, name: &str, arguments: &[&str]) -> (Option<i32>, Vec<Value>) {
        let output = self.run(&[arguments, &["--json"]].concat(), "");
        let text = String::from_utf8(output.stdout).unwrap();
        let lines = text.lines().map(serde_json::from_str::<Value>);
        let events = lines.map(Result::unwrap);
        let events = events.filter(|event| event["event"] == name);
        (output.status.code(), events.collect())
    }
}

/// The program, built once.
pub(crate) static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
    let output = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--locked", "--manifest-path"])
        .arg(manifest)
        .args(["--package", "towline-cli", "--bin", "towline"])
        .arg("--message-format=json-render-diagnostics")
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "the program does not build");
    let messages = String::from_utf8(output.stdout).unwrap();
    let messages = messages.lines().map(serde_json::from_str::<Value>);
    let mut programs = messages
        .map(Result::unwrap)
        .filter_map(|message| Some(PathBuf::from(message["executable"].as_str()?)));
    programs.next().expect("a program was built")
});

/// The names in a folder, sorted.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    // The desk keeps the program's state beside the files.
    let mut names: Vec<_> = names.filter(|name| name != "state").collect();
    names.sort();
    names
}
