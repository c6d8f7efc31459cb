//! Many small files over one session, the next one prepared while this one moves.
//!
//! ```text
//! download   C: RETR a          upload   C: MFMT, RNFR, RNTO of the file before
//!            C: SIZE b                   C: STOR a.part
//!            C: MDTM b                   C: SIZE a.part
//!            C: EPSV                     C: EPSV
//! ```
//!
//! Each column goes out in one piece, while the data connection for `a` is being opened; what is known
//! of `b` already is not asked. Servers that queue commands answer in order, so that three round trips are
//! left for each file: connect, TLS, data. Successes are reported from here, and what doing it again would
//! not mend: a whole file that gets no name at the server or no place on the disk, and a cancelled one of
//! which something may remain at the server. Whatever else does not go smoothly is given back, to be done
//! one command at a time, which also finds the words for what is wrong.

mod answers;
mod download;
mod taken;
mod upload;

pub(crate) use self::download::{download_ahead, may_queue_download};
pub(crate) use self::upload::{may_queue_upload, upload_ahead};

/// A larger file gains little from what goes on around it, and would keep the next one waiting that
/// another session could move.
const SMALL: u64 = 256 * 1024;
