//! `towline gateway`, as a program in front of it sees it.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdout, Command};

use crate::support::{Harness, PASSWORD, Run, signal};

/// A gateway that runs, and its JSON lines.
struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    address: SocketAddr,
}

impl Running {
    async fn start(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let event = next(&mut lines).await;
        assert_eq!(event["event"], "gateway_listening");
        let address = event["address"].as_str().unwrap().parse().unwrap();
        Self {
            child,
            lines,
            address,
        }
    }

    /// Waits for the next event of this kind.
    async fn event(&mut self, kind: &str) -> Value {
        loop {
            let event = next(&mut self.lines).await;
            if event["event"] == kind {
                return event;
            }
        }
    }

    async fn end(mut self) -> i32 {
        signal(&self.child, "TERM").await;
        let status = self.child.wait().await.unwrap();
        status.code().expect("ended by a signal")
    }
}

async fn next(lines: &mut Lines<BufReader<ChildStdout>>) -> Value {
    let line = lines.next_line().await.unwrap().expect("a line");
    serde_json::from_str(&line).unwrap()
}

/// An old program.
struct Old(BufReader<TcpStream>);

impl Old {
    async fn connect(address: SocketAddr) -> Self {
        let mut old = Self(BufReader::new(TcpStream::connect(address).await.unwrap()));
        old.reply("220").await;
        old
    }

    async fn reply(&mut self, code: &str) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).await.unwrap();
        assert!(line.starts_with(code), "{code} expected: {line}");
        line
    }

    async fn ask(&mut self, line: &str, code: &str) -> String {
        let line = format!("{line}\r\n");
        self.0.write_all(line.as_bytes()).await.unwrap();
        self.reply(code).await
    }

    async fn retrieve(&mut self, line: &str) -> Vec<u8> {
        let reply = self.ask("EPSV", "229").await;
        let port: u16 = reply.split('|').nth(3).unwrap().parse().unwrap();
        let mut data = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        self.ask(line, "150").await;
        let mut bytes = Vec::new();
        data.read_to_end(&mut bytes).await.unwrap();
        self.reply("226").await;
        bytes
    }
}

#[tokio::test]
async fn user_and_password_go_through_to_a_url() {
    let h = Harness::start().await;
    h.write_remote("a", "contents");
    let url = h.url("");
    let arguments = ["gateway", "--json", "--listen", "127.0.0.1:0", "--to", &url];
    let mut gateway = Running::start(h.command(&arguments)).await;
    let mut old = Old::connect(gateway.address).await;
    old.ask("USER demo", "331").await;
    old.ask("PASS wrong", "530").await;
    old.ask("USER demo", "331").await;
    old.ask(&format!("PASS {PASSWORD}"), "230").await;
    old.ask("TYPE I", "200").await;
    assert_eq!(old.retrieve("RETR a").await, b"contents");
    let verdict = gateway.event("data_connection").await;
    assert_eq!(verdict["resumed"], true);
    let transfer = gateway.event("gateway_transfer").await;
    assert_eq!(
        (&transfer["result"], &transfer["bytes"]),
        (&"verified".into(), &8.into())
    );
    assert_eq!(gateway.end().await, 0);
    old.reply("421").await;
}

#[tokio::test]
async fn a_route_of_the_file_has_a_password_of_its_own() {
    let h = Harness::start().await;
    h.write_remote("a", "contents");
    h.configure(
        "[site.vendor]\nHOST\nPORT\nuser = \"demo\"\npassword-file = \"secret\"\n\
         [gateway]\nlisten = \"127.0.0.1:0\"\n\
         [gateway.route.inbox]\nsite = \"vendor\"\npassword-command = \"echo gate\"\n\
         read-only = true\n",
    );
    let directory = h.home().join(".config/towline");
    let secret = directory.join("secret");
    std::fs::write(&secret, PASSWORD).unwrap();
    let owner = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&secret, owner).unwrap();
    let ca = h.home().join("ca.pem");
    let mut command = h.bare(&["gateway", "--json", "--ca-file"]);
    command.arg(ca);
    let mut gateway = Running::start(command).await;
    let mut old = Old::connect(gateway.address).await;
    old.ask("USER inbox", "331").await;
    old.ask("PASS gate", "230").await;
    let login = gateway.event("gateway_login").await;
    assert_eq!(
        (&login["route"], &login["site"]),
        (&"inbox".into(), &"vendor".into())
    );
    old.ask("DELE a", "550").await;
    assert_eq!(old.retrieve("NLST").await, b"a\r\n");
    assert_eq!(gateway.end().await, 0);
    let pem = h.home().join(".local/state/towline/gateway/gateway.pem");
    assert!(pem.exists(), "an own certificate is kept");
}

