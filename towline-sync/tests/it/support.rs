//! Trees, servers and mirrors for tests.

use std::fs;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;
use towline::{
    Cancel, Client, Config, DownloadOptions, Pool, RemotePath, Retry, Secret, SessionReuse, Trust,
    UploadOptions,
};
use towline_sync::{
    DownloadCarrier, Event, LocalTree, MaxDelete, Mirror, RemoteTree, Rules, State, TreePath,
    UploadCarrier, Watch,
};
use towline_testkit::{Builder, Personality, Server};

/// A server with a directory `top`, a local directory and a state directory.
pub(crate) struct Bench {
    pub(crate) server: Server,
    files: TempDir,
}

impl Bench {
    pub(crate) async fn start() -> Self {
        Self::with(Server::builder(Personality::ProFtpd138)).await
    }

    pub(crate) async fn with(builder: Builder) -> Self {
        let server = builder.user("user", "secret").start().await.unwrap();
        let files = tempfile::tempdir().unwrap();
        fs::write(files.path().join("ca.pem"), server.ca_pem()).unwrap();
        fs::create_dir(files.path().join("here")).unwrap();
        fs::create_dir(server.root().join("top")).unwrap();
        Self { server, files }
    }

    /// A file in the local directory.
    pub(crate) fn here(&self, path: &str) -> PathBuf {
        self.files.path().join("here").join(path)
    }

    /// A file below `top` on the server.
    pub(crate) fn there(&self, path: &str) -> PathBuf {
        self.server.root().join("top").join(path)
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.files.path().join("state")
    }

    pub(crate) fn pool(&self, connections: u32) -> Pool {
        self.pool_with(connections, SessionReuse::Auto)
    }

    fn pool_with(&self, connections: u32, reuse: SessionReuse) -> Pool {
        let retry = Retry {
            first_wait: Duration::from_millis(1),
            longest_wait: Duration::from_millis(1),
            ..Retry::default()
        };
        let config = Config::new("localhost")
            .port(self.server.address().port())
            .user("user")
            .password(Secret::new("secret"))
            .trust(Trust::CaFile(self.files.path().join("ca.pem")))
            .timeout(Duration::from_secs(10))
            .session_reuse(reuse)
            .retry(retry);
        Pool::new(
            Client::new(config).unwrap(),
            NonZeroU32::new(connections).unwrap(),
        )
    }

    pub(crate) fn remote(&self) -> RemoteTree {
        RemoteTree::new(self.pool(2), RemotePath::new("top").unwrap())
    }

    /// The tree on a server that lists nothing, which leaves no trial of session reuse.
    pub(crate) fn unlisted(&self) -> RemoteTree {
        let pool = self.pool_with(2, SessionReuse::Require);
        RemoteTree::new(pool, RemotePath::new("top").unwrap())
    }

    pub(crate) fn local(&self) -> LocalTree {
        LocalTree::new(self.here(""))
    }

    /// A mirror from the server to here.
    pub(crate) fn down(&self) -> Mirror<DownloadCarrier> {
        self.down_with(self.remote(), self.local())
    }

    pub(crate) fn down_with(
        &self,
        remote: RemoteTree,
        local: LocalTree,
    ) -> Mirror<DownloadCarrier> {
        let options = DownloadOptions::default();
        let carrier = DownloadCarrier::new(remote, local, options, &Cancel::new());
        Mirror::new(carrier, "there", "here")
            .connections(NonZeroU32::new(2).unwrap())
            .state_directory(self.state())
    }

    /// A mirror from here to the server.
    pub(crate) fn up(&self) -> Mirror<UploadCarrier> {
        self.up_with(self.local(), self.remote())
    }

    pub(crate) fn up_with(&self, local: LocalTree, remote: RemoteTree) -> Mirror<UploadCarrier> {
        let options = UploadOptions::default();
        let carrier = UploadCarrier::new(local, remote, options, &Cancel::new());
        Mirror::new(carrier, "here", "there")
            .connections(NonZeroU32::new(2).unwrap())
            .state_directory(self.state())
    }
}

/// Writes a file that was changed at `second`.
pub(crate) fn write(path: &Path, contents: &str, second: i64) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, contents).unwrap();
    touch(path, second);
}

pub(crate) fn touch(path: &Path, second: i64) {
    let time = filetime::FileTime::from_unix_time(second, 0);
    filetime::set_file_mtime(path, time).unwrap();
}

/// The files below a directory with their contents, and its directories, in order.
pub(crate) fn tree(top: &Path) -> Vec<(String, Option<String>)> {
    let mut found = Vec::new();
    let mut pending = vec![top.to_owned()];
    while let Some(directory) = pending.pop() {
        for entry in fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(top).unwrap().display().to_string();
            if path.is_dir() {
                found.push((name, None));
                pending.push(path);
            } else {
                found.push((name, Some(fs::read_to_string(&path).unwrap())));
            }
        }
    }
    found.sort();
    found
}

pub(crate) fn path(text: &str) -> TreePath {
    TreePath::new(text.as_bytes()).unwrap()
}

/// The names at the local side.
pub(crate) fn names(bench: &Bench) -> Vec<String> {
    tree(&bench.here(""))
        .into_iter()
        .map(|(name, _)| name)
        .collect()
}

/// Rules for a mirror that deletes.
pub(crate) fn deleting() -> Rules {
    Rules::default().delete(MaxDelete::Default)
}

/// Rules for a mirror that moves files.
pub(crate) fn moving() -> Rules {
    Rules::default().moves(true)
}

/// The only journal.
pub(crate) fn journal_file(bench: &Bench) -> PathBuf {
    journal_in(&bench.state())
}

/// The only journal in a state directory.
pub(crate) fn journal_in(state: &Path) -> PathBuf {
    let files = fs::read_dir(state).unwrap();
    let mut files = files.map(|entry| entry.unwrap().path());
    files
        .find(|path| path.extension().is_some_and(|ending| ending == "db"))
        .unwrap()
}

/// Makes the journal of one file as it is when a run that moves is killed in this state.
pub(crate) fn set(bench: &Bench, state: State) {
    let number = match state {
        State::Claimed => 1,
        State::Published => 2,
        State::Verified => 3,
        State::Fetched => 4,
    };
    let sql =
        format!("UPDATE file SET state = {number}, moves = 1, d_size = NULL, d_second = NULL");
    let journal = rusqlite::Connection::open(journal_file(bench)).unwrap();
    assert_eq!(journal.execute(&sql, []).unwrap(), 1);
}

/// Writes down what happens.
#[derive(Debug, Default)]
pub(crate) struct Notebook(Mutex<Vec<String>>);

impl Notebook {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn has(&self, words: &str) -> bool {
        self.lines().iter().any(|line| line.contains(words))
    }
}

impl Watch for Notebook {
    fn event(&self, event: Event<'_>) {
        let line = match event {
            Event::Comparison(comparison) => format!("comparison: {comparison}"),
            Event::Planned(plan) => format!("planned: {:?}", plan.problems),
            Event::Copied { action, .. } => format!("copied: {}", action.path),
            Event::Done { action } => format!("done: {action}"),
            Event::Failed { action, error } => format!("failed: {}: {error}", action.path),
            Event::Kept { path, why } => format!("kept: {path}: {why}"),
            Event::Note { text } => format!("note: {text}"),
            _ => return,
        };
        self.0.lock().unwrap().push(line);
    }
}
