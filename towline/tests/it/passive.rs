//! Passive mode: the client opens the data connections, and finds another way if one is blocked.

use std::sync::Arc;

use towline::{Client, ErrorDetail, ErrorKind, Pipelining};
use towline_testkit::{Fault, Personality, Server};

use crate::support::{Bench, Notebook, answer, list, session};

#[tokio::test]
async fn a_server_that_refuses_epsv_is_asked_for_pasv_from_then_on() {
    let bench = Bench::with_fault(Personality::VsFtpd, answer("EPSV", "502 No EPSV.")).await;
    let notebook = Arc::new(Notebook::default());
    let client = Client::new(bench.open_config().observer(notebook.clone())).unwrap();
    for _ in 0..2 {
        let mut session = client.connect().await.unwrap();
        list(&mut session).await.unwrap();
        list(&mut session).await.unwrap();
    }
    assert_eq!(notebook.all("C: EPSV").len(), 1);
    assert_eq!(notebook.all("C: PASV").len(), 4);
}

#[tokio::test]
async fn pasv_is_tried_where_the_port_of_epsv_cannot_be_reached() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    let reply = format!("229 Entering Extended Passive Mode (|||{port}|)");
    let bench = Bench::with_fault(Personality::VsFtpd, answer("EPSV", &reply)).await;
    let notebook = Arc::new(Notebook::default());
    let config = bench.open_config().observer(notebook.clone());
    let mut session = session(config).await.unwrap();
    list(&mut session).await.unwrap();
    list(&mut session).await.unwrap();
    assert_eq!(notebook.all("C: EPSV").len(), 1);
    let notes = notebook.all("note:");
    assert!(
        notes.iter().any(|note| note.ends_with("trying PASV")),
        "{notes:?}"
    );
}

/// Servers behind a router may name addresses that are unreachable from outside, or another host's.
#[tokio::test]
async fn the_address_in_a_reply_to_pasv_is_never_gone_to() {
    for address in [
        [10, 0, 0, 1],
        [192, 168, 1, 2],
        [0, 0, 0, 0],
        [127, 0, 0, 2],
    ] {
        let builder = Server::builder(Personality::ProFtpd138)
            .fault(answer("EPSV", "500 EPSV not understood"))
            .fault(Fault::PasvAddress(address.into()));
        let bench = Bench::build(builder).await;
        let mut session = session(bench.open_config()).await.unwrap();
        list(&mut session).await.unwrap();
    }
}

#[tokio::test]
async fn where_nothing_listens_the_error_says_who_named_the_port() {
    let builder = Server::builder(Personality::VsFtpd).fault(Fault::PassivePortZero);
    let bench = Bench::build(builder).await;
    let mut session = session(bench.open_config()).await.unwrap();
    let error = list(&mut session).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
}

/// No server may listen on the first of a name's addresses.
#[tokio::test]
async fn a_name_is_reached_on_whichever_address_answers() {
    let bench = Bench::start(Personality::VsFtpd).await;
    let config = bench.config_for("localhost", bench.server.address().port());
    let mut session = session(config).await.unwrap();
    list(&mut session).await.unwrap();
}

fn passive_reply(command: &'static str, text: &'static str) -> Fault {
    Fault::PassiveReply { command, text }
}

