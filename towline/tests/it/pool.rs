//! Several connections to one server, and the fate of the files if some of them break.

use std::sync::Arc;
use std::time::Duration;

use towline::{ErrorKind, Secret};
use towline_testkit::{Action, ArmedFault, Fault, Gate, Personality, Point, Server};

use crate::many::{
    BOTH_WAYS, Direction, QUEUEING, Running, assert_all_done, assert_resumed, failures, for_each,
    numbered, pool, run,
};
use crate::support::{BOTH, Bench, Notebook, contents, path, quick_retry, until};

/// Larger than a pipelined file may be.
const LARGE: usize = 300_000;

fn in_transfer(direction: Direction, after: u64, action: Action) -> Fault {
    let command = direction.verb();
    Fault::At(Point::Transfer { command, after }, action)
}

/// Makes the first transfers wait for each other, so that each is on a separate connection.
fn start_together(bench: &Bench, direction: Direction) -> Gate {
    let gate = Gate::new();
    let command = match direction {
        Direction::Down => Point::Command("RETR"),
        Direction::Up => Point::Command("STOR"),
    };
    bench
        .server
        .arm(Fault::At(command, Action::Hold(gate.clone())));
    gate
}

#[tokio::test]
async fn each_of_many_connections_has_a_tether_of_its_own() {
    for personality in QUEUEING {
        let bench = Bench::start(personality).await;
        let pool = pool(bench.open_config(), 8);
        let gate = start_together(&bench, Direction::Down);
        let running = Running::start(&pool, Direction::Down.jobs(&bench, "file", 100));
        gate.reached_times(8).await;
        gate.open();
        assert_all_done(&running.end().await, "");
        Direction::Down.assert_arrived(&bench, "file", 100, "");
        pool.quit().await;
        let report = bench.server.report();
        assert_eq!(report.control.len(), 8, "{personality:?}");
        for control in &report.control {
            assert_resumed(control, personality);
        }
    }
}

/// Files of which some are pipelined and some are not.
fn mixed(bench: &Bench, direction: Direction) -> (Vec<towline::Job>, Vec<(String, usize)>) {
    let sizes = (0..40).map(|n| {
        (
            numbered("file", n),
            if n % 3 == 0 { LARGE } else { 150_000 },
        )
    });
    let sizes: Vec<_> = sizes.collect();
    let job = |(name, len): &(String, usize)| direction.job(bench, name, &contents(*len));
    (sizes.iter().map(job).collect(), sizes)
}

fn assert_mixed(bench: &Bench, direction: Direction, sizes: &[(String, usize)], what: &str) {
    let names: Vec<_> = sizes.iter().map(|(name, _)| name.clone()).collect();
    assert_eq!(direction.names(bench), names, "{what}");
    for (name, len) in sizes {
        let arrived = direction.arrived(bench, name).unwrap();
        assert!(arrived == contents(*len), "{what}: {name}");
    }
}

#[tokio::test]
async fn a_connection_that_is_cut_costs_no_file() {
    for direction in BOTH_WAYS {
        for version in BOTH {
            for action in [Action::Close, Action::Reset] {
                let what = format!("{direction:?} {version} {action:?}");
                let bench = Bench::start(Personality::ProFtpd138).await;
                let cut = in_transfer(direction, 100_000, action);
                bench.server.arm(cut.nth(1).on_control(3));
                let gate = start_together(&bench, direction);
                let pool = pool(bench.config(version).retry(quick_retry()), 8);
                let (jobs, sizes) = mixed(&bench, direction);
                let running = Running::start(&pool, jobs);
                gate.reached_times(8).await;
                gate.open();
                assert_all_done(&running.end().await, &what);
                assert_mixed(&bench, direction, &sizes, &what);
            }
        }
    }
}

#[tokio::test]
async fn a_connection_that_stands_still_stalls_no_other() {
    for direction in BOTH_WAYS {
        let bench = Bench::start(Personality::VsFtpd).await;
        let stuck = Gate::new();
        let hold = in_transfer(direction, 100_000, Action::Hold(stuck.clone()));
        bench.server.arm(ArmedFault::from(hold).on_control(1));
        let pool = pool(bench.open_config(), 4);
        let jobs = (0..40).map(|n| direction.job(&bench, &numbered("file", n), &contents(LARGE)));
        let running = Running::start(&pool, jobs.collect());
        stuck.reached().await;
        until(|| running.count() == 39).await;
        stuck.open();
        assert_all_done(&running.end().await, "");
    }
}

/// A server's refusal of one client too many, and its limit.
fn full(personality: Personality, limit: usize, words: Option<&str>) -> towline_testkit::Builder {
    let builder = Server::builder(personality).max_connections(limit);
    match words {
        Some(words) => builder.limit_reply(words),
        None => builder,
    }
}

