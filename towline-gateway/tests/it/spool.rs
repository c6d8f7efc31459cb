//! Store and forward: uploads that wait on disk until the server has them.

use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;
use towline_gateway::{
    Access, Gateway, Route, Settings, SpoolOptions, SpoolState, StartError, retry, spooled,
};
use towline_testkit::{Action, Builder, Fault, Gate, Personality, Point, Server};

use crate::support::{Bench, Client, noise};

/// A gateway whose route has a spool, and tries again soon.
pub(crate) async fn bench(builder: Builder, rename_grace: Duration) -> (Bench, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("spool");
    let bench = Bench::build(builder, |settings, _| {
        settings.routes[0].spool = Some(options(&place, rename_grace));
    })
    .await;
    (bench, directory)
}

pub(crate) fn options(place: &Path, rename_grace: Duration) -> SpoolOptions {
    SpoolOptions {
        rename_grace,
        first_retry: Duration::from_millis(50),
        longest_retry: Duration::from_millis(200),
        ..SpoolOptions::new(place)
    }
}

/// Waits until so many deliveries have ended in this way.
pub(crate) async fn delivered(bench: &Bench, result: &str, count: usize) {
    let enough = async {
        loop {
            let deliveries = bench.events("gateway_delivery").into_iter();
            if deliveries.filter(|event| event["result"] == result).count() >= count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let enough = tokio::time::timeout(Duration::from_secs(30), enough).await;
    assert!(enough.is_ok(), "{}", bench.all_events());
}

/// Uploads a file, which is acknowledged.
pub(crate) async fn store(client: &mut Client, name: &str, bytes: &[u8]) {
    let end = client.store(format!("STOR {name}"), bytes).await;
    assert!(end.starts_with("226"), "{end}");
}

/// Has the server wait at its first `point` until the gate opens.
pub(crate) fn held(bench: &Bench, point: Point) -> Gate {
    let gate = Gate::new();
    let hold = Fault::At(point, Action::Hold(gate.clone()));
    bench.server.arm(hold.nth(1));
    gate
}

/// Refuses every connection, as a server that is away, until the bench disarms it.
pub(crate) fn away() -> Fault {
    Fault::At(Point::Greeting, Action::Close)
}

pub(crate) const SOON: Duration = Duration::ZERO;
/// Nothing is delivered before the test ends.
pub(crate) const NEVER: Duration = Duration::from_secs(600);

#[tokio::test]
async fn uploads_are_delivered_in_order_once_the_server_is_there() {
    for personality in [Personality::VsFtpd, Personality::ProFtpd138] {
        let (bench, directory) = bench(Server::builder(personality).fault(away()), SOON).await;
        let mut client = bench.client().await;
        let big = noise(300_000);
        for (name, bytes) in [("a", &b"one"[..]), ("b", &big), ("a", b"two"), ("c", b"")] {
            let end = client.store(format!("STOR {name}"), bytes).await;
            assert!(end.starts_with("226") && end.contains("stored"), "{end}");
        }
        delivered(&bench, "failed", 1).await;
        assert_eq!(bench.names(), [""; 0]);
        let place = directory.path().join("spool");
        let waiting = spooled(&place).unwrap();
        assert_eq!(waiting.len(), 4);
        assert!(waiting[0].reason.is_some() && waiting[0].attempts > 0);
        bench.server.disarm();
        delivered(&bench, "verified", 4).await;
        assert_eq!(bench.names(), ["a", "b", "c"]);
        assert_eq!(bench.read("a").unwrap(), b"two", "the order is kept");
        assert_eq!(bench.read("b").unwrap(), big);
        assert_eq!(spooled(&place).unwrap(), []);
        assert_eq!(std::fs::read_dir(place.join("files")).unwrap().count(), 0);
        let events = bench.events("gateway_delivery").into_iter();
        let events = events.filter(|event| event["result"] == "verified");
        let paths: Vec<_> = events.map(|event| event["path"].clone()).collect();
        assert_eq!(paths.len(), 4);
        let transfers = bench.events("gateway_transfer");
        assert_eq!(transfers[0]["result"], "spooled");
    }
}

#[tokio::test]
async fn a_client_can_log_in_and_move_about_while_the_server_is_away() {
    let (bench, _directory) = bench(Server::builder(Personality::VsFtpd), SOON).await;
    std::fs::create_dir(bench.server.root().join("in")).unwrap();
    let mut client = bench.client().await;
    client.ask("CWD missing", "550").await;
    client.ask("CWD in", "250").await;
    client.ask("PWD", "257 \"/in\"").await;
    client.ask("QUIT", "221").await;
    bench.server.arm(away());
    let mut client = bench.client().await;
    client.ask("PWD", "257 \"/\"").await;
    client.ask("CWD in", "250").await;
    client.ask("PWD", "257 \"/in\"").await;
    store(&mut client, "a", b"one").await;
    client.ask("SIZE a", "213 3").await;
    client.ask("MDTM /in/a", "213 20").await;
    client.ask("SIZE b", "451").await;
    client.ask("CDUP", "250").await;
    client.ask("PWD", "257 \"/\"").await;
    client.ask("NOOP", "200").await;
    bench.server.disarm();
    delivered(&bench, "verified", 1).await;
    let uploaded = bench.server.root().join("in/a");
    assert_eq!(std::fs::read(uploaded).unwrap(), b"one");
    client.ask("SIZE in/a", "213 3").await;
    let (listing, _) = client.retrieve("NLST in").await;
    assert!(String::from_utf8(listing).unwrap().contains('a'));
}

#[tokio::test]
async fn an_upload_that_is_given_up_at_its_end_is_not_stored() {
    let (bench, directory) = bench(Server::builder(Personality::VsFtpd), NEVER).await;
    for (ended, abort) in [(1, true), (2, false)] {
        let mut client = bench.client().await;
        let mut data = client.passive().await;
        client.ask("STOR a", "150").await;
        data.write_all(b"some").await.unwrap();
        match abort {
            true => client.send("ABOR\r\n").await,
            false => drop(client.into_stream()),
        }
        drop(data);
        bench.reported("gateway_transfer", ended).await;
    }
    assert_eq!(spooled(&directory.path().join("spool")).unwrap(), []);
}

/// As Spring Integration uploads: `.writing`, DELE, RNFR, RNTO.
#[tokio::test]
async fn what_waits_can_be_renamed_and_removed() {
    let (bench, directory) = bench(Server::builder(Personality::VsFtpd), NEVER).await;
    bench.write("a", "old");
    let mut client = bench.client().await;
    store(&mut client, "a.writing", b"new").await;
    client.ask("DELE a", "250").await;
    client.ask("RNFR a.writing", "350").await;
    client.ask("RNTO a", "250").await;
    client.ask("SIZE a", "213 3").await;
    client.ask("SIZE a.writing", "550").await;
    client.ask("RNTO b", "503").await;
    store(&mut client, "b", b"x").await;
    client.ask("DELE b", "250").await;
    client.ask("DELE b", "550").await;
    let waiting = spooled(&directory.path().join("spool")).unwrap();
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].path.to_string(), "/a");
    assert_eq!(waiting[0].state, SpoolState::Waiting);
    client.ask("APPE a", "504").await;
    client.ask("REST 5", "350").await;
    let _data = client.passive().await;
    client.ask("STOR a", "504").await;
}

