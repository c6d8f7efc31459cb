//! How a server handles input that arrives before its turn.

use towline_testkit::{Early, EarlyClose, Fault, Personality};

use crate::support::{Client, TLS12, TLS13, builder, only_control};

const BEHIND: [&str; 3] = ["MDTM f", "SIZE f", "EPSV"];

/// Logs in to a server where early commands wait, but `what` happens to the first `EPSV`.
async fn client(what: Early) -> (towline_testkit::Server, Client) {
    let fault = Fault::Early {
        command: "EPSV",
        what,
    };
    let server = builder(Personality::VsFtpd).fault(fault.nth(1));
    let server = server.start().await.unwrap();
    std::fs::write(server.root().join("f"), b"hello").unwrap();
    let client = Client::login(&server).await;
    (server, client)
}

#[tokio::test]
async fn a_command_can_cut_the_transfer_that_it_came_behind() {
    for command in ["RETR f", "STOR g"] {
        let (server, mut client) = client(Early::Cut).await;
        let address = client.epsv().await;
        let commands = [&[command], &BEHIND[..]].concat();
        assert!(client.open_together(address, &commands).await.is_err());
        assert_eq!(client.codes().await, [150, 213, 213], "{command}");
        client.hear_epsv().await;
        client.converse(&[("NOOP", 200)]).await;
        let control = only_control(&server);
        assert_eq!((control.data[0].reply, control.early.len()), (None, 3));
        if command == "STOR g" {
            assert_eq!(std::fs::read(server.root().join("g")).unwrap(), b"");
        }
        // The second `EPSV` waits, as on the real server.
        assert_eq!(early_download(&mut client).await, [150, 226, 213, 213, 229]);
        server.shutdown().await;
    }
}

/// Downloads, with more commands sent after `RETR`. Returns the codes of the next replies.
async fn early_download<const N: usize>(client: &mut Client) -> [u16; N] {
    let address = client.epsv().await;
    let commands = [&["RETR f"], &BEHIND[..]].concat();
    let mut data = client.open_together(address, &commands).await.unwrap();
    assert_eq!(data.read_to_end().await.unwrap(), b"hello");
    data.close().await;
    client.codes().await
}

#[tokio::test]
async fn a_command_can_be_lost() {
    let (server, mut client) = client(Early::Drop).await;
    assert_eq!(early_download(&mut client).await, [150, 226, 213, 213]);
    client.converse(&[("NOOP", 200)]).await;
    let commands = only_control(&server).commands;
    assert_eq!(commands[commands.len() - 2..], ["EPSV", "NOOP"]);
    server.shutdown().await;
}

#[tokio::test]
async fn a_command_can_be_answered_ahead_of_the_final_reply() {
    let (server, mut client) = client(Early::Answer).await;
    assert_eq!(early_download(&mut client).await, [150, 229, 226, 213, 213]);
    server.shutdown().await;

    // The client can use the port.
    let answer = Fault::Early {
        command: "*",
        what: Early::Answer,
    };
    let server = builder(Personality::ProFtpd138).fault(answer);
    let server = server.start().await.unwrap();
    std::fs::write(server.root().join("f"), b"hello").unwrap();
    let mut client = Client::login(&server).await;
    let address = client.epsv().await;
    let commands = ["RETR f", "EPSV", "RETR f"];
    let mut first = client.open_together(address, &commands).await.unwrap();
    assert_eq!(client.codes().await, [150]);
    let address = client.hear_epsv().await;
    let second = tokio::net::TcpStream::connect(address).await.unwrap();
    assert_eq!(first.read_to_end().await.unwrap(), b"hello");
    first.close().await;
    assert_eq!(client.codes().await, [226, 150]);
    let mut second = client.secure_data(second).await.unwrap();
    assert_eq!(second.read_to_end().await.unwrap(), b"hello");
    second.close().await;
    assert_eq!(client.codes().await, [226]);
    server.shutdown().await;
}

#[tokio::test]
async fn a_command_can_be_refused() {
    for reply in [
        "450 EPSV: data transfer in progress",
        "503 Bad sequence of commands.",
    ] {
        let (server, mut client) = client(Early::Refuse(reply.to_owned())).await;
        let code = reply[..3].parse().unwrap();
        let codes: [u16; 5] = early_download(&mut client).await;
        assert_eq!(codes, [150, code, 226, 213, 213]);
        server.shutdown().await;
    }
}

#[tokio::test]
async fn an_early_close_notify_can_cost_the_end_of_a_download() {
    for (how, clean, reply) in [
        (EarlyClose::Reset, false, 226),
        (EarlyClose::Shorten, true, 226),
        (EarlyClose::Fail, true, 426),
    ] {
        for versions in [TLS12, TLS13] {
            let fault = Fault::EarlyClose(how).nth(1);
            let server = builder(Personality::VsFtpd).versions(versions).fault(fault);
            let server = server.start().await.unwrap();
            std::fs::write(server.root().join("f"), b"hello").unwrap();
            let mut client = Client::login(&server).await;
            // A client that closes in its turn does not trigger the fault.
            assert_eq!(client.fetch("RETR f").await.bytes, b"hello");
            for cut in [true, false] {
                let address = client.epsv().await;
                let mut data = client.open_together(address, &["RETR f"]).await.unwrap();
                data.send_close_notify().await;
                let read = data.read_to_end().await;
                match read {
                    Ok(bytes) if !cut => assert_eq!(bytes, b"hello"),
                    Ok(bytes) => {
                        assert!(clean && bytes == b"hell", "{how:?} {versions:?} {bytes:?}")
                    }
                    Err(_) => assert!(cut && !clean, "{how:?}"),
                }
                let reply = if cut { reply } else { 226 };
                assert_eq!(client.codes().await, [150, reply], "{how:?} {versions:?}");
            }
            server.shutdown().await;
        }
    }
}
