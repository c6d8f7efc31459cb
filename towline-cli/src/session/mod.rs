//! Sessions: connecting, running operations, transferring files.

pub(crate) mod connect;
mod full_disks;
pub(crate) mod interrupt;
pub(crate) mod run;
mod server_health;
mod server_pool;
mod transfer_queue;
