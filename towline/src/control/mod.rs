//! One control connection, from the first byte to a session that is ready.

mod dialogue;
mod link;
mod login;
mod secure;

pub(crate) use self::dialogue::Control;
pub(crate) use self::link::{FAREWELL, Link};
