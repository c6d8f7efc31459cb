//! Resuming, appending, comparing, and keeping times.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use filetime::FileTime;
use towline::{
    DownloadOptions, Error, ErrorKind, Outcome, RemotePath, Session, TlsVersion, Transferred,
    UploadOptions,
};
use towline_interop::{Account, RealServer, theme};

use crate::support::{Verdicts, config, connect_with, directory, for_each_server, versions};

/// Large enough to interrupt in the middle.
const LEN: usize = 20 << 20;

/// 2020-09-13 12:26:40 UTC
const TIME: FileTime = FileTime::from_unix_time(1_600_000_000, 0);

for_each_server! {
    every_move;
    vsftpd: "vsftpd";
    proftpd: "proftpd";
    proftpd_digests: "proftpd-digests";
    pure_ftpd: "pure-ftpd";
    pyftpdlib: "pyftpdlib";
}

async fn every_move(server: &'static RealServer) {
    for version in versions(server) {
        let cell = |name| theme::MOVING.cell(server, &version.to_string(), name);
        let account = server.account();
        let mut bench = Bench::new(&account, version).await;
        let case = cell("resume get");
        bench.resume_get().await;
        case.passed();
        let case = cell("resume put");
        bench.resume_put().await;
        case.passed();
        let case = cell("append");
        bench.append().await;
        case.passed();
        let case = cell("verify get");
        case.shows(bench.verify_get().await);
        let case = cell("verify put");
        case.shows(bench.verify_put().await);
        let case = cell("time of get");
        bench.time_of_get().await;
        case.passed();
        let case = cell("time of put");
        case.shows(bench.time_of_put().await);
        bench.verdicts.assert_server_agrees(&account);
        assert_eq!(bench.verdicts.logins(), 1, "the client reconnected");
    }
}

struct Bench {
    session: Session,
    verdicts: Arc<Verdicts>,
    remote: RemotePath,
    local: PathBuf,
    scratch: tempfile::TempDir,
}

impl Bench {
    async fn new(account: &Account, version: TlsVersion) -> Self {
        let (mut session, verdicts) = connect_with(config(account, version)).await;
        let (remote, local) = directory(account, &mut session).await;
        Self {
            session,
            verdicts,
            remote,
            local,
            scratch: tempfile::tempdir().unwrap(),
        }
    }

    async fn get(&mut self, name: &str, options: &DownloadOptions) -> Result<Transferred, Error> {
        let path = self.remote.join(name.as_bytes()).unwrap();
        let local = self.scratch(name);
        self.session.download_file(&path, &local, options).await
    }

    async fn put(&mut self, name: &str, options: &UploadOptions) -> Result<Transferred, Error> {
        let path = self.remote.join(name.as_bytes()).unwrap();
        let local = self.scratch(name);
        self.session.upload_file(&local, &path, options).await
    }

    fn scratch(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    fn at_server(&self, name: &str) -> PathBuf {
        self.local.join(name)
    }

    async fn resume_get(&mut self) {
        write(&self.at_server("down"), &contents(LEN));
        let options = DownloadOptions::default().resume(true);
        let interrupted = options.clone().cancel(&self.verdicts.interruption());
        let error = self.get("down", &interrupted).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
        assert!(!self.scratch("down").exists());
        let done = self.get("down", &options).await.unwrap();
        assert_went_on(&done);
        assert!(fs::read(self.scratch("down")).unwrap() == contents(LEN));
        assert_eq!(names(self.scratch.path()), ["down"]);
        fs::remove_file(self.scratch("down")).unwrap();
    }

    async fn resume_put(&mut self) {
        write(&self.scratch("up"), &contents(LEN));
        let options = UploadOptions::default().resume(true);
        let interrupted = options.clone().cancel(&self.verdicts.interruption());
        let error = self.put("up", &interrupted).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
        assert!(!self.at_server("up").exists());
        let done = self.put("up", &options).await.unwrap();
        assert_went_on(&done);
        assert!(fs::read(self.at_server("up")).unwrap() == contents(LEN));
        assert_eq!(names(&self.local), ["down", "up"]);
    }

    async fn append(&mut self) {
        let options = UploadOptions::default().append(true);
        for (piece, whole) in [("one\n", "one\n"), ("two\n", "one\ntwo\n")] {
            write(&self.scratch("log"), piece.as_bytes());
            let done = self.put("log", &options).await.unwrap();
            assert_eq!((done.bytes, done.outcome), (4, Outcome::Verified));
            assert_eq!(fs::read_to_string(self.at_server("log")).unwrap(), whole);
        }
    }

    async fn verify_get(&mut self) -> String {
        write(&self.at_server("checked"), &contents(1_000_000));
        let options = DownloadOptions::default().verify(true);
        let done = self.get("checked", &options).await;
        assert_eq!(self.scratch("checked").exists(), done.is_ok());
        verified(done)
    }

    async fn verify_put(&mut self) -> String {
        write(&self.scratch("checked too"), &contents(1_000_000));
        let options = UploadOptions::default().verify(true);
        let done = self.put("checked too", &options).await;
        assert_eq!(self.at_server("checked too").exists(), done.is_ok());
        verified(done)
    }

    async fn time_of_get(&mut self) {
        write(&self.at_server("old"), b"old");
        filetime::set_file_mtime(self.at_server("old"), TIME).unwrap();
        let options = DownloadOptions::default();
        self.get("old", &options).await.unwrap();
        assert_eq!(modified(&self.scratch("old")), TIME);
    }

    async fn time_of_put(&mut self) -> &'static str {
        write(&self.scratch("older"), b"older");
        filetime::set_file_mtime(self.scratch("older"), TIME).unwrap();
        let options = UploadOptions::default();
        self.put("older", &options).await.unwrap();
        let notes = self.verdicts.notes();
        let noted = notes.iter().any(|note| note.contains("modification times"));
        match (modified(&self.at_server("older")) == TIME, noted) {
            (true, false) => "ok",
            (false, true) => "not offered",
            (kept, _) => panic!("time kept: {kept}, notes: {notes:?}"),
        }
    }
}

/// Checks that a partial file existed, and that only the rest was moved.
fn assert_went_on(done: &Transferred) {
    let start = done.resumed_at.expect("a resumed transfer");
    assert!(start > 0, "{done:?}");
    assert_eq!(start + done.bytes, LEN as u64, "{done:?}");
    assert_eq!(done.outcome, Outcome::Verified);
}

/// Returns the digest that compared the contents, or `not offered`.
fn verified(done: Result<Transferred, Error>) -> String {
    match done {
        Ok(done) => done.digest.expect("a digest").to_string(),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
            assert!(error.to_string().contains("no digest"), "{error}");
            "not offered".to_owned()
        }
    }
}

/// Returns words of eight bytes that all differ, so that a lost or repeated word shows.
fn contents(len: usize) -> Vec<u8> {
    let words = (0..len.div_ceil(8) as u64).map(|it| it.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mut bytes: Vec<u8> = words.flat_map(u64::to_be_bytes).collect();
    bytes.truncate(len);
    bytes
}

fn write(path: &Path, contents: &[u8]) {
    fs::write(path, contents).unwrap();
}

fn modified(path: &Path) -> FileTime {
    FileTime::from_last_modification_time(&fs::metadata(path).unwrap())
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
