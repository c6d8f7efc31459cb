//! The name that the server really gives, as opposed to the one that it confirms.

use std::fs;
use std::sync::Arc;

use towline::{
    ErrorDetail, ErrorKind, Outcome, Pipelining, Remains, SessionReuse, TlsVersion, UploadOptions,
};
use towline_testkit::{Builder, Fault, NameChange, NameReading, Personality, Server};

use crate::many::{Direction, outcome, pool, run};
use crate::support::{Bench, Notebook, answer, contents, path, quick_retry, session, upload};

fn direct() -> UploadOptions {
    UploadOptions::default().use_temporary_name(false)
}

/// Pure-FTPd makes `_` of it.
#[tokio::test]
async fn a_blank_at_the_beginning_of_a_name_is_kept() {
    let changes_none = |personality: &Personality| *personality != Personality::PureFtpd;
    for personality in Personality::ALL.into_iter().filter(changes_none) {
        let bench = Bench::start(personality).await;
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let done = upload(&mut session, " name.txt", b"new").await.unwrap();
        assert_eq!(done.outcome, Outcome::Verified);
        let target = path(" direct.txt");
        let done = session.upload_from(&b"new"[..], &target, &direct()).await;
        assert_eq!(done.unwrap().outcome, Outcome::Verified);
        session.create_dir(&path(" dir")).await.unwrap();
        upload(&mut session, " dir/a", b"new").await.unwrap();
        let rest = [" dir", " direct.txt", " name.txt"];
        assert_eq!(bench.names(), rest, "{}", personality.name());
        assert_eq!(session.stat(&path(" dir/a")).await.unwrap().size, Some(3));
    }
}

#[tokio::test]
async fn a_name_that_the_server_changes_is_an_error_that_tells_the_other_name() {
    for (change, asked, given) in [
        (NameChange::BlanksToUnderscores, "name.txt ", "name.txt_"),
        (NameChange::DropBlanks, "name.txt ", "name.txt"),
    ] {
        for personality in [Personality::PureFtpd, Personality::VsFtpd] {
            for options in [UploadOptions::default(), direct()] {
                let bench = Bench::with_fault(personality, Fault::ChangeNames(change)).await;
                let mut session = bench.connect(TlsVersion::Tls13).await;
                let target = path(asked);
                let done = session.upload_from(&b"new"[..], &target, &options);
                let error = done.await.unwrap_err();
                let name = path(given);
                let detail = ErrorDetail::OtherNameGiven { at: name.clone() };
                assert_eq!(error.detail(), Some(&detail), "{change:?}: {error}");
                assert_eq!(error.kind(), ErrorKind::RenameRefused, "{error}");
                assert_eq!(error.remains(), [Remains::WholeUpload { at: name }]);
                assert_eq!(bench.names(), [given]);
            }
        }
    }
}

/// A server that changes every name changes the temporary one, too.
#[tokio::test]
async fn a_temporary_name_that_the_server_changes_is_told_as_it_is() {
    for options in [UploadOptions::default(), direct()] {
        let change = Fault::ChangeNames(NameChange::LowerCase);
        let bench = Bench::with_fault(Personality::VsFtpd, change).await;
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let target = path("Name.TXT");
        let done = session.upload_from(&b"new"[..], &target, &options);
        let error = done.await.unwrap_err();
        let names = bench.names();
        let [given] = names.as_slice() else {
            panic!("{names:?}");
        };
        let name = path(given);
        let detail = ErrorDetail::OtherNameGiven { at: name.clone() };
        assert_eq!(error.detail(), Some(&detail), "{error}");
        assert_eq!(error.remains(), [Remains::WholeUpload { at: name }]);
    }
}

