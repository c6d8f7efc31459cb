//! Servers that leave Nagle's algorithm on.

use std::time::{Duration, Instant};

use towline_testkit::{Fault, Personality};

use crate::support::{BOTH, Bench, download, session};

/// Linux delays an acknowledgement by at least this long.
const DELAYED: Duration = Duration::from_millis(40);

/// The server sends its 226 once the client has acknowledged its 150.
#[tokio::test]
async fn no_reply_waits_for_a_delayed_acknowledgement() {
    for version in BOTH {
        let bench = Bench::with_fault(Personality::PyFtpdlib, Fault::Nagle).await;
        bench.write("a", "x");
        let mut session = session(bench.config(version)).await.unwrap();
        // With delayed acknowledgements, none of them would be this fast.
        let mut fastest = Duration::MAX;
        for _ in 0..50 {
            let began = Instant::now();
            download(&mut session, "a").await.unwrap();
            fastest = fastest.min(began.elapsed());
        }
        assert!(fastest < DELAYED, "{version}: {fastest:?}");
    }
}
