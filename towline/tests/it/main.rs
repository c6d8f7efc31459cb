//! The library against the servers of `towline-testkit`: honest ones, and ones that misbehave.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod active;
mod bad_input;
mod blocking;
mod certificates;
mod clear_text;
mod client_certificates;
mod failure_modes;
mod passive;
mod proxies;
mod publish;
mod recovery;
mod support;
mod tether;
mod transfers;
mod trust;
