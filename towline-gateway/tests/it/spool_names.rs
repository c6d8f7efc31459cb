//! What a name stands for on a route with a spool: at the server, it ends with what it was last
//! given.

use towline_gateway::{SpoolState, retry, spooled};
use towline_testkit::{Action, Fault, Personality, Point, Server};

use crate::spool::{NEVER, SOON, away, bench, delivered, held, store};
use crate::support::{Bench, Client};

fn refuse_once(bench: &Bench, verb: &'static str) {
    let refused = Action::Reply("553 Not today.".to_owned());
    bench
        .server
        .arm(Fault::At(Point::Command(verb), refused).nth(1));
}

/// The file `a` is `old` in the spool, where it is set aside, and `newer` at the server.
async fn replaced(bench: &Bench) -> Client {
    refuse_once(bench, "RNTO");
    let mut client = bench.client().await;
    store(&mut client, "a", b"old").await;
    delivered(bench, "aside", 1).await;
    store(&mut client, "a", b"newer").await;
    delivered(bench, "verified", 1).await;
    client
}

/// An older file was set aside. While a newer one of its name is delivered, everything that was set
/// aside is tried again.
#[tokio::test]
async fn what_was_set_aside_is_held_back_while_a_newer_one_is_delivered() {
    for (settings, point) in [
        (true, Point::FinalReply("STOR")),
        (false, Point::FinalReply("STOR")),
        (true, Point::Command("RNTO")),
        (false, Point::Command("RNTO")),
    ] {
        let (mut bench, directory) = bench(Server::builder(Personality::VsFtpd), SOON).await;
        let place = directory.path().join("spool");
        refuse_once(&bench, "RNTO");
        let mut client = bench.client().await;
        store(&mut client, "a", b"old").await;
        delivered(&bench, "aside", 1).await;
        let gate = held(&bench, point);
        store(&mut client, "a", b"newer").await;
        gate.reached().await;
        match settings {
            true => bench.renew(|_| {}).await,
            false => assert_eq!(retry(&place, &[]).unwrap(), 1, "the newer one alone"),
        }
        store(&mut client, "last", b"x").await;
        gate.open();
        delivered(&bench, "verified", 2).await;
        assert_eq!(bench.read("a").unwrap(), b"newer");
        assert_eq!(bench.names(), ["a", "last"]);
        let left = spooled(&place).unwrap();
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].state, SpoolState::Replaced);
    }
}

/// The reply to the rename of the newer one is lost, and another gateway starts.
#[tokio::test]
async fn what_was_set_aside_stays_behind_a_newer_one_whose_rename_is_in_doubt() {
    // They refuse a rename of what is not there in different words.
    for personality in [Personality::VsFtpd, Personality::ProFtpd138] {
        in_doubt(personality).await;
    }
}

async fn in_doubt(personality: Personality) {
    let (bench, directory) = bench(Server::builder(personality), SOON).await;
    let place = directory.path().join("spool");
    refuse_once(&bench, "RNTO");
    let mut client = bench.client().await;
    store(&mut client, "a", b"old").await;
    delivered(&bench, "aside", 1).await;
    bench
        .server
        .arm(Fault::At(Point::Command("RNTO"), Action::Close));
    store(&mut client, "a", b"newer").await;
    delivered(&bench, "failed", 1).await;
    bench.server.arm(away());
    delivered(&bench, "failed", 3).await;
    // The server carries the rename out only now.
    let part = bench.names().remove(0);
    assert!(part.ends_with(".part"), "{part}");
    let root = bench.server.root();
    std::fs::rename(root.join(part), root.join("a")).unwrap();
    assert_eq!(retry(&place, &[]).unwrap(), 1);
    bench.server.disarm();
    delivered(&bench, "verified", 1).await;
    assert_eq!(bench.read("a").unwrap(), b"newer");
    assert_eq!(bench.names(), ["a"]);
    assert_eq!(spooled(&place).unwrap()[0].state, SpoolState::Replaced);
}

#[tokio::test]
async fn a_name_whose_newest_file_is_at_the_server_stands_for_that_one() {
    let (bench, directory) = bench(Server::builder(Personality::VsFtpd), SOON).await;
    let place = directory.path().join("spool");
    let mut client = replaced(&bench).await;
    client.ask("SIZE a", "213 5").await;
    client.ask("RNFR a", "350").await;
    client.ask("RNTO b", "250").await;
    assert_eq!(bench.names(), ["b"]);
    assert_eq!(bench.read("b").unwrap(), b"newer");
    client.ask("SIZE a", "550").await;
    client.ask("RNFR b", "350").await;
    client.ask("RNTO a", "250").await;
    assert_eq!(
        spooled(&place).unwrap(),
        [],
        "the server has another file of this name"
    );
}