/// As on Pure-FTPd 1.0.50.
#[tokio::test]
async fn a_blank_that_pure_ftpd_replaces_is_an_error_that_tells_the_other_name() {
    let bench = Bench::start(Personality::PureFtpd).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let (target, options) = (path(" name.txt"), direct());
    let done = session.upload_from(&b"new"[..], &target, &options).await;
    let detail = ErrorDetail::OtherNameGiven {
        at: path("_name.txt"),
    };
    assert_eq!(done.unwrap_err().detail(), Some(&detail));
    let error = session.create_dir(&path(" dir")).await.unwrap_err();
    let detail = ErrorDetail::OtherNameGiven { at: path("_dir") };
    assert_eq!(error.detail(), Some(&detail));
    assert_eq!(bench.names(), ["_dir", "_name.txt"]);
}

#[tokio::test]
async fn a_directory_under_another_name_is_an_error() {
    for personality in Personality::ALL {
        for (change, asked, given) in [
            (NameChange::BlanksToUnderscores, "dir ", "dir_"),
            (NameChange::LowerCase, "Sub Dir", "sub dir"),
        ] {
            let bench = Bench::with_fault(personality, Fault::ChangeNames(change)).await;
            let mut session = bench.connect(TlsVersion::Tls13).await;
            let detail = ErrorDetail::OtherNameGiven { at: path(given) };
            let error = session.create_dir_all(&path(asked)).await.unwrap_err();
            let name = personality.name();
            assert_eq!(error.detail(), Some(&detail), "{name}: {error}");
            assert_eq!(bench.names(), [given], "{name}");
        }
    }
}

#[tokio::test]
async fn a_rename_to_another_name_is_an_error() {
    let change = Fault::ChangeNames(NameChange::LowerCase);
    let bench = Bench::with_fault(Personality::VsFtpd, change).await;
    bench.write("a", "old");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let error = session.rename(&path("a"), &path("B")).await.unwrap_err();
    let detail = ErrorDetail::OtherNameGiven { at: path("b") };
    assert_eq!(error.detail(), Some(&detail), "{error}");
    assert_eq!(bench.names(), ["b"]);
}

/// What was not seen is not claimed. A program at the server may have taken the file away.
#[tokio::test]
async fn a_file_that_nobody_sees_is_not_verified() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let notebook = Arc::new(Notebook::default());
    let config = bench.open_config().observer(notebook.clone());
    let mut session = session(config).await.unwrap();
    bench.server.arm(answer("RNTO", "250 Rename successful."));
    let done = upload(&mut session, "a", b"new").await.unwrap();
    assert_eq!(done.outcome, Outcome::Complete);
    assert!(notebook.has("warning: a: the server confirmed this name"));

    let options = UploadOptions::default().require_verified(true);
    let done = session.upload_from(&b"new"[..], &path("b"), &options).await;
    let error = done.unwrap_err();
    assert_eq!(error.detail(), Some(&ErrorDetail::NotVerified), "{error}");
}

/// A user who may only store files. Looking a few times in a directory is enough.
#[tokio::test]
async fn a_server_that_shows_nothing_is_not_asked_again_and_again() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    for verb in ["SIZE", "MLST", "MLSD", "LIST"] {
        bench.server.arm(answer(verb, "550 Permission denied"));
    }
    let config = bench.open_config().session_reuse(SessionReuse::Require);
    let mut session = session(config).await.unwrap();
    let mut looks = Vec::new();
    for name in ["a", "b", "c", "d", "e"] {
        let done = upload(&mut session, name, b"new").await.unwrap();
        assert_eq!(done.outcome, Outcome::Complete, "{name}");
        looks.push(bench.count("MLSD"));
    }
    assert!(looks[1] < looks[2] && looks[2] == looks[4], "{looks:?}");
}

#[tokio::test]
async fn a_refusal_that_passes_hides_no_directory() {
    let bench = Bench::build(Server::builder(Personality::VsFtpd).without("SIZE")).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    for reply in ["450 Busy", "550 Not now"] {
        upload(&mut session, "before", b"new").await.unwrap();
        bench.server.arm(answer("LIST", reply));
        let done = upload(&mut session, "a", b"new").await.unwrap();
        assert_eq!(done.outcome, Outcome::Complete, "{reply}");
        bench.server.disarm();
        let done = upload(&mut session, "b", b"new").await.unwrap();
        assert_eq!(done.outcome, Outcome::Verified, "{reply}");
    }
}

