//! A control connection, from connecting to a session that is ready.

mod dialogue;
mod greeting;
mod link;
mod login;
mod opening;
mod secure;
mod tolerance;

pub(crate) use self::dialogue::{Control, FAREWELL};
pub(crate) use self::link::{Link, MOST_UNREADY};
pub use self::login::RefusedCommand;
pub(crate) use self::login::wanted_facts;
pub(crate) use self::opening::Opening;
pub(crate) use self::secure::Protection;
