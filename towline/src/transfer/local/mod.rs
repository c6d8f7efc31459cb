//! The local end of a transfer.

mod access;
mod contents;
mod local_file;
mod part_name;
mod system;
mod target;
mod write_back;

pub(crate) use self::access::{aside, at, blocking, is_special, metadata};
pub(crate) use self::contents::{Burst, FileReader, FileWriter, PIECE, is_fast};
pub(crate) use self::local_file::LocalFile;
pub(crate) use self::part_name::sync_directories;
pub(crate) use self::target::{Target, check_target, takes_new_file};
