//! What waits for the network inside a call.

use tokio::runtime::{Builder, Runtime};

use crate::error::Error;

/// A runtime that works only inside calls.
pub(super) fn runtime() -> Result<Runtime, Error> {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Error::local("no runtime can be set up here", error))
}
