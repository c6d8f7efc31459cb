//! Directories on servers: listed, looked at, gone through.

pub(crate) mod block;
pub(crate) mod expand;
pub(crate) mod walk;
