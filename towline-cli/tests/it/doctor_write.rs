//! What `towline doctor --write` leaves behind: nothing, or what it names.

use towline_testkit::{Action, Builder, Fault, Personality, Point, Server};

use crate::support::Harness;
#[cfg(unix)]
use crate::support::signal;

async fn start(builder: Builder) -> Harness {
    let harness = Harness::with(builder).await;
    harness.write_remote("in/f", b"hello");
    harness
}

fn refused(verb: &'static str) -> Fault {
    let refusal = format!("550 {verb} is not allowed here.");
    Fault::At(Point::Command(verb), Action::Reply(refusal))
}

#[tokio::test]
async fn a_file_that_cannot_be_removed_is_named() {
    let builder = Server::builder(Personality::ProFtpd138);
    let harness = start(builder.fault(refused("MKD")).fault(refused("DELE"))).await;
    let url = harness.url("");
    let run = harness
        .run(&["doctor", "--json", "--write", "in", &url])
        .await;
    assert_eq!(run.code, 6, "{run:?}");
    let left = harness.remote_names("in");
    assert!(left.len() > 1, "{left:?}");
    let findings = run.events_of("finding");
    let evidence = findings.iter().filter_map(|it| it["evidence"].as_str());
    let told: Vec<_> = evidence
        .filter(|line| line.contains("could not be removed"))
        .collect();
    assert_eq!(told.len(), 1, "{run:?}");
    for name in left.iter().filter(|name| *name != "f") {
        assert!(told[0].contains(name.trim()), "{name}: {told:?}");
    }
}

#[tokio::test]
async fn without_a_directory_of_its_own_nothing_is_left_either() {
    for personality in [Personality::ProFtpd138, Personality::PureFtpd] {
        let builder = Server::builder(personality).fault(refused("MKD"));
        let harness = start(builder).await;
        let url = harness.url("");
        let run = harness
            .run(&["doctor", "--json", "--write", "in", &url])
            .await;
        assert_eq!(run.code, 0, "{run:?}");
        assert_eq!(harness.remote_names("in"), ["f"], "{personality:?}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn an_interrupted_test_removes_what_it_has_written() {
    use towline_testkit::Gate;

    let gate = Gate::new();
    let fault = Fault::At(Point::FinalReply("STOR"), Action::Hold(gate.clone()));
    let harness = start(Server::builder(Personality::ProFtpd138).fault(fault.nth(1))).await;
    let url = harness.url("");
    let child = harness
        .command(&["doctor", "--write", "in", &url])
        .spawn()
        .unwrap();
    gate.reached().await;
    assert_eq!(harness.remote_names("in").len(), 2);
    signal(&child, "INT").await;
    let ended = child.wait_with_output().await.unwrap();
    assert_eq!(ended.status.code(), Some(130), "{ended:?}");
    assert_eq!(harness.remote_names("in"), ["f"]);
}
