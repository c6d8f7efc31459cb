//! A whole session with a gateway, over sockets.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a body fails by panicking"
)]

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::LazyLock;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::TcpSocket;
use tokio::runtime;
use towline::{Config, Secret};
use towline_gateway::{Access, Event, Gateway, Limits, Route, Settings, SpoolOptions};
use towline_proto::codec::{DecodeError, Limits as ReplyLimits, ReplyDecoder};
use towline_proto::reply::ReplyCode;

use crate::input::take_byte;

/// The limit for each wait of the gateway.
const SOON: Duration = Duration::from_millis(200);

/// No session takes this long.
const TOO_LONG: Duration = Duration::from_secs(20);

/// Whatever a client sends, in whatever pieces: the session ends within its limits, every reply is
/// well formed and final or preliminary, and there is at most one final reply for each line, one for
/// the greeting and one for the farewell. The gateway serves the next session.
pub fn gateway_session(mut data: &[u8]) {
    let choice = take_byte(&mut data);
    let piece = usize::from(take_byte(&mut data)) + 1;
    let login: &[u8] = match choice % 4 {
        0 => b"",
        1 => b"USER a\r\nPASS b\r\n",
        2 => b"USER a\r\nPASS b\r\nPASV\r\n",
        _ => b"USER a\r\nPASS b\r\nTYPE I\r\nEPSV\r\n",
    };
    let input = [login, data].concat();
    let mut stream = PLACE.connect();
    let read = {
        let input = input.clone();
        let mut stream = stream.try_clone().expect("a socket");
        thread::spawn(move || {
            for piece in input.chunks(piece) {
                // It may have ended the session.
                if stream.write_all(piece).is_err() {
                    return;
                }
            }
            let _ = stream.shutdown(Shutdown::Write);
        })
    };
    let mut replies = Vec::new();
    let mut block = [0; 4096];
    loop {
        match stream.read(&mut block) {
            Ok(0) => break,
            Ok(count) => replies.extend_from_slice(&block[..count]),
            // A reset is an end, too.
            Err(error) => {
                let is_late = matches!(
                    error.kind(),
                    std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
                );
                assert!(!is_late, "no end");
                break;
            }
        }
    }
    drop(stream);
    assert!(read.join().is_ok());
    check(&replies, &input);
}

fn check(replies: &[u8], input: &[u8]) {
    let mut decoder = ReplyDecoder::new(ReplyLimits::default());
    decoder.push(replies);
    let mut finals = 0;
    let mut first = None;
    while let Some(reply) = decoder.next_reply().unwrap_or_else(|error: DecodeError| {
        panic!("{error}: {}", String::from_utf8_lossy(replies));
    }) {
        first.get_or_insert_with(|| reply.code());
        finals += usize::from(reply.code().as_u16() >= 200);
    }
    assert!(first.is_none_or(
        |code| code == ReplyCode::SERVICE_READY || code == ReplyCode::SERVICE_UNAVAILABLE
    ));
    // ABOR may be answered twice: for the transfer, and for itself.
    let lines = input.iter().filter(|byte| **byte == b'\n').count();
    assert!(
        finals <= 2 * lines + 2,
        "{finals} replies for {lines} lines"
    );
}

/// A gateway whose only route needs no server for a login.
struct Place {
    address: SocketAddr,
    runtime: runtime::Runtime,
    _spool: TempDir,
}

static PLACE: LazyLock<Place> = LazyLock::new(Place::open);

impl Place {
    fn open() -> Self {
        let spool = tempfile::tempdir().expect("a directory");
        // Nobody listens there.
        let config = Config::new("127.0.0.1")
            .port(1)
            .user("a")
            .password(Secret::new("b"))
            .timeout(SOON);
        let mut route = Route::new("a", config, Access::Any);
        let directory = spool.path().join("spool");
        route.spool = Some(SpoolOptions {
            limit: Some(1 << 20),
            ..SpoolOptions::new(directory)
        });
        route.queue = SOON;
        let settings = Settings {
            listen: vec![SocketAddr::from(([127, 0, 0, 1], 0))],
            routes: vec![route],
            limits: Limits {
                login: Duration::from_secs(1),
                idle: Duration::from_secs(1),
                data: SOON,
                ..Limits::default()
            },
            ..Settings::default()
        };
        let runtime = runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let bound = runtime.block_on(Gateway::bind(settings, |_: &Event<'_>| {}));
        let gateway = bound.expect("a gateway");
        let address = gateway.addresses().first().copied().expect("an address");
        runtime.spawn(gateway.serve(std::future::pending()));
        Self {
            address,
            runtime,
            _spool: spool,
        }
    }

    /// A client with an address of its own, where nobody listens: a PORT may lead there.
    fn connect(&self) -> TcpStream {
        let connected = self.runtime.block_on(async {
            let socket = TcpSocket::new_v4()?;
            socket.bind(SocketAddr::from(([127, 9, 8, 7], 0)))?;
            socket.connect(self.address).await?.into_std()
        });
        let stream = connected.expect("a connection");
        let prepared = stream
            .set_nonblocking(false)
            .and_then(|()| stream.set_read_timeout(Some(TOO_LONG)));
        prepared.expect("a socket that blocks");
        stream
    }
}
