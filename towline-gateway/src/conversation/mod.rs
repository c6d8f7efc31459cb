//! The conversation with one client.

mod dispatch;
mod end;
mod entrance;
mod files;
mod front;
mod listing;
mod pace;
mod parameters;
mod ports;
mod retrieve;
mod security;
mod spooled;
mod store;
mod take_in;
mod talk;
mod transfer;
mod visitor;

pub(crate) use self::talk::{Begins, converse};
