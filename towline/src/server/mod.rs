//! One server: what its sessions share, and what they have learnt about it.

mod allowance;
mod connection_ids;
mod empty;
mod full;
mod kept_names;
mod lessons;
mod other_ends;
mod path_kinds;
mod rate;
mod reuse_demand;
mod shared;

pub(crate) use self::connection_ids::TakenId;
pub(crate) use self::empty::{denies_access, says_empty};
pub(crate) use self::full::is_too_many;
pub(crate) use self::lessons::{Introduction, Lessons, ListingPaths};
pub(crate) use self::other_ends::{OtherEnd, OtherEnds};
pub(crate) use self::path_kinds::PathKinds;
pub(crate) use self::rate::RateLimit;
pub(crate) use self::reuse_demand::{
    Evidence, ReuseDemand, denies_data_connection, is_reuse_refusal,
};
pub(crate) use self::shared::Shared;
