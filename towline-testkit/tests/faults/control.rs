//! Faults on the control connection: replies, silence, and endings.

use std::time::Duration;

use towline_testkit::{Action, ControlEnd, Fault, Point, Server};

use crate::support::{Client, Trust, builder, only_control, soon};
use crate::{PERSONALITY, at, faulty, faulty_client};

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
async fn a_command_that_does_not_wait_for_its_turn_can_be_lost() {
    let fault = Fault::At(Point::Queued("NOOP"), Action::Skip);
    let (server, mut client) = faulty_client(fault.nth(2)).await;
    assert_eq!(client.command("NOOP").await.0, 200);
    client.send_together(&["NOOP", "NOOP", "PWD", "NOOP"]).await;
    assert_eq!(client.codes().await, [200, 200, 257]);
    assert_eq!(client.command("PWD").await.0, 257);
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
    // A TLS 1.3 record: the header, one byte of text, the content type, and the tag.
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
async fn auth_can_be_met_with_silence() {
    let server = builder(PERSONALITY)
        .idle_timeout(Duration::from_millis(50))
        .fault(at("AUTH", Action::Silence));
    let server = server.start().await.unwrap();
    let mut client = Client::greet(&server).await;
    client.send("AUTH TLS").await;
    assert_eq!(soon(client.fill()).await.unwrap(), 0);
    assert_eq!(client.take_buffer(), b"");
    server.shutdown().await;
}

#[tokio::test]
async fn a_log_in_can_be_refused_in_words_of_ones_own() {
    let text = "530 Password expired, call the help desk.";
    let fault = at("PASS", Action::Reply(text.to_owned())).nth(1);
    let server = faulty(fault).await;
    let mut client = Client::secured(&server).await;
    client.converse(&[("USER demo", 331)]).await;
    assert_eq!(client.command("PASS secret").await.1, text);
    client
        .converse(&[("USER demo", 331), ("PASS secret", 230)])
        .await;
    server.shutdown().await;
}

#[tokio::test]
async fn the_nth_connection_can_be_turned_away() {
    let server = faulty(Fault::At(Point::Greeting, Action::Goodbye).nth(2)).await;
    for code in [220, 421, 220] {
        let mut client = Client::dial(&Trust::new(&server), server.address()).await;
        assert_eq!(client.reply().await.0, code);
    }
    server.shutdown().await;
}

#[tokio::test]
async fn the_nth_command_can_cost_the_connection() {
    let server = builder(PERSONALITY).start().await.unwrap();
    let mut client = Client::login(&server).await;
    server.arm(at("*", Action::Close).nth(3));
    client.converse(&[("NOOP", 200), ("PWD", 257)]).await;
    client.send("NOOP").await;
    client.try_reply().await.unwrap_err();
    let ended = only_control(&server).ended;
    assert_eq!(ended, Some(ControlEnd::ServerClosed));
    server.shutdown().await;
}

#[tokio::test]
async fn auth_can_be_answered_with_another_code() {
    let server = faulty(Fault::AuthReply("200 Fine.".to_owned())).await;
    let mut client = Client::dial(&Trust::new(&server), server.address()).await;
    client.reply().await;
    assert_eq!(client.command("AUTH TLS").await.1, "200 Fine.");
    client.secure().await.unwrap();
    assert_eq!(client.command("USER demo").await.0, 331);
    server.shutdown().await;
}

#[tokio::test]
async fn a_blank_line_can_follow_every_reply() {
    let (server, mut client) = faulty_client(Fault::BlankLines.nth(2)).await;
    assert_eq!(client.command("NOOP").await.0, 200);
    client.close().await;
    let mut client = Client::dial(&Trust::new(&server), server.address()).await;
    while !client.buffered(b"\r\n\r\n") {
        assert_ne!(soon(client.fill()).await.unwrap(), 0);
    }
    server.shutdown().await;
}

#[tokio::test]
async fn a_command_can_be_answered_twice() {
    for late in [false, true] {
        let command = "PWD";
        let fault = Fault::AnswerTwice { command, late };
        let (server, mut client) = faulty_client(fault.nth(1)).await;
        client.send_together(&["PWD", "NOOP", "NOOP"]).await;
        assert_eq!(client.codes().await, [257, 257, 200, 200]);
        assert_eq!(client.command("PWD").await.0, 257);
        server.shutdown().await;
    }
}

#[tokio::test]
async fn a_reply_can_precede_the_reply_to_a_command() {
    let point = Point::Command("PWD");
    let fault = Fault::At(point, Action::Precede("226 Transfer complete.".to_owned()));
    let (server, mut client) = faulty_client(fault.nth(1)).await;
    client.send_together(&["PWD", "NOOP"]).await;
    assert_eq!(client.codes().await, [226, 257, 200]);
    server.shutdown().await;
}

#[tokio::test]
async fn a_passive_reply_can_have_any_text() {
    for (command, text) in [
        ("EPSV", "227 Here ({numbers})"),
        ("PASV", "229 Here (|||{port}|)"),
        ("PASV", "227 Here ({spaced})"),
    ] {
        let fault = Fault::PassiveReply { command, text };
        let (server, mut client) = faulty_client(fault.nth(1)).await;
        let reply = client.command(command).await.1;
        assert!(reply.starts_with(&text[..9]), "{reply}");
        assert!(!reply.contains('{'), "{reply}");
        assert_eq!(reply.contains(", "), text.contains("spaced"), "{reply}");
        assert_eq!(client.fetch("LIST").await.reply.0, 226);
        server.shutdown().await;
    }
}
