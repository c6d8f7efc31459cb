//! Many small files: the next one is prepared during each transfer.

use std::sync::Arc;

use towline::{
    DownloadOptions, ErrorKind, Job, JobResult, Outcome, Pipelining, PipeliningSteps, SessionReuse,
    UploadOptions,
};
use towline_testkit::{Action, Fault, Gate, Personality, Point, Server};

use crate::many::{
    BOTH_WAYS, Direction, QUEUEING, Running, assert_all_done, assert_resumed, early, early_closes,
    failures, for_each, numbered, outcome, pool, run,
};
use crate::support::{BOTH, Bench, Notebook, answer, contents, path, quick_retry, until};

/// The commands that follow `line`.
fn behind<'a>(commands: &'a [String], line: &str) -> &'a [String] {
    let at = commands.iter().position(|command| command == line);
    &commands[at.unwrap() + 1..]
}

#[tokio::test]
async fn downloads_come_whole_with_the_next_one_asked_for_ahead() {
    for personality in QUEUEING {
        for version in BOTH {
            let what = format!("{personality:?} {version}");
            let bench = Bench::start(personality).await;
            let pool = pool(bench.config(version), 1);
            let done = run(&pool, Direction::Down.jobs(&bench, "file", 30)).await;
            assert_all_done(&done, &what);
            Direction::Down.assert_arrived(&bench, "file", 30, &what);
            let report = bench.server.report();
            let [control] = report.control.as_slice() else {
                panic!("{what}: {} connections", report.control.len());
            };
            assert_resumed(control, personality);
            let ahead = behind(&control.commands, "RETR file-027");
            let expected = ["SIZE file-028", "MDTM file-028", "EPSV", "RETR file-028"];
            assert_eq!(ahead[..4], expected, "{what}");
        }
    }
}

#[tokio::test]
async fn uploads_arrive_whole_and_get_their_names_with_the_next_one() {
    for personality in QUEUEING {
        for version in BOTH {
            let what = format!("{personality:?} {version}");
            let bench = Bench::start(personality).await;
            let pool = pool(bench.config(version), 1);
            let done = run(&pool, Direction::Up.jobs(&bench, "file", 30)).await;
            assert_all_done(&done, &what);
            Direction::Up.assert_arrived(&bench, "file", 30, &what);
            let report = bench.server.report();
            let [control] = report.control.as_slice() else {
                panic!("{what}: {} connections", report.control.len());
            };
            assert_resumed(control, personality);
            let ahead = behind(&control.commands, "RNTO file-010");
            let verbs: Vec<_> = ahead.iter().map(|line| &line[..4]).take(4).collect();
            assert_eq!(verbs, ["SIZE", "STOR", "SIZE", "EPSV"], "{what}");
            assert_eq!(ahead[0], "SIZE file-010", "a look at the name");
            assert!(ahead[1].starts_with("STOR file-009."), "{}", ahead[1]);
        }
    }
}

#[tokio::test]
async fn the_first_upload_of_a_session_is_one_of_the_run() {
    for personality in QUEUEING {
        for version in BOTH {
            let what = format!("{personality:?} {version}");
            let bench = Bench::start(personality).await;
            let pool = pool(bench.config(version), 1);
            let done = run(&pool, Direction::Up.jobs(&bench, "file", 3)).await;
            assert_all_done(&done, &what);
            Direction::Up.assert_arrived(&bench, "file", 3, &what);
            let [control] = &bench.server.report().control[..] else {
                panic!("{what}");
            };
            let first = |line: &String| line.starts_with("STOR file-002.");
            let at = control.commands.iter().position(first).unwrap();
            let verbs = control.commands[at..].iter().map(|line| &line[..4]);
            let mut verbs: Vec<_> = verbs.collect();
            verbs.retain(|verb| *verb != "MFMT");
            let expected = [
                "STOR", "SIZE", "EPSV", "RNFR", "RNTO", "SIZE", "STOR", "SIZE", "EPSV", "RNFR",
                "RNTO", "SIZE", "STOR", "SIZE", "RNFR", "RNTO", "SIZE",
            ];
            assert_eq!(verbs, expected, "{what}");
            // Otherwise it would arrive in the middle of the transfer.
            assert!(
                !control
                    .early
                    .iter()
                    .any(|line| line.starts_with("SIZE file-002."))
            );
        }
    }
}

