//! Completions and manual pages, made from the definition of the command line.

use std::fs;

use clap::{Command, CommandFactory as _};
use clap_complete::Shell;

use crate::args::commands::{Args, ManArgs};
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::output::error_report;
use crate::output::printer::Printer;

/// Prints a shell's completions.
pub(crate) fn completions(shell: Shell, printer: &Printer) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "towline", &mut script);
    end(printer, printer.data(&String::from_utf8_lossy(&script)))
}

/// Prints a manual page, or writes all of them.
pub(crate) fn man(args: &ManArgs, printer: &Printer) -> ExitCode {
    let written = match &args.dir {
        Some(directory) => fs::create_dir_all(directory)
            .and_then(|()| clap_mangen::generate_to(Args::command(), directory))
            .map_err(|error| Error::local(directory, error)),
        None => page(&args.command).and_then(|page| printer.data(&page)),
    };
    end(printer, written)
}

fn page(names: &[String]) -> Result<String, Error> {
    let mut root = Args::command();
    // Only then do commands have their full names and the options of all.
    root.build();
    let mut command: &Command = &root;
    for name in names {
        command = command
            .find_subcommand(name)
            .ok_or_else(|| Error::usage(format!("there is no command \"{}\"", names.join(" "))))?;
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone())
        .render(&mut page)
        .map_err(Error::Stdout)?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}

fn end(printer: &Printer, outcome: Result<(), Error>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::Done,
        Err(error) => {
            error_report::report(printer, None, &error);
            error.exit_code()
        }
    }
}
