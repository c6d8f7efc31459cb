//! Transfers of whole files, with as many attempts as needed.

mod append;
mod finish;
mod pump;
mod receive;
mod receive_to;
mod same;
mod send;
mod tail;

pub(crate) use self::append::append_file;
pub(crate) use self::receive::Receiving;
pub(crate) use self::receive_to::receive_to;
pub(crate) use self::send::{send_file, send_from};
