//! The contents of local files, on a thread that may block.
//!
//! Usually the runtime waits for the socket, and the thread is there for the file alone. Where the
//! server is fast, that is mostly a matter of waking each other up. Then the thread gets the connection
//! as well, and moves bytes by itself for a moment, a *burst*, by way of one buffer that stays in its
//! processor's cache: into the socket for as long as it takes them; out of it for as long as more comes
//! after a short sleep. To be told of that would mean to be woken up for every record.

use std::fs::File;
use std::io::{self, IoSlice, Read, Write};
use std::ops::Range;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use tokio::task::spawn_blocking;

use crate::tls::{Collected, Lent};
use crate::transfer::check::Hasher;

/// How much of a file is read at a time.
pub(crate) const PIECE: usize = 128 * 1024;
/// Bytes a second that are worth a burst: more than most networks carry.
const FAST: f64 = 128e6;
/// How long a burst lasts: short enough for whoever wants to stop it.
const BURST: Duration = Duration::from_millis(20);
/// How long it sleeps once the socket has no more. At 10 Gbit/s that makes some hundred KiB, which
/// any socket's buffer can hold.
const PAUSE: Duration = Duration::from_micros(200);
/// After as many in vain the server is not that fast.
const PAUSES: u32 = 5;
/// A file of this size gets its space ahead of its contents: so it lies in one piece, and a disk that
/// is too full says so at once.
#[cfg(target_os = "linux")]
const RESERVED_FROM: u64 = 1024 * 1024;

/// Whether `bytes` in such a time are worth a burst, or another one.
pub(crate) fn is_fast(bytes: usize, time: Duration) -> bool {
    bytes >= PIECE && bytes as f64 >= FAST * time.as_secs_f64()
}

/// What a burst from a server came to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Burst {
    /// Bytes that have come.
    pub(crate) bytes: usize,
    /// Whether another one is worth it.
    pub(crate) is_fast: bool,
}

/// A file that is written, from where it stands.
#[derive(Debug)]
pub(crate) struct FileWriter {
    file: Arc<File>,
    /// To be reserved ahead of the first byte.
    space: Option<u64>,
}

impl FileWriter {
    /// `file` is to become `size` bytes long.
    pub(crate) fn new(file: &Arc<File>, size: Option<u64>) -> Self {
        Self {
            file: Arc::clone(file),
            space: size,
        }
    }

    /// Writes what `lent` has collected, and shows it to `hasher`. If it has its socket, goes on with a
    /// burst, the errors of which the next one meets who receives.
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
            write_all(&self.file, lent)?;
            lent.clear_pieces();
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

fn write_all(mut file: &File, lent: &Lent) -> io::Result<()> {
    let mut pieces: Vec<_> = lent.pieces().map(IoSlice::new).collect();
    let mut rest = pieces.as_mut_slice();
    while !rest.is_empty() {
        match file.write_vectored(rest) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(len) => IoSlice::advance_slices(&mut rest, len),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Reserves space for `size` bytes. The file does not become any longer: its length says where to go
/// on.
#[cfg(target_os = "linux")]
fn reserve(file: &File, size: u64) -> io::Result<()> {
    use rustix::fs::{FallocateFlags, fallocate};
    use rustix::io::Errno;
    if size < RESERVED_FROM {
        return Ok(());
    }
    match fallocate(file, FallocateFlags::KEEP_SIZE, 0, size) {
        // Others mean that this file system, or kernel, does not do that.
        Err(error @ (Errno::NOSPC | Errno::DQUOT | Errno::FBIG | Errno::IO)) => Err(error.into()),
        _ => Ok(()),
    }
}

#[cfg(not(target_os = "linux"))]
fn reserve(_: &File, _: u64) -> io::Result<()> {
    Ok(())
}

/// A file that is read, from where it stands.
#[derive(Debug)]
pub(crate) struct FileReader {
    file: Arc<File>,
    /// How much is still to be read; everything if it is not known.
    left: Option<u64>,
    buffer: Vec<u8>,
    /// What of the buffer has been read, and not been used.
    piece: Range<usize>,
}

impl FileReader {
    /// At most `len` bytes of `file`.
    pub(crate) fn new(file: &Arc<File>, len: Option<u64>) -> Self {
        let size = len.map_or(PIECE, |len| len.min(PIECE as u64) as usize);
        Self {
            file: Arc::clone(file),
            left: len,
            buffer: vec![0; size],
            piece: 0..0,
        }
    }

    /// What has been read, and not been used; after [`Self::read_on`] it is empty only at the end.
    pub(crate) fn piece(&self) -> &[u8] {
        &self.buffer[self.piece.clone()]
    }

    /// Marks the first `len` bytes of the piece as used.
    pub(crate) fn consume(&mut self, len: usize) {
        self.piece.start += len;
    }

    /// Whether there is enough to come for a burst, and none of it keeps its reader waiting, as a pipe
    /// may.
    pub(crate) fn is_long(&self) -> bool {
        self.left.is_some_and(|left| left > PIECE as u64)
    }

    /// [Reads](Self::read) on such a thread.
    pub(crate) async fn read_on(mut self) -> io::Result<Self> {
        let read = spawn_blocking(move || self.read().map(|()| self));
        read.await.map_err(io::Error::other)?
    }

    /// Reads on, if the piece is used.
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
                // A pipe may say more only once this has gone out.
                break;
            }
        }
        self.piece = 0..len;
        if let Some(left) = &mut self.left {
            *left -= len as u64;
        }
        Ok(())
    }

    /// A burst to `lent`, all of which `hasher` sees, for as long as the socket takes it. Of the
    /// connection's errors, the next one meets them who receives. Gives how many bytes that were.
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
