//! What a person or a program gets to see.

pub(crate) mod error_report;
pub(crate) mod json;
pub(crate) mod listing;
pub(crate) mod log_file;
pub(crate) mod printer;
pub(crate) mod progress;
pub(crate) mod shell;
pub(crate) mod status;
pub(crate) mod style;
pub(crate) mod table;
pub(crate) mod tally;
