//! `towline config`: checks the configuration file, and shows settings.

use std::iter;
use std::path::Path;

use crate::args::commands::ConfigCommand;
use crate::error::{Error, escape_path};
use crate::exit_code::ExitCode;
use crate::operand::sites;
use crate::output::error_report;
use crate::output::json;
use crate::output::printer::Printer;
use crate::output::table::{Align, Table};
use crate::session::connect;
use crate::settings::configuration::Configuration;
use crate::settings::key::{self, Key};
use crate::settings::layer;
use crate::settings::merged::Merged;
use crate::settings::paths;

/// Works on the configuration file at `config`, or on the usual one.
pub(crate) fn run(
    command: &ConfigCommand,
    config: Option<&Path>,
    printer: &Printer,
) -> Result<ExitCode, Error> {
    match command {
        ConfigCommand::Check { .. } => check(&Configuration::open(Vec::new(), config)?, printer),
        ConfigCommand::Show {
            site,
            connection,
            transfer,
            ..
        } => {
            let options = [layer::of_options(connection), layer::of_options(transfer)];
            let configuration = Configuration::open(options.concat(), config)?;
            show(&configuration, site.as_deref(), printer)?;
            Ok(ExitCode::Done)
        }
    }
}

/// Reports all mistakes in the file.
fn check(configuration: &Configuration, printer: &Printer) -> Result<ExitCode, Error> {
    let file = configuration.file();
    let Some(name) = file.name() else {
        let place = paths::config_file().unwrap_or_default();
        printer.data(&format!("{} does not exist\n", escape_path(&place)))?;
        return Ok(ExitCode::Done);
    };
    let mut mistakes: Vec<String> = file.findings().iter().map(ToString::to_string).collect();
    for site in iter::once(None).chain(file.sites().map(Some)) {
        // The mistakes of a single layer are in `findings`.
        if file.layers(site).is_ok()
            && let Err(error) = try_out(configuration, site)
        {
            let title =
                site.map_or_else(|| "[defaults]".to_owned(), |site| format!("[site.{site}]"));
            mistakes.push(format!("{name}: {title}: {error}"));
        }
    }
    for mistake in &mistakes {
        error_report::print(printer, None, &Error::usage(mistake));
    }
    if !mistakes.is_empty() {
        return Ok(ExitCode::Usage);
    }
    if !printer.is_json() {
        let sites = match file.sites().count() {
            1 => "1 site".to_owned(),
            sites => format!("{sites} sites"),
        };
        printer.data(&format!("{name}: {sites}, no mistakes\n"))?;
    }
    Ok(ExitCode::Done)
}

/// Checks what a command would check before it connects.
fn try_out(configuration: &Configuration, site: Option<&str>) -> Result<(), Error> {
    let settings = configuration.settings(site)?;
    match site {
        Some(name) => connect::try_out(&sites::site(name, settings)?),
        None => Ok(()),
    }
}

/// Prints the settings of a site, or of URLs, and where each comes from.
fn show(configuration: &Configuration, site: Option<&str>, printer: &Printer) -> Result<(), Error> {
    let merged = configuration.merged(site)?;
    configuration.settings(site)?;
    let mut table = Table::new([Align::Left, Align::Left, Align::Left]);
    for key in key::all() {
        let Some(Row {
            name,
            value,
            source,
        }) = row(key, &merged)
        else {
            continue;
        };
        if printer.is_json() {
            printer.event(&json::Event::Setting {
                site,
                key: name,
                value,
                source,
            });
        } else {
            let value = value.unwrap_or_else(|| "(not shown)".to_owned());
            let cells = [name.to_owned(), value, source];
            table.row(cells.map(|cell| towline_proto::name::escape(cell.as_bytes())));
        }
    }
    printer.data(&table.to_string())
}

struct Row<'a> {
    name: &'a str,
    /// `None` for a secret.
    value: Option<String>,
    source: String,
}

/// The row of a key. Keys that are not set and have no default are omitted.
fn row<'a>(key: &'a Key, merged: &Merged) -> Option<Row<'a>> {
    if let Some(value) = merged.value(&key.option) {
        let is_secret = value.words.is_empty();
        let name = match &key.group {
            Some(group) if is_secret => group,
            _ => &key.name,
        };
        return Some(Row {
            name,
            value: (!is_secret).then(|| value.text()),
            source: value.origin.to_string(),
        });
    }
    key.default.clone().map(|default| Row {
        name: &key.name,
        value: Some(default),
        source: "default".to_owned(),
    })
}