/// The server's ports may be blocked, and a `STOR` without data leaves an empty file.
#[tokio::test]
async fn the_first_upload_of_a_session_is_connected_before_it_is_begun() {
    for personality in [Personality::VsFtpd, Personality::ProFtpd138] {
        let what = format!("{personality:?}");
        let bench = Bench::with_fault(personality, Fault::PassivePortClosed.nth(1)).await;
        let one = pool(bench.open_config(), 1);
        let done = run(&one, Direction::Up.jobs(&bench, "file", 5)).await;
        assert_all_done(&done, &what);
        Direction::Up.assert_arrived(&bench, "file", 5, &what);
        assert_eq!((bench.count("STOR"), bench.logins()), (5, 1), "{what}");
        assert!(early(&bench) > 0, "{what}");

        let bench = Bench::with_fault(personality, Fault::PassivePortClosed).await;
        let one = pool(bench.open_config().retry(quick_retry()), 1);
        let done = run(&one, Direction::Up.jobs(&bench, "file", 3)).await;
        assert_eq!(failures(&done), [ErrorKind::Network; 3], "{what}");
        assert_eq!((bench.count("STOR"), bench.logins()), (0, 1), "{what}");
    }
}

/// Such as a server that does not allow reading uploaded files.
#[tokio::test]
async fn uploads_to_a_server_that_tells_no_size_are_complete() {
    for count in [1, 8] {
        let bench = Bench::with_fault(Personality::ProFtpd138, answer("SIZE", "550 No.")).await;
        for verb in ["MLST", "MLSD", "LIST"] {
            bench.server.arm(answer(verb, "550 No."));
        }
        let notebook = Arc::new(Notebook::default());
        // No listing can show that sessions are resumed.
        let config = bench.open_config().session_reuse(SessionReuse::Require);
        let pool = pool(config.observer(notebook.clone()), 1);
        let done = run(&pool, Direction::Up.jobs(&bench, "file", count)).await;
        for JobResult { job, outcome } in done {
            let outcome = outcome.unwrap().outcome;
            assert_eq!(outcome, Outcome::Complete, "{}", job.remote());
        }
        Direction::Up.assert_arrived(&bench, "file", count, "");
        assert!(!notebook.has("pipelined commands failed"));
        assert_eq!((bench.count("STOR"), bench.logins()), (count, 1));
    }
}

#[tokio::test]
async fn a_path_that_cannot_be_a_file_concerns_no_other_file() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let notebook = Arc::new(Notebook::default());
    let pool = pool(bench.open_config().observer(notebook.clone()), 1);
    let mut jobs = Direction::Up.jobs(&bench, "file", 8);
    // In the middle of the pipeline.
    let local = bench.write_local("nameless", &contents(450), 1);
    let nameless = Job::upload(local, path("/"), UploadOptions::default());
    jobs.push(nameless.sized(450));
    let done = run(&pool, jobs).await;
    assert_eq!(failures(&done), [ErrorKind::Usage]);
    Direction::Up.assert_arrived(&bench, "file", 8, "");
    assert_eq!(outcome(&done, "/").unwrap_err().kind(), ErrorKind::Usage);
    assert!(!notebook.has("pipelined commands failed"));
    assert_eq!(bench.logins(), 1);
    let early = &bench.server.report().control[0].early;
    assert!(early.iter().any(|line| line.starts_with("SIZE file-001.")));
}

/// A custom greeting and status hide which server it is; nothing else reveals it.
pub(crate) fn unknown() -> towline_testkit::Builder {
    let greeting = Action::Reply("220 Files of the Acme Corporation.".to_owned());
    let status = Action::Reply("211 Status of the Acme Corporation.".to_owned());
    Server::builder(Personality::VsFtpd)
        .fault(Fault::At(Point::Greeting, greeting))
        .fault(Fault::At(Point::Command("STAT"), status))
}

