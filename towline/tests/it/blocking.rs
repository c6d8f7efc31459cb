//! The blocking face over the async one.

use std::io::{Read as _, Write as _};
use std::num::NonZeroU32;
use std::sync::mpsc;

use towline::blocking::Client;
use towline::{Config, DownloadOptions, ErrorKind, Job, Outcome, RemotePath, UploadOptions};
use towline_testkit::Personality;

use crate::support::{Bench, path};

/// Runs `work` on this thread, as a program without a runtime does, with a server on another one.
fn with_server(work: impl FnOnce(Config, &std::path::Path)) {
    let (tell, told) = mpsc::channel();
    let (done, wait) = tokio::sync::oneshot::channel::<()>();
    let server = std::thread::spawn(move || {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let bench = Bench::start(Personality::VsFtpd).await;
            let root = bench.server.root().to_owned();
            tell.send((bench.open_config(), root)).unwrap();
            // Dropped where the work fails.
            let _ = wait.await;
        });
    });
    let (config, root) = told.recv().unwrap();
    work(config, &root);
    drop(done);
    server.join().unwrap();
}

#[test]
fn every_operation_works_without_async() {
    with_server(|config, root| {
        let mut session = Client::new(config).unwrap().connect().unwrap();
        assert_eq!(session.server(), "vsftpd");
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

        session.remove_file(&path("dir/b")).unwrap();
        session.remove_dir(&path("dir")).unwrap();
        let login = RemotePath::login_directory();
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
