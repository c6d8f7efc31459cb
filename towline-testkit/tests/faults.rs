//! Every fault does what it says, and nothing else.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

mod support;

use std::net::Ipv4Addr;
use std::time::Duration;

use support::{
    Client, TLS12, TLS13, Trust, builder, only_control, parse_epsv, parse_pasv, soon, until_stored,
};
use tokio::net::TcpStream;
use towline_testkit::{
    Action, ArmedFault, ControlEnd, Fault, Gate, Personality, Point, Server, SessionOrigin,
};

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
async fn plaintext_comes_in_one_piece_with_the_234() {
    let injected = b"230 You are in\r\n";
    let server = faulty(Fault::PlaintextBehindAuth(injected.to_vec())).await;
    let mut client = Client::dial(&Trust::new(&server), server.address()).await;
    client.reply().await;
    assert_eq!(client.command("AUTH TLS").await.0, 234);
    assert_eq!(client.take_buffer(), injected);
    server.shutdown().await;
}

#[tokio::test]
async fn silence_lasts_until_the_client_goes() {
    let (server, mut client) = faulty_client(at("PWD", Action::Silence)).await;
    client.send("PWD").await;
    client.send("NOOP").await;
    client.close().await;
    soon(client.fill()).await.unwrap_err();
    assert_eq!(client.take_buffer(), b"");
    server.shutdown().await;
}

#[tokio::test]
async fn silence_at_the_greeting_and_in_tls_has_a_deadline_too() {
    for (point, in_tls) in [(Point::Greeting, false), (Point::ControlTls, true)] {
        let server = Server::builder(PERSONALITY)
            .idle_timeout(Duration::from_millis(50))
            .fault(Fault::At(point, Action::Silence));
        let server = server.start().await.unwrap();
        let mut client = Client::dial(&Trust::new(&server), server.address()).await;
        if in_tls {
            client.reply().await;
            assert_eq!(client.command("AUTH TLS").await.0, 234);
            client.secure().await.unwrap_err();
        } else {
            assert_eq!(soon(client.fill()).await.unwrap(), 0);
        }
        assert_eq!(only_control(&server).ended, Some(ControlEnd::ServerClosed));
        server.shutdown().await;
    }
}

