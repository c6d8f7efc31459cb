//! Multi-line replies that the server ends with another code than their own, as glftpd does.

use std::sync::{Arc, Mutex};

use towline_proto::reply::ReplyCode;

use crate::lock::lock;

/// No server needs more, and a hostile one gets no more.
const MOST: usize = 32;

/// The code of a multi-line reply, and the code of the line that ended it.
pub(crate) type OtherEnd = (ReplyCode, ReplyCode);

/// The pairs of codes that have been seen at the end of whole replies. All sessions of a client
/// share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct OtherEnds(Arc<Mutex<Vec<OtherEnd>>>);

impl OtherEnds {
    /// A reply has ended in this way, and nothing followed it.
    pub(crate) fn learned(&self, end: OtherEnd) {
        let mut ends = lock(&self.0);
        if ends.len() < MOST && !ends.contains(&end) {
            ends.push(end);
        }
    }

    /// Whether a reply has ended in this way before.
    pub(crate) fn knows(&self, end: OtherEnd) -> bool {
        lock(&self.0).contains(&end)
    }
}
