//! Directories listed one after the other: each listing asks for the data port of the next.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use towline::{
    Config, EntryKind, ErrorKind, Pipelining, PipeliningSteps, Session, TlsVersion, WalkOptions,
};
use towline_testkit::{Action, Early, EarlyClose, Fault, Personality, Point, Server};

use crate::many::{
    CLOSED_EARLY, ONE_BY_ONE, QUEUEING, assert_resumed, early, early_closes, for_each, numbered,
};
use crate::pipelining::unknown;
use crate::support::{
    BOTH, Bench, Notebook, contents, download, path, quick_retry, session, upload,
};

/// How many directories each tree has.
const COUNT: usize = 12;

fn plant(bench: &Bench) {
    for n in 0..COUNT {
        fs::create_dir(bench.server.root().join(numbered("dir", n))).unwrap();
        for file in 0..n {
            bench.write(&format!("{}/{file}", numbered("dir", n)), "x");
        }
    }
}

/// Lists every directory by itself, and checks what it shows.
async fn list_all(session: &mut Session, what: &str) {
    list_from(0, session, what).await;
}

async fn list_from(first: usize, session: &mut Session, what: &str) {
    for n in first..COUNT {
        let directory = numbered("dir", n);
        let listing = session.list(&path(&directory)).await;
        let listing = listing.unwrap_or_else(|error| panic!("{what}: {directory}: {error:?}"));
        assert!(listing.summary.completeness().is_complete(), "{what}");
        let names = listing.entries.iter().map(|entry| entry.name.clone());
        let mut names: Vec<_> = names.collect();
        names.sort();
        let mut expected: Vec<_> = (0..n).map(|file| file.to_string().into_bytes()).collect();
        expected.sort();
        assert_eq!(names, expected, "{what}: {directory}");
    }
}

/// Lists every directory over one session, and checks what they show. Returns the events.
async fn watch_all(bench: &Bench, config: Config, what: &str) -> Arc<Notebook> {
    let notebook = Arc::new(Notebook::default());
    let config = config.observer(notebook.clone()).retry(quick_retry());
    let mut session = session(config).await.unwrap();
    session.list(&path("")).await.unwrap();
    list_all(&mut session, what).await;
    drop(session);
    assert!(bench.count("EPSV") > 0, "{what}");
    notebook
}

/// How often the client waited for a reply before it sent more. Commands that are sent together
/// count once.
pub(crate) fn waits(lines: &[String]) -> usize {
    let talk = lines
        .iter()
        .filter(|line| line.starts_with("C: ") || line.starts_with("S: "));
    let talk: Vec<_> = talk.map(|line| line.starts_with("C: ")).collect();
    talk.windows(2)
        .filter(|pair| matches!(pair, [false, true]))
        .count()
}

/// How many round trips the client waited for: those of its commands, while which data connections
/// are made, and of each data connection one for TLS, one for the data, and one for the end unless
/// the client closed its direction before.
fn round_trips(bench: &Bench, notebook: &Notebook) -> usize {
    let report = bench.server.report();
    let data = report
        .data()
        .map(|data| if data.early_close_notify { 2 } else { 3 });
    waits(&notebook.lines()) + data.sum::<usize>()
}

#[tokio::test]
async fn a_directory_takes_three_round_trips_among_many() {
    let mut cases = Vec::new();
    for personality in QUEUEING {
        for version in BOTH {
            cases.push((personality, version));
        }
    }
    for_each(cases, async |(personality, version)| {
        let what = format!("{personality:?} {version}");
        let bench = Bench::start(personality).await;
        plant(&bench);
        let notebook = Arc::new(Notebook::default());
        let config = bench.config(version).observer(notebook.clone());
        let mut session = session(config).await.unwrap();
        for top in ["", "dir-001", "dir-002"] {
            session.list(&path(top)).await.unwrap();
        }
        let (waited, moved) = (
            waits(&notebook.lines()),
            bench.server.report().data().count(),
        );
        // Without the empty one, which some servers do not tell from a missing one.
        list_from(1, &mut session, &what).await;
        assert_eq!(waits(&notebook.lines()) - waited, COUNT - 1, "{what}");
        let report = bench.server.report();
        assert_eq!(report.data().count() - moved, COUNT - 1, "{what}");
        let [control] = &report.control[..] else {
            panic!("{what}: {} connections", report.control.len());
        };
        assert_resumed(control, personality);
        let listing = |line: &String| line.contains(" dir-0") || line.ends_with("dir-005");
        let at = control
            .commands
            .iter()
            .rposition(|line| line.ends_with(" dir-005"));
        let around = &control.commands[at.unwrap()..at.unwrap() + 3];
        assert!(
            listing(&around[0]) && listing(&around[2]),
            "{what}: {around:?}"
        );
        assert_eq!(around[1], "EPSV", "{what}");
        assert!(!notebook.has("pipelined commands failed"), "{what}");
    })
    .await;
}