/// Waits until the gateway takes a login.
async fn let_in(address: SocketAddr, user: &str, password: &str) {
    let let_in = async {
        loop {
            let mut old = Old::connect(address).await;
            old.ask(&format!("USER {user}"), "331").await;
            let reply = old.ask(&format!("PASS {password}"), "").await;
            if !reply.starts_with("530") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), let_in)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_hangup_reads_the_file_again() {
    let h = Harness::start().await;
    let text = |route: &str| {
        format!(
            "[site.vendor]\nHOST\nPORT\nuser = \"demo\"\n\
             [gateway]\nlisten = \"127.0.0.1:0\"\n\
             [gateway.route.{route}]\nsite = \"vendor\"\npassword-command = \"echo gate\"\n"
        )
    };
    h.configure(&text("old"));
    let mut gateway = Running::start(h.command(&["gateway", "--json"])).await;
    let mut open = Old::connect(gateway.address).await;
    h.configure(&text("new"));
    signal(&gateway.child, "HUP").await;
    let_in(gateway.address, "new", "gate").await;
    open.ask("NOOP", "200").await;
    let moved = text("new") + "[gateway.route.more]\npassword = \"any\"\nsite = \"vendor\"\n";
    h.configure(&moved.replace("127.0.0.1:0", "127.0.0.1:1"));
    signal(&gateway.child, "HUP").await;
    let warning = gateway.event("warning").await;
    let text = warning["message"].as_str().unwrap();
    assert!(text.contains("keeps its addresses"), "{text}");
    // Everything else is in effect.
    let_in(gateway.address, "more", "x").await;
    assert_eq!(gateway.end().await, 0);
}

/// A program that looks only at the end of the data must not take a part for the whole.
#[tokio::test]
async fn a_gateway_that_is_killed_resets_a_download() {
    let h = Harness::start().await;
    h.write_remote("big", vec![7; 20_000_000]);
    let url = h.url("");
    let arguments = ["gateway", "--json", "--listen", "127.0.0.1:0", "--to", &url];
    let mut gateway = Running::start(h.command(&arguments)).await;
    let mut old = Old::connect(gateway.address).await;
    old.ask("USER demo", "331").await;
    old.ask(&format!("PASS {PASSWORD}"), "230").await;
    old.ask("TYPE I", "200").await;
    let reply = old.ask("EPSV", "229").await;
    let port: u16 = reply.split('|').nth(3).unwrap().parse().unwrap();
    let mut data = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    old.ask("RETR big", "150").await;
    data.read_u8().await.unwrap();
    gateway.child.kill().await.unwrap();
    let mut rest = Vec::new();
    let end = data.read_to_end(&mut rest).await.unwrap_err();
    assert_eq!(end.kind(), std::io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn what_would_let_strangers_in_is_a_usage_error() {
    let h = Harness::start().await;
    let url = h.url("");
    for (arguments, words) in [
        (vec!["gateway"], "there is no route"),
        (vec!["gateway", "--route", "a"], "--route NAME=SITE"),
        (
            vec!["gateway", "--listen", "0.0.0.0:0", "--to", &url],
            "TLS is not required",
        ),
    ] {
        let run = Run::of(h.command(&arguments)).await;
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.stderr.contains(words), "{run:?}");
    }
}

#[tokio::test]
async fn a_login_may_name_a_server_of_the_list() {
    let h = Harness::start().await;
    h.write_remote("a", "contents");
    let address = h.server.address();
    h.configure(&format!(
        "[gateway]\nlisten = \"127.0.0.1:0\"\nhosts = [\"files.example\", \"{address}\"]\n"
    ));
    let mut gateway = Running::start(h.command(&["gateway", "--json"])).await;
    let mut old = Old::connect(gateway.address).await;
    old.ask("USER demo@files.example:2121", "331").await;
    old.ask(&format!("PASS {PASSWORD}"), "530").await;
    old.ask(&format!("USER demo@{address}"), "331").await;
    old.ask(&format!("PASS {PASSWORD}"), "230").await;
    let login = gateway.event("gateway_login").await;
    assert_eq!(login["route"], address.to_string());
    old.ask("TYPE I", "200").await;
    assert_eq!(old.retrieve("RETR a").await, b"contents");
    assert_eq!(gateway.end().await, 0);
}

#[tokio::test]
async fn what_keeps_the_gateway_from_starting_has_its_own_exit_code() {
    let h = Harness::start().await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let url = h.url("");
    let run = h
        .run(&["gateway", "--json", "--listen", &address, "--to", &url])
        .await;
    assert_eq!(run.code, 3, "{run:?}");
    assert_eq!(run.events_of("error")[0]["kind"], "network");
    h.configure("[gateway]\ncertificate = \"missing.pem\"\n");
    let run = h.run(&["gateway", "--json", "--to", &url]).await;
    assert_eq!(run.code, 9, "{run:?}");
    assert_eq!(run.events_of("error")[0]["kind"], "local");
    h.configure("[gateway]\ncertificate = \"config.toml\"\n");
    let run = h.run(&["gateway", "--json", "--to", &url]).await;
    assert_eq!(run.code, 2, "{run:?}");
}
