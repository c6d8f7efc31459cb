//! Every operation on servers about which the library has no data. An operation that a server cannot
//! do fails with the right error.

use std::fs;
use std::path::{Path, PathBuf};

use towline::{DownloadOptions, ErrorKind, RemotePath, TlsVersion, UploadOptions};
use towline_interop::{Account, Kind, RealServer, theme};

use crate::desk::{Desk, names};
use crate::support::{any_config, config, connect_with, directory, for_each_server, versions};

/// How many files move at once.
const MANY: usize = 60;

/// Enough to be interrupted in the middle.
const LARGE: usize = 8 << 20;

type Operation = fn(&Bench) -> &'static str;

/// The columns of the matrix for the program.
const OPERATIONS: [(&str, Operation); 16] = [
    ("ls", list),
    ("stat", stat),
    ("get", get),
    ("put", put),
    ("append", append),
    ("rm", rm),
    ("mv", mv),
    ("mkdir", mkdir),
    ("rmdir", rmdir),
    ("cat", cat),
    ("trees", trees),
    ("many files", many_files),
    ("names", special_names),
    ("empty", empty),
    ("missing", missing),
    ("missing parent", missing_parent),
];

for_each_server! {
    every_operation;
    libunftp: "libunftp";
    ftp_srv: "ftp-srv";
    ftp_srv_implicit: "ftp-srv-implicit";
    aioftp: "aioftp";
    inetutils: "inetutils";
}

async fn every_operation(server: &'static RealServer) {
    let cell = |name| theme::UNFAMILIAR.cell(server, "any", name);
    let both = [
        ("TLS 1.2", TlsVersion::Tls12),
        ("TLS 1.3", TlsVersion::Tls13),
    ];
    for (name, version) in both {
        let case = cell(name);
        case.shows(with_version(server, version).await);
    }
    let account = server.account();
    let case = cell("resume get");
    case.shows(resume_get(&account).await);
    let case = cell("resume put");
    case.shows(resume_put(&account).await);
    let bench = Bench::new(server.account());
    for (name, operation) in OPERATIONS {
        let case = cell(name);
        case.shows(operation(&bench));
    }
}

/// Transfers a file and lists a directory with this TLS version.
async fn with_version(server: &'static RealServer, version: TlsVersion) -> &'static str {
    if !versions(server).contains(&version) {
        return "not supported";
    }
    let account = server.account();
    let (mut session, verdicts) = connect_with(config(&account, version)).await;
    let (remote, local) = directory(&account, &mut session).await;
    let path = remote.join(b"file").unwrap();
    let contents = contents(300_000);
    let options = UploadOptions::default();
    let upload = session.upload_from(contents.as_slice(), &path, &options);
    upload.await.unwrap();
    assert!(fs::read(local.join("file")).unwrap() == contents);
    assert_eq!(session.list(&remote).await.unwrap().entries.len(), 1);
    let mut received = Vec::new();
    let mut download = session.download(&path).await.unwrap();
    let mut chunk = vec![0; 65_536];
    while let len @ 1.. = download.read(&mut chunk).await.unwrap() {
        received.extend_from_slice(&chunk[..len]);
    }
    download.finish().await.unwrap();
    assert!(received == contents);
    assert_eq!(verdicts.logins(), 1, "no reconnect");
    session.quit().await;
    let seen = verdicts.seen();
    assert!(seen.iter().all(|verdict| verdict.same_certificate));
    match seen.iter().all(|verdict| verdict.resumed) {
        true => "resumed",
        false => "full handshake",
    }
}

/// Interrupts a download and repeats it. Returns whether it resumed.
async fn resume_get(account: &Account) -> &'static str {
    let (mut session, verdicts) = connect_with(any_config(account)).await;
    let scratch = tempfile::tempdir().unwrap();
    let target = scratch.path().join("down");
    fs::write(account.home.join("down"), contents(LARGE)).unwrap();
    let path = RemotePath::new("/down").unwrap();
    let options = DownloadOptions::default().resume(true);
    let interrupted = options.clone().cancel(&verdicts.interruption());
    let download = session.download_file(&path, &target, &interrupted);
    assert_eq!(download.await.unwrap_err().kind(), ErrorKind::Cancelled);
    assert!(!target.exists());
    let download = session.download_file(&path, &target, &options);
    let done = download.await.unwrap();
    assert!(fs::read(&target).unwrap() == contents(LARGE));
    assert_eq!(names(scratch.path()), ["down"]);
    resumed(done.resumed_at)
}

