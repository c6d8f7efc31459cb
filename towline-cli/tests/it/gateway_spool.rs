//! `towline gateway` with a spool, killed at seeded moments: each upload arrives once.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdout};
use towline_testkit::{Action, Fault, Gate, Personality, Point, Server};

use crate::support::{Harness, Run, signal};

const FILES: usize = 6;

struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    address: SocketAddr,
    /// What it has warned of before it listened.
    warnings: Vec<String>,
}

impl Running {
    async fn start(h: &Harness) -> Self {
        let mut child = h.command(&["gateway", "--json"]).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut warnings = Vec::new();
        let event = loop {
            let line = lines.next_line().await.unwrap().expect("a line");
            let event: Value = serde_json::from_str(&line).unwrap();
            if event["event"] != "warning" {
                break event;
            }
            warnings.push(line);
        };
        assert_eq!(event["event"], "gateway_listening", "{event}");
        let address = event["address"].as_str().unwrap().parse().unwrap();
        Self {
            child,
            lines,
            address,
            warnings,
        }
    }

    async fn kill(mut self) {
        signal(&self.child, "KILL").await;
        self.child.wait().await.unwrap();
    }

    /// Waits until nothing waits any more.
    async fn empty(&mut self, h: &Harness) {
        loop {
            let run = Run::of(h.bare(&["gateway", "status", "--json"])).await;
            assert_eq!(run.code, 0, "{run:?}");
            if run.events().is_empty() {
                return;
            }
            let line = self.lines.next_line().await.unwrap();
            assert!(line.is_some(), "the gateway has ended: {run:?}");
        }
    }
}

async fn reply(stream: &mut BufReader<TcpStream>, code: &str) -> String {
    let mut line = String::new();
    stream.read_line(&mut line).await.unwrap();
    assert!(line.starts_with(code), "{code} expected: {line}");
    line
}

async fn ask(stream: &mut BufReader<TcpStream>, line: &str, code: &str) -> String {
    stream
        .write_all(format!("{line}\r\n").as_bytes())
        .await
        .unwrap();
    reply(stream, code).await
}

fn contents(n: usize) -> Vec<u8> {
    (0..n * 50_000 + 1).map(|at| (at * 31 + n) as u8).collect()
}

/// Uploads all files as an old program, each acknowledged with 226.
async fn upload_all(address: SocketAddr) {
    let stream = TcpStream::connect(address).await.unwrap();
    let mut stream = BufReader::new(stream);
    reply(&mut stream, "220").await;
    ask(&mut stream, "USER vendor", "331").await;
    ask(&mut stream, "PASS gate", "230").await;
    ask(&mut stream, "TYPE I", "200").await;
    for n in 0..FILES {
        let opened = ask(&mut stream, "EPSV", "229").await;
        let port: u16 = opened.split('|').nth(3).unwrap().parse().unwrap();
        let mut data = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        ask(&mut stream, &format!("STOR f{n}"), "150").await;
        data.write_all(&contents(n)).await.unwrap();
        data.shutdown().await.unwrap();
        reply(&mut stream, "226").await;
    }
}

fn spool(h: &Harness) -> PathBuf {
    h.home().join("spool")
}

async fn harness(personality: Personality) -> Harness {
    let h = Harness::with(Server::builder(personality)).await;
    h.configure(&format!(
        "[site.vendor]\nHOST\nPORT\nuser = \"demo\"\n\
         [gateway]\nlisten = \"127.0.0.1:0\"\n\
         [gateway.route.vendor]\npassword-command = \"echo gate\"\nspool = \"{}\"\n",
        spool(&h).display()
    ));
    h
}

/// As [`killed_at_point`], at a command.
async fn killed_at(personality: Personality, verb: &'static str, occasion: usize, takes: bool) {
    killed_at_point(personality, Point::Command(verb), occasion, takes).await;
}

/// The gateway is killed when the server reaches an occasion of `point`. What the server has got
/// its name by then is taken away, as a vendor does.
async fn killed_at_point(personality: Personality, point: Point, occasion: usize, takes: bool) {
    let at = format!("{personality:?} at {point:?} {occasion}, taken: {takes}");
    let h = harness(personality).await;
    let gate = Gate::new();
    let fault = Fault::At(point, Action::Hold(gate.clone()));
    h.server.arm(fault.nth(occasion));
    let first = Running::start(&h).await;
    upload_all(first.address).await;
    gate.reached().await;
    first.kill().await;
    gate.open();
    h.server.disarm();
    let mut taken = Vec::new();
    if takes {
        for n in 0..FILES {
            let path = h.remote(&format!("f{n}"));
            if let Ok(bytes) = std::fs::read(&path) {
                assert_eq!(bytes, contents(n), "{at}: f{n} is whole");
                std::fs::remove_file(path).unwrap();
                taken.push(n);
            }
        }
    }
    let mut second = Running::start(&h).await;
    second.empty(&h).await;
    second.kill().await;
    for n in 0..FILES {
        let found = std::fs::read(h.remote(&format!("f{n}"))).ok();
        match taken.contains(&n) {
            true => assert_eq!(found, None, "{at}: f{n} came twice"),
            false => assert!(found == Some(contents(n)), "{at}: f{n} is missing"),
        }
    }
    let expected = FILES - taken.len();
    assert_eq!(h.remote_names("").len(), expected, "{at}: no part remains");
}

