//! The library against real servers. `cargo xtask test` starts them; without them every test here
//! fails and says so.

mod abort;
mod certificates;
mod endurance;
mod guards;
mod isolation;
mod operations;
mod support;