/// Unknown servers, and one that supports it if the caller disables it.
#[tokio::test]
async fn one_command_at_a_time_where_anything_else_is_a_risk_or_not_wanted() {
    let mut cases = Vec::new();
    for version in BOTH {
        for direction in BOTH_WAYS {
            for personality in [None, Some(Personality::PyFtpdlib)] {
                cases.push((version, direction, personality, Pipelining::Auto));
            }
            for personality in QUEUEING {
                cases.push((version, direction, Some(personality), Pipelining::Off));
            }
        }
    }
    for_each(cases, async |(version, direction, personality, wish)| {
        let what = format!("{personality:?} {version} {direction:?} {wish:?}");
        let builder = personality.map_or_else(unknown, Server::builder);
        // A connection that is made behind its command shows in a command that has to be repeated.
        let bench = Bench::build(builder.fault(Fault::PassivePortClosed.nth(4))).await;
        let pool = pool(bench.config(version).pipelining(wish), 2);
        let done = run(&pool, direction.jobs(&bench, "file", 20)).await;
        assert_all_done(&done, &what);
        direction.assert_arrived(&bench, "file", 20, &what);
        assert_eq!(bench.count(direction.verb()), 20, "{what}: early connect");
        assert_eq!(early(&bench), 0, "{what}: early command");
        assert_eq!(early_closes(&bench), 0, "{what}: early close");
    })
    .await;
}

/// The assumption of the test above.
#[tokio::test]
async fn each_step_shows_where_it_is_taken() {
    let bench = Bench::with_fault(Personality::VsFtpd, Fault::PassivePortClosed.nth(4)).await;
    let steps = PipeliningSteps {
        connect_early: true,
        ..PipeliningSteps::default()
    };
    let pool_of_one = pool(bench.open_config().pipelining_steps(steps), 1);
    let done = run(&pool_of_one, Direction::Down.jobs(&bench, "file", 20)).await;
    assert_all_done(&done, "early connect");
    assert_eq!(bench.count("RETR"), 21);
    assert_eq!((early(&bench), early_closes(&bench)), (0, 0));

    let bench = Bench::start(Personality::VsFtpd).await;
    let pool_of_one = pool(bench.open_config(), 1);
    let done = run(&pool_of_one, Direction::Down.jobs(&bench, "file", 20)).await;
    assert_all_done(&done, "all");
    assert!(early(&bench) > 20 && early_closes(&bench) > 0);
}

/// Regardless of the other steps.
#[tokio::test]
async fn each_step_can_be_switched_off_by_itself() {
    let mut cases = Vec::new();
    for direction in BOTH_WAYS {
        for steps in 0..8 {
            cases.push((direction, steps));
        }
    }
    for_each(cases, async |(direction, steps)| {
        let wish = PipeliningSteps {
            connect_early: steps & 1 > 0,
            queue_commands: steps & 2 > 0,
            close_early: steps & 4 > 0,
        };
        let what = format!("{direction:?} {wish:?}");
        let is_down = direction == Direction::Down;
        let bench = Bench::with_fault(Personality::VsFtpd, Fault::PassivePortClosed.nth(4)).await;
        let pool = pool(bench.open_config().pipelining_steps(wish), 1);
        let done = run(&pool, direction.jobs(&bench, "file", 20)).await;
        assert_all_done(&done, &what);
        direction.assert_arrived(&bench, "file", 20, &what);
        if is_down {
            // A command sent before its connection was made has to be repeated.
            let repeated = bench.count("RETR") > 20;
            assert_eq!(repeated, wish.connect_early, "{what}");
        }
        assert_eq!(early(&bench) > 0, wish.queue_commands, "{what}");
        // Only pipelined transfers are closed early.
        let closes = is_down && wish.queue_commands && wish.close_early;
        assert_eq!(early_closes(&bench) > 0, closes, "{what}");
    })
    .await;
}

/// Another connection may learn meanwhile that the server needs a different command.
#[tokio::test]
async fn an_answer_is_read_as_that_to_the_command_that_was_sent() {
    let (gate, other) = (Gate::new(), Gate::new());
    let hold = |verb, gate: &Gate| Fault::At(Point::Command(verb), Action::Hold(gate.clone()));
    let bench = Bench::start(Personality::VsFtpd).await;
    bench.server.arm(hold("EPSV", &gate).nth(3).on_control(1));
    bench.server.arm(hold("PASV", &other).nth(1).on_control(2));
    bench
        .server
        .arm(Fault::PassivePortClosed.nth(1).on_control(2));
    let notebook = Arc::new(Notebook::default());
    let pool = pool(bench.open_config().observer(notebook.clone()), 2);
    let running = Running::start(&pool, Direction::Down.jobs(&bench, "file", 20));
    gate.reached().await;
    other.reached().await;
    other.open();
    let others = || bench.server.report().control[1].commands.clone();
    let has_moved = |commands: Vec<String>| commands.iter().any(|line| line.starts_with("RETR"));
    until(|| bench.logins() == 2 && has_moved(others())).await;
    gate.open();
    assert_all_done(&running.end().await, "");
    assert!(!notebook.has("sent ahead"), "{:?}", notebook.all("note:"));
}