#[tokio::test]
async fn a_file_that_is_removed_at_the_server_takes_older_ones_with_it() {
    let (bench, directory) = bench(Server::builder(Personality::VsFtpd), SOON).await;
    let place = directory.path().join("spool");
    let mut client = replaced(&bench).await;
    assert_eq!(spooled(&place).unwrap().len(), 1);
    client.ask("DELE a", "250").await;
    assert_eq!(bench.names(), [""; 0]);
    assert_eq!(spooled(&place).unwrap(), []);
    assert_eq!(std::fs::read_dir(place.join("files")).unwrap().count(), 0);
}

#[tokio::test]
async fn deliveries_follow_the_order_of_renames() {
    let (bench, _directory) = bench(Server::builder(Personality::VsFtpd).fault(away()), SOON).await;
    let mut client = bench.client().await;
    store(&mut client, "x.tmp", b"second").await;
    store(&mut client, "./a", b"first").await;
    client.ask("RNFR x.tmp", "350").await;
    client.ask("RNTO a", "250").await;
    client.ask("SIZE a", "213 6").await;
    bench.server.disarm();
    delivered(&bench, "verified", 2).await;
    assert_eq!(bench.names(), ["a"]);
    assert_eq!(bench.read("a").unwrap(), b"second");
}

/// It is being sent when it is renamed to the name of one that waits.
#[tokio::test]
async fn an_upload_that_is_being_sent_waits_for_older_ones_of_its_new_name() {
    let (bench, _directory) = bench(Server::builder(Personality::VsFtpd), SOON).await;
    let gate = held(&bench, Point::FinalReply("STOR"));
    let mut client = bench.client().await;
    store(&mut client, "x.tmp", b"second").await;
    gate.reached().await;
    store(&mut client, "a", b"first").await;
    client.ask("RNFR x.tmp", "350").await;
    client.ask("RNTO a", "250").await;
    gate.open();
    delivered(&bench, "verified", 2).await;
    assert_eq!(bench.names(), ["a"]);
    assert_eq!(bench.read("a").unwrap(), b"second");
}

#[tokio::test]
async fn a_rename_leaves_no_older_upload_under_the_former_name() {
    let (bench, directory) = bench(Server::builder(Personality::VsFtpd).fault(away()), SOON).await;
    let mut client = bench.client().await;
    store(&mut client, "f.writing", b"first").await;
    store(&mut client, "f.writing", b"second").await;
    client.ask("RNFR f.writing", "350").await;
    client.ask("RNTO f", "250").await;
    bench.server.disarm();
    delivered(&bench, "verified", 1).await;
    let place = directory.path().join("spool");
    assert_eq!(spooled(&place).unwrap(), []);
    assert_eq!(bench.names(), ["f"]);
    assert_eq!(bench.read("f").unwrap(), b"second");
}

/// What waits under the new name is older than the file that gets it at the server.
#[tokio::test]
async fn a_rename_at_the_server_ends_what_waits_under_the_new_name() {
    let (bench, directory) = bench(Server::builder(Personality::VsFtpd), NEVER).await;
    bench.write("y", "newest");
    let mut client = bench.client().await;
    store(&mut client, "a", b"older").await;
    client.ask("RNFR y", "350").await;
    client.ask("RNTO a", "250").await;
    assert_eq!(spooled(&directory.path().join("spool")).unwrap(), []);
    client.ask("SIZE a", "213 6").await;
    // A refused one ends nothing.
    store(&mut client, "b", b"waits").await;
    bench.write("z", "other");
    refuse_once(&bench, "RNTO");
    client.ask("RNFR z", "350").await;
    client.ask("RNTO b", "553").await;
    client.ask("SIZE b", "213 5").await;
}

/// The server takes uploads and shows nothing.
fn write_only(bench: &Bench) {
    for verb in ["SIZE", "MLST", "MDTM"] {
        let denied = Action::Reply("550 Permission denied.".to_owned());
        bench.server.arm(Fault::At(Point::Command(verb), denied));
    }
    bench.server.arm(Fault::HugeListing(0));
}

#[tokio::test]
async fn a_server_that_shows_nothing_is_asked_for_the_rename_again() {
    for verb in ["RNFR", "RNTO"] {
        let (bench, directory) = bench(Server::builder(Personality::VsFtpd), SOON).await;
        write_only(&bench);
        bench
            .server
            .arm(Fault::At(Point::Command(verb), Action::Close).nth(1));
        let mut client = bench.client().await;
        store(&mut client, "a", b"one").await;
        delivered(&bench, "complete", 1).await;
        assert_eq!(bench.names(), ["a"], "lost at {verb}");
        assert_eq!(spooled(&directory.path().join("spool")).unwrap(), []);
    }
}