/// Interrupts an upload and repeats it. Returns whether it resumed.
async fn resume_put(account: &Account) -> &'static str {
    let (mut session, verdicts) = connect_with(any_config(account)).await;
    let scratch = tempfile::tempdir().unwrap();
    let source = scratch.path().join("up");
    fs::write(&source, contents(LARGE)).unwrap();
    let path = RemotePath::new("/up").unwrap();
    let options = UploadOptions::default().resume(true);
    let interrupted = options.clone().cancel(&verdicts.interruption());
    let upload = session.upload_file(&source, &path, &interrupted);
    assert_eq!(upload.await.unwrap_err().kind(), ErrorKind::Cancelled);
    assert!(!account.home.join("up").exists());
    let upload = session.upload_file(&source, &path, &options);
    let done = upload.await.unwrap();
    assert!(fs::read(account.home.join("up")).unwrap() == contents(LARGE));
    assert_eq!(names(&account.home), ["down", "up"]);
    resumed(done.resumed_at)
}

fn resumed(at: Option<u64>) -> &'static str {
    match at {
        Some(1..) => "ok",
        _ => "from the start",
    }
}

/// The program, and its user's home directory on the server.
struct Bench {
    kind: Kind,
    desk: Desk,
    home: PathBuf,
}

impl Bench {
    fn new(account: Account) -> Self {
        Self {
            kind: account.server.kind,
            desk: Desk::new(&account, None),
            home: account.home,
        }
    }

    /// Creates a directory on the server for one operation. Returns its remote and local path.
    fn directory(&self, name: &str) -> (String, PathBuf) {
        let remote = format!("real:{name}");
        self.desk.succeed(&["mkdir", &remote]);
        let local = self.home.join(name);
        assert!(local.is_dir());
        (remote, local)
    }

    /// Writes a local file for the program to upload.
    fn local(&self, name: &str, contents: &[u8]) -> PathBuf {
        let path = self.desk.path().join(name);
        fs::write(&path, contents).unwrap();
        path
    }

    /// Runs one transfer and returns its result.
    fn transfer(&self, arguments: &[&str]) -> String {
        let (code, events) = self.desk.events("transfer", arguments);
        assert_eq!((code, events.len()), (Some(0), 1), "{arguments:?}");
        events[0]["result"].as_str().unwrap().to_owned()
    }

    /// aioftp has no `SIZE`, so its transfers may be only `complete`.
    fn outcome(&self, results: [String; 2]) -> &'static str {
        match results.each_ref().map(String::as_str) {
            ["verified", "verified"] => "ok",
            _ if self.kind == Kind::AioFtp => "complete",
            other => panic!("{other:?}"),
        }
    }
}

fn list(bench: &Bench) -> &'static str {
    let (remote, local) = bench.directory("ls");
    fs::write(local.join("a file.txt"), "twelve bytes").unwrap();
    fs::create_dir(local.join("directory")).unwrap();
    for path in [remote.clone(), format!("{remote}/")] {
        let listed = bench.desk.succeed(&["ls", &path]);
        assert_eq!(listed, "a file.txt\ndirectory/\n");
    }
    let (code, entries) = bench.desk.events("entry", &["ls", &remote]);
    assert_eq!((code, entries.len()), (Some(0), 2));
    assert_eq!(entries[0]["type"], "file");
    assert_eq!(entries[0]["size"], 12);
    assert_eq!(entries[1]["type"], "directory");
    "ok"
}

fn stat(bench: &Bench) -> &'static str {
    let (remote, local) = bench.directory("stat");
    fs::write(local.join("a file.txt"), "twelve bytes").unwrap();
    for (path, name, kind) in [
        (remote.clone(), "stat", "directory"),
        (format!("{remote}/a file.txt"), "a file.txt", "file"),
    ] {
        let (code, entries) = bench.desk.events("entry", &["stat", &path]);
        assert_eq!((code, entries.len()), (Some(0), 1));
        assert_eq!(
            (&entries[0]["name"], &entries[0]["type"]),
            (&name.into(), &kind.into())
        );
        assert!(kind == "directory" || entries[0]["size"] == 12);
    }
    "ok"
}

fn get(bench: &Bench) -> &'static str {
    let (remote, local) = bench.directory("get");
    let results = [17, 5_000_000].map(|len| {
        fs::write(local.join("file"), contents(len)).unwrap();
        let result = bench.transfer(&["get", &format!("{remote}/file"), "got"]);
        assert!(fs::read(bench.desk.path().join("got")).unwrap() == contents(len));
        result
    });
    bench.outcome(results)
}

fn put(bench: &Bench) -> &'static str {
    let (remote, local) = bench.directory("put");
    let target = format!("{remote}/file");
    // The second one is shorter and replaces the first.
    let results = [5_000_000, 17].map(|len| {
        bench.local("put", &contents(len));
        let result = bench.transfer(&["put", "put", &target]);
        assert!(fs::read(local.join("file")).unwrap() == contents(len));
        assert_eq!(names(&local), ["file"]);
        result
    });
    bench.outcome(results)
}

