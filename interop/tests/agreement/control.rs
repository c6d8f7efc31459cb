//! A control connection, driven by hand.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

use crate::data::Data;
use crate::places::{Place, Version};
use crate::records::Records;
use crate::tls::{self, Session, Store};
use crate::trace::Trace;
use crate::{PATIENCE, normal, repeat};

/// A control connection and the trace of its dialogue.
#[derive(Debug)]
pub(crate) struct Control<'a> {
    pub(crate) place: &'a Place,
    pub(crate) trace: Trace,
    stream: Stream,
    input: Vec<u8>,
    store: Arc<Store>,
    /// The number of tickets from the server, and how many of them the trace shows.
    tickets: u32,
    told: u32,
    /// The number of tickets that [`repeat`] added and the server did not send.
    repeated: u32,
}

#[derive(Debug)]
enum Stream {
    Clear(TcpStream),
    Tls(Box<TlsStream<Records>>),
    Gone,
}

/// What the server sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The lines of a reply.
    Reply(Vec<String>),
    /// The end of the connection, with a description.
    End(&'static str),
}

impl Answer {
    /// Returns the code of a reply, or 0 for the end.
    pub(crate) fn code(&self) -> u16 {
        match self {
            Self::Reply(lines) => lines[0][..3].parse().unwrap(),
            Self::End(_) => 0,
        }
    }
}

