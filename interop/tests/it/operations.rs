//! Every operation on every server, with TLS 1.2 and 1.3. Each cell goes into the matrix.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;

use towline::{DownloadOptions, EntryKind, ErrorKind, Outcome, RemotePath, Session, UploadOptions};
use towline_interop::{RealServer, theme};

use crate::support::{connect, directory, for_each_server, versions};

/// What an operation works with.
struct Bench {
    session: Session,
    remote: RemotePath,
    local: PathBuf,
    scratch: tempfile::TempDir,
}

type Done<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;
type Operation = for<'a> fn(&'a mut Bench) -> Done<'a>;

/// The columns of the matrix.
const OPERATIONS: [(&str, Operation); 9] = [
    ("ls", |bench| Box::pin(list(bench))),
    ("get", |bench| Box::pin(get(bench))),
    ("put", |bench| Box::pin(put(bench))),
    ("overwrite", |bench| Box::pin(overwrite(bench))),
    ("rename", |bench| Box::pin(rename(bench))),
    ("delete", |bench| Box::pin(delete(bench))),
    ("zero bytes", |bench| Box::pin(zero_bytes(bench))),
    ("non-ASCII name", |bench| Box::pin(non_ascii_name(bench))),
    ("550", |bench| Box::pin(refusals(bench))),
];

for_each_server! {
    every_operation;
    vsftpd: "vsftpd";
    vsftpd_implicit: "vsftpd-implicit";
    vsftpd_self_signed: "vsftpd-self-signed";
    proftpd: "proftpd";
    proftpd_tls12: "proftpd-tls12";
    proftpd_implicit: "proftpd-implicit";
    pure_ftpd: "pure-ftpd";
    pyftpdlib: "pyftpdlib";
}

async fn every_operation(server: &'static RealServer) {
    for version in versions(server) {
        let account = server.account();
        let (mut session, verdicts) = connect(&account, version).await;
        let (remote, local) = directory(&account, &mut session).await;
        let mut bench = Bench {
            session,
            remote,
            local,
            scratch: tempfile::tempdir().unwrap(),
        };
        for (name, operation) in OPERATIONS {
            let cell = theme::FILES.cell(server, &version.to_string(), name);
            operation(&mut bench).await;
            cell.passed();
        }
        verdicts.assert_server_agrees(&account);
        assert_eq!(
            verdicts.logins(),
            1,
            "an operation opened another control connection"
        );
        bench.session.quit().await;
    }
}

impl Bench {
    fn remote(&self, name: &str) -> RemotePath {
        self.remote.join(name.as_bytes()).unwrap()
    }

    fn at_server(&self, name: &str) -> PathBuf {
        self.local.join(name)
    }

    fn scratch(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    async fn put(&mut self, name: &str, contents: &[u8]) {
        let local = self.scratch("upload");
        std::fs::write(&local, contents).unwrap();
        let remote = self.remote(name);
        let options = UploadOptions::default();
        let done = self
            .session
            .upload_file(&local, &remote, &options)
            .await
            .unwrap();
        assert_eq!(done.bytes, contents.len() as u64);
        assert_eq!(done.outcome, Outcome::Verified);
        assert_eq!(read(&self.at_server(name)), contents);
    }

    async fn get(&mut self, name: &str) -> Vec<u8> {
        let local = self.scratch("download");
        let remote = self.remote(name);
        let options = DownloadOptions::default();
        let done = self
            .session
            .download_file(&remote, &local, &options)
            .await
            .unwrap();
        assert_eq!(done.outcome, Outcome::Verified);
        let contents = read(&local);
        assert_eq!(done.bytes, contents.len() as u64);
        contents
    }

    async fn names(&mut self) -> Vec<String> {
        let listing = self.session.list(&self.remote).await.unwrap();
        assert_eq!(listing.summary.unknown, 0);
        let names = listing.entries.into_iter().map(|entry| entry.name);
        let mut names: Vec<_> = names.map(|name| String::from_utf8(name).unwrap()).collect();
        names.sort();
        names
    }
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

/// Returns bytes that compress badly, do not repeat, and include every value.
fn contents(len: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let next = std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    });
    next.take(len).collect()
}

