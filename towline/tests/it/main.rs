//! The library against the servers of `towline-testkit`, correct ones and faulty ones.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod active;
mod append;
mod bad_input;
mod beyond_2_gib;
mod blocking;
mod cancel;
mod cancel_many;
mod certificates;
mod changing_files;
mod changing_source;
mod clear_text;
mod client_certificates;
mod clock;
mod destinations;
mod directories;
#[cfg(target_os = "linux")]
mod disk;
mod failure_modes;
mod final_names;
mod hostile_tls;
mod irregular;
mod keep_alive;
mod kept_parts;
mod landing;
mod links;
mod listings;
mod listings_ahead;
mod login;
mod lost_replies;
mod many;
mod naming;
mod nothing_listed;
mod odd_descriptions;
mod odd_listings;
mod on_path;
mod owned;
mod passed_on;
mod passive;
mod pipelining;
mod places;
mod pool;
mod probe;
mod proxies;
mod publish;
#[cfg(target_os = "linux")]
mod quick_ack;
mod random_queues;
mod rate;
mod raw;
mod reasons;
mod recovery;
mod refused_uploads;
mod resume_download;
mod resume_upload;
mod retry;
mod securing;
mod support;
mod surprises;
mod tether;
mod times;
mod together;
mod too_much;
#[cfg(feature = "tracing")]
mod tracing;
mod transfers;
mod trial;
mod trust;
mod unknown_sizes;
mod verify;
mod waits;
mod walk;
