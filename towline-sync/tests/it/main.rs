//! Mirrors in memory, on this machine, and against servers of the test kit.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "the helpers of a test fail by panicking, as the tests do"
)]

mod deletions;
mod deletions_and_names;
mod faults;
mod in_the_way;
mod later;
mod leftover_sources;
mod lessons;
mod moves;
mod names;
mod overlaps;
mod properties;
mod random;
mod real_trees;
mod runs;
mod suite;
mod support;
mod times;
