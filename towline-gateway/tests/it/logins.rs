//! Routes, passwords, and the places that a server has.

use std::time::{Duration, Instant};

use towline_gateway::{Access, Event, Gateway, Route, Settings, StartError};
use towline_testkit::{Action, Fault, Personality, Point, Server};

use crate::support::Bench;

#[tokio::test]
async fn a_route_needs_its_password() {
    let bench = Bench::start(Personality::VsFtpd).await;
    let mut client = bench.connect().await;
    client.ask("PASS gate", "503").await;
    client.ask("PWD", "530").await;
    client.ask("USER vendor", "331").await;
    client.ask("PASS wrong", "530").await;
    client.ask("USER nobody", "331").await;
    client.ask("PASS gate", "530").await;
    assert_eq!(bench.logins(), 0, "the server hears of nothing");
    client.ask("USER vendor", "331").await;
    client.ask("PASS gate", "230").await;
    assert_eq!(bench.logins(), 1);
    let events = bench.all_events();
    assert!(
        !events.contains("wrong") && !events.contains("secret"),
        "{events}"
    );
}

#[tokio::test]
async fn wrong_passwords_are_slowed_down_and_counted() {
    let bench = Bench::start(Personality::VsFtpd).await;
    let mut client = bench.connect().await;
    let mut waits = Vec::new();
    for _ in 0..3 {
        client.ask("USER vendor", "331").await;
        let began = Instant::now();
        client.ask("PASS wrong", "530").await;
        waits.push(began.elapsed());
    }
    assert!(waits[0] >= Duration::from_millis(250), "{waits:?}");
    assert!(waits[2] >= Duration::from_secs(1), "{waits:?}");
    // A new connection of the same address does not start anew.
    let mut other = bench.connect().await;
    other.ask("USER vendor", "331").await;
    let began = Instant::now();
    other.ask("PASS wrong", "530").await;
    assert!(began.elapsed() >= Duration::from_secs(2));
    assert_eq!(bench.events("gateway_login_refused").len(), 4);
}

#[tokio::test]
async fn the_servers_own_refusal_of_a_login_is_passed_on() {
    let refusal = Action::Reply("530 Account expired on Friday.".to_owned());
    let fault = Fault::At(Point::Command("PASS"), refusal);
    let bench = Bench::build(Server::builder(Personality::VsFtpd).fault(fault), |_, _| {}).await;
    let mut client = bench.connect().await;
    client.ask("USER vendor", "331").await;
    let refused = client.ask("PASS gate", "530").await;
    assert_eq!(refused, "530 Account expired on Friday.\r\n");
}

#[tokio::test]
async fn user_and_password_can_be_passed_through() {
    let bench = Bench::build(Server::builder(Personality::VsFtpd), |settings, config| {
        let config = config.clone().user("nobody");
        settings.routes = vec![Route::new("vendor", config, Access::PassThrough)];
    })
    .await;
    let mut client = bench.connect().await;
    client.ask("USER user@vendor", "331").await;
    client.ask("PASS secret", "230").await;
    let mut client = bench.connect().await;
    client.ask("USER user@vendor", "331").await;
    client.ask("PASS gate", "530").await;
    client.ask("USER vendor", "331").await;
    client.ask("PASS secret", "530").await;
    client.ask("USER user@elsewhere", "331").await;
    client.ask("PASS secret", "530").await;
}

#[tokio::test]
async fn the_default_route_takes_every_user() {
    let bench = Bench::build(Server::builder(Personality::VsFtpd), |settings, config| {
        settings.routes = Vec::new();
        let route = Route::new("server", config.clone(), Access::PassThrough);
        settings.default_route = Some(route);
    })
    .await;
    let mut client = bench.connect().await;
    client.ask("USER user", "331").await;
    client.ask("PASS secret", "230").await;
    client.ask("REIN", "220").await;
    client.ask("USER other", "331").await;
    client.ask("PASS secret", "530").await;
}

#[tokio::test]
async fn a_client_beyond_the_sessions_of_the_server_waits_and_then_gets_421() {
    let bench = Bench::build(Server::builder(Personality::VsFtpd), |settings, _| {
        settings.routes[0].sessions = Some(1);
        settings.routes[0].queue = Duration::from_millis(300);
    })
    .await;
    let mut first = bench.client().await;
    let mut late = bench.connect().await;
    late.ask("USER vendor", "331").await;
    late.ask("PASS gate", "421").await;
    assert!(late.is_closed().await);
    first.ask("QUIT", "221").await;
    assert!(first.is_closed().await);
    bench.client().await;
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_421_with_the_reason() {
    let bench = Bench::build(Server::builder(Personality::VsFtpd), |settings, config| {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let closed = listener.local_addr().unwrap().port();
        let access = Access::Any;
        settings.routes = vec![Route::new("vendor", config.clone().port(closed), access)];
    })
    .await;
    let mut client = bench.connect().await;
    client.ask("USER vendor", "331").await;
    let refused = client.ask("PASS x", "421").await;
    assert!(refused.contains("No session with the server"), "{refused}");
    assert!(client.is_closed().await);
}

#[tokio::test]
async fn nothing_listens_for_other_machines_without_tls_and_passwords() {
    let route = |access| Route::new("vendor", towline::Config::new("localhost"), access);
    let settings = |access| Settings {
        listen: vec!["0.0.0.0:0".parse().unwrap()],
        routes: vec![route(access)],
        ..Settings::default()
    };
    let secret = towline::Secret::new("x");
    let refused = Gateway::bind(settings(Access::Password(secret)), |_: &Event<'_>| {}).await;
    assert!(
        matches!(refused, Err(StartError::TlsNotRequired(_))),
        "{refused:?}"
    );
    let refused = Gateway::bind(settings(Access::Any), |_: &Event<'_>| {}).await;
    assert!(
        matches!(refused, Err(StartError::OpenRoute { .. })),
        "{refused:?}"
    );
}
