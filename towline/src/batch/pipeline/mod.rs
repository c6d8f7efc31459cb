//! Moves many small files over one session, preparing the next file while one is moving.
//!
//! ```text
//! download   C: RETR a          upload   C: MFMT, RNFR, RNTO, SIZE of the file before
//!            C: SIZE b                   C: STOR a.part
//!            C: MDTM b                   C: SIZE a.part
//!            C: EPSV                     C: EPSV
//! ```
//!
//! The commands of each column are sent together, while the data connection for `a` is being
//! opened; what is already known about `b` is not queried. Servers that queue commands reply in
//! order, so that each file takes only three round trips: connect, TLS, data. The pipeline reports
//! successes, and failures that a retry would not mend: a complete file that cannot get its name at
//! the server or be written to the disk, and a cancelled file that may have left something at the
//! server. All other files are returned, to be moved one command at a time, which also determines
//! the exact error.

mod answers;
mod download;
mod naming;
mod taken;
mod upload;

pub(crate) use self::download::{download_ahead, may_queue_download};
pub(crate) use self::upload::{may_queue_upload, upload_ahead};

/// A larger file gains little from pipelining, and would delay a next file that another session
/// could move.
const SMALL: u64 = 256 * 1024;
