//! Faults on data connections: how they open, and their handshakes.

use std::io::ErrorKind;
use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::net::TcpStream;
use towline_testkit::{Action, Fault, Personality, Point, SessionOrigin};

use crate::faulty_client;
use crate::support::{Client, TLS12, TLS13, builder, only_control, parse_epsv, parse_pasv, soon};

#[tokio::test]
async fn another_data_certificate_passes_a_server_that_demands_reuse() {
    for personality in Personality::ALL {
        for versions in [TLS12, TLS13] {
            let server = builder(personality)
                .versions(versions)
                .fault(Fault::OtherDataCertificate.nth(2));
            let server = server.start().await.unwrap();
            let mut client = Client::login(&server).await;
            let own = client.certificate();
            for swapped in [false, true] {
                let mut data = client.open("LIST").await;
                assert_eq!(data.certificate() != own, swapped, "{personality:?}");
                data.read_to_end().await.unwrap();
                data.close().await;
                assert_eq!(client.reply().await.0, 226);
            }
            server.shutdown().await;
        }
    }
}

#[tokio::test]
async fn silence_in_the_data_handshake_leaves_the_control_connection_silent() {
    let fault = Fault::At(Point::DataTls("LIST"), Action::Silence);
    let (server, mut client) = faulty_client(fault).await;
    let address = client.epsv().await;
    let data = soon(TcpStream::connect(address)).await.unwrap();
    assert_eq!(client.command("LIST").await.0, 150);
    client.close().await;
    soon(client.fill()).await.unwrap_err();
    assert_eq!(client.take_buffer(), b"");
    drop(data);
    server.shutdown().await;
}

#[tokio::test]
async fn passive_replies_lie_about_host_and_port() {
    let elsewhere = Ipv4Addr::new(192, 0, 2, 7);
    let (server, mut client) = faulty_client(Fault::PasvAddress(elsewhere)).await;
    let address = parse_pasv(&client.command("PASV").await.1);
    assert_eq!(address.ip(), elsewhere);
    let real = std::net::SocketAddr::new(server.address().ip(), address.port());
    drop(soon(TcpStream::connect(real)).await.unwrap());
    server.shutdown().await;

    let (server, mut client) = faulty_client(Fault::PassivePortZero.nth(2)).await;
    assert_ne!(parse_epsv(&client.command("EPSV").await.1), 0);
    assert_eq!(parse_epsv(&client.command("EPSV").await.1), 0);
    assert_ne!(parse_pasv(&client.command("PASV").await.1).port(), 0);
    server.shutdown().await;
}

