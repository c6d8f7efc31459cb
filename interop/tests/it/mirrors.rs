//! Mirrors in both directions, and what a second run does.

use std::fs;
use std::num::NonZeroU32;
use std::path::Path;

use filetime::FileTime;
use tempfile::TempDir;
use towline::{Cancel, Client, DownloadOptions, Pool, RemotePath, TlsVersion, UploadOptions};
use towline_interop::{Account, RealServer, theme};
use towline_sync::{
    DownloadCarrier, LocalTree, MaxDelete, Mirror, RemoteTree, Rules, UploadCarrier,
};

use crate::support::{config, connect, directory, for_each_server, versions};

for_each_server! {
    every_mirror;
    vsftpd: "vsftpd";
    proftpd: "proftpd";
    pure_ftpd: "pure-ftpd";
    pyftpdlib: "pyftpdlib";
}

async fn every_mirror(server: &'static RealServer) {
    for version in versions(server) {
        let cell = |name| theme::MIRRORS.cell(server, &version.to_string(), name);
        let account = server.account();
        let bench = Bench::new(&account, version).await;
        let case = cell("up");
        bench.up().await;
        case.passed();
        let case = cell("down");
        bench.down().await;
        case.passed();
        let case = cell("changes");
        bench.changes().await;
        case.passed();
        let case = cell("move");
        bench.move_away().await;
        case.passed();
    }
}

struct Bench {
    pool: Pool,
    remote: RemotePath,
    /// The remote directory as this machine sees it.
    there: std::path::PathBuf,
    scratch: TempDir,
}

const NAMES: [&str; 6] = [
    "a.csv",
    "with space",
    "Gr\u{fc}\u{df}e",
    "sub/b",
    "sub/deep/er/c",
    "empty",
];

impl Bench {
    async fn new(account: &Account, version: TlsVersion) -> Self {
        let (mut session, _) = connect(account, version).await;
        let (remote, there) = directory(account, &mut session).await;
        session.quit().await;
        let client = Client::new(config(account, version)).unwrap();
        let bench = Self {
            pool: Pool::new(client, NonZeroU32::new(2).unwrap()),
            remote,
            there,
            scratch: tempfile::tempdir().unwrap(),
        };
        for (n, name) in NAMES.into_iter().enumerate() {
            let path = bench.here("source").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let contents = if name == "empty" {
                String::new()
            } else {
                name.repeat(n * 1000 + 1)
            };
            fs::write(&path, contents).unwrap();
            // Old enough for a listing to give only the day of some.
            let age = 3600 * i64::try_from(n * n * n * n * n).unwrap();
            let now = towline::jiff::Timestamp::now().as_second();
            let time = FileTime::from_unix_time(now - 600 - age, 0);
            filetime::set_file_mtime(&path, time).unwrap();
        }
        bench
    }

    fn here(&self, name: &str) -> std::path::PathBuf {
        self.scratch.path().join(name)
    }

    fn remote(&self) -> RemoteTree {
        let root = self.remote.join(b"tree").unwrap();
        RemoteTree::new(self.pool.clone(), root)
    }

    fn upward(&self) -> Mirror<UploadCarrier> {
        let local = LocalTree::new(self.here("source"));
        let options = UploadOptions::default();
        let carrier = UploadCarrier::new(local, self.remote(), options, &Cancel::new());
        let mirror = Mirror::new(carrier, "source", "tree");
        mirror.state_directory(self.here("state"))
    }

    fn downward(&self) -> Mirror<DownloadCarrier> {
        let local = LocalTree::new(self.here("copy"));
        let options = DownloadOptions::default();
        let carrier = DownloadCarrier::new(self.remote(), local, options, &Cancel::new());
        let mirror = Mirror::new(carrier, "tree", "copy");
        mirror.state_directory(self.here("state"))
    }

    async fn up(&self) {
        let report = self.upward().run().await.unwrap();
        assert_eq!((report.copied, report.failed), (6, 0));
        assert_equal(&self.there.join("tree"), &self.here("source"));
        let again = self.upward().plan().await.unwrap();
        assert!(again.is_empty() && again.problems.is_empty(), "{again:?}");
    }

    async fn down(&self) {
        let report = self.downward().run().await.unwrap();
        assert_eq!((report.copied, report.failed), (6, 0));
        assert_equal(&self.here("copy"), &self.here("source"));
        let again = self.downward().plan().await.unwrap();
        assert!(again.is_empty() && again.problems.is_empty(), "{again:?}");
        // Without the journal too, wherever a file's time is known to the minute.
        let again = self.downward().journal(false).plan().await.unwrap();
        assert!(again.is_empty(), "{again:?}");
    }

    async fn changes(&self) {
        let delete = || Rules::default().delete(MaxDelete::Default);
        let same_size = self.here("source/a.csv");
        let contents = fs::read_to_string(&same_size).unwrap();
        fs::write(&same_size, contents.to_uppercase()).unwrap();
        fs::remove_file(self.here("source/sub/deep/er/c")).unwrap();
        fs::remove_dir(self.here("source/sub/deep/er")).unwrap();
        let report = self.upward().rules(delete()).run().await.unwrap();
        assert_eq!((report.copied, report.deleted, report.failed), (1, 1, 0));
        assert!(!self.there.join("tree/sub/deep/er").exists());
        let again = self.upward().rules(delete()).plan().await.unwrap();
        assert!(again.is_empty(), "{again:?}");
        // Within one second, a time that is exact to the second does not show the change.
        let later = FileTime::from_unix_time(FileTime::now().unix_seconds() + 2, 0);
        filetime::set_file_mtime(self.there.join("tree/a.csv"), later).unwrap();
        let report = self.downward().rules(delete()).run().await.unwrap();
        assert_eq!((report.copied, report.deleted, report.failed), (1, 1, 0));
        assert_equal(&self.here("copy"), &self.here("source"));
    }

    async fn move_away(&self) {
        let moving = || Rules::default().moves(true);
        fs::remove_dir_all(self.here("copy")).unwrap();
        let report = self.downward().rules(moving()).run().await.unwrap();
        assert_eq!((report.copied, report.removed, report.failed), (5, 5, 0));
        assert_equal(&self.here("copy"), &self.here("source"));
        assert!(!self.there.join("tree/a.csv").exists());
        let report = self.upward().rules(moving()).run().await.unwrap();
        assert_eq!((report.copied, report.removed, report.failed), (5, 5, 0));
        assert!(self.there.join("tree/sub/b").exists() && !self.here("source/sub/b").exists());
        self.pool.quit().await;
    }
}

/// Checks that every file of `source` is in `copy`, with its contents.
fn assert_equal(copy: &Path, source: &Path) {
    let mut files = 0;
    for name in NAMES {
        if let Ok(contents) = fs::read(source.join(name)) {
            files += 1;
            assert!(fs::read(copy.join(name)).unwrap() == contents, "{name}");
        } else {
            assert!(!copy.join(name).exists(), "{name}");
        }
    }
    assert!(files > 0);
}
