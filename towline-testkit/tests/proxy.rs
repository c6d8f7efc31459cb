//! Both proxies: authentication, requests, and refusals.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]

mod support;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use support::{TLS13, soon, start};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use towline_testkit::{Personality, Proxy, ProxyRequest};

/// `demo:secret`
const BASIC: &str = "Basic ZGVtbzpzZWNyZXQ=";
const GREETING: &[u8] = b"220 (vsFTPd 3.0.3)\r\n";

/// A client of a proxy that sends and reads raw bytes.
struct Wire(TcpStream);

impl Wire {
    async fn dial(proxy: &Proxy) -> Self {
        Self(soon(TcpStream::connect(proxy.address())).await.unwrap())
    }

    async fn send(&mut self, bytes: &[u8]) {
        soon(self.0.write_all(bytes)).await.unwrap();
    }

    async fn read(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        soon(self.0.read_exact(&mut bytes)).await.unwrap();
        bytes
    }

    /// Sends a message, and checks the answer.
    async fn exchange(&mut self, bytes: &[u8], answer: &[u8]) {
        self.send(bytes).await;
        assert_eq!(self.read(answer.len()).await, answer);
    }

    /// Sends an HTTP `CONNECT`. Returns the status code of the answer.
    async fn connect(&mut self, target: &str, authorization: Option<&str>) -> u16 {
        let field = authorization.map_or(String::new(), |value| {
            format!("Proxy-Authorization: {value}\r\n")
        });
        let head = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{field}\r\n");
        self.send(head.as_bytes()).await;
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            answer.extend(self.read(1).await);
        }
        String::from_utf8(answer).unwrap()[9..12].parse().unwrap()
    }

    /// Sends a SOCKS5 request, in which `kind` is the type of the address. Returns the reply code.
    async fn request(&mut self, kind: u8, host: &[u8], port: u16) -> u8 {
        let request = [&[5, 1, 0, kind], host, &port.to_be_bytes()].concat();
        self.send(&request).await;
        let head = self.read(4).await;
        let rest = if head[3] == 4 { 18 } else { 6 };
        self.read(rest).await;
        head[1]
    }

    async fn is_closed(&mut self) -> bool {
        soon(self.0.read(&mut [0])).await.unwrap() == 0
    }
}

#[tokio::test]
async fn a_hello_is_damaged_and_nothing_else() {
    let hello = [&[22, 3, 1, 0, 40][..], &[7; 40]].concat();
    for (first, damaged) in [(hello.as_slice(), true), (b"AUTH TLS and more", false)] {
        let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let proxy = Proxy::http().damage_hellos(0..1).start().await.unwrap();
        let mut wire = Wire::dial(&proxy).await;
        let target = server.local_addr().unwrap().to_string();
        assert_eq!(wire.connect(&target, None).await, 200);
        let (mut accepted, _) = soon(server.accept()).await.unwrap();
        wire.send(first).await;
        let mut received = vec![0; first.len()];
        soon(accepted.read_exact(&mut received)).await.unwrap();
        let changed = received
            .iter()
            .zip(first)
            .filter(|(one, other)| one != other);
        assert_eq!(changed.count(), usize::from(damaged));
    }
}

fn asked(proxy: &Proxy) -> Vec<(String, u16)> {
    let requests = proxy.requests().into_iter();
    requests
        .map(|request| (request.host, request.answer))
        .collect()
}

#[tokio::test]
async fn connect_reaches_a_name_that_only_the_proxy_knows() {
    let server = start(Personality::VsFtpd, TLS13).await;
    let proxy = Proxy::http().resolve("files.test", Ipv4Addr::LOCALHOST);
    let proxy = proxy.start().await.unwrap();
    let port = server.address().port();
    for (target, host) in [
        (format!("files.test:{port}"), "files.test"),
        (format!("127.0.0.1:{port}"), "127.0.0.1"),
    ] {
        let mut wire = Wire::dial(&proxy).await;
        assert_eq!(wire.connect(&target, None).await, 200);
        assert_eq!(wire.read(GREETING.len()).await, GREETING);
        let last = proxy.requests().pop().unwrap();
        assert_eq!(
            (last.host.as_str(), last.port, last.user),
            (host, port, None)
        );
    }
    server.shutdown().await;
}

#[tokio::test]
async fn a_client_may_try_again_behind_407() {
    let server = start(Personality::VsFtpd, TLS13).await;
    let proxy = Proxy::http().user("demo", "secret").start().await.unwrap();
    let target = server.address().to_string();
    let mut wire = Wire::dial(&proxy).await;
    assert_eq!(wire.connect(&target, None).await, 407);
    assert_eq!(wire.connect(&target, Some("Basic ZGVtbzp4")).await, 407);
    assert_eq!(wire.connect(&target, Some(BASIC)).await, 200);
    assert_eq!(wire.read(GREETING.len()).await, GREETING);
    let requests = proxy.requests();
    let users: Vec<_> = requests.iter().map(|it| it.user.as_deref()).collect();
    assert_eq!(users, [None, Some("demo"), Some("demo")]);
    server.shutdown().await;
}

