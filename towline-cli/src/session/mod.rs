//! Sessions with servers.

pub(crate) mod connect;
pub(crate) mod interrupt;
