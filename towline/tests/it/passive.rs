//! Passive mode: the client opens the data connections, and finds another way if one is blocked.

use std::sync::Arc;

use towline::{Client, ErrorKind};
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
