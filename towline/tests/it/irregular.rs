//! Irregular replies, tolerated where no reply can be taken for another.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use towline::{Client, ErrorDetail, Pipelining};
use towline_testkit::{Fault, Personality, Server};

use crate::support::{BOTH, Bench, Notebook, answer, download, list, path, session, upload};

const ALL: [Personality; 5] = [
    Personality::VsFtpd,
    Personality::ProFtpd138,
    Personality::FileZilla1,
    Personality::PureFtpd,
    Personality::PyFtpdlib,
];

#[tokio::test]
async fn blank_lines_between_replies_mean_nothing() {
    for personality in ALL {
        for version in BOTH {
            let bench = Bench::with_fault(personality, Fault::BlankLines).await;
            let mut session = session(bench.config(version)).await.unwrap();
            for name in ["a", "b"] {
                upload(&mut session, name, b"contents").await.unwrap();
                assert_eq!(download(&mut session, name).await.unwrap(), b"contents");
            }
            assert_eq!(list(&mut session).await.unwrap(), ["a", "b"]);
            assert_eq!(bench.logins(), 1, "{personality:?}");
        }
    }
}

fn hasty(bench: &Bench) -> towline::Config {
    bench.open_config().timeout(Duration::from_secs(2))
}

/// glftpd ends replies in this way.
#[tokio::test]
async fn another_code_ends_a_reply_when_nothing_follows_it() {
    for reply in [
        "200-Hello\n text\n250 there",
        "250-Hello\n200 there",
        "226-[Stats]\n and more\n200",
    ] {
        let bench = Bench::with_fault(Personality::VsFtpd, answer("NOOP", reply).nth(1)).await;
        let mut session = session(hasty(&bench)).await.unwrap();
        session.noop().await.unwrap();
        for _ in 0..2 {
            list(&mut session).await.unwrap();
        }
        assert_eq!(bench.logins(), 1, "{reply}");
    }
    // A line of another class is text.
    let strange = answer("NOOP", "200-Hello\n530 there").nth(1);
    let bench = Bench::with_fault(Personality::VsFtpd, strange).await;
    let mut session = session(hasty(&bench)).await.unwrap();
    let error = session.noop().await.unwrap_err();
    assert_eq!(error.detail(), Some(&ErrorDetail::ReplyTimedOut));
}

/// The long wait for the end is made once, not for each reply.
#[tokio::test]
async fn another_code_is_known_from_the_second_time_on() {
    const WAIT: Duration = Duration::from_secs(2);
    let strange = answer("NOOP", "250-Hello\n text\n200 there");
    let bench = Bench::with_fault(Personality::VsFtpd, strange).await;
    let client = Client::new(bench.open_config()).unwrap();
    let mut session = client.connect().await.unwrap();
    let began = Instant::now();
    for _ in 0..5 {
        session.noop().await.unwrap();
    }
    // All sessions of the client know it.
    let mut other = client.connect().await.unwrap();
    for _ in 0..5 {
        other.noop().await.unwrap();
        list(&mut session).await.unwrap();
    }
    assert!(began.elapsed() < WAIT * 10, "{:?}", began.elapsed());
    assert_eq!(bench.logins(), 2);
}

/// What follows an end that is known is noticed.
#[tokio::test]
async fn an_end_that_is_known_shifts_no_reply_either() {
    let reply = "250-Hello\n200 there";
    let builder = Server::builder(Personality::VsFtpd)
        .fault(answer("NOOP", reply).nth(1))
        .fault(answer("NOOP", "200 first\n").nth(2))
        .fault(answer("NOOP", reply).nth(3))
        .fault(answer("NOOP", "250 end\n200 NOOP ok.").nth(4));
    let bench = Bench::build(builder).await;
    let mut session = session(hasty(&bench)).await.unwrap();
    session.noop().await.unwrap();
    list(&mut session).await.unwrap();
    session.noop().await.unwrap();
    let error = list(&mut session).await.unwrap_err();
    assert_eq!(error.detail(), Some(&ErrorDetail::StrayReply), "{error}");
    list(&mut session).await.unwrap();
}

