//! `towline man`: generates manual pages from the definition of the command line.

use std::fs;

use clap::Command;

use crate::args::commands::ManArgs;
use crate::args::definition;
use crate::error::Error;
use crate::output::printer::Printer;

/// Prints a manual page, or writes all of them to a directory.
pub(crate) fn run(args: &ManArgs, printer: &Printer) -> Result<(), Error> {
    match &args.dir {
        Some(directory) => fs::create_dir_all(directory)
            .and_then(|()| clap_mangen::generate_to(definition::command(), directory))
            .map_err(|error| Error::local(directory, error)),
        None => printer.data(&page(&args.command)?),
    }
}

fn page(names: &[String]) -> Result<String, Error> {
    let mut root = definition::command();
    // Commands have their full names and the global options only after this.
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