/// Without a size, another file of a similar name is not taken for the new one.
#[tokio::test]
async fn a_similar_name_without_the_size_is_not_claimed() {
    let builder = Server::builder(Personality::VsFtpd).without("SIZE");
    let bench = Bench::build(builder).await;
    bench.write("report", "old");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    bench.server.arm(answer("RNTO", "250 Rename successful."));
    bench.write("part", "new");
    let renamed = session.rename(&path("part"), &path("REPORT")).await;
    let error = renamed.unwrap_err();
    let words = error.to_string();
    assert!(words.contains("report may be it"), "{words}");
    assert!(!words.contains("gave it another name"), "{words}");
}

#[tokio::test]
async fn a_server_without_size_shows_the_name_and_the_size_in_a_listing() {
    let builder = Server::builder(Personality::VsFtpd).without("SIZE");
    let bench = Bench::build(builder).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let done = upload(&mut session, "a", b"new").await.unwrap();
    assert_eq!(done.outcome, Outcome::Verified);
    bench.server.arm(Fault::ChangeNames(NameChange::LowerCase));
    let (target, options) = (path("B"), direct());
    let done = session.upload_from(&b"new"[..], &target, &options);
    let error = done.await.unwrap_err();
    let detail = ErrorDetail::OtherNameGiven { at: path("b") };
    assert_eq!(error.detail(), Some(&detail), "{error}");
}

/// The look goes along with other commands, so it costs no round trip.
#[tokio::test]
async fn names_in_a_pipeline_are_looked_at_too() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let config = bench.open_config().retry(quick_retry());
    let jobs = Direction::Up.jobs(&bench, "file", 6);
    let done = run(&pool(config, 1), jobs).await;
    for result in &done {
        assert_eq!(result.outcome.as_ref().unwrap().outcome, Outcome::Verified);
    }
    // The temporary and the final name of each file. The listing is the trial before the first.
    assert_eq!(bench.count("SIZE"), 12);
    assert_eq!((bench.count("MLST"), bench.count("MLSD")), (0, 1));
}

/// Looking at the name in another way costs no data connection that was agreed on ahead.
#[tokio::test]
async fn a_final_name_without_size_costs_no_data_connection() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    bench.server.arm(answer("SIZE", "550 SIZE is not allowed"));
    let config = bench.open_config().retry(quick_retry());
    let jobs = Direction::Up.jobs(&bench, "file", 6);
    let done = run(&pool(config, 1), jobs).await;
    for result in &done {
        assert_eq!(result.outcome.as_ref().unwrap().outcome, Outcome::Verified);
    }
    // One for each file, and one for the listing before the first.
    assert_eq!((bench.count("EPSV"), bench.count("PASV")), (7, 0));
}

#[tokio::test]
async fn a_name_in_a_pipeline_that_the_server_changes_is_an_error() {
    for pipelining in [Pipelining::Auto, Pipelining::Off] {
        let bench = Bench::start(Personality::PureFtpd).await;
        let config = bench.open_config().retry(quick_retry());
        let config = config.pipelining(pipelining);
        let mut jobs = Direction::Up.jobs(&bench, "file", 5);
        jobs.push(Direction::Up.job(&bench, "odd ", &contents(250)));
        let done = run(&pool(config, 1), jobs).await;
        let error = outcome(&done, "odd ").unwrap_err();
        let detail = ErrorDetail::OtherNameGiven { at: path("odd_") };
        assert_eq!(error.detail(), Some(&detail), "{error}");
        let failed = done.iter().filter(|result| result.outcome.is_err());
        assert_eq!(failed.count(), 1);
        assert_eq!(bench.read("odd_").unwrap(), contents(250));
    }
}