#[tokio::test]
async fn an_idle_client_is_told_and_left() {
    let server = Server::builder(PERSONALITY).idle_timeout(Duration::from_millis(50));
    let server = server.start().await.unwrap();
    let mut client = Client::dial(&Trust::new(&server), server.address()).await;
    client.reply().await;
    assert_eq!(client.reply().await.0, 421);
    assert_eq!(soon(client.fill()).await.unwrap(), 0);
    server.shutdown().await;
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
async fn goodbye_in_the_middle_ends_everything() {
    let (server, mut client) = faulty_client(at("PWD", Action::Goodbye)).await;
    assert_eq!(client.command("PWD").await.0, 421);
    assert_eq!(soon(client.fill()).await.unwrap(), 0);
    server.shutdown().await;

    let point = Point::Transfer {
        command: "RETR",
        after: 2,
    };
    let (server, mut client) = faulty_client(Fault::At(point, Action::Goodbye)).await;
    let mut data = client.open("RETR f").await;
    let mut bytes = [0; 5];
    assert_eq!(data.read(&mut bytes).await.unwrap(), 2);
    assert_eq!(client.reply().await.0, 421);
    data.read_to_end().await.unwrap_err();
    assert_eq!(only_control(&server).data[0].reply, None);
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
async fn a_reply_can_be_anything() {
    let malformed = "229 Entering Extended Passive Mode (|||x|)";
    let (server, mut client) =
        faulty_client(at("EPSV", Action::Reply(malformed.to_owned())).nth(1)).await;
    assert_eq!(client.command("EPSV").await.1, malformed);
    assert_eq!(client.fetch("LIST").await.reply.0, 226);
    server.shutdown().await;

    let (server, mut client) = faulty_client(at("PWD", Action::BinaryReply)).await;
    client.send("PWD").await;
    client.send("NOOP").await;
    while !client.buffered(b"200 NOOP command successful\r\n") {
        assert_ne!(soon(client.fill()).await.unwrap(), 0);
    }
    let all: Vec<u8> = (0..=255).collect();
    assert!(client.take_buffer().starts_with(&all));
    server.shutdown().await;

    let (server, mut client) = faulty_client(at("STAT", Action::HugeReply(10_000_000))).await;
    client.send("STAT").await;
    let mut received = 0;
    while !client.buffered(b"\r\n211 That was all\r\n") {
        received += soon(client.fill()).await.unwrap();
    }
    assert!((10_000_000..10_001_000).contains(&received), "{received}");
    client.take_buffer();
    assert_eq!(client.command("NOOP").await.0, 200);
    server.shutdown().await;
}

#[tokio::test]
async fn an_endless_reply_goes_on_until_the_client_leaves() {
    let (server, mut client) = faulty_client(at("STAT", Action::EndlessReply)).await;
    client.send("STAT").await;
    let mut received = 0;
    while received < 1_000_000 {
        received += soon(client.fill()).await.unwrap();
        let lines = client.take_buffer();
        assert!(!lines.windows(5).any(|window| window == b"\n211 "));
    }
    drop(client);
    server.shutdown().await;
}

#[tokio::test]
async fn split_replies_come_byte_by_byte() {
    let (server, mut client) = faulty_client(Fault::SplitReplies).await;
    client.send("NOOP").await;
    let text = "200 NOOP command successful\r\n";
    // A TLS 1.3 record: header, one byte, its type, the tag.
    let record = 5 + 1 + 1 + 16;
    let raw = client.peek(text.len() * record).await;
    assert!(
        raw.chunks(record)
            .all(|record| record[..5] == [23, 3, 3, 0, 18]),
        "{raw:?}"
    );
    assert_eq!(client.reply().await.1, text.trim_end());
    server.shutdown().await;
}

#[tokio::test]
async fn a_huge_listing_is_made_on_the_fly() {
    for (command, start) in [
        ("NLST", "file-000000000.dat\r\n"),
        ("MLSD", "modify=19700101"),
    ] {
        let (server, mut client) = faulty_client(Fault::HugeListing(50_000)).await;
        let listed = client.fetch(command).await;
        assert_eq!(
            listed.bytes.iter().filter(|&&byte| byte == b'\n').count(),
            50_000
        );
        assert!(listed.text().starts_with(start));
        assert!(listed.text().ends_with("file-000049999.dat\r\n"));
        server.shutdown().await;
    }
}

#[tokio::test]
async fn a_listing_without_end_can_be_left() {
    let (server, mut client) = faulty_client(Fault::HugeListing(u64::MAX)).await;
    let mut data = client.open("LIST").await;
    let mut buffer = vec![0; 65_536];
    for _ in 0..100 {
        assert_ne!(data.read(&mut buffer).await.unwrap(), 0);
    }
    data.reset();
    assert_eq!(client.reply().await.0, 426);
    server.shutdown().await;
}

#[tokio::test]
async fn hostile_names_are_written_as_they_are() {
    for command in ["LIST", "MLSD", "NLST"] {
        let (server, mut client) = faulty_client(Fault::hostile_names()).await;
        let bytes = client.fetch(command).await.bytes;
        for name in [
            &b"../escape"[..],
            b"a/b",
            b"nul\0byte",
            b"\x1b[31mred",
            b"\xff\xfe",
        ] {
            let line = [name, b"\r\n"].concat();
            assert!(
                bytes.windows(line.len()).any(|window| window == line),
                "{command} {name:?}"
            );
        }
        server.shutdown().await;
    }
}

#[tokio::test]
async fn lines_that_mean_nothing_are_added() {
    let lines = vec![b"what is this".to_vec(), b"total 12".to_vec()];
    let (server, mut client) = faulty_client(Fault::ListingLines(lines)).await;
    let text = client.fetch("LIST").await.text();
    assert!(
        text.ends_with(" f\r\nwhat is this\r\ntotal 12\r\n"),
        "{text}"
    );
    server.shutdown().await;
}

#[tokio::test]
async fn a_download_can_end_without_close_notify() {
    for personality in Personality::ALL {
        let server = builder(personality).fault(Fault::NoCloseNotify.nth(1));
        let server = server.start().await.unwrap();
        std::fs::write(server.root().join("f"), b"hello").unwrap();
        let mut client = Client::login(&server).await;
        let mut data = client.open("RETR f").await;
        let mut bytes = [0; 10];
        assert_eq!(data.read(&mut bytes).await.unwrap(), 5);
        let end = data.read(&mut bytes).await.unwrap_err();
        assert_eq!(
            end.kind(),
            std::io::ErrorKind::UnexpectedEof,
            "{personality:?}"
        );
        drop(data);
        assert_eq!(client.reply().await.0, 226);
        assert_eq!(client.fetch("RETR f").await.bytes, b"hello");
        server.shutdown().await;
    }
}

#[tokio::test]
async fn a_download_can_be_cut_and_called_complete() {
    let (server, mut client) = faulty_client(Fault::CutDownload(3).nth(2)).await;
    assert_eq!(client.fetch("RETR f").await.bytes, b"hello");
    let cut = client.fetch("RETR f").await;
    assert_eq!((cut.text().as_str(), cut.reply.0), ("hel", 226));
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
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
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
async fn a_control_connection_can_be_reset_or_just_closed() {
    let (server, mut client) = faulty_client(at("PWD", Action::Reset)).await;
    client.send("PWD").await;
    let error = soon(client.fill()).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    server.shutdown().await;

    let (server, mut client) = faulty_client(at("PWD", Action::Close)).await;
    client.send("PWD").await;
    let error = soon(client.fill()).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
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
        assert_eq!(
            read.kind(),
            std::io::ErrorKind::WouldBlock,
            "{personality:?}"
        );
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
async fn sizes_can_be_wrong_or_unknown() {
    let (server, mut client) = faulty_client(Fault::WrongSize(-2).nth(2)).await;
    assert_eq!(client.command("SIZE f").await.1, "213 5");
    assert_eq!(client.command("SIZE f").await.1, "213 3");
    server.shutdown().await;

    let unknown = Action::Reply("500 SIZE not understood".to_owned());
    let (server, mut client) = faulty_client(at("SIZE", unknown)).await;
    assert_eq!(client.command("SIZE f").await.0, 500);
    server.shutdown().await;
}

#[tokio::test]
async fn uploads_can_lose_bytes_and_be_called_complete() {
    let (server, mut client) = faulty_client(Fault::LoseUpload(4).nth(1)).await;
    assert_eq!(client.store("STOR g", b"hello").await.reply.0, 226);
    assert_eq!(std::fs::read(server.root().join("g")).unwrap(), b"hell");
    assert_eq!(client.store("STOR g", b"hello").await.reply.0, 226);
    assert_eq!(std::fs::read(server.root().join("g")).unwrap(), b"hello");
    assert_eq!(only_control(&server).data[0].bytes, 5);
    server.shutdown().await;
}

#[tokio::test]
async fn the_disk_can_be_full() {
    for personality in Personality::ALL {
        let server = builder(personality)
            .fault(Fault::DiskFull(3))
            .start()
            .await
            .unwrap();
        let mut client = Client::login(&server).await;
        assert_eq!(client.store("STOR g", b"hel").await.reply.0, 226);
        let mut data = client.open("STOR g").await;
        data.write(b"hello").await.unwrap();
        assert_eq!(client.reply().await.0, 452, "{personality:?}");
        drop(data);
        assert_eq!(client.command("NOOP").await.0, 200);
        server.shutdown().await;
    }
}

#[tokio::test]
async fn renaming_can_be_refused() {
    let (server, mut client) = faulty_client(Fault::RefuseReplace).await;
    std::fs::write(server.root().join("g"), b"old").unwrap();
    assert_eq!(client.command("RNFR f").await.0, 350);
    assert_eq!(client.command("RNTO g").await.1, "550 g: File exists");
    assert_eq!(client.command("RNFR f").await.0, 350);
    assert_eq!(client.command("RNTO h").await.0, 250);
    assert_eq!(std::fs::read(server.root().join("g")).unwrap(), b"old");
    server.shutdown().await;

    let refusal = Action::Reply("550 RNFR command failed.".to_owned());
    let (server, mut client) = faulty_client(at("RNFR", refusal)).await;
    assert_eq!(client.command("RNFR f").await.0, 550);
    assert_eq!(client.command("RNTO g").await.0, 503);
    server.shutdown().await;
}

#[tokio::test]
async fn plaintext_can_break_into_the_tls_stream() {
    let text = "500 OOPS: something went wrong";
    let (server, mut client) = faulty_client(at("PWD", Action::Plaintext(text.to_owned()))).await;
    client.send("PWD").await;
    let error = soon(client.fill()).await.unwrap_err().to_string();
    assert!(error.contains("InvalidContentType"), "{error}");
    server.shutdown().await;
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
async fn a_gate_holds_the_server_in_front_of_a_reply() {
    let gate = Gate::new();
    let point = Point::FinalReply("STOR");
    let (server, mut client) = faulty_client(Fault::At(point, Action::Hold(gate.clone()))).await;
    let mut data = client.open("STOR g").await;
    data.write(b"hello").await.unwrap();
    data.finish().await.unwrap();
    soon(gate.reached()).await;
    assert_eq!(std::fs::read(server.root().join("g")).unwrap(), b"hello");
    assert!(only_control(&server).data.is_empty());
    gate.open();
    data.read_to_end().await.unwrap();
    assert_eq!(client.reply().await.0, 226);
    assert!(!only_control(&server).data[0].closed_before_reply());
    server.shutdown().await;
}

#[tokio::test]
async fn a_client_that_closes_in_front_of_the_reply_is_found_out() {
    for versions in [TLS12, TLS13] {
        let gate = Gate::new();
        let fault = Fault::At(Point::FinalReply("STOR"), Action::Hold(gate.clone()));
        let server = builder(PERSONALITY).versions(versions).fault(fault);
        let server = server.start().await.unwrap();
        let mut client = Client::login(&server).await;
        let mut data = client.open("STOR g").await;
        data.write(b"hello").await.unwrap();
        data.finish().await.unwrap();
        drop(data);
        soon(gate.reached()).await;
        gate.open();
        assert_eq!(client.reply().await.0, 226);
        let seen = &only_control(&server).data[0];
        assert!(
            seen.close_notify && seen.closed_before_reply(),
            "{versions:?} {seen:?}"
        );
        server.shutdown().await;
    }
}

#[tokio::test]
async fn a_gate_holds_a_transfer_in_its_middle() {
    let gate = Gate::new();
    let point = Point::Transfer {
        command: "STOR",
        after: 3,
    };
    let (server, mut client) = faulty_client(Fault::At(point, Action::Hold(gate.clone()))).await;
    let mut data = client.open("STOR g").await;
    data.write(b"hello").await.unwrap();
    soon(gate.reached()).await;
    assert_eq!(std::fs::read(server.root().join("g")).unwrap(), b"hel");
    gate.open();
    data.close().await;
    assert_eq!(client.reply().await.0, 226);
    until_stored(&server.root().join("g"), 5).await;
    server.shutdown().await;
}

#[tokio::test]
async fn a_final_reply_can_be_another() {
    let refusal = Action::Reply("451 Not stored.".to_owned());
    let fault = Fault::At(Point::FinalReply("STOR"), refusal).nth(1);
    let (server, mut client) = faulty_client(fault).await;
    assert_eq!(
        client.store("STOR g", b"hello").await.reply.1,
        "451 Not stored."
    );
    assert_eq!(client.store("STOR g", b"hello").await.reply.0, 226);
    let data = only_control(&server).data;
    assert_eq!([data[0].reply, data[1].reply], [None, Some(226)]);
    assert!(data[0].close_notify);
    server.shutdown().await;
}

#[tokio::test]
async fn faults_come_and_go_while_the_server_runs() {
    let server = builder(PERSONALITY).start().await.unwrap();
    let mut client = Client::login(&server).await;
    assert_eq!(client.command("NOOP").await.0, 200);
    server.arm(at("*", Action::Reply("500 No.".to_owned())));
    assert_eq!(client.command("NOOP").await.0, 500);
    assert_eq!(client.command("PWD").await.0, 500);
    server.disarm();
    assert_eq!(client.command("NOOP").await.0, 200);
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