/// The upload is at the server by the time its client renames it.
#[tokio::test]
async fn a_rename_that_comes_late_is_made_at_the_server() {
    let (bench, _directory) = bench(Server::builder(Personality::VsFtpd), SOON).await;
    let gate = held(&bench, Point::Command("RNTO"));
    let mut client = bench.client().await;
    store(&mut client, "a.writing", b"new").await;
    gate.reached().await;
    client.send("RNFR a.writing\r\n").await;
    gate.open();
    client.expect("350").await;
    client.ask("RNTO a", "250").await;
    assert_eq!(bench.names(), ["a"]);
}

/// The client asks for the rename while the upload is being sent to its temporary name.
#[tokio::test]
async fn an_upload_that_is_being_sent_can_be_renamed_and_removed() {
    for removes in [false, true] {
        let (bench, directory) = bench(Server::builder(Personality::VsFtpd), SOON).await;
        let gate = held(&bench, Point::FinalReply("STOR"));
        let mut client = bench.client().await;
        store(&mut client, "a.writing", b"new").await;
        gate.reached().await;
        match removes {
            true => drop(client.ask("DELE a.writing", "250").await),
            false => {
                client.ask("RNFR a.writing", "350").await;
                client.ask("RNTO a", "250").await;
            }
        }
        store(&mut client, "last", b"x").await;
        gate.open();
        let (names, count): (&[&str], _) = match removes {
            true => (&["last"], 1),
            false => (&["a", "last"], 2),
        };
        delivered(&bench, "verified", count).await;
        assert_eq!(bench.names(), names);
        assert_eq!(spooled(&directory.path().join("spool")).unwrap(), []);
    }
}

