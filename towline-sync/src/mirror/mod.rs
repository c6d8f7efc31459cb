//! A mirror: looks at both sides, makes a plan, and carries it out.
//!
//! ```text
//! builder  seen  digests  stable  overlap  planning  running
//! ```

mod builder;
mod digests;
mod overlap;
mod planning;
mod running;
mod seen;
mod stable;

pub use self::builder::Mirror;
