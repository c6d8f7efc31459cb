//! The personalities of the test server compared with the servers that they play.
//!
//! One script runs against a real server and against its personality. It uses the same raw client,
//! which shares no code with the library. Each run records a [`Trace`](trace::Trace): the dialogue,
//! the position of the tickets, which sessions resumed, and who closed first. After the
//! normalisation that [`normal`] documents, both traces must be equal. The real server is right.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod active;
mod closing;
mod control;
mod data;
mod dialogue;
mod digests;
mod names;
mod normal;
mod pipelining;
mod places;
mod records;
mod repeat;
mod restart;
mod resumption;
mod tickets;
mod times;
mod tls;
mod trace;

use std::time::Duration;

use places::{Pair, Place};
use trace::Trace;

/// The time limit for every step of a server.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long to wait before something counts as absent. A script waits this long only if its next
/// step is what the server has been waiting for, so a slow server shows as a difference.
const ABSENCE: Duration = Duration::from_millis(700);

/// Makes one test for each pair of servers, which runs a script.
macro_rules! for_each_pair {
    ($script:path) => {
        crate::for_each_pair!(
            $script: vsftpd VSFTPD, proftpd PROFTPD, proftpd_tls12 PROFTPD_TLS12,
            pure_ftpd PURE_FTPD, pyftpdlib PYFTPDLIB
        );
    };
    ($script:path: $($name:ident $pair:ident),*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                crate::agree(&crate::places::$pair, $script).await;
            }
        )*
    };
}
use for_each_pair;

/// Runs a script against both servers of a pair with each TLS version. Both must behave the same.
async fn agree(pair: &Pair, script: impl AsyncFn(&Place, &Trace)) {
    let differences = differences(pair, script).await;
    assert!(
        differences.is_empty(),
        "the personality (+) differs from {} (-)\n{differences}",
        pair.server
    );
}

async fn differences(pair: &Pair, script: impl AsyncFn(&Place, &Trace)) -> String {
    let account = pair.account();
    let mut differences = String::new();
    for &version in pair.versions() {
        let real = Place::real(&account, version);
        let (played, server) = Place::played(pair, &account, version).await;
        let (truth, play) = (Trace::default(), Trace::default());
        tokio::join!(script(&real, &truth), script(&played, &play));
        server.shutdown().await;
        if let Some(difference) = trace::difference(&truth, &play) {
            differences.push_str(&format!("{version:?}\n{difference}\n"));
        }
    }
    differences
}

/// The suite can fail: vsftpd accepts the ticket of another control connection, and ProFTPD does
/// not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_personality_is_found_out() {
    let pair = Pair {
        personality: towline_testkit::Personality::ProFtpd138,
        ..places::VSFTPD
    };
    let differences = differences(&pair, resumption::script).await;
    assert!(
        differences.contains("425 Unable to build data connection"),
        "{differences}"
    );
}
