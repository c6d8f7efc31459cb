//! Hundreds of small files, over one connection and over eight.

use std::collections::HashMap;
use std::fs;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::{Arc, Mutex};

use towline::{
    Client, Config, ConnectionId, DataConnection, DownloadOptions, Event, Job, JobResult, Observer,
    Outcome, Pool, Queue, TlsVersion, UploadOptions,
};
use towline_interop::{Account, DataSessions, Kind, RealServer, theme};

use crate::support::{config, directory, for_each_server, versions};

/// The number of connections that servers with a limit allow.
const ALLOWED: usize = 3;

fn is_limited(server: &RealServer) -> bool {
    server.name.ends_with("-limited")
}

/// Returns whether the server accepts commands before it has answered the earlier ones.
fn is_queueing(server: &RealServer) -> bool {
    server.kind != Kind::PyFtpdlib
}

fn files(server: &RealServer) -> usize {
    match is_queueing(server) && !is_limited(server) {
        true => 500,
        false => 100,
    }
}

for_each_server! {
    there_and_back;
    vsftpd: "vsftpd";
    vsftpd_limited: "vsftpd-limited";
    proftpd: "proftpd";
    proftpd_tls12: "proftpd-tls12";
    proftpd_limited: "proftpd-limited";
    pure_ftpd: "pure-ftpd";
    pure_ftpd_limited: "pure-ftpd-limited";
    pyftpdlib: "pyftpdlib";
}

async fn there_and_back(server: &'static RealServer) {
    let (files, is_limited) = (files(server), is_limited(server));
    for version in versions(server) {
        for (connections, operation) in [(1, "1 connection"), (8, "8 connections")] {
            let cell = theme::MANY_FILES.cell(server, &version.to_string(), operation);
            let account = server.account();
            let diary = move_all(&account, version, connections).await;
            let what = format!("{} TLS {version} {operation}", server.name);
            let most = match connections {
                1 => 1,
                _ if is_limited => ALLOWED,
                most => most as usize,
            };
            let logins = diary.logins();
            if is_limited {
                assert_eq!(logins, most, "{what}");
            } else {
                assert!(
                    logins <= most && (most == 1 || logins > 1),
                    "{what}: {logins} logins"
                );
            }
            let was_refused = diary
                .notes()
                .iter()
                .any(|note| note.contains("another connection cannot be opened"));
            assert_eq!(
                was_refused,
                is_limited && most > 1,
                "{what}: {:#?}",
                diary.notes()
            );
            let surprise = diary
                .notes()
                .into_iter()
                .find(|note| note.contains("pipelined commands failed"));
            assert_eq!(surprise, None, "{what}");

            let is_queueing = is_queueing(server);
            let [up, down] = diary.ahead();
            // On each connection, nothing follows the first file while it moves.
            let expected = if is_queueing {
                files - 10 * most..files
            } else {
                0..1
            };
            assert!(
                expected.contains(&up),
                "{what}: {up} uploads with EPSV sent after them"
            );
            assert!(
                expected.contains(&down),
                "{what}: {down} downloads with EPSV sent after them"
            );
            let is_resumed = diary.assert_resumed(&account, &what);
            cell.shows(match (is_queueing, is_resumed) {
                _ if was_refused => "limit",
                (false, _) => "one by one",
                (true, true) => "ok",
                (true, false) => "not resumed",
            });
        }
    }
}

/// Uploads all files and downloads them again.
async fn move_all(account: &Account, version: TlsVersion, connections: u32) -> Arc<Diary> {
    let diary = Arc::new(Diary::default());
    let observer: Arc<Diary> = Arc::clone(&diary);
    let pool = pool(config(account, version).observer(observer), connections);
    let (remote, stored) = directory(account, &mut pool.session().await.unwrap()).await;
    let scratch = tempfile::tempdir().unwrap();
    let [from, to] = ["from", "to"].map(|name| scratch.path().join(name));
    for path in [&from, &to] {
        fs::create_dir(path).unwrap();
    }
    let files = files(account.server);
    let names: Vec<_> = (0..files).map(|n| format!("file-{n:03}")).collect();
    for (n, name) in names.iter().enumerate() {
        fs::write(from.join(name), contents(n)).unwrap();
    }
    let place = |name: &String| remote.join(name.as_bytes()).unwrap();
    let options = UploadOptions::default();
    let upload = |(n, name): (usize, &String)| {
        let job = Job::upload(from.join(name), place(name), options.clone());
        job.sized(contents(n).len() as u64)
    };
    move_each(&pool, names.iter().enumerate().map(upload)).await;
    assert_all_there(&stored, files);
    let options = DownloadOptions::default();
    let download = |name| Job::download(place(name), to.join(name), options.clone());
    move_each(&pool, names.iter().map(download)).await;
    assert_all_there(&to, files);
    pool.quit().await;
    diary
}