fn append(bench: &Bench) -> &'static str {
    let (remote, local) = bench.directory("append");
    let target = format!("{remote}/log");
    for (piece, whole) in [("one\n", "one\n"), ("two\n", "one\ntwo\n")] {
        bench.local("piece", piece.as_bytes());
        bench.desk.succeed(&["put", "--append", "piece", &target]);
        assert_eq!(fs::read_to_string(local.join("log")).unwrap(), whole);
    }
    "ok"
}

fn rm(bench: &Bench) -> &'static str {
    let (remote, local) = bench.directory("rm");
    for name in ["a.csv", "b.csv", "c.txt"] {
        bench
            .desk
            .succeed(&["put", "config.toml", &format!("{remote}/{name}")]);
    }
    bench.desk.succeed(&["rm", &format!("{remote}/*.csv")]);
    assert_eq!(names(&local), ["c.txt"]);
    bench.desk.fail(6, &["rm", &remote]);
    bench.desk.succeed(&["rm", "-r", &remote]);
    assert!(!local.exists());
    "ok"
}

fn mv(bench: &Bench) -> &'static str {
    let (remote, local) = bench.directory("mv");
    bench.desk.succeed(&["mkdir", &format!("{remote}/to")]);
    bench
        .desk
        .succeed(&["put", "config.toml", &format!("{remote}/from")]);
    bench
        .desk
        .succeed(&["mv", &format!("{remote}/from"), "mv/to/there"]);
    assert_eq!(names(&local), ["to"]);
    assert_eq!(names(&local.join("to")), ["there"]);
    "ok"
}

fn mkdir(bench: &Bench) -> &'static str {
    let (remote, local) = bench.directory("mkdir");
    let deep = format!("{remote}/a/b/c");
    bench.desk.succeed(&["mkdir", "-p", &deep]);
    bench.desk.succeed(&["mkdir", "-p", &deep]);
    assert!(local.join("a/b/c").is_dir());
    match bench.kind {
        // A second MKD succeeds, and nothing tells it from the first.
        Kind::FtpSrv => drop(bench.desk.succeed(&["mkdir", &deep])),
        _ => drop(bench.desk.fail(6, &["mkdir", &deep])),
    }
    "ok"
}

fn rmdir(bench: &Bench) -> &'static str {
    let (remote, local) = bench.directory("rmdir");
    let inner = format!("{remote}/inner");
    bench.desk.succeed(&["mkdir", &inner]);
    bench.desk.fail(6, &["rmdir", &remote]);
    assert!(local.join("inner").is_dir(), "it is not empty");
    bench.desk.succeed(&["rmdir", &inner]);
    bench.desk.succeed(&["rmdir", &remote]);
    assert!(!local.exists());
    "ok"
}

fn cat(bench: &Bench) -> &'static str {
    let (remote, local) = bench.directory("cat");
    fs::write(local.join("notes"), "read me\n").unwrap();
    assert_eq!(
        bench.desk.succeed(&["cat", &format!("{remote}/notes")]),
        "read me\n"
    );
    "ok"
}

fn trees(bench: &Bench) -> &'static str {
    let (remote, local) = bench.directory("trees");
    let tree = bench.desk.path().join("tree");
    fs::create_dir_all(tree.join("größe/deep")).unwrap();
    fs::create_dir(tree.join("nothing")).unwrap();
    fs::write(tree.join("größe/deep/deep.txt"), "deep").unwrap();
    fs::write(tree.join("zero"), "").unwrap();
    bench
        .desk
        .succeed(&["put", "-r", "tree", &format!("{remote}/")]);
    assert_eq!(tree_of(&local.join("tree")), tree_of(&tree));
    bench
        .desk
        .succeed(&["get", "-r", &format!("{remote}/tree"), "back"]);
    assert_eq!(tree_of(&bench.desk.path().join("back")), tree_of(&tree));
    bench.desk.succeed(&["rm", "-r", &remote]);
    assert!(!local.exists());
    "ok"
}

fn many_files(bench: &Bench) -> &'static str {
    let (remote, local) = bench.directory("many");
    let desk = bench.desk.path();
    for folder in ["from", "to"] {
        fs::create_dir(desk.join(folder)).unwrap();
    }
    for n in 0..MANY {
        fs::write(desk.join(format!("from/{n}")), contents(n * 100)).unwrap();
    }
    bench.desk.succeed(&[
        "put",
        "-r",
        "--connections",
        "4",
        "from",
        &format!("{remote}/"),
    ]);
    let stored = local.join("from");
    assert_eq!(tree_of(&stored), tree_of(&desk.join("from")));
    let all = format!("{remote}/from/*");
    bench
        .desk
        .succeed(&["get", "--connections", "4", &all, "to"]);
    assert_eq!(tree_of(&desk.join("to")), tree_of(&desk.join("from")));
    "ok"
}