#[tokio::test]
async fn what_the_server_refuses_is_set_aside_and_the_next_follows() {
    let refused = Action::Reply("553 This name is forbidden.".to_owned());
    for verb in ["STOR", "RNTO"] {
        let (mut bench, directory) = bench(Server::builder(Personality::VsFtpd), SOON).await;
        let fault = Fault::At(Point::Command(verb), refused.clone());
        bench.server.arm(fault.nth(1));
        let mut client = bench.client().await;
        store(&mut client, "a", b"one").await;
        store(&mut client, "b", b"two").await;
        delivered(&bench, "aside", 1).await;
        delivered(&bench, "verified", 1).await;
        assert_eq!(bench.names(), ["b"], "no part remains after {verb}");
        let place = directory.path().join("spool");
        let waiting = spooled(&place).unwrap();
        assert_eq!(waiting.len(), 1);
        assert_eq!(waiting[0].state, SpoolState::Aside);
        let reason = waiting[0].reason.clone().unwrap();
        assert!(reason.contains("553 This name is forbidden."), "{reason}");
        client.ask("SIZE a", "213 3").await;
        // New settings are an occasion to try it again.
        bench.renew(|_| {}).await;
        delivered(&bench, "verified", 2).await;
        assert_eq!(bench.names(), ["a", "b"]);
        assert_eq!(spooled(&place).unwrap(), []);
    }
}

/// The reply to the rename is lost. Whether it was carried out shows at the server.
#[tokio::test]
async fn a_rename_in_doubt_is_made_once() {
    for personality in [Personality::VsFtpd, Personality::ProFtpd138] {
        let points = [
            Fault::At(Point::Command("RNTO"), Action::Close),
            Fault::At(Point::Command("RNFR"), Action::Close),
        ];
        for fault in points {
            let (bench, directory) = bench(Server::builder(personality), SOON).await;
            bench.server.arm(fault.nth(1));
            let mut client = bench.client().await;
            store(&mut client, "a", b"one").await;
            store(&mut client, "b", b"two").await;
            delivered(&bench, "verified", 2).await;
            assert_eq!(bench.names(), ["a", "b"]);
            assert_eq!(spooled(&directory.path().join("spool")).unwrap(), []);
        }
    }
}

#[tokio::test]
async fn what_is_not_whole_is_not_stored() {
    let (bench, directory) = bench(Server::builder(Personality::VsFtpd), SOON).await;
    let mut client = bench.client().await;
    let mut data = client.passive().await;
    client.ask("STOR a", "150").await;
    data.write_all(&noise(100_000)).await.unwrap();
    data.set_zero_linger().unwrap();
    drop(data);
    client.expect("426").await;
    let mut data = client.passive().await;
    client.ask("STOR a", "150").await;
    data.write_all(b"part").await.unwrap();
    client.ask("ABOR", "426").await;
    client.expect("226").await;
    store(&mut client, "b", b"whole").await;
    delivered(&bench, "verified", 1).await;
    assert_eq!(bench.names(), ["b"]);
    let place = directory.path().join("spool");
    assert_eq!(
        std::fs::read_dir(place.join("incoming")).unwrap().count(),
        0
    );
}

