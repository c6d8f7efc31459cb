//! The gateway in front of the strict servers of `towline-testkit`, as a plain socket sees it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod abort;
mod dialogue;
mod dotnet;
mod given_up;
mod hostile;
mod logins;
mod lost;
mod service;
mod spool;
mod spool_names;
mod support;
mod tls;
mod transfers;
mod whole;
mod words;
