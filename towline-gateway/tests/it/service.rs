//! The gateway as a service: metrics, new settings, sockets of somebody else.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use towline::{Config, Secret};
use towline_gateway::{Access, Event, Gateway, Identity, Route, Settings, StartError};
use towline_testkit::{Personality, Server};

use crate::support::{Bench, Client};

#[tokio::test]
async fn prometheus_gets_what_was_counted() {
    let bench = Bench::build(Server::builder(Personality::VsFtpd), |settings, _| {
        settings.metrics = Some("127.0.0.1:0".parse().unwrap());
    })
    .await;
    let mut client = bench.client().await;
    assert!(client.store("STOR a", b"12345").await.starts_with("226"));
    client.ask("SIZE missing", "550").await;
    let text = scrape(&bench, "/metrics").await;
    for line in [
        "towline_gateway_clients 1",
        "towline_gateway_logins_total{route=\"vendor\"} 1",
        "towline_gateway_refusals_total 1",
        "towline_gateway_transfers_total{route=\"vendor\",direction=\"upload\",result=\"verified\"} 1",
        "towline_gateway_transferred_bytes_total{route=\"vendor\",direction=\"upload\"} 5",
        "# TYPE towline_gateway_clients gauge",
    ] {
        assert!(text.contains(&format!("{line}\n")), "{line}: {text}");
    }
    assert!(
        text.contains("resumed=\"true\"}") && !text.contains("resumed=\"false\"}"),
        "{text}"
    );
    assert!(scrape(&bench, "/").await.starts_with("HTTP/1.1 404 "));
}

async fn scrape(bench: &Bench, path: &str) -> String {
    let mut stream = TcpStream::connect(bench.metrics.unwrap()).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

fn settings(name: &str) -> Settings {
    let access = Access::Password(Secret::new("gate"));
    Settings {
        listen: vec!["127.0.0.1:0".parse().unwrap()],
        routes: vec![Route::new(name, Config::new("localhost").port(1), access)],
        ..Settings::default()
    }
}

/// Whether `user` is a route. Its server cannot be reached, which is 421; no route is 530.
async fn leads_somewhere(address: std::net::SocketAddr, user: &str) -> bool {
    let mut client = Client::over(TcpStream::connect(address).await.unwrap());
    client.expect("220").await;
    client.ask(format!("USER {user}"), "331").await;
    client.send("PASS gate\r\n").await;
    client.reply().await.starts_with("421")
}

#[tokio::test]
async fn new_settings_are_for_new_clients() {
    let gateway = Gateway::bind(settings("old"), |_: &Event<'_>| {})
        .await
        .unwrap();
    let address = gateway.addresses()[0];
    let (renew, renewed) = mpsc::channel(1);
    let (_stop, stopped) = oneshot::channel::<()>();
    let serving = gateway.serve_renewed(renewed, async {
        let _ = stopped.await;
    });
    tokio::spawn(serving);
    assert!(leads_somewhere(address, "old").await);
    assert!(!leads_somewhere(address, "new").await);
    let mut open = Client::over(TcpStream::connect(address).await.unwrap());
    open.expect("220").await;
    renew.send(settings("new")).await.unwrap();
    // Settings that would let others in are refused, and the others stay.
    let mut wrong = settings("wrong");
    wrong.listen = vec!["0.0.0.0:0".parse().unwrap()];
    renew.send(wrong).await.unwrap();
    renew.reserve().await.unwrap();
    assert!(leads_somewhere(address, "new").await);
    assert!(!leads_somewhere(address, "wrong").await);
    open.ask("NOOP", "200").await;
}

/// The addresses stay, so what the new settings say of addresses protects nobody.
#[tokio::test]
async fn new_settings_open_no_door_at_the_addresses_in_use() {
    let directory = tempfile::tempdir().unwrap();
    let protected = Settings {
        listen: vec!["0.0.0.0:0".parse().unwrap()],
        identity: Some(Identity::load_or_make(directory.path()).unwrap()),
        require_tls: true,
        ..settings("old")
    };
    let gateway = Gateway::bind(protected, |_: &Event<'_>| {}).await.unwrap();
    let port = gateway.addresses()[0].port();
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], port));
    let (renew, renewed) = mpsc::channel(1);
    tokio::spawn(gateway.serve_renewed(renewed, std::future::pending()));
    let mut open = settings("open");
    open.routes[0].access = Access::Any;
    for unprotected in [settings("clear"), open] {
        renew.send(unprotected).await.unwrap();
        renew.reserve().await.unwrap();
        let mut client = Client::over(TcpStream::connect(address).await.unwrap());
        client.expect("220").await;
        client.ask("USER clear", "530").await;
    }
}

#[tokio::test]
async fn sockets_may_be_handed_over() {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let sink = |_: &Event<'_>| {};
    let gateway = Gateway::bind_to(settings("a"), vec![socket], sink)
        .await
        .unwrap();
    assert_eq!(gateway.addresses(), [address]);
    let socket = std::net::TcpListener::bind("0.0.0.0:0").unwrap();
    let refused = Gateway::bind_to(settings("a"), vec![socket], sink).await;
    assert!(
        matches!(refused, Err(StartError::TlsNotRequired(_))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn metrics_are_for_this_machine() {
    let mut settings = settings("a");
    settings.metrics = Some("0.0.0.0:0".parse().unwrap());
    let refused = Gateway::bind(settings, |_: &Event<'_>| {}).await;
    assert!(
        matches!(refused, Err(StartError::OpenMetrics(_))),
        "{refused:?}"
    );
}