/// As with aioftp 0.28.3, which does not have `SIZE`: `MLST` or `LIST` shows the part.
#[tokio::test]
async fn an_upload_that_arrived_short_replaces_no_file_without_size() {
    for personality in [Personality::ProFtpd138, Personality::VsFtpd] {
        for pipelining in [Pipelining::Auto, Pipelining::Off] {
            let bench = Bench::build(Server::builder(personality).without("SIZE")).await;
            bench.server.arm(Fault::LoseUpload(3));
            let config = bench.open_config().retry(quick_retry());
            let config = config.pipelining(pipelining);
            let jobs = Direction::Up.jobs(&bench, "file", 3);
            for job in &jobs {
                let at = job.remote().to_string();
                fs::write(bench.server.root().join(at), "good").unwrap();
            }
            let names: Vec<_> = jobs.iter().map(|job| job.remote().to_string()).collect();
            for result in run(&pool(config, 1), jobs).await {
                match result.outcome {
                    // The first file has nothing to lose.
                    Ok(done) => assert_eq!(done.bytes, 0),
                    Err(error) => assert_eq!(error.kind(), ErrorKind::Incomplete, "{error}"),
                }
            }
            for name in names.iter().skip(1) {
                let kept = fs::read_to_string(bench.server.root().join(name));
                assert_eq!(kept.unwrap(), "good", "{personality:?} {pipelining:?}");
            }
        }
    }
}

/// The listing is refused once, which may pass.
#[tokio::test]
async fn a_look_that_is_refused_for_now_is_tried_again() {
    let bench = Bench::build(Server::builder(Personality::VsFtpd).without("SIZE")).await;
    let config = bench.open_config().retry(quick_retry());
    let mut session = session(config).await.unwrap();
    upload(&mut session, "a", b"new").await.unwrap();
    let lists = bench.count("LIST");
    bench
        .server
        .arm(answer("LIST", "451 Try again later.").nth(2));
    let done = upload(&mut session, "b", b"new").await.unwrap();
    assert_eq!(done.outcome, Outcome::Verified);
    assert!(bench.count("LIST") > lists);
}

/// Servers of software that is not known, with MLSD and without, that change names in every
/// command.
fn reading(change: NameChange) -> [Builder; 2] {
    [true, false].map(|mlsd| {
        let builder = Server::builder(Personality::ProFtpd138).mlsd(mlsd);
        let builder = builder.without("MFF").syst("UNIX Type: L8");
        builder.reads_names(NameReading::Changed(change))
    })
}

const CHANGED: [(NameChange, &str, &str, &str); 3] = [
    (
        NameChange::Cut(14),
        "aa-long-name-jan.csv",
        "aa-long-name-feb.csv",
        "aa-long-name-f",
    ),
    (
        NameChange::AllBlanksToUnderscores,
        "a_b.csv",
        "a b.csv",
        "a_b.csv",
    ),
    (NameChange::LowerCase, "a.csv", "A.csv", "a.csv"),
];

#[tokio::test]
async fn a_name_that_the_server_changes_in_every_command_is_an_error() {
    for (change, kept, changed, given) in CHANGED {
        for builder in reading(change) {
            for options in [UploadOptions::default(), direct()] {
                let bench = Bench::build(builder.clone()).await;
                let mut session = bench.connect(TlsVersion::Tls13).await;
                upload(&mut session, "x.csv", b"x").await.unwrap();
                let (first, second) = (path(kept), path(changed));
                let done = session.upload_from(&b"first"[..], &first, &options).await;
                assert_eq!(done.is_ok(), given == kept, "{change:?}: {done:?}");
                let done = session.upload_from(&b"second"[..], &second, &options).await;
                let error = done.unwrap_err();
                let detail = ErrorDetail::OtherNameGiven { at: path(given) };
                assert_eq!(error.detail(), Some(&detail), "{change:?}: {error}");
            }
        }
    }
}

