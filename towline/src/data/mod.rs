//! Data connections: how they are opened, and what they may carry.

mod ahead;
mod channel;
mod connection;
mod failure;
mod handshake;
mod limit;
mod open;
mod policy;
mod port_attempt;
mod replies;

pub(crate) use self::ahead::{open_ahead, trial_refused};
pub(crate) use self::channel::{Agreement, Channel, announced, passive_command};
pub(crate) use self::connection::{Data, EXPLANATION, LAST_BYTES, STRAGGLERS};
pub(crate) use self::failure::{OpenError, ReadError, lost};
pub(crate) use self::handshake::establish;
pub(crate) use self::limit::Limit;
pub(crate) use self::open::{awaits_trial, choose_offer, open, open_over};
pub(crate) use self::policy::{Purpose, recovery_after};
pub use self::port_attempt::{PortAttempt, PortCommand, PortOutcome};
pub(crate) use self::replies::refusal_on_its_way;
