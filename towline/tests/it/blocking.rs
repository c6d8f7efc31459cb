//! The blocking API over the async one.

use std::io::{Read as _, Write as _};
use std::num::NonZeroU32;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use towline::blocking::{Client, Pool};
use towline::{
    Config, DownloadOptions, ErrorKind, Feature, Job, ListingCommand, Outcome, Queue, RemotePath,
    Software, UploadOptions, WalkOptions,
};
use towline_testkit::Personality;

use crate::support::{Bench, Notebook, path};

/// Runs `work` on this thread, like a program without a runtime, with a server on another thread.
fn with_server(work: impl FnOnce(Config, &std::path::Path)) {
    let (tell, told) = mpsc::channel();
    let (done, wait) = tokio::sync::oneshot::channel::<()>();
    let server = std::thread::spawn(move || {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let bench = Bench::start(Personality::VsFtpd).await;
            let root = bench.server.root().to_owned();
            tell.send((bench.open_config(), root)).unwrap();
            // Dropped if `work` fails.
            let _ = wait.await;
        });
    });
    let (config, root) = told.recv().unwrap();
    work(config, &root);
    drop(done);
    server.join().unwrap();
}

/// An error from the library.
fn session_error() -> towline::Error {
    Client::new(Config::new("not a host")).unwrap_err()
}

#[test]
fn every_operation_works_without_async() {
    with_server(|config, root| {
        let mut session = Client::new(config).unwrap().connect().unwrap();
        assert_eq!(session.server(), Software::VsFtpd);
        let contents = vec![7; 300_000];

        let options = UploadOptions::default();
        let mut upload = session.upload(&path("a"), &options).unwrap();
        assert!(upload.data_connection().resumed);
        upload.write_all(&contents).unwrap();
        upload.flush().unwrap();
        assert_eq!(upload.finish().unwrap().outcome, Outcome::Verified);
        session
            .upload_from(contents.as_slice(), &path("b"), &options)
            .unwrap();
        let local = root.join("a");
        session.upload_file(&local, &path("c"), &options).unwrap();
        let aborted = session.upload(&path("d"), &options).unwrap();
        aborted.abort().unwrap();

        session.noop().unwrap();
        session.create_dir(&path("dir")).unwrap();
        session.rename(&path("b"), &path("dir/b")).unwrap();
        assert_eq!(session.size(&path("dir/b")).unwrap(), Some(300_000));
        assert_eq!(session.stat(&path("c")).unwrap().size, Some(300_000));
        assert!(session.modified(&path("c")).unwrap().is_some());

        let mut download = session.download(&path("a")).unwrap();
        assert_eq!(download.size(), Some(300_000));
        let mut got = Vec::new();
        download.read_to_end(&mut got).unwrap();
        download.finish().unwrap();
        assert_eq!(got, contents);
        let mut rest = session.download_from(&path("a"), 299_999).unwrap();
        let mut got = Vec::new();
        rest.read_to_end(&mut got).unwrap();
        rest.finish().unwrap();
        assert_eq!(got, [7]);
        let mut got = Vec::new();
        let options = DownloadOptions::default();
        session.download_to(&path("c"), &mut got, &options).unwrap();
        assert_eq!(got, contents);
        session
            .download_file(&path("c"), &root.join("e"), &options)
            .unwrap();
        session.download(&path("a")).unwrap().abort().unwrap();

        let range = session.download_range(&path("a"), 10..13).unwrap();
        let mut got = Vec::new();
        let mut range = range;
        range.read_to_end(&mut got).unwrap();
        range.finish().unwrap();
        assert_eq!(got, [7; 3]);
        assert_eq!(
            session.download_bytes(&path("a"), 1 << 20).unwrap(),
            contents
        );
        let options = UploadOptions::default();
        session
            .upload_bytes(b"x", &path("dir/x"), &options)
            .unwrap();
        let failed = session.upload(&path("dir/y"), &options).unwrap();
        let why = session_error();
        assert_eq!(failed.give_up(why).kind(), ErrorKind::Usage);
        let job = Job::download(
            path("dir/x"),
            root.join("dir/z"),
            DownloadOptions::default(),
        );
        assert_eq!(session.perform(&job).unwrap().bytes, 1);

        session.remove_file(&path("dir/b")).unwrap();
        session.create_dir_all(&path("dir/deep/er")).unwrap();
        let found: Result<Vec<_>, _> = session
            .walk(&path("dir"), &WalkOptions::default())
            .collect();
        assert_eq!(found.unwrap().len(), 4);
        assert_eq!(session.remove_dir_all(&path("dir")).unwrap().directories, 3);
        session.create_dir(&path("dir")).unwrap();
        session.remove_dir(&path("dir")).unwrap();
        let login = RemotePath::login_directory();
        let mut listing = session.listing(&login).unwrap();
        assert_eq!(listing.by_ref().map(Result::unwrap).count(), 3);
        assert!(listing.finish().unwrap().completeness().is_complete());
        session.listing(&login).unwrap().stop().unwrap();
        let names = session.raw_listing(&ListingCommand::Nlst(Default::default()), &login);
        assert!(names.unwrap().starts_with(b"a\r\n"));
        assert_eq!(session.raw("NOOP").unwrap().code().as_u16(), 200);
        let time = jiff::Timestamp::UNIX_EPOCH;
        assert!(
            !session.set_modified(&path("a"), time).unwrap(),
            "vsftpd has no MFMT"
        );
        assert!(session.features().has(Feature::Size));
        assert_eq!(session.keep_alive_while(|| 3), 3);
        assert_eq!(session.list(&login).unwrap().entries.len(), 3);
        let mut count = 0;
        session.list_each(&login, |_| count += 1).unwrap();
        assert_eq!(count, 3);
        assert!(session.is_usable());
        session.quit();
    });
}