#[tokio::test]
async fn what_is_not_plain_goes_another_way_and_is_right_all_the_same() {
    for personality in [Personality::VsFtpd, Personality::ProFtpd138] {
        let bench = Bench::start(personality).await;
        let pool = pool(bench.open_config(), 2);
        // Large files, files that have a partial file, and one that must be left alone.
        let mut jobs = Direction::Down.jobs(&bench, "file", 10);
        jobs.extend(Direction::Up.jobs(&bench, "sent", 10));
        jobs.push(Direction::Down.job(&bench, "large", &contents(700_000)));
        bench.write("again", contents(5000));
        let resumed = DownloadOptions::default().resume(true);
        jobs.push(Job::download(path("again"), bench.local("again"), resumed));
        bench.write("kept", "theirs");
        let kept = bench.write_local("kept", b"mine", 1);
        let options = DownloadOptions::default().overwrite(false);
        jobs.push(Job::download(path("kept"), kept.clone(), options));
        let done = run(&pool, jobs).await;
        let failed: Vec<_> = done.iter().filter(|done| done.outcome.is_err()).collect();
        assert_eq!(failed.len(), 1, "{failed:?}");
        assert_eq!(failed[0].job.local(), kept);
        assert_eq!(std::fs::read(&kept).unwrap(), b"mine");
        for (name, len) in [("large", 700_000), ("again", 5000), ("file-007", 700)] {
            assert_eq!(
                Direction::Down.arrived(&bench, name).unwrap(),
                contents(len)
            );
        }
        assert_eq!(bench.read("sent-007").unwrap(), contents(700));
    }
}

/// A server that has refused one file answers the question about the next, and closes the previous
/// file's port.
#[tokio::test]
async fn refused_files_concern_no_other_file_and_cost_no_session() {
    for personality in QUEUEING {
        for version in BOTH {
            let what = format!("{personality:?} {version}");
            let bench = Bench::start(personality).await;
            let notebook = Arc::new(Notebook::default());
            let pool = pool(bench.config(version).observer(notebook.clone()), 1);
            let jobs = (0..30).map(|n| {
                if n % 3 > 0 {
                    return Direction::Down.job(&bench, &numbered("file", n), &contents(100));
                }
                let name = numbered("missing", n);
                let local = bench.local(&name);
                Job::download(path(&name), local, DownloadOptions::default()).sized(100)
            });
            let done = run(&pool, jobs.collect()).await;
            assert_eq!(failures(&done).len(), 10, "{what}");
            assert_eq!(bench.local_names().len(), 20, "{what}");
            assert_eq!(bench.logins(), 1, "{what}");
            let notes = notebook.all("note:");
            let surprises = notes.iter().filter(|note| note.contains("sent ahead"));
            assert_eq!(surprises.count(), 0, "{what}: {notes:#?}");
        }
    }
}

#[tokio::test]
async fn refused_uploads_concern_no_other_file_and_cost_no_session() {
    for personality in QUEUEING {
        for version in BOTH {
            let what = format!("{personality:?} {version}");
            let mut builder = Server::builder(personality);
            for nth in [3, 4, 9] {
                builder = builder.fault(answer("STOR", "553 Not now.").nth(nth));
            }
            let bench = Bench::build(builder).await;
            let notebook = Arc::new(Notebook::default());
            let pool = pool(bench.config(version).observer(notebook.clone()), 1);
            let done = run(&pool, Direction::Up.jobs(&bench, "file", 20)).await;
            // They are tried once more, outside the pipeline.
            assert_all_done(&done, &what);
            Direction::Up.assert_arrived(&bench, "file", 20, &what);
            assert_eq!((bench.count("STOR"), bench.logins()), (23, 1), "{what}");
            let notes = notebook.all("note:");
            let surprises = notes.iter().filter(|note| note.contains("sent ahead"));
            assert_eq!(surprises.count(), 0, "{what}: {notes:#?}");
        }
    }
}