#[tokio::test]
async fn a_rename_to_a_name_that_the_server_changes_in_every_command_is_an_error() {
    for (change, _, changed, given) in CHANGED {
        for builder in reading(change) {
            let bench = Bench::build(builder).await;
            bench.write("x", "x");
            let mut session = bench.connect(TlsVersion::Tls13).await;
            let renamed = session.rename(&path("x"), &path(changed)).await;
            let error = renamed.unwrap_err();
            let detail = ErrorDetail::OtherNameGiven { at: path(given) };
            assert_eq!(error.detail(), Some(&detail), "{change:?}: {error}");
        }
    }
}

/// `257` may repeat the argument.
#[tokio::test]
async fn a_directory_that_the_server_shortens_is_an_error_whatever_it_confirms() {
    for builder in reading(NameChange::Cut(14)) {
        let bench = Bench::build(builder).await;
        let mut session = bench.connect(TlsVersion::Tls13).await;
        session.create_dir(&path("a")).await.unwrap();
        for name in ["Quarterly-Reports-2026", "Quarterly-Reports-2027/q1"] {
            let error = session.create_dir_all(&path(name)).await.unwrap_err();
            let at = path("Quarterly-Repo");
            let detail = ErrorDetail::OtherNameGiven { at: at.clone() };
            assert_eq!(error.detail(), Some(&detail), "{error}");
            session.remove_dir(&at).await.unwrap();
        }
    }
}

/// One listing shows that a server keeps names of a sort.
#[tokio::test]
async fn a_sort_of_names_is_looked_at_in_a_listing_once() {
    for builder in reading(NameChange::DropBlanks) {
        let bench = Bench::build(builder).await;
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let names = ["January-2026.csv", "May-2026.csv", "June-1999.csv"];
        let listings = || bench.count("MLSD") + bench.count("LIST");
        for name in names {
            let done = upload(&mut session, name, b"new").await.unwrap();
            assert_eq!(done.outcome, Outcome::Verified, "{name}");
        }
        let before = listings();
        upload(&mut session, "July-2025.csv", b"new").await.unwrap();
        session.create_dir(&path("July-2025")).await.unwrap();
        let after = listings();
        session.create_dir(&path("June-2025")).await.unwrap();
        upload(&mut session, "June-2025.csv", b"new").await.unwrap();
        assert_eq!((after, listings()), (before + 1, after));
    }
}

/// A user who may store files and learn their sizes, but list nothing.
#[tokio::test]
async fn without_a_listing_names_that_the_server_may_take_for_the_same_are_asked_for() {
    for (change, outcome) in [
        (NameChange::Cut(14), Outcome::Complete),
        (NameChange::LowerCase, Outcome::Complete),
        (NameChange::Cut(200), Outcome::Verified),
    ] {
        for builder in reading(change) {
            let bench = Bench::build(builder).await;
            for verb in ["MLST", "MLSD", "LIST"] {
                bench.server.arm(answer(verb, "550 Permission denied"));
            }
            let config = bench.open_config().session_reuse(SessionReuse::Require);
            let mut session = session(config).await.unwrap();
            for name in ["aa-Long-name-jan.csv", "aa-Long-name-feb.csv"] {
                let done = upload(&mut session, name, b"new").await.unwrap();
                assert_eq!(done.outcome, outcome, "{change:?} {name}");
            }
        }
    }
}

#[tokio::test]
async fn a_name_in_a_pipeline_that_the_server_changes_in_every_command_is_an_error() {
    for builder in reading(NameChange::LowerCase) {
        let bench = Bench::build(builder).await;
        let config = bench.open_config().retry(quick_retry());
        let mut jobs = Direction::Up.jobs(&bench, "file", 5);
        jobs.push(Direction::Up.job(&bench, "File-0", &contents(250)));
        let done = run(&pool(config, 1), jobs).await;
        let error = outcome(&done, "File-0").unwrap_err();
        let at = path("file-0");
        assert_eq!(
            error.detail(),
            Some(&ErrorDetail::OtherNameGiven { at }),
            "{error}"
        );
    }
}
