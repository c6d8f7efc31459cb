//! Reads and writes the contents of local files, on a thread that may block.
//!
//! Usually the runtime waits for the socket, and the thread works for the file alone. If the server
//! is fast, the two then spend most of their time waking each other up. In that case, the thread
//! gets the connection as well, and moves bytes by itself for a moment, a *burst*, through one
//! buffer that stays in its processor's cache. It writes to the socket while the socket accepts
//! more, and reads from it while more arrives after a short sleep. A notification for each arrival
//! would mean one wake-up for every record.

use std::fs::File;
use std::io::{self, IoSlice, Read, Write};
use std::ops::Range;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use tokio::task::spawn_blocking;

use super::write_back::WriteBack;
use crate::tls::{Collected, Lent};
use crate::transfer::check::Hasher;

/// How much of a file is read at a time.
pub(crate) const PIECE: usize = 128 * 1024;
/// The bytes per second that justify a burst: more than most networks carry.
const FAST: f64 = 128e6;
/// How long a burst lasts: short enough that cancellation is not delayed.
const BURST: Duration = Duration::from_millis(20);
/// How long the thread sleeps once the socket has no more. At 10 Gbit/s, some hundred KiB arrive in
/// that time, which the buffer of any socket can hold.
const PAUSE: Duration = Duration::from_micros(200);
/// After this many sleeps in vain, the server is not fast enough.
const PAUSES: u32 = 5;
/// Space is reserved in advance for files of at least this size, so that they are stored
/// contiguously and a full disk is reported at once.
#[cfg(target_os = "linux")]
const RESERVED_FROM: u64 = 1024 * 1024;

/// Whether `bytes` in this time justify a burst, or another one.
pub(crate) fn is_fast(bytes: usize, time: Duration) -> bool {
    bytes >= PIECE && bytes as f64 >= FAST * time.as_secs_f64()
}

/// The result of a burst from a server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Burst {
    /// The bytes received.
    pub(crate) bytes: usize,
    /// Whether another burst is justified.
    pub(crate) is_fast: bool,
}

/// Writes a file from its current position.
#[derive(Debug)]
pub(crate) struct FileWriter {
    file: Arc<File>,
    /// The space to reserve before the first byte.
    space: Option<u64>,
    write_back: Option<WriteBack>,
}

impl FileWriter {
    /// Creates a writer for `file`, which will be `size` bytes long. If it `writes_back`, the disk
    /// gets work while data arrives.
    pub(crate) fn new(file: &Arc<File>, size: Option<u64>, writes_back: bool) -> Self {
        Self {
            file: Arc::clone(file),
            space: size,
            write_back: writes_back.then(|| WriteBack::of(file)).flatten(),
        }
    }

    /// Writes what `lent` has collected, and updates `hasher` with it. If `lent` has its socket,
    /// continues with a burst. An error of the connection is kept in `lent`, and returned by the
    /// next read from it.
    pub(crate) fn write(
        &mut self,
        lent: &mut Lent,
        mut hasher: Option<&mut Hasher>,
    ) -> io::Result<Burst> {
        if let Some(size) = self.space.take() {
            reserve(&self.file, size)?;
        }
        let began = Instant::now();
        let (mut bytes, mut pauses) = (0, 0);
        loop {
            for piece in lent.pieces() {
                if let Some(hasher) = &mut hasher {
                    hasher.update(piece);
                }
            }
            let written = write_all(&self.file, lent)?;
            lent.clear_pieces();
            if let Some(write_back) = &mut self.write_back {
                write_back.wrote(&self.file, written);
            }
            if !lent.has_socket() || pauses > PAUSES || began.elapsed() >= BURST {
                break;
            }
            match lent.collect() {
                Ok(Collected::More(more)) => {
                    bytes += more;
                    pauses = 0;
                }
                Ok(Collected::Full) => {}
                Ok(Collected::End) => break,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    pauses += 1;
                    thread::sleep(PAUSE);
                }
                Err(error) => {
                    lent.fail(error);
                    break;
                }
            }
        }
        Ok(Burst {
            bytes,
            is_fast: is_fast(bytes, began.elapsed()),
        })
    }
}