/// It shows nothing, and refuses the rename after the connection was lost once.
#[tokio::test]
async fn a_refused_rename_is_not_taken_for_one_that_was_made() {
    let (bench, directory) = bench(Server::builder(Personality::VsFtpd), SOON).await;
    write_only(&bench);
    let close = Fault::At(Point::Command("RNFR"), Action::Close);
    bench.server.arm(close.nth(1));
    let refused = Action::Reply("553 Not today.".to_owned());
    bench.server.arm(Fault::At(Point::Command("RNTO"), refused));
    let mut client = bench.client().await;
    store(&mut client, "a", b"one").await;
    delivered(&bench, "aside", 1).await;
    let waiting = spooled(&directory.path().join("spool")).unwrap();
    assert_eq!(waiting[0].state, SpoolState::Aside);
    bench.server.disarm();
    assert_eq!(retry(&directory.path().join("spool"), &[]).unwrap(), 1);
    delivered(&bench, "verified", 1).await;
    assert_eq!(bench.names(), ["a"]);
}

#[tokio::test]
async fn nothing_is_stored_under_a_path_that_no_file_can_have() {
    let (bench, directory) = bench(Server::builder(Personality::VsFtpd), NEVER).await;
    let mut client = bench.client().await;
    for path in ["/", "..", ".", "sub/", "/a/.."] {
        let _data = client.passive().await;
        client.ask(format!("STOR {path}"), "553").await;
    }
    store(&mut client, "a", b"one").await;
    for path in ["/", "..", "sub/"] {
        client.ask("RNFR a", "350").await;
        client.ask(format!("RNTO {path}"), "553").await;
    }
    assert_eq!(spooled(&directory.path().join("spool")).unwrap().len(), 1);
}

/// The client logged in before the route lost its spool.
#[tokio::test]
async fn nothing_is_stored_where_nobody_delivers_it() {
    let (mut bench, directory) = bench(Server::builder(Personality::VsFtpd), NEVER).await;
    let place = directory.path().join("spool");
    let mut client = bench.client().await;
    store(&mut client, "a", b"one").await;
    let mut late = client.passive().await;
    client.ask("STOR b", "150").await;
    bench
        .renew(|settings| settings.routes[0].spool = None)
        .await;
    // The gateway greets another client once it has the new settings.
    drop(bench.connect().await);
    let warnings = bench.events("warning");
    let text = warnings[0]["text"].as_str().unwrap();
    assert!(text.contains("uploads in it: 1"), "{text}");
    tokio::io::AsyncWriteExt::write_all(&mut late, b"two")
        .await
        .unwrap();
    drop(late);
    client.expect("451").await;
    let _data = client.passive().await;
    let refused = client.ask("STOR c", "451").await;
    assert!(refused.contains("log in again"), "{refused}");
    assert_eq!(spooled(&place).unwrap().len(), 1);
    assert_eq!(std::fs::read_dir(place.join("files")).unwrap().count(), 1);
    // A new login gets the route as it is now.
    let mut client = bench.client().await;
    let end = client.store("STOR d", b"four").await;
    assert!(end.starts_with("226"), "{end}");
    assert_eq!(bench.names(), ["d"]);
}

/// Each command would be a login otherwise, until the server locks the account.
#[tokio::test]
async fn a_refused_login_is_not_repeated_for_each_command() {
    let directory = tempfile::tempdir().unwrap();
    let bench = Bench::build(Server::builder(Personality::VsFtpd), |settings, _| {
        let options = crate::spool::options(&directory.path().join("spool"), NEVER);
        settings.routes[0].spool = Some(towline_gateway::SpoolOptions {
            longest_retry: NEVER,
            ..options
        });
    })
    .await;
    let refused = Action::Reply("530 Login incorrect.".to_owned());
    bench
        .server
        .arm(Fault::At(Point::Command("PASS"), refused).nth(1));
    let (mut one, mut other) = (bench.client().await, bench.client().await);
    one.ask("SIZE a", "451").await;
    for _ in 0..3 {
        let reply = one.ask("SIZE a", "451").await;
        assert!(reply.contains("Login incorrect"), "{reply}");
        // The server would let this one in.
        other.ask("SIZE a", "451").await;
    }
}

/// The client's directory is gone. Its session is kept for the next command.
#[tokio::test]
async fn a_missing_directory_costs_no_login_for_each_command() {
    let (bench, _directory) =
        bench(Server::builder(Personality::VsFtpd).fault(away()), NEVER).await;
    let mut client = bench.client().await;
    client.ask("CWD gone", "250").await;
    bench.server.disarm();
    // After the failure, there is a short pause.
    let mut refused = 0;
    while refused < 3 {
        client.send("SIZE a\r\n").await;
        let reply = client.reply().await;
        assert!(
            reply.starts_with("451") || reply.starts_with("550"),
            "{reply}"
        );
        refused += usize::from(reply.starts_with("550"));
    }
    client.ask("CWD /", "250").await;
    client.ask("SIZE a", "550").await;
    assert_eq!(bench.logins(), 1);
}
