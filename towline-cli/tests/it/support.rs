//! A server, a local directory, and a way to run the binary.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;
#[cfg(unix)]
use tokio::process::Child;
use tokio::process::Command;
use tokio::time::timeout;
use towline_testkit::{Builder, Personality, Server};

/// Only a command that hangs takes this long.
const DEADLINE: Duration = Duration::from_secs(60);

pub(crate) const PASSWORD: &str = "correct-horse-battery";

/// A running server and an empty local directory.
pub(crate) struct Harness {
    pub(crate) server: Server,
    home: TempDir,
}

/// The result of a run of the binary.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Harness {
    /// A server like ProFTPD 1.3.8, which requires session reuse.
    pub(crate) async fn start() -> Self {
        Self::with(Server::builder(Personality::ProFtpd138)).await
    }

    pub(crate) async fn with(builder: Builder) -> Self {
        let server = builder.user("demo", PASSWORD).start().await.unwrap();
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("desk")).unwrap();
        fs::write(home.path().join("ca.pem"), server.ca_pem()).unwrap();
        Self { server, home }
    }

    /// The URL of a path below the login directory.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("ftpes://demo@{}/{path}", self.server.address())
    }

    /// A file on the server.
    pub(crate) fn remote(&self, path: &str) -> PathBuf {
        self.server.root().join(path)
    }

    /// A file in the directory that the binary runs in.
    pub(crate) fn local(&self, path: &str) -> PathBuf {
        self.home.path().join("desk").join(path)
    }

    /// The home directory of the user who runs the binary.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    pub(crate) fn write_remote(&self, path: &str, contents: impl AsRef<[u8]>) {
        write(&self.remote(path), contents.as_ref());
    }

    pub(crate) fn write_local(&self, path: &str, contents: impl AsRef<[u8]>) {
        write(&self.local(path), contents.as_ref());
    }

    /// The binary with `arguments`, a trusted certificate and the right password.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.bare(arguments);
        command
            .arg("--ca-file")
            .arg(self.home.path().join("ca.pem"))
            .env("TOWLINE_PASSWORD", PASSWORD);
        command
    }

    /// The binary with `arguments` alone, in the local directory.
    pub(crate) fn bare(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_towline"));
        command
            .args(arguments)
            .env_remove("TOWLINE_PASSWORD")
            .env_remove("TOWLINE_CONFIG")
            .env_remove("COMPLETE")
            .env_remove("LC_ALL")
            .env_remove("LC_MESSAGES")
            .env_remove("LANG")
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_STATE_HOME")
            .env("TZ", "UTC")
            .env("HOME", self.home.path())
            .current_dir(self.home.path().join("desk"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    pub(crate) async fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.command(arguments)).await
    }

    /// Runs the binary, which must succeed and print nothing on standard error.
    pub(crate) async fn succeed(&self, arguments: &[&str]) -> String {
        let run = self.run(arguments).await;
        assert_eq!(run.code, 0, "{arguments:?}: {run:?}");
        assert_eq!(run.stderr, "", "{arguments:?}");
        run.stdout
    }

    pub(crate) async fn run_with_input(&self, arguments: &[&str], input: &[u8]) -> Run {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let feed = async {
            stdin.write_all(input).await.unwrap();
            drop(stdin);
        };
        let (output, ()) = tokio::join!(timeout(DEADLINE, child.wait_with_output()), feed);
        Run::from(output.unwrap().unwrap())
    }

    /// Writes the user's configuration file, with `HOST` and `PORT` in it replaced by the server's.
    pub(crate) fn configure(&self, text: &str) {
        let address = self.server.address();
        let text = text
            .replace("HOST", &format!("host = \"{}\"", address.ip()))
            .replace("PORT", &format!("port = {}", address.port()));
        let path = self.home.path().join(".config/towline/config.toml");
        write(&path, text.as_bytes());
    }

    /// The names in the server's directory `path`.
    pub(crate) fn remote_names(&self, path: &str) -> Vec<String> {
        names(&self.remote(path))
    }

    /// The names in the local directory.
    pub(crate) fn local_names(&self) -> Vec<String> {
        names(&self.local(""))
    }
}

impl Run {
    pub(crate) async fn of(mut command: Command) -> Self {
        let output = timeout(DEADLINE, command.output()).await;
        Self::from(output.expect("the command hangs").unwrap())
    }

    /// Standard output as JSON lines.
    pub(crate) fn events(&self) -> Vec<Value> {
        let parse = |line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{self:?}"));
        self.stdout.lines().map(parse).collect()
    }

    /// The JSON lines with this `event`.
    pub(crate) fn events_of(&self, kind: &str) -> Vec<Value> {
        let mut events = self.events();
        events.retain(|event| event["event"] == kind);
        events
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().expect("ended by a signal"),
            stdout: String::from_utf8(output.stdout).expect("text"),
            stderr: String::from_utf8(output.stderr).expect("text"),
        }
    }
}

#[cfg(unix)]
pub(crate) async fn signal(child: &Child, name: &str) {
    let id = child.id().expect("still running").to_string();
    let status = Command::new("kill").args(["-s", name, &id]).status().await;
    assert!(status.unwrap().success());
}

pub(crate) fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let name = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    let mut names: Vec<_> = entries.map(|entry| name(entry.unwrap())).collect();
    names.sort();
    names
}

fn write(path: &Path, contents: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, contents).unwrap();
}