/// Returns how many bytes were written.
fn write_all(mut file: &File, lent: &Lent) -> io::Result<usize> {
    let mut pieces: Vec<_> = lent.pieces().map(IoSlice::new).collect();
    let mut rest = pieces.as_mut_slice();
    let mut written = 0;
    while !rest.is_empty() {
        match file.write_vectored(rest) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(len) => {
                IoSlice::advance_slices(&mut rest, len);
                written += len;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(written)
}

/// Reserves space for `size` bytes. The length of the file does not change, because it shows where
/// to resume.
#[cfg(target_os = "linux")]
fn reserve(file: &File, size: u64) -> io::Result<()> {
    use rustix::fs::{FallocateFlags, fallocate};
    use rustix::io::Errno;
    if size < RESERVED_FROM {
        return Ok(());
    }
    match fallocate(file, FallocateFlags::KEEP_SIZE, 0, size) {
        // Other errors mean that the file system or the kernel does not support this.
        Err(error @ (Errno::NOSPC | Errno::DQUOT | Errno::FBIG | Errno::IO)) => Err(error.into()),
        _ => Ok(()),
    }
}

#[cfg(not(target_os = "linux"))]
fn reserve(_: &File, _: u64) -> io::Result<()> {
    Ok(())
}

/// Reads a file from its current position.
#[derive(Debug)]
pub(crate) struct FileReader {
    file: Arc<File>,
    /// How much is still to be read; everything if that is not known.
    left: Option<u64>,
    buffer: Vec<u8>,
    /// The range of the buffer that has been read and not yet used.
    piece: Range<usize>,
}

impl FileReader {
    /// Creates a reader of at most `len` bytes of `file`.
    pub(crate) fn new(file: &Arc<File>, len: Option<u64>) -> Self {
        let size = len.map_or(PIECE, |len| len.min(PIECE as u64) as usize);
        Self {
            file: Arc::clone(file),
            left: len,
            buffer: vec![0; size],
            piece: 0..0,
        }
    }

    /// Returns what has been read and not yet used; after [`Self::read_on`], this is empty only at
    /// the end.
    pub(crate) fn piece(&self) -> &[u8] {
        &self.buffer[self.piece.clone()]
    }

    /// Marks the first `len` bytes of [`Self::piece`] as used.
    pub(crate) fn consume(&mut self, len: usize) {
        self.piece.start += len;
    }

    /// Whether enough remains for a burst, and reading it does not block, as reading from a pipe
    /// may.
    pub(crate) fn is_long(&self) -> bool {
        self.left.is_some_and(|left| left > PIECE as u64)
    }

    /// [Reads](Self::read) on a thread that may block.
    pub(crate) async fn read_on(mut self) -> io::Result<Self> {
        let read = spawn_blocking(move || self.read().map(|()| self));
        read.await.map_err(io::Error::other)?
    }

    /// Reads more if everything has been used.
    fn read(&mut self) -> io::Result<()> {
        if !self.piece.is_empty() {
            return Ok(());
        }
        let most = self
            .left
            .map_or(PIECE, |left| left.min(PIECE as u64) as usize);
        let mut len = 0;
        while len < most {
            match (&*self.file).read(&mut self.buffer[len..most]) {
                Ok(0) => break,
                Ok(more) => len += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            if self.left.is_none() {
                // The writer of a pipe may wait for this to be sent before it writes more.
                break;
            }
        }
        self.piece = 0..len;
        if let Some(left) = &mut self.left {
            *left -= len as u64;
        }
        Ok(())
    }

    /// Sends a burst to `lent` for as long as the socket accepts it, and updates `hasher` with all
    /// of it. An error of the connection is kept in `lent`, and returned by the next read from it.
    /// Returns the number of bytes sent.
    pub(crate) fn send(
        &mut self,
        lent: &mut Lent,
        mut hasher: Option<&mut Hasher>,
    ) -> io::Result<usize> {
        let began = Instant::now();
        let mut bytes = 0;
        while began.elapsed() < BURST {
            self.read()?;
            if self.piece.is_empty() {
                break;
            }
            match lent.send(self.piece()) {
                Ok(len) => {
                    if let Some(hasher) = &mut hasher {
                        hasher.update(&self.piece()[..len]);
                    }
                    self.consume(len);
                    bytes += len;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => {
                    lent.fail(error);
                    break;
                }
            }
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests;