#[tokio::test]
async fn a_reply_whose_end_comes_late_breaks_the_connection_and_shifts_nothing() {
    // The end precedes the reply to the command that asks whether there is one.
    for (reply, asked, late) in [
        ("250-Hello\n200 there", "NOOP", "250 end\n200 NOOP ok."),
        ("200-Hello\n250 there", "PWD", "200 end\n257 \"/\""),
    ] {
        let late = answer(asked, late).nth(if asked == "NOOP" { 2 } else { 1 });
        let builder = Server::builder(Personality::VsFtpd)
            .fault(answer("NOOP", reply).nth(1))
            .fault(late);
        let bench = Bench::build(builder).await;
        let mut session = session(hasty(&bench)).await.unwrap();
        session.noop().await.unwrap();
        let error = list(&mut session).await.unwrap_err();
        assert_eq!(error.detail(), Some(&ErrorDetail::StrayReply), "{error}");
        list(&mut session).await.unwrap();
        assert_eq!(bench.logins(), 2);
    }
}

#[tokio::test]
async fn options_may_be_answered_twice() {
    for personality in ALL {
        for late in [false, true] {
            let twice = Fault::AnswerTwice {
                command: "OPTS",
                late,
            };
            let bench = Bench::with_fault(personality, twice).await;
            bench.write("a", "x");
            let mut session = session(bench.open_config()).await.unwrap();
            for _ in 0..2 {
                assert_eq!(list(&mut session).await.unwrap(), ["a"]);
                assert_eq!(download(&mut session, "a").await.unwrap(), b"x");
            }
            let what = format!("{personality:?} {late}");
            // Queued commands were tried first.
            assert!(bench.logins() <= 2, "{what}");
        }
    }
}

/// Replies that look alike need not be repeated, and nothing is waited for in vain.
#[tokio::test]
async fn replies_that_look_alike_are_no_repetition() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    for verb in ["OPTS", "TYPE", "PWD"] {
        bench.server.arm(answer(verb, "200 OK"));
    }
    let config = bench.open_config().pipelining(Pipelining::Off);
    let mut session = session(config).await.unwrap();
    session.noop().await.unwrap();
    assert_eq!(list(&mut session).await.unwrap(), [""; 0]);
    assert_eq!(bench.logins(), 1);
}

/// The working directory shows whether replies are shifted: its reply is like no other.
#[tokio::test]
async fn commands_answered_twice_shift_no_reply_of_an_unknown_server() {
    let commands = ["OPTS", "SYST", "FEAT", "PBSZ"];
    let cases = commands.map(|command| [(command, false), (command, true)]);
    for (command, late) in cases.into_iter().flatten() {
        let twice = Fault::AnswerTwice { command, late };
        let greeting = Fault::At(
            towline_testkit::Point::Greeting,
            towline_testkit::Action::Reply("220 Hello.".to_owned()),
        );
        let builder = Server::builder(Personality::PyFtpdlib)
            .syst("UNIX Type: L8")
            .fault(answer(
                "FEAT",
                "211-Features:\n UTF8\n EPSV\n SIZE\n211 End",
            ))
            .fault(twice)
            .fault(greeting);
        let bench = Bench::build(builder).await;
        let notebook = Arc::new(Notebook::default());
        let config = bench.open_config().pipelining(Pipelining::Off);
        let mut session = session(config.observer(notebook.clone())).await.unwrap();
        list(&mut session).await.unwrap();
        let lines = notebook.lines();
        assert_eq!(bench.logins(), 1, "{command} {late}: {lines:#?}");
    }
}

#[tokio::test]
async fn a_late_second_reply_and_a_226_shift_no_reply_in_any_order() {
    let (late, stray) = ("200 PBSZ set to 0.", "226 Transfer complete.");
    for (first, second) in [(late, stray), (stray, late)] {
        let size = answer("SIZE", &format!("{first}\n{second}\n213 1"));
        let builder = Server::builder(Personality::VsFtpd)
            .fault(answer("PBSZ", late))
            .fault(size);
        let bench = Bench::build(builder).await;
        bench.write("a", "x");
        let mut session = session(bench.open_config()).await.unwrap();
        for _ in 0..2 {
            assert_eq!(session.size(&path("a")).await.unwrap(), Some(1), "{first}");
            assert_eq!(download(&mut session, "a").await.unwrap(), b"x", "{first}");
        }
        assert_eq!(bench.logins(), 1, "{first}");
    }
}
