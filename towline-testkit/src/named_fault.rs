//! Faults by name, each as a whole server: for rehearsals and tests.

mod catalogue;
mod closing;
mod connecting;
mod control;
mod data;
mod definition;
mod files;

pub use definition::NamedFault;
