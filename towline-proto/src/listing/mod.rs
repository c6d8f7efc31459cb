//! Directory listings: from lines to entries.
//!
//! ```text
//! bytes -> LineSplitter -> ListingParser -> Line::{Entry, Ignored, Pending, Unknown}
//! ```
//!
//! `MLSD` (RFC 3659, section 7) is exact. `LIST` (RFC 959) is whatever the server prints for
//! people, in one of many forms. The lines themselves show which form it is: most forms are
//! unmistakable from one line, and z/OS prints a heading above the lines that need one. If a line
//! clearly shows a kind and a name, an impossible size or time drops only that field, not the
//! entry. No line is lost silently: a line that is not understood comes back as [`Line::Unknown`].
//!
//! A name is what the server wrote, byte for byte, without the marks that are not part of it: VMS's
//! version and `.DIR`, and the slash after a directory (`ls -F`, OS/400). See [`name`](crate::name)
//! before you use it as a path.

mod aligned;
mod clock;
mod columns;
mod compact;
mod connect_enterprise;
mod date;
mod date_doubtful;
mod date_iso;
mod date_rest;
mod day_month;
mod dos;
mod duplicates;
mod eastern;
mod entry;
mod eplf;
mod forms;
mod heading;
mod line;
mod lines;
mod link;
mod mac;
mod members;
mod mlsx;
mod mode;
mod month;
mod name_first;
mod names_only;
mod netware;
mod nonstop;
mod octal;
mod offset;
mod os2;
mod os400;
mod os400_date;
mod parser;
mod size;
mod unix;
mod unix_columns;
mod vm_cms;
mod vms;
mod vms_name;
mod vshell;
mod vxworks;
mod weekday;
mod zos;

pub use duplicates::DuplicateNames;
use entry::text;
pub use entry::{Entry, EntryKind, Modified, Precision, Zone};
pub use line::{Dialect, Line};
pub use lines::{LineSplitter, LineTooLong};
pub use mlsx::parse_mlst;
pub use names_only::bare_name;
pub use offset::server_offset;
pub use parser::ListingParser;