impl<'a> Control<'a> {
    /// Connects and reads the greeting. Traces only its code.
    pub(crate) async fn connect(place: &'a Place, trace: &Trace) -> Self {
        let stream = TcpStream::connect(place.address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let mut control = Self {
            place,
            trace: trace.clone(),
            stream: Stream::Clear(stream),
            input: Vec::new(),
            store: Arc::default(),
            tickets: 0,
            told: 0,
            repeated: 0,
        };
        let greeting = control.answer().await;
        trace.note(format_args!("S: {} (greeting)", greeting.code()));
        control
    }

    /// Connects and logs in. Leaves no trace.
    pub(crate) async fn logged_in(place: &'a Place, trace: &Trace) -> Self {
        let mut control = Self::connect(place, &Trace::default()).await;
        control.secure().await;
        control.log_in().await;
        for command in ["PBSZ 0", "PROT P", "TYPE I"] {
            assert_eq!(control.say(command).await, 200, "{}", control.trace);
        }
        control.trace = trace.clone();
        control
    }

    /// Sends `AUTH TLS` and shakes hands.
    pub(crate) async fn secure(&mut self) {
        assert_eq!(self.say("AUTH TLS").await, 234, "{}", self.trace);
        let Stream::Clear(stream) = std::mem::replace(&mut self.stream, Stream::Gone) else {
            panic!("this connection already uses TLS");
        };
        let connect = tls::connect(&self.place.tls, &self.store, Records::new(stream));
        let stream = timeout(PATIENCE, connect).await.unwrap().unwrap();
        let handshake = tls::handshake(&stream);
        self.trace.note(format_args!("   {handshake}"));
        self.stream = Stream::Tls(Box::new(stream));
    }

    /// Sends `USER` and `PASS`.
    pub(crate) async fn log_in(&mut self) {
        let (user, password) = (&self.place.user, &self.place.password);
        assert_eq!(self.say(&format!("USER {user}")).await, 331);
        assert_eq!(self.say(&format!("PASS {password}")).await, 230);
    }

    /// Sends a command and traces it with its reply. Returns the reply's code, or 0 if there is
    /// none.
    pub(crate) async fn say(&mut self, command: &str) -> u16 {
        self.send(command).await;
        self.hear(command).await
    }

    /// Sends a command.
    pub(crate) async fn send(&mut self, command: &str) {
        let shown = match command.split_once(' ') {
            Some(("PASS", _)) => "PASS ***",
            _ => command,
        };
        self.trace.note(format_args!("C: {shown}"));
        self.send_bytes(command.as_bytes()).await;
    }

    /// Sends commands in one TLS record.
    pub(crate) async fn send_together(&mut self, commands: &[&str]) {
        for command in commands {
            self.trace.note(format_args!("C: {command}"));
        }
        self.send_bytes(commands.join("\r\n").as_bytes()).await;
    }

    /// Traces the next replies, one for each command in `commands`.
    pub(crate) async fn hear_each(&mut self, commands: &[&str]) {
        for command in commands {
            self.hear(command).await;
        }
    }

    /// Sends a command that need not be text. Returns the code of its reply. Leaves no trace.
    pub(crate) async fn say_bytes(&mut self, command: &[u8]) -> u16 {
        self.send_bytes(command).await;
        self.answer().await.code()
    }

    async fn send_bytes(&mut self, command: &[u8]) {
        let line = [command, b"\r\n"].concat();
        let sent = match &mut self.stream {
            Stream::Clear(stream) => stream.write_all(&line).await,
            Stream::Tls(stream) => match stream.write_all(&line).await {
                Ok(()) => stream.flush().await,
                Err(error) => Err(error),
            },
            Stream::Gone => Err(io::ErrorKind::NotConnected.into()),
        };
        // The timing decides whether a closed connection shows here or when it is read.
        drop(sent);
    }

    /// Traces the next reply to `command` and the tickets before it. Returns the reply's code.
    pub(crate) async fn hear(&mut self, command: &str) -> u16 {
        let answer = self.answer().await;
        self.trace_answer(command, &answer);
        answer.code()
    }

    /// Traces an answer to `command` and the tickets before it.
    pub(crate) fn trace_answer(&mut self, command: &str, answer: &Answer) {
        let tickets = self.tickets - self.told;
        if tickets > 0 {
            self.trace.note(format_args!("S: ({tickets} tickets)"));
            self.told = self.tickets;
        }
        match answer {
            Answer::Reply(lines) => {
                for line in normal::reply(command, lines) {
                    self.trace.note(format_args!("S: {line}"));
                }
            }
            Answer::End(how) => self.trace.note(format_args!("S: ends the connection{how}")),
        }
    }

    /// Waits for a reply or the end. Loses nothing if cancelled.
    pub(crate) async fn answer(&mut self) -> Answer {
        loop {
            if let Some(lines) = self.take_reply() {
                return Answer::Reply(lines);
            }
            let mut buffer = [0; 4096];
            let read = async {
                match &mut self.stream {
                    Stream::Clear(stream) => stream.read(&mut buffer).await,
                    Stream::Tls(stream) => stream.read(&mut buffer).await,
                    Stream::Gone => Ok(0),
                }
            };
            let Ok(read) = timeout(PATIENCE, read).await else {
                panic!("no answer within {PATIENCE:?}\n{}", self.trace);
            };
            if let Stream::Tls(stream) = &self.stream {
                self.tickets = stream.get_ref().1.tls13_tickets_received() - self.repeated;
            }
            match read {
                Ok(0) => return Answer::End(", with close_notify"),
                Ok(count) => self.input.extend_from_slice(&buffer[..count]),
                // FIN without `close_notify`, or a reset if a command crossed it.
                Err(_) => return Answer::End(""),
            }
        }
    }

    /// Sends `NOOP` and returns whether the connection is still open.
    pub(crate) async fn is_alive(&mut self) -> bool {
        let trace = std::mem::take(&mut self.trace);
        let alive = self.say("NOOP").await == 200;
        self.trace = trace;
        let state = if alive { "is alive" } else { "has ended" };
        self.trace
            .note(format_args!("   the control connection {state}"));
        alive
    }

    /// Returns the session of this connection. With TLS 1.3, every call returns the first ticket.
    pub(crate) fn session(&mut self) -> Option<Session> {
        if self.place.version == Version::Tls13
            && self.tickets > 0
            && let Stream::Tls(stream) = &mut self.stream
        {
            let tls = stream.get_mut().1;
            let (record, mut fed) = (repeat::again(), 0);
            while fed < record.len() {
                fed += tls.read_tls(&mut &record[fed..]).unwrap();
            }
            tls.process_new_packets().unwrap();
            self.repeated += 1;
        }
        self.store.newest()
    }

    /// Opens a data connection for a command, and offers `session`. Returns `None` if the server
    /// refuses the command first. Traces the preliminary reply and the result of the handshake.
    pub(crate) async fn open(&mut self, command: &str, session: Option<Session>) -> Option<Data> {
        let address = self.passive().await;
        let stream = TcpStream::connect(address).await.unwrap();
        if !(100..200).contains(&self.say(command).await) {
            return None;
        }
        Some(self.shake_hands(stream, command, session).await)
    }

    /// Like [`open`](Self::open), but with `EPRT` or `PORT`. The server connects, and the client is
    /// still the TLS client.
    pub(crate) async fn open_active(
        &mut self,
        verb: &str,
        command: &str,
        session: Option<Session>,
    ) -> Option<Data> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let address = match verb {
            "EPRT" => format!("|1|127.0.0.1|{port}|"),
            _ => format!("127,0,0,1,{},{}", port >> 8, port & 0xff),
        };
        self.trace.note(format_args!("C: {verb} (a free port)"));
        self.send_bytes(format!("{verb} {address}").as_bytes())
            .await;
        if self.hear(verb).await != 200 || !(100..200).contains(&self.say(command).await) {
            return None;
        }
        let accepted = timeout(PATIENCE, listener.accept()).await.unwrap();
        let (stream, _) = accepted.unwrap();
        Some(self.shake_hands(stream, command, session).await)
    }