async fn list(bench: &mut Bench) {
    assert_eq!(bench.names().await, [""; 0]);
    std::fs::write(bench.at_server("a file.txt"), b"twelve bytes").unwrap();
    std::fs::create_dir(bench.at_server("directory")).unwrap();
    let listing = bench.session.list(&bench.remote).await.unwrap();
    for entry in &listing.entries {
        match entry.name.as_slice() {
            b"a file.txt" => {
                assert_eq!(entry.kind, EntryKind::File);
                assert_eq!(entry.size, Some(12));
                assert!(entry.modified.is_some());
            }
            b"directory" => assert_eq!(entry.kind, EntryKind::Directory),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(listing.entries.len(), 2);
    std::fs::write(bench.at_server(".hidden"), b"x").unwrap();
    assert!(bench.names().await.contains(&".hidden".to_owned()));
    let hidden = bench.remote(".hidden");
    assert_eq!(bench.session.stat(&hidden).await.unwrap().size, Some(1));
    bench.session.remove_file(&hidden).await.unwrap();
    let file = bench.remote("a file.txt");
    assert_eq!(bench.session.stat(&file).await.unwrap().size, Some(12));
    let directory = bench.remote("directory");
    let entry = bench.session.stat(&directory).await.unwrap();
    assert_eq!(entry.kind, EntryKind::Directory);
    bench.session.remove_file(&file).await.unwrap();
    bench.session.remove_dir(&directory).await.unwrap();
}

async fn get(bench: &mut Bench) {
    for len in [1, 16_384, 16_385, 5_000_000] {
        let contents = contents(len);
        let source = bench.at_server("download");
        std::fs::write(&source, &contents).unwrap();
        let time = filetime::FileTime::from_unix_time(1_600_000_000, 0);
        filetime::set_file_mtime(&source, time).unwrap();
        assert_eq!(bench.get("download").await, contents);
        let local = std::fs::metadata(bench.scratch("download")).unwrap();
        assert_eq!(
            filetime::FileTime::from_last_modification_time(&local),
            time
        );
    }
}

async fn put(bench: &mut Bench) {
    for len in [1, 16_384, 16_385, 5_000_000] {
        bench.put(&format!("upload-{len}"), &contents(len)).await;
    }
}

async fn overwrite(bench: &mut Bench) {
    bench
        .put("replaced", b"the old contents, which are longer")
        .await;
    bench.put("replaced", b"the new").await;
    let names = bench.names().await;
    let mine = names.iter().filter(|name| name.starts_with("replaced"));
    assert_eq!(mine.collect::<Vec<_>>(), ["replaced"]);
}

async fn rename(bench: &mut Bench) {
    bench.put("before", b"renamed").await;
    let (from, to) = (bench.remote("before"), bench.remote("after"));
    bench.session.rename(&from, &to).await.unwrap();
    assert!(!bench.at_server("before").exists());
    assert_eq!(read(&bench.at_server("after")), b"renamed");
}

async fn delete(bench: &mut Bench) {
    bench.put("deleted", b"gone soon").await;
    let path = bench.remote("deleted");
    bench.session.remove_file(&path).await.unwrap();
    assert!(!bench.at_server("deleted").exists());
}

async fn zero_bytes(bench: &mut Bench) {
    bench.put("empty", b"").await;
    assert_eq!(bench.get("empty").await, b"");
}

async fn non_ascii_name(bench: &mut Bench) {
    let name = "Größe 日本語 ü.txt";
    bench.put(name, b"named").await;
    assert!(bench.names().await.iter().any(|listed| listed == name));
    assert_eq!(bench.get(name).await, b"named");
}

async fn refusals(bench: &mut Bench) {
    let missing = bench.remote("missing");
    let local = bench.scratch("missing");
    let options = DownloadOptions::default();
    let error = bench
        .session
        .download_file(&missing, &local, &options)
        .await;
    let error = error.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Refused),
        "{error:?}"
    );
    assert_eq!(error.reply().unwrap().code().as_u16(), 550);
    assert!(!local.exists());
    let error = bench.session.stat(&missing).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);

    let nowhere = missing.join(b"file").unwrap();
    let options = UploadOptions::default();
    let upload = bench.session.upload_from(&b"x"[..], &nowhere, &options);
    let code = upload.await.unwrap_err().reply().unwrap().code().as_u16();
    assert!((550..=553).contains(&code), "{code}");

    // The session is still in step and still resumes.
    bench.put("after-refusals", b"in step").await;
}
