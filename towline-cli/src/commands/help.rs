//! `towline help`: prints the whole help of the program, or of a command.

use clap::Command;

use crate::args::commands::HelpArgs;
use crate::args::definition;
use crate::args::similar::{did_you_mean, similar};
use crate::args::suggest::other_name;
use crate::error::Error;
use crate::output::printer::Printer;

/// Prints the help of the command that `args` names.
pub(crate) fn run(args: &HelpArgs, printer: &Printer) -> Result<(), Error> {
    let mut root = definition::command();
    // Commands have their full names and the global options only after this.
    root.build();
    let mut command = root;
    for name in &args.command {
        let Some(below) = command.find_subcommand(name).cloned() else {
            return Err(no_such_command(&command, name, &args.command));
        };
        command = below;
    }
    let help = command.render_long_help();
    printer.message(&help.to_string(), &help.ansi().to_string(), false);
    printer.check_stdout()
}

fn no_such_command(above: &Command, name: &str, names: &[String]) -> Error {
    let meant = similar(name, above.get_subcommands().map(Command::get_name));
    let hint = match (meant, other_name(name)) {
        (_, Some(hint)) if names.len() == 1 => format!("; {hint}"),
        _ => did_you_mean(meant),
    };
    Error::usage(format!("there is no command \"{}\"{hint}", names.join(" ")))
}
