//! `towline completions`: prints the script that makes a shell complete command lines.

use clap_complete::Shell;

use crate::args::definition;
use crate::completion;
use crate::error::Error;
use crate::output::printer::Printer;

/// Prints a script that asks the program, or one that knows commands and options only.
pub(crate) fn run(shell: Shell, is_static: bool, printer: &Printer) -> Result<(), Error> {
    let asking = match is_static {
        true => None,
        false => completion::script(shell),
    };
    let script = asking.unwrap_or_else(|| {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut definition::command(), "towline", &mut script);
        script
    });
    printer.data(&String::from_utf8_lossy(&script))
}