fn pool(config: Config, connections: u32) -> Pool {
    let connections = NonZeroU32::new(connections).unwrap();
    Pool::new(Client::new(config).unwrap(), connections)
}

async fn move_each(pool: &Pool, jobs: impl Iterator<Item = Job>) {
    let queue = Arc::new(Queue::new());
    jobs.for_each(|job| queue.push(job));
    let files = queue.len();
    queue.close();
    let done = Arc::new(Mutex::new(Vec::<JobResult>::new()));
    let report = Arc::clone(&done);
    pool.run(&queue, move |one| report.lock().unwrap().push(one))
        .await;
    let done = done.lock().unwrap();
    assert_eq!(done.len(), files);
    for JobResult { job, outcome } in done.iter() {
        let outcome = outcome.as_ref().map(|done| done.outcome);
        assert_eq!(outcome.unwrap(), Outcome::Verified, "{}", job.remote());
    }
}

fn contents(n: usize) -> Vec<u8> {
    format!("{n:05}\n").repeat(n * 2).into_bytes()
}

fn assert_all_there(directory: &Path, files: usize) {
    assert_eq!(fs::read_dir(directory).unwrap().count(), files);
    for n in 0..files {
        let found = fs::read(directory.join(format!("file-{n:03}"))).unwrap();
        assert!(found == contents(n), "file {n}");
    }
}

/// What happened on each connection.
#[derive(Debug, Default)]
struct Diary(Mutex<Pages>);

#[derive(Debug, Default)]
struct Pages {
    verdicts: Vec<DataConnection>,
    logins: usize,
    notes: Vec<String>,
    /// The direction of the transfer that still runs on each connection: 0 is up, 1 is down.
    running: HashMap<ConnectionId, usize>,
    /// How many uploads and downloads had an `EPSV` sent after them while they ran.
    ahead: [usize; 2],
}

impl Diary {
    fn logins(&self) -> usize {
        self.0.lock().unwrap().logins
    }

    fn notes(&self) -> Vec<String> {
        self.0.lock().unwrap().notes.clone()
    }

    fn ahead(&self) -> [usize; 2] {
        self.0.lock().unwrap().ahead
    }

    /// Checks that every data connection resumed if the server demands it, and that the server's
    /// log, if it has one, says the same. Returns whether all data connections resumed.
    fn assert_resumed(&self, account: &Account, what: &str) -> bool {
        let verdicts = &self.0.lock().unwrap().verdicts;
        assert!(verdicts.len() >= 2 * files(account.server), "{what}");
        assert!(
            verdicts.iter().all(|verdict| verdict.same_certificate),
            "{what}"
        );
        let resumed = verdicts.iter().filter(|verdict| verdict.resumed).count();
        let full = verdicts.len() - resumed;
        let is_demanded = account.server.enforces_reuse;
        assert!(
            full == 0 || !is_demanded,
            "{what}: {full} data connections did not resume"
        );
        let expected = DataSessions {
            resumed,
            full,
            refused: 0,
        };
        if let Some(counted) = account.data_sessions().unwrap() {
            assert_eq!(counted, expected, "{what}");
        }
        full == 0
    }
}

impl Observer for Diary {
    fn event(&self, connection: ConnectionId, event: &Event<'_>) {
        let pages = &mut *self.0.lock().unwrap();
        match event {
            Event::DataConnection(verdict) => pages.verdicts.push((*verdict).clone()),
            Event::LoggedIn => pages.logins += 1,
            Event::Note { text } => pages.notes.push((*text).to_owned()),
            Event::Command { line, .. } => match line.get(..4) {
                Some("STOR") => drop(pages.running.insert(connection, 0)),
                Some("RETR") => drop(pages.running.insert(connection, 1)),
                Some("EPSV") => {
                    if let Some(way) = pages.running.remove(&connection) {
                        pages.ahead[way] += 1;
                    }
                }
                _ => {}
            },
            Event::Reply { reply } if reply.code().as_u16() / 10 == 22 => {
                pages.running.remove(&connection);
            }
            _ => {}
        }
    }
}
