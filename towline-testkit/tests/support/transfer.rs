//! How the client opens its data connections, and whole transfers.

use std::io;
use std::net::SocketAddr;

use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};

use super::{Client, Data, active_argument, parse_epsv, parse_pasv, soon};

impl Client {
    /// Returns the address for the next data connection.
    pub(crate) async fn epsv(&mut self) -> SocketAddr {
        let (code, text) = self.command("EPSV").await;
        assert_eq!(code, 229, "{text}");
        SocketAddr::new(self.address.ip(), parse_epsv(&text))
    }

    pub(crate) async fn pasv(&mut self) -> SocketAddr {
        let (code, text) = self.command("PASV").await;
        assert_eq!(code, 227, "{text}");
        parse_pasv(&text)
    }

    /// Opens a data connection for a command, and reads its preliminary reply.
    pub(crate) async fn open(&mut self, command: &str) -> Data {
        let address = self.epsv().await;
        self.open_at(address, command).await
    }

    /// Like [`open`](Self::open), but at a known address.
    pub(crate) async fn open_at(&mut self, address: SocketAddr, command: &str) -> Data {
        self.try_open_at(address, command).await.unwrap()
    }

    pub(crate) async fn try_open_at(
        &mut self,
        address: SocketAddr,
        command: &str,
    ) -> io::Result<Data> {
        let stream = soon(TcpStream::connect(address)).await.unwrap();
        let (code, text) = self.command(command).await;
        assert!(code < 200, "{text}");
        Data::secure(stream, self.trust.config(self.store.clone())).await
    }

    /// Sends commands in one record, and shakes hands on a data connection without waiting for a
    /// reply.
    pub(crate) async fn open_together(
        &mut self,
        address: SocketAddr,
        commands: &[&str],
    ) -> io::Result<Data> {
        let stream = soon(TcpStream::connect(address)).await?;
        self.send_together(commands).await;
        self.secure_data(stream).await
    }

    /// Shakes hands on a data connection.
    pub(crate) async fn secure_data(&self, stream: TcpStream) -> io::Result<Data> {
        Data::secure(stream, self.trust.config(self.store.clone())).await
    }

    /// Returns the address in the next reply, which must answer `EPSV`.
    pub(crate) async fn hear_epsv(&mut self) -> SocketAddr {
        let (code, text) = self.reply().await;
        assert_eq!(code, 229, "{text}");
        SocketAddr::new(self.address.ip(), parse_epsv(&text))
    }

    /// Listens for the server, and sends it the address with `PORT` or `EPRT`.
    pub(crate) async fn listen(&mut self, verb: &str) -> TcpListener {
        let listener = TcpListener::bind((self.address.ip(), 0)).await.unwrap();
        let argument = active_argument(verb, listener.local_addr().unwrap());
        let (code, text) = self.command(&format!("{verb} {argument}")).await;
        assert_eq!(code, 200, "{text}");
        listener
    }

    /// Opens a data connection in active mode, and reads the preliminary reply.
    pub(crate) async fn open_active(&mut self, verb: &str, command: &str) -> Data {
        let listener = self.listen(verb).await;
        let (code, text) = self.command(command).await;
        assert!(code < 200, "{text}");
        let (stream, _) = soon(listener.accept()).await.unwrap();
        Data::secure(stream, self.trust.config(self.store.clone()))
            .await
            .unwrap()
    }

    /// Opens a data connection before any command.
    pub(crate) async fn dial_data(&self, address: SocketAddr) -> Data {
        let stream = soon(TcpStream::connect(address)).await.unwrap();
        Data::secure(stream, self.trust.config(self.store.clone()))
            .await
            .unwrap()
    }

    /// Like [`open`](Self::open), but resumes a session of another client.
    pub(crate) async fn open_foreign(&mut self, command: &str, other: &Self) -> Data {
        let address = self.epsv().await;
        let stream = soon(TcpStream::connect(address)).await.unwrap();
        let (code, text) = self.command(command).await;
        assert!(code < 200, "{text}");
        Data::secure(stream, self.trust.config(other.store.clone()))
            .await
            .unwrap()
    }

    /// Downloads a file or a listing. Returns the data, how the handshake went, and the final
    /// reply.
    pub(crate) async fn fetch(&mut self, command: &str) -> Fetched {
        let mut data = self.open(command).await;
        let bytes = data.read_to_end().await.unwrap();
        let tickets = data.tickets();
        let resumed = data.resumed();
        data.close().await;
        Fetched {
            bytes,
            resumed,
            tickets,
            reply: self.reply().await,
        }
    }

    /// Uploads bytes, and closes in order.
    pub(crate) async fn store(&mut self, command: &str, bytes: &[u8]) -> Fetched {
        let mut data = self.open(command).await;
        data.write(bytes).await.unwrap();
        data.finish().await.unwrap();
        Fetched {
            bytes: data.read_to_end().await.unwrap(),
            resumed: data.resumed(),
            tickets: data.tickets(),
            reply: self.reply().await,
        }
    }

    /// Downloads a file or a listing in clear text. Returns the data and the final reply.
    pub(crate) async fn fetch_clear(&mut self, command: &str) -> (Vec<u8>, (u16, String)) {
        let address = self.epsv().await;
        let mut stream = soon(TcpStream::connect(address)).await.unwrap();
        let (code, text) = self.command(command).await;
        assert!(code < 200, "{text}");
        let mut bytes = Vec::new();
        soon(stream.read_to_end(&mut bytes)).await.unwrap();
        drop(stream);
        (bytes, self.reply().await)
    }
}

#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) bytes: Vec<u8>,
    pub(crate) resumed: bool,
    /// Tickets received on the data connection.
    pub(crate) tickets: u32,
    pub(crate) reply: (u16, String),
}

impl Fetched {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}
