//! The connection of a proxy's client.

use std::io;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::rules::{PATIENCE, Rules, is_start_of_hello};
use crate::control::within;

/// A client's connection and its unread input.
pub(super) struct Client {
    stream: TcpStream,
    pub(super) input: BytesMut,
}

impl Client {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            input: BytesMut::new(),
        }
    }

    /// Waits for more input.
    pub(super) async fn fill(&mut self) -> io::Result<()> {
        match within(PATIENCE, self.stream.read_buf(&mut self.input)).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// Returns the next `count` bytes.
    pub(super) async fn take(&mut self, count: usize) -> io::Result<BytesMut> {
        while self.input.len() < count {
            self.fill().await?;
        }
        Ok(self.input.split_to(count))
    }

    pub(super) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        within(PATIENCE, self.stream.write_all(bytes)).await
    }

    /// Relays data and end of stream in both directions, after `rules` had a
    /// chance to damage what the client sends first.
    pub(super) async fn relay(&mut self, rules: &Rules, target: &mut TcpStream) -> io::Result<()> {
        self.stream.set_nodelay(true)?;
        if self.input.is_empty() {
            // A server that speaks first is not kept waiting.
            let mut greeting = [0; 4096];
            let greeted = tokio::select! {
                read = self.stream.read_buf(&mut self.input) => read.map(|_| 0),
                read = target.read(&mut greeting) => read,
            };
            self.stream.write_all(&greeting[..greeted?]).await?;
        }
        self.relay_rest(rules, target).await
    }

    async fn relay_rest(&mut self, rules: &Rules, target: &mut TcpStream) -> io::Result<()> {
        while is_start_of_hello(&self.input) {
            self.fill().await?;
        }
        rules.damage(&mut self.input);
        target.write_all(&self.input).await?;
        self.input.advance(self.input.len());
        tokio::io::copy_bidirectional(&mut self.stream, target).await?;
        Ok(())
    }
}
