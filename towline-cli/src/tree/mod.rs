//! Remote directories and trees.

mod block;
pub(crate) mod directory;
pub(crate) mod expand;
pub(crate) mod listing;
pub(crate) mod lookup;
pub(crate) mod walk;
