//! Looks at ports without logging in: what answers, and which versions of TLS it accepts.

use std::io;
use std::net::IpAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::hello::{Answer, Version, answer, client_hello};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(3);

/// How long to wait for a greeting before TLS is tried.
const GREETING: Duration = Duration::from_secs(2);

/// How long to wait for an answer.
const ANSWER: Duration = Duration::from_secs(5);

/// How long to wait after `AUTH` where a server was not ready for TLS. ftp-srv 4.6 begins TLS some
/// time after its 234, and reads what comes before as commands.
const UNREADY: Duration = Duration::from_millis(200);

/// How long a server may take to close a connection that was ended here.
const FAREWELL: Duration = Duration::from_secs(1);

/// The most bytes of an answer to read.
const LIMIT: usize = 32 * 1024;

/// What answers on a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// Nothing listens.
    Refused,
    /// The connection cannot be opened.
    Unreachable,
    /// TLS from the first byte.
    Tls,
    /// A greeting in clear text: its first line.
    ClearText(String),
    /// A connection, and nothing that can be read.
    Nothing,
}

/// Whether the name has an address.
pub(super) async fn has_address(host: &str) -> bool {
    let found = timeout(CONNECT, tokio::net::lookup_host((host, 0))).await;
    found.is_ok_and(|found| found.is_ok_and(|mut found| found.next().is_some()))
}

/// Listens on a port of `host`, and tries TLS if nothing arrives.
pub(super) async fn listen(host: &str, port: u16) -> Heard {
    let mut tcp = match connect(host, port).await {
        Ok(tcp) => tcp,
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => return Heard::Refused,
        Err(_) => return Heard::Unreachable,
    };
    if let Ok(Ok(greeting)) = timeout(GREETING, line(&mut tcp)).await {
        leave(&mut tcp).await;
        return Heard::ClearText(greeting);
    }
    let answer = hello(&mut tcp, Version::TLS12, host).await;
    leave(&mut tcp).await;
    match answer {
        Answer::Hello { .. } | Answer::Alert(_) => Heard::Tls,
        Answer::NotTls => Heard::ClearText("not TLS".to_owned()),
        Answer::Closed | Answer::Silent => Heard::Nothing,
    }
}

/// What each version of TLS is answered with. Each takes a connection of its own. `implicit`: TLS
/// starts at once, not with `AUTH TLS`.
pub(super) async fn versions(host: &str, port: u16, implicit: bool) -> Vec<(Version, Answer)> {
    let mut answers = Vec::new();
    let mut pause = Duration::ZERO;
    for version in Version::ALL {
        let mut answer = offer(host, port, implicit, version, pause).await;
        if answer == Some(Answer::NotTls) && pause.is_zero() {
            pause = UNREADY;
            answer = offer(host, port, implicit, version, pause).await;
        }
        let Some(answer) = answer else { break };
        let was_silent = answers
            .last()
            .is_some_and(|(_, last)| *last == Answer::Silent);
        let is_silent = answer == Answer::Silent;
        answers.push((version, answer));
        // Nothing answers at all.
        if is_silent && was_silent {
            break;
        }
    }
    answers
}

/// Returns `None` if TLS could not be asked for.
async fn offer(
    host: &str,
    port: u16,
    implicit: bool,
    version: Version,
    pause: Duration,
) -> Option<Answer> {
    let mut tcp = connect(host, port).await.ok()?;
    if !implicit {
        let greeting = timeout(ANSWER, reply(&mut tcp)).await.ok()?.ok()?;
        if !greeting.starts_with('2') {
            return None;
        }
        let mut agreed = ask(&mut tcp, b"AUTH TLS\r\n").await?;
        if !agreed.starts_with('2') {
            agreed = ask(&mut tcp, b"AUTH SSL\r\n").await?;
        }
        if !agreed.starts_with('2') {
            return None;
        }
        sleep(pause).await;
    }
    let answer = hello(&mut tcp, version, host).await;
    leave(&mut tcp).await;
    Some(answer)
}

/// Ends the connection, and waits until the server closes it: until then, it may count as one of
/// those that it allows.
async fn leave(tcp: &mut TcpStream) {
    let ending = async {
        tcp.shutdown().await?;
        let mut rest = [0; 1024];
        while tcp.read(&mut rest).await? > 0 {}
        Ok::<_, io::Error>(())
    };
    // A connection that is broken is over as well.
    let _ = timeout(FAREWELL, ending).await;
}

/// Sends a command, and returns the last line of the reply.
async fn ask(tcp: &mut TcpStream, command: &[u8]) -> Option<String> {
    tcp.write_all(command).await.ok()?;
    timeout(ANSWER, reply(tcp)).await.ok()?.ok()
}

async fn connect(host: &str, port: u16) -> io::Result<TcpStream> {
    match timeout(CONNECT, TcpStream::connect((host, port))).await {
        Ok(connected) => connected,
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

async fn hello(tcp: &mut TcpStream, version: Version, host: &str) -> Answer {
    let name = host.parse::<IpAddr>().is_err().then_some(host);
    if tcp.write_all(&client_hello(version, name)).await.is_err() {
        return Answer::Closed;
    }
    let mut bytes = Vec::new();
    let read = async {
        loop {
            match tcp.read_buf(&mut bytes).await {
                Ok(0) | Err(_) => return Answer::Closed,
                Ok(_) => {}
            }
            match answer(&bytes) {
                Some(answer) => return answer,
                None if bytes.len() > LIMIT => return Answer::NotTls,
                None => {}
            }
        }
    };
    timeout(ANSWER, read).await.unwrap_or(Answer::Silent)
}

/// Reads a reply to its end: a line with a code and a blank. Returns that line.
async fn reply(tcp: &mut TcpStream) -> io::Result<String> {
    loop {
        let line = line(tcp).await?;
        let bytes = line.as_bytes();
        if bytes.len() >= 3
            && bytes[..3].iter().all(u8::is_ascii_digit)
            && bytes.get(3) != Some(&b'-')
        {
            return Ok(line);
        }
    }
}

/// Reads one line, and nothing behind it.
async fn line(tcp: &mut TcpStream) -> io::Result<String> {
    let mut line = Vec::new();
    while line.len() < LIMIT {
        match tcp.read_u8().await? {
            b'\n' => break,
            byte => line.push(byte),
        }
    }
    Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
}