#[tokio::test]
async fn a_gateway_that_is_killed_delivers_each_upload_once() {
    for (verb, occasion) in [
        ("STOR", 1),
        ("STOR", 3),
        ("SIZE", 2),
        ("RNFR", 1),
        ("RNTO", 1),
        ("RNTO", 4),
    ] {
        killed_at(Personality::ProFtpd138, verb, occasion, false).await;
    }
    killed_at(Personality::VsFtpd, "RNTO", 2, false).await;
    for (verb, occasion) in [("STOR", 4), ("SIZE", 2), ("SIZE", 4)] {
        killed_at(Personality::ProFtpd138, verb, occasion, true).await;
    }
}

/// In the middle of a file, and when the server has all of it and has not said so.
#[tokio::test]
async fn a_gateway_that_is_killed_within_a_delivery_delivers_it_once() {
    let within = Point::Transfer {
        command: "STOR",
        after: 40_000,
    };
    killed_at_point(Personality::ProFtpd138, within.clone(), 3, false).await;
    killed_at_point(Personality::VsFtpd, within, 5, true).await;
    let told = Point::FinalReply("STOR");
    killed_at_point(Personality::ProFtpd138, told.clone(), 1, false).await;
    killed_at_point(Personality::VsFtpd, told, 4, true).await;
}

/// The server cuts deliveries off, refuses them for a while, or sends the gateway away.
#[tokio::test]
async fn deliveries_that_are_cut_off_arrive_once() {
    let busy = Action::Reply("450 Busy.".to_owned());
    for (point, action, occasion) in [
        (Point::Command("RNTO"), Action::Close, 2),
        (Point::FinalReply("STOR"), Action::Close, 3),
        (Point::FinalReply("STOR"), busy, 2),
        (Point::Command("SIZE"), Action::Goodbye, 2),
    ] {
        let at = format!("{point:?} {action:?} {occasion}");
        let h = harness(Personality::ProFtpd138).await;
        h.server.arm(Fault::At(point, action).nth(occasion));
        let mut gateway = Running::start(&h).await;
        upload_all(gateway.address).await;
        gateway.empty(&h).await;
        gateway.kill().await;
        for n in 0..FILES {
            let found = std::fs::read(h.remote(&format!("f{n}"))).ok();
            assert!(found == Some(contents(n)), "{at}: f{n}");
        }
        assert_eq!(h.remote_names("").len(), FILES, "{at}: no part remains");
    }
}

/// A gateway that is killed while a client uploads has not acknowledged that upload.
#[tokio::test]
async fn what_was_not_acknowledged_is_not_delivered() {
    let h = harness(Personality::VsFtpd).await;
    let first = Running::start(&h).await;
    let stream = TcpStream::connect(first.address).await.unwrap();
    let mut stream = BufReader::new(stream);
    reply(&mut stream, "220").await;
    ask(&mut stream, "USER vendor", "331").await;
    ask(&mut stream, "PASS gate", "230").await;
    let opened = ask(&mut stream, "EPSV", "229").await;
    let port: u16 = opened.split('|').nth(3).unwrap().parse().unwrap();
    let mut data = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    ask(&mut stream, "STOR a", "150").await;
    data.write_all(&contents(3)).await.unwrap();
    first.kill().await;
    let mut second = Running::start(&h).await;
    second.empty(&h).await;
    assert_eq!(
        std::fs::read_dir(spool(&h).join("incoming"))
            .unwrap()
            .count(),
        0
    );
    second.kill().await;
    assert_eq!(h.remote_names(""), [""; 0]);
}

