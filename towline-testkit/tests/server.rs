//! The server itself: it starts, it ends, and it leaves nothing behind.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]

mod support;

use support::{Client, Trust, builder, soon};
use tokio::net::TcpStream;
use towline_testkit::{
    Action, CertificateKind, ControlEnd, Fault, Gate, Personality, Point, Server,
};

#[tokio::test]
async fn shutdown_ends_every_connection_and_removes_the_files() {
    let server = builder(Personality::ProFtpd138)
        .ipv6(true)
        .start()
        .await
        .unwrap();
    let (address, root) = (server.address(), server.root().to_path_buf());
    std::fs::write(root.join("f"), b"hello").unwrap();
    let mut idle = Client::login(&server).await;
    let mut busy = Client::login(&server).await;
    let data = busy.open("STOR g").await;
    server.shutdown().await;
    assert!(!root.exists());
    assert!(soon(idle.fill()).await.is_err());
    drop(data);
    assert!(soon(TcpStream::connect(address)).await.is_err());
}

#[test]
fn dropping_ends_everything_too() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (root, metrics) = runtime.block_on(async {
        let server = builder(Personality::VsFtpd).start().await.unwrap();
        let root = server.root().to_path_buf();
        let mut client = Client::login(&server).await;
        client.store("STOR f", b"hello").await;
        drop(server);
        assert!(client.try_reply().await.is_err());
        (root, tokio::runtime::Handle::current().metrics())
    });
    assert!(!root.exists());
    assert_eq!(metrics.num_alive_tasks(), 0);
}

#[tokio::test]
async fn a_held_server_can_be_shut_down() {
    let gate = Gate::new();
    let fault = Fault::At(Point::Greeting, Action::Hold(gate.clone()));
    let server = builder(Personality::VsFtpd)
        .fault(fault)
        .start()
        .await
        .unwrap();
    let _client = Client::dial(&Trust::new(&server), server.address()).await;
    soon(gate.reached()).await;
    soon(server.shutdown()).await;
}

#[tokio::test]
async fn several_servers_share_a_process_and_nothing_else() {
    let first = builder(Personality::ProFtpd138).start().await.unwrap();
    let second = builder(Personality::FileZilla1).start().await.unwrap();
    assert_ne!(first.address(), second.address());
    assert_ne!(first.root(), second.root());
    assert_ne!(first.ca_pem(), second.ca_pem());
    let mut one = Client::login(&first).await;
    let mut two = Client::login(&second).await;
    for _ in 0..2 {
        assert_eq!(one.fetch("LIST").await.reply.0, 226);
        assert_eq!(two.fetch("LIST").await.reply.0, 226);
    }
    let wrong = Trust::new(&second);
    let mut client = Client::dial(&wrong, first.address()).await;
    client.reply().await;
    client.command("AUTH TLS").await;
    client.secure().await.unwrap_err();
    first.shutdown().await;
    second.shutdown().await;
}

#[tokio::test]
async fn one_client_too_many_is_turned_away() {
    let server = builder(Personality::FileZilla1)
        .max_connections(1)
        .start()
        .await
        .unwrap();
    let mut first = Client::login(&server).await;
    let mut second = Client::dial(&Trust::new(&server), server.address()).await;
    assert_eq!(second.reply().await.0, 421);
    first.command("QUIT").await;
    soon(first.fill()).await.unwrap();
    drop(first);
    assert_eq!(server.report().control[0].ended, Some(ControlEnd::Quit));
    Client::login(&server).await;
    server.shutdown().await;
}

#[tokio::test]
async fn certificates_are_as_good_or_bad_as_asked_for() {
    for (kind, complaint) in [
        (CertificateKind::Issued, None),
        (CertificateKind::SelfSigned, Some("CaUsedAsEndEntity")),
        (CertificateKind::Expired, Some("expired")),
        (CertificateKind::WrongName, Some("not valid for name")),
        (CertificateKind::CommonNameOnly, Some("not valid for name")),
    ] {
        let server = builder(Personality::ProFtpd138)
            .certificate(kind)
            .start()
            .await
            .unwrap();
        let mut client = Client::dial(&Trust::new(&server), server.address()).await;
        client.reply().await;
        client.command("AUTH TLS").await;
        let secured = client.secure().await.map_err(|error| error.to_string());
        match complaint {
            None => secured.unwrap(),
            Some(complaint) => {
                let error = secured.unwrap_err();
                assert!(error.contains(complaint), "{kind:?} {error}");
            }
        }
        assert_eq!(
            server.ca_pem() == server.certificate_pem(),
            kind == CertificateKind::SelfSigned
        );
        server.shutdown().await;
    }
}

#[tokio::test]
async fn a_path_cannot_leave_the_root() {
    let outside = tempfile::NamedTempFile::new().unwrap();
    let name = outside.path().to_str().unwrap();
    let server = builder(Personality::ProFtpd138).start().await.unwrap();
    let mut client = Client::login(&server).await;
    for path in [name.to_owned(), format!("../../../../{name}")] {
        assert_eq!(client.command(&format!("SIZE {path}")).await.0, 550);
        assert_eq!(client.command(&format!("DELE {path}")).await.0, 550);
        assert_eq!(client.command(&format!("RETR {path}")).await.0, 550);
    }
    assert!(outside.path().exists());
    server.shutdown().await;
}

#[tokio::test]
async fn a_server_can_be_told_its_port() {
    let first = Server::builder(Personality::VsFtpd).start().await.unwrap();
    let port = first.address().port();
    let second = Server::builder(Personality::VsFtpd)
        .port(port)
        .start()
        .await;
    assert!(second.unwrap_err().to_string().contains("in use"));
    first.shutdown().await;
    let second = Server::builder(Personality::VsFtpd)
        .port(port)
        .start()
        .await
        .unwrap();
    assert_eq!(second.address().port(), port);
    second.shutdown().await;
}

#[tokio::test]
async fn no_provider_is_installed_for_the_process() {
    let server = builder(Personality::FileZilla1).start().await.unwrap();
    Client::login(&server).await;
    assert!(rustls::crypto::CryptoProvider::get_default().is_none());
    server.shutdown().await;
}
