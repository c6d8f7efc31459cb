//! The faults that the server of the demonstration can have.

use towline_testkit::NamedFault;

use crate::error::Error;
use crate::output::printer::Printer;
use crate::output::wrap::wrap;

/// The fault with this name.
///
/// # Errors
/// [`Error::Usage`] if there is none.
pub(super) fn find(name: &str) -> Result<&'static NamedFault, Error> {
    NamedFault::find(name).ok_or_else(|| {
        Error::usage("there is no fault of that name; towline demo --list-faults names them all")
    })
}

/// Prints each name and what it means.
pub(super) fn list(printer: &Printer) -> Result<(), Error> {
    let line = |fault: &NamedFault| format!("{}\n{}", fault.name(), wrap(fault.about(), 4));
    printer.data(&NamedFault::ALL.iter().map(line).collect::<String>())
}
