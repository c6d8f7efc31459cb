//! Mirrors: the two sides, what happens, and what is printed.

pub(crate) mod account;
pub(crate) mod choice;
pub(crate) mod drive;
pub(crate) mod filter;
pub(crate) mod pair;
pub(crate) mod plan_output;
pub(crate) mod told;