#[test]
fn an_error_of_reading_holds_the_librarys_own() {
    with_server(|config, _| {
        let mut session = Client::new(config).unwrap().connect().unwrap();
        let error = session.download(&path("missing")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused);
        let error = std::io::Error::from(error);
        let inner: towline::Error = error.downcast().unwrap();
        assert_eq!(inner.reply().unwrap().code().as_u16(), 550);
    });
}

#[test]
fn many_files_go_over_several_connections_without_async() {
    with_server(|config, root| {
        let local = tempfile::tempdir().unwrap();
        let jobs = (0..20).map(|n| {
            let name = format!("file-{n}");
            std::fs::write(root.join(&name), vec![n; 1000]).unwrap();
            let to = local.path().join(&name);
            Job::download(path(&name), to, DownloadOptions::default())
        });
        let jobs: Vec<_> = jobs.collect();
        let (tell, told) = mpsc::channel();
        let connections = NonZeroU32::new(3).unwrap();
        let client = Client::new(config).unwrap();
        let run = client.run(connections, jobs, move |done| tell.send(done).unwrap());
        run.unwrap();
        let done: Vec<_> = told.iter().collect();
        assert_eq!(done.len(), 20);
        assert!(done.iter().all(|done| done.outcome.is_ok()), "{done:?}");
        for n in 0..20 {
            let got = std::fs::read(local.path().join(format!("file-{n}"))).unwrap();
            assert_eq!(got, vec![n; 1000]);
        }
    });
}