#[tokio::test]
async fn the_status_says_what_waits_and_why() {
    let h = harness(Personality::VsFtpd).await;
    let run = Run::of(h.bare(&["gateway", "status"])).await;
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (0, "vendor: nothing waits\n")
    );
    h.server.arm(Fault::At(
        Point::Command("STOR"),
        Action::Reply("553 This name is forbidden.".to_owned()),
    ));
    let mut gateway = Running::start(&h).await;
    upload_all(gateway.address).await;
    for _ in 0..FILES {
        loop {
            let line = gateway.lines.next_line().await.unwrap().unwrap();
            let event: Value = serde_json::from_str(&line).unwrap();
            if event["event"] == "gateway_delivery" {
                assert_eq!(event["result"], "aside", "{event}");
                break;
            }
        }
    }
    let run = Run::of(h.bare(&["gateway", "status", "vendor", "--json"])).await;
    let waiting = run.events_of("gateway_spooled");
    assert_eq!(waiting.len(), FILES, "{run:?}");
    assert_eq!(waiting[1]["path"], "/f1");
    assert_eq!(waiting[1]["state"], "aside");
    assert_eq!(waiting[1]["bytes"], 50_001);
    let reason = waiting[1]["reason"].as_str().unwrap();
    assert!(reason.contains("553 This name is forbidden."), "{reason}");
    let run = Run::of(h.bare(&["gateway", "status"])).await;
    let first = run.stdout.lines().next();
    assert_eq!(first, Some("vendor: 0 to deliver, 6 set aside"), "{run:?}");
    let run = Run::of(h.bare(&["gateway", "status", "elsewhere"])).await;
    assert_eq!(run.code, 2, "{run:?}");
    // Another gateway for the same spool.
    let run = h.run(&["gateway", "--json"]).await;
    assert_eq!(run.code, 1, "{run:?}");
    assert_eq!(run.events_of("error")[0]["kind"], "running");
    gateway.kill().await;
}

#[tokio::test]
async fn what_was_set_aside_is_delivered_on_request() {
    let h = harness(Personality::VsFtpd).await;
    let before = Run::of(h.bare(&["gateway", "retry", "vendor"])).await;
    assert_eq!(before.code, 0, "{before:?}");
    assert_eq!(before.stdout, "vendor: nothing waits\n");
    let words = "553 This name is forbidden.".to_owned();
    let refuse = Fault::At(Point::Command("STOR"), Action::Reply(words));
    h.server.arm(refuse);
    let mut running = Running::start(&h).await;
    upload_all(running.address).await;
    let waiting = loop {
        let run = Run::of(h.bare(&["gateway", "status", "--json"])).await;
        let waiting = run.events();
        if waiting.iter().all(|upload| upload["state"] == "aside") {
            break waiting;
        }
        running.lines.next_line().await.unwrap().expect("a line");
    };
    assert_eq!(waiting.len(), FILES);
    h.server.disarm();
    let second = waiting[1]["upload"].to_string();
    let one = Run::of(h.bare(&["gateway", "retry", "vendor", &second, "--json"])).await;
    assert_eq!(one.code, 0, "{one:?}");
    assert_eq!(one.events()[0]["count"], 1);
    let missing = Run::of(h.bare(&["gateway", "retry", "vendor", "99"])).await;
    assert_eq!(missing.code, 2, "{missing:?}");
    let unknown = Run::of(h.bare(&["gateway", "retry", "other"])).await;
    assert_eq!(unknown.code, 2, "{unknown:?}");
    let all = Run::of(h.bare(&["gateway", "retry", "vendor"])).await;
    assert_eq!(all.code, 0, "{all:?}");
    running.empty(&h).await;
    running.kill().await;
    assert_eq!(h.remote_names("").len(), FILES);
}

#[tokio::test]
async fn the_status_shows_a_spool_that_has_lost_its_route() {
    let h = harness(Personality::VsFtpd).await;
    h.server.arm(Fault::At(Point::Greeting, Action::Close));
    let running = Running::start(&h).await;
    upload_all(running.address).await;
    running.kill().await;
    let configuration = h.home().join(".config/towline/config.toml");
    let with_spool = std::fs::read_to_string(&configuration).unwrap();
    let lines = with_spool.lines().filter(|line| !line.starts_with("spool"));
    let without: String = lines.map(|line| format!("{line}\n")).collect();
    std::fs::write(&configuration, without).unwrap();
    // The next start says so, too, and keeps it in sight.
    let running = Running::start(&h).await;
    let warned = running.warnings.concat();
    assert!(warned.contains("no route leads to this spool"), "{warned}");
    running.kill().await;
    let run = Run::of(h.bare(&["gateway", "status"])).await;
    assert_eq!(run.code, 0, "{run:?}");
    let spool = spool(&h).display().to_string();
    let first = format!("{spool} (no route leads there any more): 6 to deliver");
    assert_eq!(run.stdout.lines().next(), Some(first.as_str()), "{run:?}");
    let run = Run::of(h.bare(&["gateway", "status", "--json"])).await;
    let waiting = run.events_of("gateway_spooled");
    assert_eq!(waiting.len(), FILES, "{run:?}");
    assert_eq!(waiting[0]["route"], Value::Null);
    assert_eq!(waiting[0]["spool"], spool);
    // A route that gets the spool again delivers what is in it.
    std::fs::write(&configuration, with_spool).unwrap();
    h.server.disarm();
    let mut running = Running::start(&h).await;
    running.empty(&h).await;
    running.kill().await;
    assert_eq!(h.remote_names("").len(), FILES);
    let run = Run::of(h.bare(&["gateway", "status"])).await;
    assert_eq!(run.stdout, "vendor: nothing waits\n");
}
