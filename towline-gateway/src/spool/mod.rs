//! Store and forward: uploads that wait on disk until the server has them.
//!
//! An upload is a file in `files/` and a row in the journal. The file is synced before the row is
//! written, and the row is synced before the client gets its 226. The row goes once the server has
//! the file under its name, and the file goes after it. So whatever a crash leaves is either an
//! upload that was acknowledged, or a file without a row, which nobody relies on.

mod attempt;
mod deliver;
mod destination;
mod error;
mod incoming;
mod journal;
#[cfg(test)]
mod model;
mod options;
mod pause;
mod private;
mod schema;
mod store;
mod upload;

pub(crate) use self::deliver::deliver;
pub(crate) use self::destination::{Destination, refuses_login};
pub use self::error::SpoolError;
pub(crate) use self::incoming::Incoming;
pub(crate) use self::journal::Renamed;
pub use self::options::SpoolOptions;
pub(crate) use self::store::{NameClaim, Spool};
pub use self::store::{retry, spooled};
pub use self::upload::{SpoolState, Spooled};