#[tokio::test]
async fn another_gateway_takes_up_what_the_first_has_left() {
    let builder = Server::builder(Personality::VsFtpd).fault(away());
    let (mut bench, directory) = bench(builder, SOON).await;
    let mut client = bench.client().await;
    store(&mut client, "a", b"one").await;
    delivered(&bench, "failed", 1).await;
    let again = bench.settings().clone();
    let refused = Gateway::bind(again.clone(), |_: &towline_gateway::Event<'_>| {}).await;
    assert!(
        matches!(refused, Err(StartError::Spool { .. })),
        "{refused:?}"
    );
    bench.stop();
    bench.ended().await;
    bench.server.disarm();
    let second = Gateway::bind(again, |_: &towline_gateway::Event<'_>| {}).await;
    let (_stop, stopped) = tokio::sync::oneshot::channel::<()>();
    tokio::spawn(second.unwrap().serve(async {
        let _ = stopped.await;
    }));
    let place = directory.path().join("spool");
    while !spooled(&place).unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(bench.read("a").unwrap(), b"one");
    assert_eq!(bench.names(), ["a"]);
}

#[tokio::test]
async fn a_spool_needs_a_route_that_can_deliver() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("spool");
    let refuse = async |change: &dyn Fn(&mut Vec<Route>)| {
        let config = towline::Config::new("localhost").port(1);
        let mut route = Route::new("a", config, Access::Any);
        route.spool = Some(SpoolOptions::new(&place));
        let mut routes = vec![route];
        change(&mut routes);
        let settings = Settings {
            listen: vec!["127.0.0.1:0".parse().unwrap()],
            routes,
            ..Settings::default()
        };
        let refused = Gateway::bind(settings, |_: &towline_gateway::Event<'_>| {}).await;
        let is_forbidden = matches!(refused, Err(StartError::SpoolForbidden { .. }));
        assert!(is_forbidden, "{refused:?}");
    };
    refuse(&|routes| routes[0].access = Access::PassThrough).await;
    refuse(&|routes| routes[0].read_only = true).await;
    refuse(&|routes| routes[0].sessions = Some(1)).await;
    refuse(&|routes| {
        let mut other = routes[0].clone();
        other.name = "b".to_owned();
        routes.push(other);
    })
    .await;
}

#[tokio::test]
async fn a_full_spool_refuses_uploads_before_their_data() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("spool");
    let bench = Bench::build(Server::builder(Personality::VsFtpd), |settings, _| {
        settings.routes[0].spool = Some(SpoolOptions {
            limit: Some(100_000),
            ..options(&place, NEVER)
        });
    })
    .await;
    let mut client = bench.client().await;
    let bytes = noise(60_000);
    store(&mut client, "a", &bytes).await;
    // More than what is left is broken off, and leaves nothing.
    let mut data = client.passive().await;
    client.ask("STOR b", "150").await;
    let _ = data.write_all(&bytes).await;
    let refused = client.expect("452").await;
    assert!(refused.contains("the spool is full"), "{refused}");
    assert_eq!(std::fs::read_dir(place.join("files")).unwrap().count(), 1);
    store(&mut client, "c", &bytes[..40_000]).await;
    let _data = client.passive().await;
    client.ask("STOR d", "452").await;
    // What is removed, or delivered, makes room.
    client.ask("DELE a", "250").await;
    store(&mut client, "d", &bytes).await;
    assert_eq!(spooled(&place).unwrap().len(), 2);
}

#[tokio::test]
async fn what_was_set_aside_is_tried_again_on_request_one_or_all() {
    let (bench, directory) = bench(Server::builder(Personality::VsFtpd), SOON).await;
    let place = directory.path().join("spool");
    let refused = Action::Reply("553 This name is forbidden.".to_owned());
    bench.server.arm(Fault::At(Point::Command("STOR"), refused));
    let mut client = bench.client().await;
    for name in ["a", "b", "c"] {
        store(&mut client, name, b"one").await;
    }
    delivered(&bench, "aside", 3).await;
    bench.server.disarm();
    let second = spooled(&place).unwrap()[1].id;
    assert_eq!(retry(&place, &[second]).unwrap(), 1);
    delivered(&bench, "verified", 1).await;
    assert_eq!(bench.names(), ["b"]);
    assert_eq!(retry(&place, &[second]).unwrap(), 0);
    assert_eq!(retry(&place, &[]).unwrap(), 2);
    delivered(&bench, "verified", 3).await;
    assert_eq!(bench.names(), ["a", "b", "c"]);
}

/// Unless somebody asks for it by its number.
#[tokio::test]
async fn what_was_set_aside_never_replaces_a_newer_file_of_its_name() {
    let (mut bench, directory) = bench(Server::builder(Personality::VsFtpd), SOON).await;
    let place = directory.path().join("spool");
    let refused = Action::Reply("553 This name is forbidden.".to_owned());
    bench
        .server
        .arm(Fault::At(Point::Command("STOR"), refused).nth(1));
    let mut client = bench.client().await;
    store(&mut client, "a", b"old").await;
    delivered(&bench, "aside", 1).await;
    store(&mut client, "a", b"newer").await;
    delivered(&bench, "verified", 1).await;
    bench.renew(|_| {}).await;
    assert_eq!(retry(&place, &[]).unwrap(), 0);
    store(&mut client, "b", b"two").await;
    delivered(&bench, "verified", 2).await;
    assert_eq!(bench.read("a").unwrap(), b"newer");
    let old = spooled(&place).unwrap()[0].id;
    assert_eq!(retry(&place, &[old]).unwrap(), 1);
    delivered(&bench, "verified", 3).await;
    assert_eq!(bench.read("a").unwrap(), b"old");
}

#[tokio::test]
async fn a_request_ends_the_wait_for_the_next_attempt() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("spool");
    let builder = Server::builder(Personality::VsFtpd).fault(away());
    let bench = Bench::build(builder, |settings, _| {
        settings.routes[0].spool = Some(SpoolOptions {
            first_retry: NEVER,
            longest_retry: NEVER,
            ..options(&place, SOON)
        });
    })
    .await;
    let mut client = bench.client().await;
    store(&mut client, "a", b"one").await;
    delivered(&bench, "failed", 1).await;
    bench.server.disarm();
    assert_eq!(retry(&place, &[]).unwrap(), 1);
    delivered(&bench, "verified", 1).await;
    assert_eq!(bench.names(), ["a"]);
}
