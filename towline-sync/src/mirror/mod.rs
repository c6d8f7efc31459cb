//! A mirror: looks at both sides, makes a plan, and carries it out.
//!
//! ```text
//! builder  seen  planning  running
//! ```

mod builder;
mod planning;
mod running;
mod seen;

pub use self::builder::Mirror;
