//! The library against real servers. `cargo xtask test` starts them. Without them, every test here
//! fails and says why.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod abort;
mod bulk;
mod certificates;
mod charset;
mod clear_text;
mod client_certificate;
mod desk;
mod doctor;
mod endurance;
mod examples;
mod final_names;
mod guards;
mod isolation;
mod many_files;
mod mirror_kill;
mod mirror_trace;
mod mirrors;
mod moving;
mod operations;
mod peculiarities;
mod program;
mod report_page;
mod routes;
mod support;
mod trees;
mod trust;
mod unfamiliar;
