//! `towline completions`: generates shell completions from the definition of the command line.

use clap_complete::Shell;

use crate::args::definition;
use crate::error::Error;
use crate::output::printer::Printer;

pub(crate) fn run(shell: Shell, printer: &Printer) -> Result<(), Error> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut definition::command(), "towline", &mut script);
    printer.data(&String::from_utf8_lossy(&script))
}
