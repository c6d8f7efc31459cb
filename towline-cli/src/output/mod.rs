//! Output: text for people, JSON lines for programs.

pub(crate) mod certificate;
pub(crate) mod closing;
pub(crate) mod entry;
pub(crate) mod error_report;
pub(crate) mod explanation;
mod hint;
pub(crate) mod json;
pub(crate) mod list_printer;
pub(crate) mod log_file;
mod margin;
pub(crate) mod outcomes;
pub(crate) mod printer;
mod progress;
pub(crate) mod shell;
pub(crate) mod size;
pub(crate) mod status;
pub(crate) mod style;
pub(crate) mod table;
mod tally;
mod waits;
pub(crate) mod wrap;
