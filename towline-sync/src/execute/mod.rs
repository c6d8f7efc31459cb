//! Carries out a plan.
//!
//! The order keeps every file somewhere at every moment: claims are in the journal before a copy
//! begins; a copy is synced and has its name before it is in the journal; it is in the journal
//! before its source is removed; deletions come last, and only if everything succeeded.

mod copies;
mod deletions;
mod directories;
mod run;
mod shares;
mod sources;
mod written;

pub use self::run::{DeleteWhen, Ended, Report};
pub(crate) use self::run::{Orders, Run, Traits};
