//! The library against the servers of `towline-testkit`: honest ones, and ones that misbehave.

mod bad_input;
mod certificates;
mod publish;
mod recovery;
mod support;
mod tether;
mod transfers;