#[tokio::test]
async fn settles_below_the_number_of_connections_that_the_server_allows() {
    let mut cases = Vec::new();
    for personality in Personality::ALL {
        for limit in [1, 2, 5] {
            cases.push((personality, limit, None));
        }
    }
    for words in [
        "421 Too many connections",
        "530 Too many users from your address",
        "530 Sorry, the maximum number of clients for this user are already connected.",
    ] {
        cases.push((Personality::VsFtpd, 2, Some(words)));
    }
    for_each(cases, async |(personality, limit, words)| {
        let what = format!("{personality:?} {limit} {words:?}");
        let bench = Bench::build(full(personality, limit, words)).await;
        let notebook = Arc::new(Notebook::default());
        let pool = pool(bench.open_config().observer(notebook.clone()), 8);
        let gate = start_together(&bench, Direction::Down);
        let running = Running::start(&pool, Direction::Down.jobs(&bench, "file", 40));
        gate.reached_times(limit).await;
        until(|| notebook.all("note:").len() >= 8 - limit).await;
        gate.open();
        assert_all_done(&running.end().await, &what);
        Direction::Down.assert_arrived(&bench, "file", 40, &what);
        assert_eq!(bench.logins(), limit, "{what}");
        let refused = bench.server.report().control.len();

        let done = run(&pool, Direction::Up.jobs(&bench, "more", 40)).await;
        assert_all_done(&done, &what);
        let after = bench.server.report().control.len();
        assert_eq!(after, refused, "{what}: it has learnt the limit");
    })
    .await;
}

#[tokio::test]
async fn a_wrong_password_is_sent_once() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let config = bench.open_config().password(Secret::new("wrong"));
    let pool = pool(config.retry(quick_retry()), 8);
    let done = run(&pool, Direction::Down.jobs(&bench, "file", 20)).await;
    assert_eq!(failures(&done), [ErrorKind::LoginRefused; 20]);
    let one = done[7].outcome.as_ref().unwrap_err();
    assert_eq!(one.path(), Some(done[7].job.remote().to_string().as_str()));
    assert_eq!(bench.count("PASS"), 1);
}

/// The server has no room for further connections besides the existing ones.
fn no_room_from(nth: usize) -> ArmedFault {
    Fault::At(Point::Greeting, Action::Goodbye).from_nth(nth)
}

#[tokio::test]
async fn the_files_of_a_connection_that_cannot_come_back_are_done_by_the_others() {
    for direction in BOTH_WAYS {
        for version in BOTH {
            for cut in [1, 2] {
                let what = format!("{direction:?} {version} {cut}");
                let bench = Bench::with_fault(Personality::ProFtpd138, no_room_from(3)).await;
                let close = in_transfer(direction, 100_000, Action::Close);
                bench.server.arm(ArmedFault::from(close).on_control(cut));
                let gate = start_together(&bench, direction);
                let pool = pool(bench.config(version).retry(quick_retry()), 2);
                let (jobs, sizes) = mixed(&bench, direction);
                let running = Running::start(&pool, jobs);
                gate.reached_times(2).await;
                gate.open();
                assert_all_done(&running.end().await, &what);
                let parts = |name: &String| name.ends_with(".part");
                let mut names = direction.names(&bench);
                // What the cut connection had stored could not be removed over it.
                names.retain(|name| !parts(name));
                let expected: Vec<_> = sizes.iter().map(|(name, _)| name.clone()).collect();
                assert_eq!(names, expected, "{what}");
                for (name, len) in &sizes {
                    let arrived = direction.arrived(&bench, name).unwrap();
                    assert!(arrived == contents(*len), "{what}: {name}");
                }
                assert_eq!(bench.logins(), 2, "{what}");
            }
        }
    }
}

/// The others are idle when the last file returns to the queue.
#[tokio::test]
async fn the_last_file_of_a_connection_that_cannot_come_back_is_done_by_an_idle_one() {
    for direction in BOTH_WAYS {
        let bench = Bench::start(Personality::ProFtpd138).await;
        let stuck = Gate::new();
        let hold = in_transfer(direction, 100_000, Action::Hold(stuck.clone()));
        bench.server.arm(ArmedFault::from(hold).on_control(1));
        let command = direction.verb();
        let close = Fault::At(Point::FinalReply(command), Action::Close);
        bench.server.arm(ArmedFault::from(close).on_control(1));
        let pool = pool(bench.open_config().retry(quick_retry()), 3);
        let mut jobs = direction.jobs(&bench, "file", 20);
        jobs.push(direction.job(&bench, "large", &contents(LARGE)));
        let running = Running::start(&pool, jobs);
        stuck.reached().await;
        until(|| running.count() == 20).await;
        bench.server.arm(no_room_from(1));
        stuck.open();
        assert_all_done(&running.end().await, "");
        assert_eq!(direction.arrived(&bench, "large").unwrap(), contents(LARGE));
    }
}