#[tokio::test]
async fn a_data_connection_can_be_reset() {
    let point = Point::Transfer {
        command: "RETR",
        after: 3,
    };
    let (server, mut client) = faulty_client(Fault::At(point, Action::Reset).nth(1)).await;
    let mut data = client.open("RETR f").await;
    let mut bytes = Vec::new();
    let mut buffer = [0; 10];
    let error = loop {
        match data.read(&mut buffer).await {
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert!(b"hel".starts_with(&bytes));
    assert_eq!(client.reply().await.0, 426);
    assert_eq!(client.fetch("RETR f").await.bytes, b"hello");
    server.shutdown().await;

    let fault = Fault::At(Point::DataTls("STOR"), Action::Reset);
    let (server, mut client) = faulty_client(fault).await;
    let address = client.epsv().await;
    client.try_open_at(address, "STOR f").await.err().unwrap();
    assert_eq!(client.reply().await.0, 425);
    server.shutdown().await;
}

#[tokio::test]
async fn a_refused_transfer_can_leave_its_data_connection_open() {
    for personality in Personality::ALL {
        let server = builder(personality).fault(Fault::KeepDataOpen { command: "RETR" }.nth(1));
        let server = server.start().await.unwrap();
        std::fs::write(server.root().join("f"), b"hello").unwrap();
        let mut client = Client::login(&server).await;
        let address = client.epsv().await;
        let data = soon(TcpStream::connect(address)).await.unwrap();
        assert_eq!(client.command("RETR f").await.0, 550);
        assert_eq!(client.command("NOOP").await.0, 200);
        let read = data.try_read(&mut [0]).unwrap_err();
        assert_eq!(read.kind(), ErrorKind::WouldBlock, "{personality:?}");
        assert_eq!(client.fetch("RETR f").await.bytes, b"hello");
        server.shutdown().await;
    }
}

#[tokio::test]
async fn a_resumed_data_connection_can_be_refused_all_the_same() {
    for (personality, code) in [
        (Personality::VsFtpd, 522),
        (Personality::ProFtpd138, 425),
        (Personality::FileZilla1, 425),
    ] {
        let server = builder(personality)
            .fault(Fault::RefuseData.nth(2))
            .start()
            .await
            .unwrap();
        let mut client = Client::login(&server).await;
        assert_eq!(client.fetch("LIST").await.reply.0, 226);
        let mut data = client.open("LIST").await;
        assert!(data.resumed());
        data.drain().await;
        data.close_anyhow().await;
        assert_eq!(client.reply().await.0, code, "{personality:?}");
        let refused = &only_control(&server).data[1];
        assert!(refused.refused && refused.resumed && refused.bound_to_this_control);
        assert!(refused.session_from.is_some());
        server.shutdown().await;
    }
}

#[tokio::test]
async fn vsftpd_oopses_after_a_failed_data_handshake() {
    let server = builder(Personality::VsFtpd).start().await.unwrap();
    let mut client = Client::login(&server).await;
    let address = client.epsv().await;
    let data = soon(TcpStream::connect(address)).await.unwrap();
    assert_eq!(client.command("LIST").await.0, 150);
    drop(data);
    let error = soon(client.fill()).await.unwrap_err().to_string();
    assert!(error.contains("InvalidContentType"), "{error}");
    server.shutdown().await;
}

#[tokio::test]
async fn pure_ftpd_says_nothing_after_a_failed_data_handshake() {
    let server = builder(Personality::PureFtpd).start().await.unwrap();
    let mut client = Client::login(&server).await;
    let address = client.epsv().await;
    let data = soon(TcpStream::connect(address)).await.unwrap();
    assert_eq!(client.command("LIST").await.0, 150);
    drop(data);
    client.try_reply().await.unwrap_err();
    server.shutdown().await;
}

#[tokio::test]
async fn sessions_refused_on_one_connection_are_good_on_the_next() {
    let (server, mut client) = faulty_client(Fault::RefuseSessions.nth(1)).await;
    assert_eq!(client.fetch("LIST").await.reply.0, 425);
    let listed = client.fetch("LIST").await;
    assert!(listed.resumed);
    assert_eq!(listed.reply.0, 226);
    let control = only_control(&server);
    assert_eq!(control.data[0].session_from, None);
    assert_eq!(control.data[1].session_from, Some(SessionOrigin::Data));
    server.shutdown().await;
}

#[tokio::test]
async fn a_port_can_lead_nowhere_when_others_have_led_somewhere() {
    for fault in [Fault::PassivePortClosed, Fault::PassivePortBlocked] {
        for personality in [Personality::VsFtpd, Personality::FileZilla1] {
            let server = builder(personality)
                .idle_timeout(Duration::from_millis(300))
                .fault(fault.clone().nth(2));
            let server = server.start().await.unwrap();
            std::fs::write(server.root().join("f"), b"hello").unwrap();
            let mut client = Client::login(&server).await;
            assert_eq!(client.fetch("RETR f").await.bytes, b"hello");
            let address = client.epsv().await;
            let connect = TcpStream::connect(address);
            match tokio::time::timeout(Duration::from_millis(100), connect).await {
                Ok(refused) => {
                    assert!(matches!(fault, Fault::PassivePortClosed));
                    assert_eq!(refused.unwrap_err().kind(), ErrorKind::ConnectionRefused);
                }
                Err(_) => assert!(matches!(fault, Fault::PassivePortBlocked)),
            }
            client.send("RETR f").await;
            let mut code = client.reply().await.0;
            if code == 150 {
                code = client.reply().await.0;
            }
            assert!((400..500).contains(&code), "{personality:?} {code}");
            assert_eq!(client.fetch("RETR f").await.bytes, b"hello");
            server.shutdown().await;
        }
    }
}

#[tokio::test]
async fn a_transfer_can_be_accepted_and_its_connection_never_opened() {
    let reply = "425 Cannot open data connection.";
    let fault = Fault::DataNotOpened {
        command: "RETR",
        reply,
    };
    let (server, mut client) = faulty_client(fault.nth(1)).await;
    let listener = client.listen("PORT").await;
    client.send("RETR f").await;
    assert_eq!(client.reply().await.0, 150);
    assert_eq!(client.reply().await.1, reply);
    let accepted = tokio::time::timeout(Duration::from_millis(50), listener.accept()).await;
    assert!(accepted.is_err());
    assert_eq!(client.fetch("RETR f").await.bytes, b"hello");
    server.shutdown().await;
}