    /// Secures a data connection, and traces the result.
    async fn shake_hands(
        &self,
        stream: TcpStream,
        command: &str,
        session: Option<Session>,
    ) -> Data {
        match self.try_shake_hands(stream, session).await {
            Ok(data) => data,
            Err(error) => panic!("data connection for {command}: {error}\n{}", self.trace),
        }
    }

    /// Like [`shake_hands`](Self::shake_hands), but the handshake may fail.
    pub(crate) async fn try_shake_hands(
        &self,
        stream: TcpStream,
        session: Option<Session>,
    ) -> io::Result<Data> {
        self.secure_records(Records::new(stream), session).await
    }

    /// Secures a data connection. Sends `close_notify` in one write with the end of the handshake.
    pub(crate) async fn shake_hands_and_close(
        &self,
        stream: TcpStream,
        session: Option<Session>,
    ) -> Data {
        let records = Records::keeping(stream);
        let mut data = self.secure_records(records, session).await.unwrap();
        data.send_close_notify().await;
        data
    }

    async fn secure_records(&self, records: Records, session: Option<Session>) -> io::Result<Data> {
        records.stream.set_nodelay(true).unwrap();
        let store = Store::offering(session, &self.store);
        let connect = tls::connect(&self.place.tls, &store, records);
        let stream = timeout(PATIENCE, connect).await.unwrap()?;
        let handshake = tls::handshake(&stream);
        self.trace.note(format_args!("D: {handshake}"));
        Ok(Data::new(stream, store))
    }

    /// Sends `EPSV`. Returns the address to connect to.
    pub(crate) async fn passive(&mut self) -> SocketAddr {
        self.send("EPSV").await;
        self.hear_passive().await
    }

    /// Returns the address to connect to, from the reply to an earlier `EPSV`.
    pub(crate) async fn hear_passive(&mut self) -> SocketAddr {
        let answer = self.answer().await;
        self.trace_answer("EPSV", &answer);
        let Answer::Reply(lines) = &answer else {
            panic!("no reply to EPSV\n{}", self.trace);
        };
        let port = lines[0].split('|').nth(3).unwrap().parse().unwrap();
        SocketAddr::new(self.place.address.ip(), port)
    }

    /// Returns a second handle to the socket, to look at arrived data without reading it.
    pub(crate) fn watch(&self) -> std::net::TcpStream {
        match &self.stream {
            Stream::Clear(stream) => crate::data::watch(stream),
            Stream::Tls(stream) => crate::data::watch(&stream.get_ref().0.stream),
            Stream::Gone => panic!("no connection"),
        }
    }

    /// Takes a whole reply from the arrived bytes.
    fn take_reply(&mut self) -> Option<Vec<String>> {
        let mut lines: Vec<String> = Vec::new();
        let mut rest = self.input.as_slice();
        while let Some(end) = rest.iter().position(|&byte| byte == b'\n') {
            let line = String::from_utf8_lossy(&rest[..end]);
            lines.push(line.trim_end_matches('\r').to_owned());
            rest = &rest[end + 1..];
            let (first, last) = (&lines[0], &lines[lines.len() - 1]);
            let begins = last.get(..3) == first.get(..3);
            if begins && last.as_bytes().get(3) == Some(&b' ') {
                self.input = rest.to_vec();
                return Some(lines);
            }
        }
        None
    }
}
