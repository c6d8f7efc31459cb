//! The runtime that waits for the network during a call.

use tokio::runtime::{Builder, Runtime};

use crate::error::Error;

/// Creates a runtime that works only during calls.
pub(super) fn runtime() -> Result<Runtime, Error> {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Error::local("no runtime can be set up here", error))
}
