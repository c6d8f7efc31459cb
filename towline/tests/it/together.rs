//! Sizes and times of many files, asked for together.

use std::sync::Arc;
use std::time::Duration;

use towline::Pipelining;
use towline_testkit::{Action, Fault, Personality, Point, Server};

use crate::listings_ahead::waits;
use crate::many::{QUEUEING, numbered};
use crate::pipelining::unknown;
use crate::support::{Bench, Notebook, answer, contents, path, quick_retry, session};

const COUNT: usize = 70;

fn plant(bench: &Bench) {
    for n in 0..COUNT {
        bench.write(&numbered("file", n), contents(n));
        bench.touch(&numbered("file", n), 1_700_000_000 + n as i64);
    }
}

/// Asks about all files, and one that is missing. Returns how often the client waited for a reply.
async fn ask(bench: &Bench, wish: Pipelining, timeout: Duration, what: &str) -> usize {
    let notebook = Arc::new(Notebook::default());
    let config = bench.open_config().pipelining(wish).timeout(timeout);
    let config = config.observer(notebook.clone()).retry(quick_retry());
    let mut session = session(config).await.unwrap();
    let before = waits(&notebook.lines());
    let names = (0..COUNT).map(|n| path(&numbered("file", n)));
    let names: Vec<_> = names.chain([path("gone")]).collect();
    let answers = session.sizes_and_times(&names).await.unwrap();
    let waited = waits(&notebook.lines()) - before;
    let answers = answers.into_iter();
    let answers: Vec<_> = answers
        .map(|(size, time)| (size, time.map(|time| time.as_second())))
        .collect();
    let expected = (0..COUNT).map(|n| (Some(n as u64), Some(1_700_000_000 + n as i64)));
    let expected: Vec<_> = expected.chain([(None, None)]).collect();
    assert_eq!(answers, expected, "{what}");
    waited
}

#[tokio::test]
async fn many_files_take_few_round_trips() {
    let long = Duration::from_secs(10);
    for personality in QUEUEING {
        let what = format!("{personality:?}");
        let bench = Bench::start(personality).await;
        plant(&bench);
        let waited = ask(&bench, Pipelining::Auto, long, &what).await;
        assert!(waited <= 3, "{what}: {waited}");
        let waited = ask(&bench, Pipelining::Off, long, &what).await;
        assert!(waited >= 2 * COUNT, "{what}: {waited}");
    }
    for builder in [unknown(), Server::builder(Personality::PyFtpdlib)] {
        let bench = Bench::build(builder).await;
        plant(&bench);
        let waited = ask(&bench, Pipelining::Auto, long, "").await;
        assert!(waited >= 2 * COUNT, "{waited}");
    }
}

/// No answer is taken for that about another file.
#[tokio::test]
async fn an_answer_that_is_lost_moves_no_other() {
    for verb in ["SIZE", "MDTM"] {
        for nth in [1, 5, 64] {
            let what = format!("{verb} {nth}");
            let bench = Bench::start(Personality::ProFtpd138).await;
            plant(&bench);
            let lost = Fault::At(Point::Command(verb), Action::Skip);
            bench.server.arm(lost.nth(nth));
            ask(&bench, Pipelining::Auto, Duration::from_secs(2), &what).await;
            assert_eq!(bench.logins(), 2, "{what}");
        }
    }
}

/// One file that is busy does not make the server one that answers out of order.
#[tokio::test]
async fn a_question_that_is_refused_for_now_concerns_its_own_file() {
    for verb in ["SIZE", "MDTM"] {
        for reply in ["450 Busy.", "451 Not now."] {
            let bench = Bench::start(Personality::ProFtpd138).await;
            plant(&bench);
            bench.server.arm(answer(verb, reply).nth(5));
            let notebook = Arc::new(Notebook::default());
            let config = bench.open_config().observer(notebook.clone());
            let mut session = session(config).await.unwrap();
            let names: Vec<_> = (0..COUNT).map(|n| path(&numbered("file", n))).collect();
            let answers = session.sizes_and_times(&names).await.unwrap();
            for (n, (size, time)) in answers.into_iter().enumerate() {
                let what = format!("{verb} {reply} {n}");
                assert_eq!(size.is_none(), verb == "SIZE" && n == 4, "{what}");
                assert_eq!(time.is_none(), verb == "MDTM" && n == 4, "{what}");
            }
            let before = waits(&notebook.lines());
            session.sizes_and_times(&names).await.unwrap();
            assert!(waits(&notebook.lines()) - before <= 3, "{verb} {reply}");
            assert_eq!(bench.logins(), 1);
        }
    }
}