#[tokio::test]
async fn what_comes_behind_the_head_goes_to_the_target() {
    let server = start(Personality::VsFtpd, TLS13).await;
    let proxy = Proxy::http().start().await.unwrap();
    let target = server.address();
    let mut wire = Wire::dial(&proxy).await;
    let head = format!("CONNECT {target} HTTP/1.1\r\n\r\nQUIT\r\n");
    wire.send(head.as_bytes()).await;
    let mut all = Vec::new();
    soon(wire.0.read_to_end(&mut all)).await.unwrap();
    assert!(all.ends_with(b"221 Goodbye.\r\n"), "{all:?}");
    server.shutdown().await;
}

#[tokio::test]
async fn http_refuses_what_it_cannot_or_must_not_do() {
    for (target, status) in [
        ("nowhere.test:21", 502),
        ("127.0.0.1:1", 502),
        ("192.0.2.7:21", 403),
        ("nonsense", 400),
    ] {
        let proxy = Proxy::http().start().await.unwrap();
        let mut wire = Wire::dial(&proxy).await;
        assert_eq!(wire.connect(target, None).await, status, "{target}");
        assert!(wire.is_closed().await);
    }
    let proxy = Proxy::http().start().await.unwrap();
    let mut wire = Wire::dial(&proxy).await;
    let answer = b"HTTP/1.1 405 ";
    wire.exchange(b"GET / HTTP/1.1\r\n\r\n", answer).await;
}

#[tokio::test]
async fn http_refuses_from_the_nth_request_on() {
    let server = start(Personality::VsFtpd, TLS13).await;
    let target = server.address().to_string();
    for status in [403, 502] {
        let proxy = Proxy::http().refuse_from_nth(2, status);
        let proxy = proxy.start().await.unwrap();
        for answer in [200, status, status] {
            let mut wire = Wire::dial(&proxy).await;
            assert_eq!(wire.connect(&target, None).await, answer);
        }
    }
    server.shutdown().await;
}

#[tokio::test]
async fn socks_takes_names_and_addresses() {
    let server = support::builder(Personality::VsFtpd).ipv6(true);
    let server = server.start().await.unwrap();
    let v6 = server.address_v6().unwrap();
    let proxy = Proxy::socks5().resolve("files.test", Ipv4Addr::LOCALHOST);
    let proxy = proxy.start().await.unwrap();
    let loopback: IpAddr = v6.ip();
    let IpAddr::V6(loopback) = loopback else {
        panic!("the address is not IPv6");
    };
    let requests: [(u8, Vec<u8>, SocketAddr); 3] = [
        (3, b"\x0afiles.test".to_vec(), server.address()),
        (1, vec![127, 0, 0, 1], server.address()),
        (4, loopback.octets().to_vec(), v6),
    ];
    for (kind, host, address) in requests {
        let mut wire = Wire::dial(&proxy).await;
        wire.exchange(&[5, 1, 0], &[5, 0]).await;
        assert_eq!(wire.request(kind, &host, address.port()).await, 0);
        assert_eq!(wire.read(GREETING.len()).await, GREETING);
    }
    let hosts = ["files.test", "127.0.0.1", "::1"];
    assert_eq!(asked(&proxy), hosts.map(|host| (host.to_owned(), 0)));
    server.shutdown().await;
}

#[tokio::test]
async fn socks_wants_the_name_and_the_password() {
    let server = start(Personality::VsFtpd, TLS13).await;
    let proxy = Proxy::socks5()
        .user("demo", "secret")
        .start()
        .await
        .unwrap();

    let mut wire = Wire::dial(&proxy).await;
    wire.exchange(&[5, 1, 0], &[5, 0xff]).await;
    assert!(wire.is_closed().await);

    let mut wire = Wire::dial(&proxy).await;
    wire.exchange(&[5, 2, 0, 2], &[5, 2]).await;
    wire.exchange(b"\x01\x04demo\x05wrong", &[1, 1]).await;
    assert!(wire.is_closed().await);

    let mut wire = Wire::dial(&proxy).await;
    wire.exchange(&[5, 2, 0, 2], &[5, 2]).await;
    wire.exchange(b"\x01\x04demo\x06secret", &[1, 0]).await;
    let port = server.address().port();
    assert_eq!(wire.request(3, b"\x09localhost", port).await, 0);
    let requests: Vec<ProxyRequest> = proxy.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].user.as_deref(), Some("demo"));
    server.shutdown().await;
}

#[tokio::test]
async fn socks_refuses_with_its_reply_codes() {
    for (host, reply) in [
        (&b"\x0cnowhere.test"[..], 4),
        (b"\x09127.0.0.1", 5),
        (b"\x09192.0.2.7", 2),
    ] {
        let proxy = Proxy::socks5().start().await.unwrap();
        let mut wire = Wire::dial(&proxy).await;
        wire.exchange(&[5, 1, 0], &[5, 0]).await;
        assert_eq!(wire.request(3, host, 1).await, reply);
        assert!(wire.is_closed().await);
    }
    for told in 1..=8 {
        let proxy = Proxy::socks5().refuse(told).start().await.unwrap();
        let mut wire = Wire::dial(&proxy).await;
        wire.exchange(&[5, 1, 0], &[5, 0]).await;
        let reply = wire.request(3, b"\x09localhost", 1).await;
        assert_eq!(u16::from(reply), told);
        assert_eq!(asked(&proxy), [("localhost".to_owned(), told)]);
    }
}