/// The last connection has no other to leave its files to.
#[tokio::test]
async fn where_no_connection_can_come_back_each_file_has_its_error() {
    for direction in BOTH_WAYS {
        let bench = Bench::with_fault(Personality::ProFtpd138, no_room_from(3)).await;
        bench.server.arm(in_transfer(direction, 0, Action::Close));
        let gate = start_together(&bench, direction);
        let pool = pool(bench.open_config().retry(quick_retry()), 2);
        let running = Running::start(&pool, direction.jobs(&bench, "file", 20));
        gate.reached_times(2).await;
        gate.open();
        let done = running.end().await;
        assert_eq!(failures(&done).len(), 20, "{direction:?}");
        let unavailable = |kind: &ErrorKind| *kind == ErrorKind::Unavailable;
        assert!(failures(&done).iter().any(unavailable));
        assert_eq!(direction.arrived(&bench, "file-007"), None);
    }
}

/// A session held by the caller counts, but does none of the work.
#[tokio::test]
async fn a_session_that_is_lent_is_waited_for_where_there_is_no_other() {
    for refusal in [Action::Goodbye, Action::Close] {
        let bench = Bench::start(Personality::ProFtpd138).await;
        let pool = pool(bench.open_config().retry(quick_retry()), 8);
        let mut lent = pool.session().await.unwrap();
        bench.server.arm(Fault::At(Point::Greeting, refusal));
        let notebook = bench.server.report().control.len();
        let running = Running::start(&pool, Direction::Down.jobs(&bench, "file", 3));
        until(|| bench.server.report().control.len() > notebook).await;
        lent.noop().await.unwrap();
        drop(lent);
        assert_all_done(&running.end().await, "");
        Direction::Down.assert_arrived(&bench, "file", 3, "");
        assert_eq!(bench.logins(), 1);
    }
}

#[tokio::test]
async fn a_session_is_had_while_many_files_are_moved() {
    let bench = Bench::with_fault(
        Personality::VsFtpd,
        Fault::At(Point::Greeting, Action::Goodbye).from_nth(2),
    )
    .await;
    let pool = pool(bench.open_config(), 1);
    let running = Running::start(&pool, Direction::Down.jobs(&bench, "file", 400));
    until(|| running.count() > 0).await;
    let mut session = pool.session().await.unwrap();
    assert!(running.count() < 400, "not only when all is done");
    assert_eq!(session.size(&path("file-007")).await.unwrap(), Some(700));
    drop(session);
    assert_all_done(&running.end().await, "");
    assert_eq!(bench.logins(), 1);
}

/// The reply to one of the renaming commands of an upload is lost with its connection.
#[tokio::test]
async fn a_name_whose_reply_is_lost_is_given_exactly_once() {
    let mut cases = Vec::new();
    for version in BOTH {
        for personality in [Personality::VsFtpd, Personality::ProFtpd138] {
            for verb in ["RNFR", "RNTO"] {
                // In the middle of the pipeline, and its last file.
                for nth in [5, 12] {
                    for action in [Action::Close, Action::Goodbye] {
                        cases.push((version, personality, verb, nth, action));
                    }
                }
            }
        }
    }
    for_each(cases, async |(version, personality, verb, nth, action)| {
        let what = format!("{version} {personality:?} {verb} {nth} {action:?}");
        let fault = Fault::At(Point::Command(verb), action).nth(nth);
        let bench = Bench::with_fault(personality, fault).await;
        let pool = pool(bench.config(version).retry(quick_retry()), 1);
        let done = run(&pool, Direction::Up.jobs(&bench, "file", 12)).await;
        assert_all_done(&done, &what);
        Direction::Up.assert_arrived(&bench, "file", 12, &what);
        assert_eq!(bench.logins(), 2, "{what}");
    })
    .await;
}

/// The server accepts the command and does not answer; the test carries it out instead.
#[tokio::test]
async fn a_name_that_was_given_without_a_reply_is_not_given_again() {
    for nth in [5, 12] {
        let gate = Gate::new();
        let held = Fault::At(Point::Command("RNTO"), Action::Hold(gate.clone())).nth(nth);
        let bench = Bench::with_fault(Personality::ProFtpd138, held).await;
        let config = bench.open_config().retry(quick_retry());
        let pool = pool(config.timeout(Duration::from_secs(1)), 1);
        let running = Running::start(&pool, Direction::Up.jobs(&bench, "file", 12));
        gate.reached().await;
        let commands = bench.server.report().control[0].commands.clone();
        let last = |verb| {
            commands
                .iter()
                .filter_map(|line: &String| line.strip_prefix(verb))
                .nth(nth - 1)
        };
        let (from, to) = (last("RNFR "), last("RNTO "));
        let root = bench.server.root();
        std::fs::rename(root.join(from.unwrap()), root.join(to.unwrap())).unwrap();
        assert_all_done(&running.end().await, "");
        Direction::Up.assert_arrived(&bench, "file", 12, "");
        assert_eq!(bench.count(&format!("RNTO {}", to.unwrap())), 1);
    }
}
