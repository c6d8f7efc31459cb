//! Servers that greet like known ones but do not support the same.

use std::sync::Arc;
use std::time::Duration;

use towline::TlsVersion;
use towline_testkit::{Early, EarlyClose, Fault, Personality};

use crate::many::{
    BOTH_WAYS, CLOSED_EARLY, Direction, ONE_BY_ONE, assert_all_done, early, early_closes, for_each,
    pool, run,
};
use crate::support::{BOTH, Bench, Notebook, quick_retry};

/// A client that connects before the reply waits a third of it for a blocked port. The rest is for
/// a busy machine, on which any other wait that took too long would cost a login.
const UNHURRIED: Duration = Duration::from_secs(6);

/// If the server stops answering, a short timeout notices.
const SOON: Duration = Duration::from_secs(1);

fn treatments() -> Vec<Early> {
    let mut treatments = vec![Early::Cut, Early::Drop, Early::Answer];
    for refusal in [
        "450 EPSV: data transfer in progress",
        "503 Bad sequence of commands",
        "421 One thing at a time.",
    ] {
        treatments.push(Early::Refuse(refusal.to_owned()));
    }
    treatments
}

#[tokio::test]
async fn a_server_that_does_not_bear_early_commands_costs_no_file_and_gets_no_more_of_them() {
    let mut cases = Vec::new();
    for direction in BOTH_WAYS {
        for (version, personality) in [
            (TlsVersion::Tls12, Personality::ProFtpd138),
            (TlsVersion::Tls13, Personality::VsFtpd),
        ] {
            for command in ["*", "EPSV", "SIZE"] {
                for what in treatments() {
                    let fault = Fault::Early { command, what };
                    cases.push((direction, version, personality, fault));
                }
            }
        }
    }
    for_each(cases, async |(direction, version, personality, fault)| {
        let what = format!("{direction:?} {version} {personality:?} {fault:?}");
        let is_silent = matches!(&fault, Fault::Early { what, .. } if *what == Early::Drop);
        let bench = Bench::with_fault(personality, fault).await;
        let notebook = Arc::new(Notebook::default());
        let mut config = bench.config(version).retry(quick_retry());
        if is_silent {
            config = config.timeout(SOON);
        }
        let pool = pool(config.observer(notebook.clone()), 1);
        let done = run(&pool, direction.jobs(&bench, "file", 12)).await;
        assert_all_done(&done, &what);
        direction.assert_arrived(&bench, "file", 12, &what);
        assert!(
            notebook.has(ONE_BY_ONE),
            "{what}: {:#?}",
            notebook.all("note:")
        );
        let before = early(&bench);
        assert!(before > 0, "{what}: nothing was sent early");

        let more = (12..16).map(|n| {
            let name = format!("file-{n:03}");
            direction.job(&bench, &name, &crate::support::contents(100 * n))
        });
        let done = run(&pool, more.collect()).await;
        assert_all_done(&done, &what);
        direction.assert_arrived(&bench, "file", 16, &what);
        assert_eq!(early(&bench), before, "{what}");
    })
    .await;
}

/// The third download arrives in two chunks, so that its early `close_notify` arrives before the
/// second.
#[tokio::test]
async fn an_early_close_that_costs_the_end_of_a_file_is_the_last_one() {
    let mut cases = Vec::new();
    for personality in CLOSED_EARLY {
        for how in [EarlyClose::Reset, EarlyClose::Shorten, EarlyClose::Fail] {
            cases.push((personality, how));
        }
    }
    for_each(cases, async |(personality, how)| {
        let what = format!("{personality:?} {how:?}");
        let bench = Bench::with_fault(personality, Fault::EarlyClose(how)).await;
        let pace = Fault::Pace {
            command: "RETR",
            bytes_per_second: 1000,
        };
        bench.server.arm(pace.nth(3));
        let notebook = Arc::new(Notebook::default());
        let config = bench.open_config().observer(notebook.clone());
        let pool = pool(config.retry(quick_retry()), 1);
        let done = run(&pool, Direction::Down.jobs(&bench, "file", 12)).await;
        assert_all_done(&done, &what);
        Direction::Down.assert_arrived(&bench, "file", 12, &what);
        let note = "pipelined commands failed";
        assert!(notebook.has(note), "{what}: {:#?}", notebook.all("note:"));
        assert_eq!(early_closes(&bench), 1, "{what}");
    })
    .await;
}

#[tokio::test]
async fn a_port_that_leads_nowhere_costs_a_connection_and_no_file() {
    let mut cases = Vec::new();
    for direction in BOTH_WAYS {
        for version in BOTH {
            for personality in [Personality::VsFtpd, Personality::ProFtpd138] {
                for nth in [1, 2, 5] {
                    cases.push((
                        direction,
                        version,
                        personality,
                        Fault::PassivePortClosed,
                        nth,
                    ));
                }
                let blocked = Fault::PassivePortBlocked;
                cases.push((direction, version, personality, blocked, 5));
            }
        }
    }
    for_each(
        cases,
        async |(direction, version, personality, fault, nth)| {
            let what = format!("{direction:?} {version} {personality:?} {fault:?} {nth}");
            let is_blocked = matches!(fault, Fault::PassivePortBlocked);
            let bench = Bench::with_fault(personality, fault.nth(nth)).await;
            let mut config = bench.config(version).retry(quick_retry());
            if is_blocked {
                config = config.timeout(UNHURRIED);
            }
            let pool = pool(config, 1);
            let done = run(&pool, direction.jobs(&bench, "file", 12)).await;
            assert_all_done(&done, &what);
            direction.assert_arrived(&bench, "file", 12, &what);
            assert!(bench.logins() <= 2, "{what}");
        },
    )
    .await;
}