#[test]
fn a_pools_sessions_go_back_to_it_without_async() {
    with_server(|config, root| {
        std::fs::write(root.join("a"), "x").unwrap();
        let client = Client::new(config).unwrap();
        let pool = Pool::new(client, NonZeroU32::new(1).unwrap()).unwrap();
        let mut session = pool.session().unwrap();
        assert_eq!(session.size(&path("a")).unwrap(), Some(1));
        session.quit();
        let mut download = pool.session().unwrap().into_download(&path("a")).unwrap();
        let mut got = Vec::new();
        download.read_to_end(&mut got).unwrap();
        download.finish().unwrap();
        let upload = pool.session().unwrap();
        let mut upload = upload
            .into_upload(&path("b"), &UploadOptions::default())
            .unwrap();
        upload.write_all(&got).unwrap();
        upload.finish().unwrap();
        // Let another thread run.
        let sizes = std::thread::scope(|scope| {
            let other = pool.clone();
            let work = move || other.session().unwrap().size(&path("b")).unwrap();
            scope.spawn(work).join().unwrap()
        });
        assert_eq!(sizes, Some(1));
        let queue = Arc::new(Queue::new());
        let local = tempfile::tempdir().unwrap();
        let to = local.path().join("b");
        queue.push(Job::download(
            path("b"),
            to.clone(),
            DownloadOptions::default(),
        ));
        queue.close();
        pool.run(&queue, |done| assert!(done.outcome.is_ok()));
        assert_eq!(std::fs::read(to).unwrap(), b"x");
        assert_eq!(pool.open(), 1);
        pool.quit();
        assert_eq!(pool.open(), 0);
    });
}

#[test]
fn work_that_panics_beside_the_session_panics_here() {
    with_server(|config, _| {
        let mut session = Client::new(config).unwrap().connect().unwrap();
        let work = std::panic::AssertUnwindSafe(|| {
            session.keep_alive_while(|| panic!("on purpose"));
        });
        let panic = std::panic::catch_unwind(work).unwrap_err();
        assert_eq!(panic.downcast_ref(), Some(&"on purpose"));
        session.noop().unwrap();
    });
}

#[test]
fn an_idle_session_sends_nothing() {
    with_server(|config, _| {
        let (interval, notebook) = (Duration::from_millis(1), Arc::new(Notebook::default()));
        let config = config.keep_alive(interval).observer(notebook.clone());
        let mut session = Client::new(config).unwrap().connect().unwrap();
        session
            .idle_while(|| std::thread::sleep(20 * interval))
            .unwrap();
        assert!(!notebook.has("NOOP"), "{notebook:?}");
        session.noop().unwrap();
        assert!(notebook.has("NOOP"), "{notebook:?}");
    });
}

/// The methods that `docs/api` lists for a type, except those for formatting and polling.
fn methods<'a>(api: &'a str, owner: &str) -> Vec<&'a str> {
    let is_plumbing = |name: &str| {
        name.starts_with("poll_") || ["fmt", "deref", "deref_mut", "drop"].contains(&name)
    };
    let starts = ["pub fn ", "pub async fn "].map(|start| format!("{start}{owner}"));
    let named = api.lines().filter_map(|line| {
        let rest = starts
            .iter()
            .find_map(|start| line.strip_prefix(start.as_str()))?;
        let rest = rest.strip_prefix("<'_>").unwrap_or(rest);
        rest.strip_prefix("::")?.split(['(', '<']).next()
    });
    named.filter(|name| !is_plumbing(name)).collect()
}

#[test]
fn nothing_is_missing_without_async() {
    let api = include_str!("../../../docs/api/towline.txt");
    for (owner, blocking) in [
        ("Client", "Client"),
        ("Pool", "Pool"),
        ("Session", "Session"),
        ("PooledSession", "Session"),
        ("ListingStream", "ListingStream"),
        ("Walk", "Walk"),
        ("Download", "Download"),
        ("Upload", "Upload"),
    ] {
        let there = methods(api, &format!("towline::{owner}"));
        let here = methods(api, &format!("towline::blocking::{blocking}"));
        assert!(!there.is_empty(), "{owner} has no methods in docs/api");
        for name in there {
            // Here it is `Write::write_all`.
            let is_provided = (owner, name) == ("Upload", "write_all");
            assert!(
                is_provided || here.contains(&name),
                "towline::blocking::{blocking} has no {name}"
            );
        }
    }
}