fn special_names(bench: &Bench) -> &'static str {
    let (remote, local) = bench.directory("names");
    for name in [
        "Größe 日本語.txt",
        "two  blanks",
        "it's 100 %",
        "semi;colon",
        "-dash",
        "~tilde",
    ] {
        bench.local("named", name.as_bytes());
        let path = format!("{remote}/{}", name.replace('%', "%25"));
        bench.desk.succeed(&["put", "named", &path]);
        assert_eq!(names(&local), [name]);
        assert_eq!(bench.desk.succeed(&["cat", &path]), name);
        assert_eq!(bench.desk.succeed(&["ls", &remote]), format!("{name}\n"));
        bench.desk.succeed(&["rm", &path]);
        assert_eq!(names(&local), [""; 0]);
    }
    "ok"
}

fn empty(bench: &Bench) -> &'static str {
    let (remote, local) = bench.directory("empty");
    assert_eq!(bench.desk.succeed(&["ls", &remote]), "");
    bench.desk.succeed(&["get", "-r", &remote, "hollow"]);
    assert_eq!(names(&bench.desk.path().join("hollow")), [""; 0]);
    bench.local("zero", b"");
    let zero = format!("{remote}/zero");
    bench.desk.succeed(&["put", "zero", &zero]);
    assert_eq!(fs::metadata(local.join("zero")).unwrap().len(), 0);
    bench.desk.succeed(&["get", &zero, "zero too"]);
    assert_eq!(
        fs::metadata(bench.desk.path().join("zero too"))
            .unwrap()
            .len(),
        0
    );
    "ok"
}

/// Operations on a missing path fail and change nothing on either side.
fn missing(bench: &Bench) -> &'static str {
    let before = (tree_of(bench.desk.path()), tree_of(&bench.home));
    for arguments in [
        ["ls", "real:missing"].as_slice(),
        &["ls", "real:missing/"],
        &["ls", "-R", "real:missing"],
        &["stat", "real:missing"],
        &["get", "real:missing", "got nothing"],
        &["get", "-r", "real:missing", "got nothing"],
        &["get", "real:missing*", "."],
        &["cat", "real:missing"],
        &["rm", "real:missing"],
        &["rm", "-r", "real:missing"],
        &["rmdir", "real:missing"],
        &["mv", "real:missing", "found"],
    ] {
        let errors = bench.desk.fail(6, arguments);
        assert!(errors.contains("error: "), "{arguments:?}: {errors}");
    }
    let after = (tree_of(bench.desk.path()), tree_of(&bench.home));
    assert_eq!(before, after);
    "ok"
}

/// ftp-srv and aioftp create the parents of a new directory. No server creates those of a file.
fn missing_parent(bench: &Bench) -> &'static str {
    let put = ["put", "config.toml", "real:nowhere/file"];
    let (code, errors) = bench.desk.events("error", &put);
    assert_eq!(code, Some(6), "{errors:?}");
    assert!(!bench.home.join("nowhere").exists());
    let mkdir = ["mkdir", "real:nowhere/inner"];
    match bench.kind {
        Kind::FtpSrv | Kind::AioFtp => {
            bench.desk.succeed(&mkdir);
            assert!(bench.home.join("nowhere/inner").is_dir());
            "created"
        }
        _ => {
            bench.desk.fail(6, &mkdir);
            assert!(!bench.home.join("nowhere").exists());
            "ok"
        }
    }
}

/// Words of eight bytes that differ from each other, so that one lost or repeated shows.
fn contents(len: usize) -> Vec<u8> {
    let words = (0..len.div_ceil(8) as u64).map(|it| it.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mut bytes: Vec<u8> = words.flat_map(u64::to_be_bytes).collect();
    bytes.truncate(len);
    bytes
}

/// Every path below a folder, with the contents of files.
fn tree_of(folder: &Path) -> Vec<(String, Option<Vec<u8>>)> {
    let mut found = Vec::new();
    for name in names(folder) {
        let path = folder.join(&name);
        if path.is_dir() {
            let below = tree_of(&path).into_iter();
            found.push((name.clone(), None));
            found.extend(below.map(|(path, contents)| (format!("{name}/{path}"), contents)));
        } else {
            found.push((name, Some(fs::read(path).unwrap())));
        }
    }
    found
}