/// A walk, and the removal of a tree, list their directories in the same way.
#[tokio::test]
async fn a_walk_takes_at_most_three_and_a_half_round_trips_for_a_directory() {
    let bench = Bench::start(Personality::VsFtpd).await;
    // Slow enough that an early close arrives before the end.
    let pace = Fault::Pace {
        command: "LIST",
        bytes_per_second: 500_000,
    };
    bench.server.arm(pace);
    for n in 0..40 {
        fs::create_dir(bench.server.root().join(numbered("dir", n))).unwrap();
        for file in 0..100 {
            bench.write(&format!("{}/{file}", numbered("dir", n)), "x");
        }
    }
    let trips = async |wish| {
        let notebook = Arc::new(Notebook::default());
        let config = bench
            .open_config()
            .pipelining(wish)
            .observer(notebook.clone());
        let before = round_trips(&bench, &notebook);
        let mut session = session(config).await.unwrap();
        let login = waits(&notebook.lines());
        let mut walk = session.walk(&path(""), &WalkOptions::default());
        let mut count = 0;
        while let Some(entry) = walk.next().await {
            count += usize::from(entry.unwrap().entry.kind == EntryKind::File);
        }
        assert!(walk.is_complete());
        assert_eq!(count, 4000);
        round_trips(&bench, &notebook) - before - login
    };
    let one_by_one = trips(Pipelining::Off).await;
    let ahead = trips(Pipelining::Auto).await;
    assert!(one_by_one >= 40 * 5, "{one_by_one}");
    assert!(ahead * 2 <= 40 * 7, "{ahead}");
}

#[tokio::test]
async fn the_port_asked_for_ahead_is_used_for_nothing_else() {
    for personality in QUEUEING {
        let what = format!("{personality:?}");
        let bench = Bench::start(personality).await;
        plant(&bench);
        bench.write("file", contents(1000));
        let mut session = bench.connect(TlsVersion::Tls13).await;
        for n in [3, 4, 5] {
            session.list(&path(&numbered("dir", n))).await.unwrap();
        }
        assert_eq!(
            download(&mut session, "file").await.unwrap(),
            contents(1000)
        );
        for n in [6, 7, 8] {
            session.list(&path(&numbered("dir", n))).await.unwrap();
        }
        upload(&mut session, "sent", &contents(2000)).await.unwrap();
        assert_eq!(bench.read("sent").unwrap(), contents(2000), "{what}");
        session.list(&path("dir-009")).await.unwrap();
        let commands = &bench.server.report().control[0].commands;
        for verb in ["RETR", "STOR"] {
            let at = commands.iter().position(|line| line.starts_with(verb));
            let before = commands[..at.unwrap()].iter().rev();
            let before = before.take_while(|line| !line.contains(" dir-"));
            let ports = before.filter(|line| *line == "EPSV").count();
            assert_eq!(ports, 2, "{what}: the one behind the listing, and its own");
        }
        assert_eq!(bench.logins(), 1, "{what}");
    }
}

#[tokio::test]
async fn directories_are_listed_one_command_at_a_time_where_anything_else_is_a_risk_or_not_wanted()
{
    let mut cases = vec![(None, Pipelining::Auto)];
    cases.push((Some(Personality::PyFtpdlib), Pipelining::Auto));
    cases.extend(QUEUEING.map(|personality| (Some(personality), Pipelining::Off)));
    for_each(cases, async |(personality, wish)| {
        let what = format!("{personality:?} {wish:?}");
        let builder = personality.map_or_else(unknown, Server::builder);
        let bench = Bench::build(builder).await;
        plant(&bench);
        let config = bench.open_config().pipelining(wish);
        watch_all(&bench, config, &what).await;
        assert_eq!((early(&bench), early_closes(&bench)), (0, 0), "{what}");
        let commands = &bench.server.report().control[0].commands;
        let ports = commands.iter().filter(|line| *line == "EPSV").count();
        let listings = commands
            .iter()
            .filter(|line| line.starts_with("MLSD") || line.starts_with("LIST"));
        assert_eq!(ports, listings.count(), "{what}");
    })
    .await;
}

