//! The built `towline` binary against servers of the test kit.

mod commands;
mod demo;
mod exit_codes;
mod interrupt;
mod json;
mod names;
mod output;
mod secrets;
mod support;
mod trees;
