//! Faults in transfers: what is moved, and how it ends.

use std::time::{Duration, Instant};

use towline_testkit::{Action, ControlEnd, Fault, Gate, Personality, Point};

use crate::support::{Client, TLS12, TLS13, builder, only_control, soon, until_stored};
use crate::{PERSONALITY, faulty_client};

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
async fn a_final_reply_can_be_lost_with_the_control_connection() {
    for personality in Personality::ALL {
        let fault = Fault::At(Point::FinalReply("STOR"), Action::Close);
        let server = builder(personality).fault(fault).start().await.unwrap();
        let mut client = Client::login(&server).await;
        let mut data = client.open("STOR g").await;
        data.write(b"hello").await.unwrap();
        data.close().await;
        client.try_reply().await.unwrap_err();
        assert_eq!(std::fs::read(server.root().join("g")).unwrap(), b"hello");
        let control = only_control(&server);
        assert_eq!(
            control.ended,
            Some(ControlEnd::ServerClosed),
            "{personality:?}"
        );
        let seen = &control.data[0];
        assert_eq!((seen.bytes, seen.reply), (5, None));
        server.shutdown().await;
    }
}

#[tokio::test]
async fn a_complete_transfer_can_be_answered_426() {
    for command in ["STOR g", "RETR f"] {
        let reply = Action::Reply("426 Failure reading network stream.".to_owned());
        let fault = Fault::At(Point::FinalReply("*"), reply);
        let (server, mut client) = faulty_client(fault).await;
        let answered = if command.starts_with("STOR") {
            let stored = client.store(command, b"hello").await;
            assert_eq!(std::fs::read(server.root().join("g")).unwrap(), b"hello");
            stored.reply
        } else {
            let fetched = client.fetch(command).await;
            assert_eq!(fetched.bytes, b"hello");
            fetched.reply
        };
        assert_eq!(answered.0, 426);
        client.converse(&[("NOOP", 200)]).await;
        server.shutdown().await;
    }
}

#[tokio::test]
async fn a_data_connection_can_outlast_its_final_reply() {
    for personality in Personality::ALL {
        for versions in [TLS12, TLS13] {
            let server = builder(personality)
                .versions(versions)
                .data_tickets(0)
                .fault(Fault::LeaveDataOpen);
            let server = server.start().await.unwrap();
            let mut client = Client::login(&server).await;

            let mut upload = client.open("STOR g").await;
            upload.write(b"hello").await.unwrap();
            upload.send_close_notify().await;
            assert_eq!(client.reply().await.0, 226, "{personality:?}");
            client.converse(&[("NOOP", 200)]).await;
            assert!(upload.is_silent(), "{personality:?}");
            // The server closes when the client does.
            upload.finish_tcp().await.unwrap();
            upload.drain().await;

            let mut download = client.open("RETR g").await;
            download.read(&mut [0; 5]).await.unwrap();
            assert_eq!(client.reply().await.0, 226, "{personality:?}");
            client.converse(&[("NOOP", 200)]).await;
            assert!(download.is_silent(), "{personality:?}");
            client.epsv().await;
            let end = download.read(&mut [0]).await.unwrap_err();
            assert_eq!(end.kind(), std::io::ErrorKind::UnexpectedEof);
            server.shutdown().await;
        }
    }
}

#[tokio::test]
async fn a_transfer_can_be_bound_to_a_pace() {
    for (command, verb) in [("STOR g", "STOR"), ("RETR f", "RETR")] {
        let (server, mut client) = faulty_client(Fault::Pace {
            command: verb,
            bytes_per_second: 100_000,
        })
        .await;
        let contents = vec![b'x'; 30_000];
        std::fs::write(server.root().join("f"), &contents).unwrap();
        let begun = Instant::now();
        if verb == "STOR" {
            assert_eq!(client.store(command, &contents).await.reply.0, 226);
            assert_eq!(std::fs::read(server.root().join("g")).unwrap(), contents);
        } else {
            assert_eq!(client.fetch(command).await.bytes, contents);
        }
        // No machine is fast enough to finish sooner.
        assert!(begun.elapsed() >= Duration::from_millis(290), "{command}");
        server.shutdown().await;
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_upload_bound_to_a_pace_waits_in_the_clients_send_queue() {
    let (server, mut client) = faulty_client(Fault::Pace {
        command: "STOR",
        bytes_per_second: 100_000,
    })
    .await;
    let mut data = client.open("STOR g").await;
    data.write(&[b'x'; 100_000]).await.unwrap();
    data.finish().await.unwrap();
    let mut unsent = vec![data.unsent()];
    assert!(unsent[0] > 50_000, "{unsent:?}");
    while *unsent.last().unwrap() > 0 {
        tokio::task::yield_now().await;
        let now = data.unsent();
        if now != *unsent.last().unwrap() {
            unsent.push(now);
        }
    }
    // The queue shrinks step by step.
    assert!(
        unsent.len() > 4 && unsent.is_sorted_by(|a, b| a > b),
        "{unsent:?}"
    );
    assert_eq!(client.reply().await.0, 226);
    server.shutdown().await;
}

#[tokio::test]
async fn a_file_can_change_while_it_is_fetched() {
    for (changed, came) in [(&b"hello world"[..], &b"hello world"[..]), (b"h", b"hel")] {
        let gate = Gate::new();
        let point = Point::Transfer {
            command: "RETR",
            after: 3,
        };
        let fault = Fault::At(point, Action::Hold(gate.clone()));
        let (server, mut client) = faulty_client(fault).await;
        let mut data = client.open("RETR f").await;
        soon(gate.reached()).await;
        std::fs::write(server.root().join("f"), changed).unwrap();
        gate.open();
        assert_eq!(data.read_to_end().await.unwrap(), came);
        data.close().await;
        assert_eq!(client.reply().await.0, 226);
        server.shutdown().await;
    }
}

#[tokio::test]
async fn one_control_connection_of_two_can_be_cut_in_its_transfer() {
    let point = Point::Transfer {
        command: "RETR",
        after: 2,
    };
    let fault = Fault::At(point, Action::Close).nth(2).on_control(2);
    let server = builder(PERSONALITY).fault(fault).start().await.unwrap();
    std::fs::write(server.root().join("f"), b"hello").unwrap();
    let mut first = Client::login(&server).await;
    let mut second = Client::login(&server).await;
    assert_eq!(second.fetch("RETR f").await.bytes, b"hello");
    for _ in 0..2 {
        assert_eq!(first.fetch("RETR f").await.bytes, b"hello");
    }
    let mut data = second.open("RETR f").await;
    data.read_to_end().await.unwrap_err();
    second.try_reply().await.unwrap_err();
    assert_eq!(first.fetch("RETR f").await.bytes, b"hello");
    let ended: Vec<_> = server.report().control.iter().map(|it| it.ended).collect();
    assert_eq!(ended, [None, Some(ControlEnd::ServerClosed)]);
    server.shutdown().await;
}
