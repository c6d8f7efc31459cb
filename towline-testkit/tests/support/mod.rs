//! A small FTPS client, directly on `rustls` and `tokio`, for one test at a time. A test can see
//! all its sessions, and offer any of them.

#![allow(dead_code, reason = "no test file uses all of it")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may panic"
)]

use std::path::Path;
use std::time::Duration;

use towline_testkit::{Builder, ControlReport, Personality, Server, Versions};

mod address;
mod client;
mod data;
mod transfer;
mod trust;

#[allow(unused_imports, reason = "no test file uses all of it")]
pub(crate) use {
    address::{active_argument, parse_epsv, parse_pasv},
    client::Client,
    data::Data,
    trust::Trust,
};

/// The time limit for each step of a test.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const TLS12: Versions = Versions::Tls12;
pub(crate) const TLS13: Versions = Versions::Tls13;

pub(crate) async fn start(personality: Personality, versions: Versions) -> Server {
    builder(personality)
        .versions(versions)
        .start()
        .await
        .unwrap()
}

pub(crate) fn builder(personality: Personality) -> Builder {
    Server::builder(personality).idle_timeout(PATIENCE)
}

/// Returns the only control connection of a server.
pub(crate) fn only_control(server: &Server) -> ControlReport {
    let mut controls = server.report().control;
    assert_eq!(controls.len(), 1);
    controls.remove(0)
}

/// Waits until a file has this length. The server runs on the same thread, and continues whenever
/// this yields.
pub(crate) async fn until_stored(path: &Path, length: u64) {
    let grown = async {
        while std::fs::metadata(path).map_or(0, |metadata| metadata.len()) < length {
            tokio::task::yield_now().await;
        }
    };
    soon(grown).await;
}

/// Limits the time for a step.
pub(crate) async fn soon<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work)
        .await
        .expect("a step took too long")
}
