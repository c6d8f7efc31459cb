//! Starts writing a file to the disk while more of it arrives.
//!
//! A system that collects what is written leaves most of the work to the sync at the end, when the
//! server has nothing left to send. Here, the disk works while data arrives, and the sync finds
//! little to do.

use std::fs::File;
use std::io::Seek;

/// How many bytes are handed to the disk at a time: enough for long writes, and little enough that
/// the sync at the end does not take long.
const STEP: u64 = 8 * 1024 * 1024;

/// The part of a file that was written since the disk was last given work.
#[derive(Debug)]
pub(super) struct WriteBack {
    from: u64,
    to: u64,
}

impl WriteBack {
    /// Begins at the current position of `file`. Returns `None` for a pipe or a device.
    pub(super) fn of(file: &File) -> Option<Self> {
        let is_file = file.metadata().is_ok_and(|found| found.is_file());
        let mut file = file;
        let from = file.stream_position().ok().filter(|_| is_file)?;
        Some(Self { from, to: from })
    }

    /// Counts `len` more bytes in `file`, and starts writing them to the disk if they are many.
    pub(super) fn wrote(&mut self, file: &File, len: usize) {
        self.to += len as u64;
        if self.to - self.from >= STEP {
            start(file, self.from, self.to);
            self.from = self.to;
        }
    }
}

/// Asks the system to begin writing a range to the disk, and does not wait for it. Whether that
/// works is of no consequence: the sync at the end finds every error.
///
/// Linux does so for a range that will not be needed soon; pages that are not on the disk yet stay
/// in memory.
#[cfg(target_os = "linux")]
fn start(file: &File, from: u64, to: u64) {
    use std::num::NonZeroU64;

    use rustix::fs::{Advice, fadvise};
    let _ = fadvise(file, from, NonZeroU64::new(to - from), Advice::DontNeed);
}

#[cfg(not(target_os = "linux"))]
fn start(_: &File, _: u64, _: u64) {}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn the_disk_gets_work_once_there_is_much() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&[1; 1000]).unwrap();
        let mut write_back = WriteBack::of(&file).unwrap();
        assert_eq!((write_back.from, write_back.to), (1000, 1000));
        let piece = vec![2; STEP as usize - 1];
        file.write_all(&piece).unwrap();
        write_back.wrote(&file, piece.len());
        assert_eq!(write_back.from, 1000);
        file.write_all(&[3; 11]).unwrap();
        write_back.wrote(&file, 11);
        assert_eq!(write_back.from, 1000 + STEP + 10);
        assert_eq!(write_back.to, write_back.from);
        assert_eq!(file.stream_position().unwrap(), write_back.to);
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_written_to_and_no_more() {
        let null = File::options().write(true).open("/dev/null").unwrap();
        assert!(WriteBack::of(&null).is_none());
    }
}