/// Regardless of the other steps.
#[tokio::test]
async fn each_step_of_listings_ahead_can_be_switched_off_by_itself() {
    for_each((0..8).collect(), async |steps| {
        let wish = PipeliningSteps {
            connect_early: steps & 1 > 0,
            queue_commands: steps & 2 > 0,
            close_early: steps & 4 > 0,
        };
        let what = format!("{wish:?}");
        let bench = Bench::start(Personality::VsFtpd).await;
        plant(&bench);
        let notebook = watch_all(&bench, bench.open_config().pipelining_steps(wish), &what).await;
        assert!(!notebook.has("pipelined commands failed"), "{what}");
        if !wish.queue_commands {
            assert_eq!((early(&bench), early_closes(&bench)), (0, 0), "{what}");
        }
        if !wish.close_early {
            assert_eq!(early_closes(&bench), 0, "{what}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_server_that_does_not_bear_early_commands_costs_no_listing_and_gets_no_more_of_them() {
    let mut treatments = vec![Early::Cut, Early::Drop, Early::Answer];
    for refusal in [
        "450 EPSV: data transfer in progress",
        "503 Bad sequence of commands",
        "421 One thing at a time.",
    ] {
        treatments.push(Early::Refuse(refusal.to_owned()));
    }
    let mut cases = Vec::new();
    for (version, personality) in [
        (TlsVersion::Tls12, Personality::ProFtpd138),
        (TlsVersion::Tls13, Personality::VsFtpd),
    ] {
        for command in ["*", "EPSV"] {
            for what in &treatments {
                let what = what.clone();
                cases.push((version, personality, Fault::Early { command, what }));
            }
        }
    }
    for_each(cases, async |(version, personality, fault)| {
        let what = format!("{version} {personality:?} {fault:?}");
        let is_silent = matches!(&fault, Fault::Early { what, .. } if *what == Early::Drop);
        let bench = Bench::with_fault(personality, fault).await;
        plant(&bench);
        let mut config = bench.config(version);
        if is_silent {
            config = config.timeout(Duration::from_secs(1));
        }
        let notebook = watch_all(&bench, config, &what).await;
        assert!(
            notebook.has(ONE_BY_ONE),
            "{what}: {:#?}",
            notebook.all("note:")
        );
        let is_farewell = what.contains("421");
        assert!(early(&bench) <= if is_farewell { 2 } else { 1 }, "{what}");
    })
    .await;
}

/// The listing arrives in two pieces, so that the early `close_notify` arrives before the second.
#[tokio::test]
async fn an_early_close_that_costs_the_end_of_a_listing_is_the_last_one() {
    let mut cases = Vec::new();
    for personality in CLOSED_EARLY {
        // What is shortened unnoticed is shown by the size of a file, and by nothing for a listing.
        for how in [EarlyClose::Reset, EarlyClose::Fail] {
            cases.push((personality, how));
        }
    }
    for_each(cases, async |(personality, how)| {
        let what = format!("{personality:?} {how:?}");
        let bench = Bench::with_fault(personality, Fault::EarlyClose(how)).await;
        plant(&bench);
        let pace = Fault::Pace {
            command: "*",
            bytes_per_second: 1000,
        };
        bench.server.arm(pace.nth(10));
        let notebook = watch_all(&bench, bench.open_config(), &what).await;
        if how == EarlyClose::Reset {
            assert!(notebook.has("pipelined commands failed"), "{what}");
        }
        assert!(early_closes(&bench) > 0, "{what}");
        let report = bench.server.report();
        let mut later = report.data().skip(11);
        assert!(!later.any(|data| data.early_close_notify), "{what}");
    })
    .await;
}

#[tokio::test]
async fn a_port_that_leads_nowhere_costs_a_connection_and_no_listing() {
    let mut cases = Vec::new();
    for version in BOTH {
        for personality in [Personality::VsFtpd, Personality::ProFtpd138] {
            for nth in [2, 3, 5] {
                cases.push((version, personality, Fault::PassivePortClosed, nth));
            }
            cases.push((version, personality, Fault::PassivePortBlocked, 5));
        }
    }
    for_each(cases, async |(version, personality, fault, nth)| {
        let what = format!("{version} {personality:?} {fault:?} {nth}");
        let is_blocked = matches!(fault, Fault::PassivePortBlocked);
        let bench = Bench::with_fault(personality, fault.nth(nth)).await;
        plant(&bench);
        let mut config = bench.config(version);
        if is_blocked {
            config = config.timeout(Duration::from_secs(6));
        }
        watch_all(&bench, config, &what).await;
        assert!(bench.logins() <= 2, "{what}");
    })
    .await;
}

/// A refusal says the same as one command at a time, and the server is still asked ahead.
#[tokio::test]
async fn refused_directories_concern_no_other_and_cost_no_session() {
    for personality in QUEUEING {
        let verb = match personality {
            Personality::VsFtpd => "LIST",
            _ => "MLSD",
        };
        for (point, reply) in [
            (Point::Command(verb), "550 Permission denied."),
            (Point::FinalReply(verb), "550 Permission denied."),
            (Point::FinalReply(verb), "451 Disk trouble."),
        ] {
            let what = format!("{personality:?} {point:?} {reply}");
            let mut outcomes = Vec::new();
            for wish in [Pipelining::Off, Pipelining::Auto] {
                let bench = Bench::start(personality).await;
                plant(&bench);
                let config = bench.open_config().pipelining(wish);
                let mut session = session(config).await.unwrap();
                for n in [3, 4, 5] {
                    session.list(&path(&numbered("dir", n))).await.unwrap();
                }
                let fault = Fault::At(point.clone(), Action::Reply(reply.to_owned()));
                bench.server.arm(fault.from_nth(1));
                let error = session.list(&path("dir-006")).await.unwrap_err();
                outcomes.push((error.kind(), error.detail().cloned(), error.to_string()));
                bench.server.disarm();
                let before = early(&bench);
                list_all(&mut session, &what).await;
                assert_eq!(early(&bench) > before, wish == Pipelining::Auto, "{what}");
                assert_eq!(bench.logins(), 1, "{what}");
            }
            assert_eq!(outcomes[0], outcomes[1], "{what}");
        }
    }
}

/// What is missing is missing, whether it was asked for ahead or not.
#[tokio::test]
async fn a_directory_that_is_gone_is_an_error() {
    for personality in QUEUEING {
        let bench = Bench::start(personality).await;
        plant(&bench);
        let mut session = bench.connect(TlsVersion::Tls13).await;
        for n in [3, 4, 5] {
            session.list(&path(&numbered("dir", n))).await.unwrap();
        }
        for _ in 0..2 {
            let error = session.list(&path("gone")).await.unwrap_err();
            let kinds = [ErrorKind::NotFound, ErrorKind::Refused];
            assert!(kinds.contains(&error.kind()), "{personality:?}: {error}");
            let empty = session.list(&path("dir-000")).await.unwrap();
            assert!(empty.entries.is_empty(), "{personality:?}");
        }
        assert_eq!(bench.logins(), 1, "{personality:?}");
    }
}

/// Entries that have been passed on cannot be taken back.
#[tokio::test]
async fn a_large_listing_that_breaks_off_is_an_error_and_a_small_one_is_repeated() {
    for (files, is_repeated) in [(200, true), (12_000, false)] {
        let bench = Bench::start(Personality::ProFtpd138).await;
        plant(&bench);
        fs::create_dir(bench.server.root().join("large")).unwrap();
        for n in 0..files {
            bench.write(&format!("large/{n:05}"), "");
        }
        let mut session = bench.connect(TlsVersion::Tls12).await;
        for n in [3, 4, 5] {
            session.list(&path(&numbered("dir", n))).await.unwrap();
        }
        let lost = Fault::At(Point::FinalReply("MLSD"), Action::Close);
        bench.server.arm(lost.nth(1));
        let mut count = 0;
        let listed = session.list_each(&path("large"), |_| count += 1).await;
        match is_repeated {
            true => assert_eq!((listed.unwrap().entries, count), (files, files)),
            false => assert!(listed.is_err() && count > 10_000),
        }
    }
}

#[tokio::test]
async fn brief_listings_have_the_facts_that_tell_entries_apart() {
    let cases = [
        (Some(Personality::ProFtpd138), true),
        (Some(Personality::PureFtpd), true),
        (Some(Personality::FileZilla1), false),
        (Some(Personality::PyFtpdlib), false),
        (None, false),
    ];
    for (personality, selects) in cases {
        for brief in [true, false] {
            let what = format!("{personality:?} {brief}");
            let builder = personality.map_or_else(unknown, Server::builder);
            let bench = Bench::build(builder).await;
            bench.write("file", "four");
            bench.touch("file", 1_700_000_000);
            let config = bench.open_config().brief_listings(brief);
            let mut session = session(config).await.unwrap();
            let listing = session.list(&path("")).await.unwrap();
            let [file] = &listing.entries[..] else {
                panic!("{what}: {:?}", listing.entries);
            };
            assert_eq!(
                (&file.name[..], file.size),
                (&b"file"[..], Some(4)),
                "{what}"
            );
            assert_eq!(file.kind, EntryKind::File, "{what}");
            assert!(file.modified.is_some(), "{what}");
            let selected = bench.count("OPTS MLST") > 0;
            assert_eq!(selected, selects && brief, "{what}");
            if personality == Some(Personality::ProFtpd138) {
                assert!(file.fact("unique").is_some(), "{what}");
                assert_eq!(file.fact("unix.mode").is_some(), !brief, "{what}");
            }
        }
    }
}