#[tokio::test]
async fn an_address_is_understood_in_the_form_of_the_other_command_and_with_blanks() {
    let refused = || answer("EPSV", "500 What?");
    for (faults, asked) in [
        (
            vec![passive_reply(
                "EPSV",
                "227 Entering Passive Mode ({numbers}).",
            )],
            ["EPSV", "EPSV"],
        ),
        (
            vec![passive_reply(
                "EPSV",
                "200 Entering Passive Mode ({numbers})",
            )],
            ["EPSV", "EPSV"],
        ),
        (
            vec![
                refused(),
                passive_reply("PASV", "229 Entering Extended Passive Mode (|||{port}|)"),
            ],
            ["EPSV", "PASV"],
        ),
        (
            vec![
                refused(),
                passive_reply("PASV", "227 Entering Passive Mode ({spaced})"),
            ],
            ["EPSV", "PASV"],
        ),
    ] {
        let what = format!("{faults:?}");
        let builder = Server::builder(Personality::VsFtpd);
        let bench = Bench::build(
            faults
                .into_iter()
                .fold(builder, |it, fault| it.fault(fault)),
        );
        let bench = bench.await;
        let notebook = Arc::new(Notebook::default());
        let mut session = session(bench.open_config().observer(notebook.clone()))
            .await
            .unwrap();
        list(&mut session).await.unwrap();
        list(&mut session).await.unwrap();
        let sent = notebook.all("C:");
        let passive = sent.iter().filter(|line| line.ends_with("SV"));
        let passive: Vec<_> = passive.map(String::as_str).collect();
        assert_eq!(passive.first(), asked.first(), "{what}");
        assert_eq!(passive.last(), asked.last(), "{what}");
    }
}

#[tokio::test]
async fn whatever_epsv_is_answered_pasv_is_asked_next_and_from_then_on() {
    for reply in [
        "200 Fine.",
        "229 Entering Extended Passive Mode (no port)",
        "314 Not like this.",
        "425 Cannot prepare for data connection.",
        "450 Not now.",
        "522 Network protocol not supported, use (1)",
    ] {
        let bench = Bench::with_fault(Personality::VsFtpd, answer("EPSV", reply)).await;
        let notebook = Arc::new(Notebook::default());
        let config = bench.open_config().pipelining(Pipelining::Off);
        let mut session = session(config.observer(notebook.clone())).await.unwrap();
        for _ in 0..3 {
            list(&mut session).await.unwrap();
        }
        assert_eq!(notebook.all("C: EPSV").len(), 1, "{reply}");
        assert_eq!(notebook.all("C: PASV").len(), 3, "{reply}");
    }
}

#[tokio::test]
async fn epsv_is_asked_again_where_pasv_no_longer_works() {
    let builder = Server::builder(Personality::VsFtpd)
        .fault(answer("EPSV", "425 Not now.").nth(1))
        .fault(answer("PASV", "500 Never.").from_nth(2));
    let bench = Bench::build(builder).await;
    let notebook = Arc::new(Notebook::default());
    let config = bench.open_config().pipelining(Pipelining::Off);
    let mut session = session(config.observer(notebook.clone())).await.unwrap();
    for _ in 0..4 {
        list(&mut session).await.unwrap();
    }
    // The first listing asks for both, the second for both again; the others use what worked.
    assert_eq!(notebook.all("C: PASV").len(), 2);
    assert_eq!(notebook.all("C: EPSV").len(), 4);
}

#[tokio::test]
async fn where_neither_works_the_refusal_that_says_more_is_told() {
    for (epsv, pasv, told) in [
        ("500 What?", "425 No ports left.", "425 No ports left."),
        ("425 No ports left.", "502 What?", "425 No ports left."),
        ("200 Fine.", "502 What?", "200 Fine."),
    ] {
        let builder = Server::builder(Personality::VsFtpd)
            .fault(answer("EPSV", epsv))
            .fault(answer("PASV", pasv));
        let bench = Bench::build(builder).await;
        let mut session = session(bench.open_config()).await.unwrap();
        let error = list(&mut session).await.unwrap_err();
        assert!(error.to_string().ends_with(told), "{error}");
        assert!(session.is_usable());
    }
}

/// The reply to an earlier command came in place of that to EPSV, which comes now.
#[tokio::test]
async fn an_answer_to_epsv_that_comes_late_is_not_taken_for_that_to_pasv() {
    let builder = Server::builder(Personality::VsFtpd)
        .fault(answer("EPSV", "200 Type set.").nth(1))
        .fault(passive_reply(
            "PASV",
            "229 Entering Extended Passive Mode (|||{port}|)",
        ));
    let bench = Bench::build(builder).await;
    let mut session = session(bench.open_config()).await.unwrap();
    let error = list(&mut session).await.unwrap_err();
    assert_eq!(error.detail(), Some(&ErrorDetail::StrayReply));
    assert!(!session.is_usable());
    list(&mut session).await.unwrap();
}
