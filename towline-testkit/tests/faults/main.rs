//! Every fault does what it says, and nothing else.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]

mod control;
mod data;
mod early;
mod listing;
#[path = "../support/mod.rs"]
mod support;
mod transfer;

use support::{Client, builder};
use towline_testkit::{Action, ArmedFault, Fault, Personality, Point, Server};

const PERSONALITY: Personality = Personality::ProFtpd138;

async fn faulty(fault: impl Into<ArmedFault>) -> Server {
    builder(PERSONALITY).fault(fault).start().await.unwrap()
}

async fn faulty_client(fault: impl Into<ArmedFault>) -> (Server, Client) {
    let server = faulty(fault).await;
    std::fs::write(server.root().join("f"), b"hello").unwrap();
    let client = Client::login(&server).await;
    (server, client)
}

fn at(verb: &'static str, action: Action) -> Fault {
    Fault::At(Point::Command(verb), action)
}
