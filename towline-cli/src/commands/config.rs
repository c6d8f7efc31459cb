//! `towline config`: creates, edits and checks the configuration file, and shows settings.

use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::{env, iter, process};

use towline_proto::name::escape;

use crate::args::commands::ConfigCommand;
use crate::error::{Error, escape_path};
use crate::exit_code::ExitCode;
use crate::operand::sites;
use crate::output::error_report;
use crate::output::json;
use crate::output::printer::Printer;
use crate::output::table::{Align, Table};
use crate::session::connect;
use crate::settings::config_file;
use crate::settings::configuration::Configuration;
use crate::settings::key::{self, Key, ValueType};
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
        ConfigCommand::Path => {
            printer.data(&format!("{}\n", escape_path(&path(config)?)))?;
            Ok(ExitCode::Done)
        }
        ConfigCommand::Init => {
            let path = path(config)?;
            create(&path)?;
            printer.data(&format!("{}\n", escape_path(&path)))?;
            Ok(ExitCode::Done)
        }
        ConfigCommand::Edit => {
            let path = path(config)?;
            if !path.exists() {
                create(&path)?;
            }
            edit(&path)?;
            check(&Configuration::open(Vec::new(), Some(&path))?, printer)
        }
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

/// The path of the configuration file, whether it exists or not.
fn path(config: Option<&Path>) -> Result<PathBuf, Error> {
    let path = config.map(Path::to_owned).or_else(paths::config_file);
    path.ok_or_else(|| {
        Error::usage("there is no home directory for the configuration file; use --config")
    })
}

/// Writes a file with examples, which only its owner may read.
fn create(path: &Path) -> Result<(), Error> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).map_err(|error| Error::local(directory, error))?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options
        .open(path)
        .and_then(|mut file| file.write_all(config_file::TEMPLATE.as_bytes()));
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Error::usage(format!(
            "{} exists already; towline config edit opens it",
            escape_path(path)
        )),
        _ => Error::local(path, error),
    })
}

/// Opens the file in the user's editor, and waits for its end.
fn edit(path: &Path) -> Result<(), Error> {
    let variable = |name| env::var_os(name).filter(|value| !value.is_empty());
    let editor = variable("VISUAL").or_else(|| variable("EDITOR"));
    let editor = editor.unwrap_or_else(|| DEFAULT_EDITOR.into());
    let failed = |reason: String| {
        let editor = editor.to_string_lossy();
        Error::usage(format!(
            "the editor {}: {reason}",
            escape(editor.as_bytes())
        ))
    };
    let status = editor_command(&editor, path).status();
    match status.map_err(|error| failed(error.to_string()))? {
        status if status.success() => Ok(()),
        status => Err(failed(status.to_string())),
    }
}

/// The variables hold a command for the shell, such as `code --wait`.
#[cfg(unix)]
fn editor_command(editor: &OsStr, path: &Path) -> process::Command {
    let mut script = editor.to_owned();
    script.push(" \"$1\"");
    let mut command = process::Command::new("sh");
    command.arg("-c").arg(script).arg("sh").arg(path);
    command
}

#[cfg(not(unix))]
fn editor_command(editor: &OsStr, path: &Path) -> process::Command {
    let mut command = process::Command::new(editor);
    command.arg(path);
    command
}

const DEFAULT_EDITOR: &str = if cfg!(windows) { "notepad" } else { "vi" };

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
        error_report::print(printer, None, &Error::usage(mistake), true);
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
        if !key.applies(site.is_some()) {
            continue;
        }
        let Row {
            name,
            value,
            source,
        } = row(key, &merged, site.is_some());
        if printer.is_json() {
            printer.event(&json::Event::Setting {
                site,
                key: name,
                value: value.text(),
                source,
            });
        } else {
            let value = match value {
                Shown::Set(value) => value,
                Shown::Secret => "(not shown)".to_owned(),
                Shown::NotSet => "(not set)".to_owned(),
            };
            let cells = [name.to_owned(), value, source];
            table.row(cells.map(|cell| escape(cell.as_bytes())));
        }
    }
    printer.data(&table.to_string())
}

struct Row<'a> {
    name: &'a str,
    value: Shown,
    source: String,
}

/// A value as it is shown.
enum Shown {
    Set(String),
    Secret,
    /// There is none, and no default.
    NotSet,
}

impl Shown {
    /// `None` for a secret, and if there is no value.
    fn text(self) -> Option<String> {
        match self {
            Self::Set(value) => Some(value),
            Self::Secret | Self::NotSet => None,
        }
    }
}

/// The row of a key, of a site or of URLs.
fn row<'a>(key: &'a Key, merged: &Merged, of_site: bool) -> Row<'a> {
    let Some(value) = merged.value(&key.option) else {
        return Row {
            name: &key.name,
            value: effect(key, merged, of_site).map_or(Shown::NotSet, Shown::Set),
            source: "default".to_owned(),
        };
    };
    let is_secret = value.words.is_empty();
    let name = match &key.group {
        Some(group) if is_secret => group,
        _ => &key.name,
    };
    Row {
        name,
        value: match is_secret {
            true => Shown::Secret,
            false => Shown::Set(value.text()),
        },
        source: value.origin.to_string(),
    }
}

/// What happens if a key is not set. Another key of its group excludes it.
fn effect(key: &Key, merged: &Merged, of_site: bool) -> Option<String> {
    let is_rival = |other: &&Key| other.group == key.group && other.option != key.option;
    let mut rivals = key::all().iter().filter(is_rival);
    let is_excluded = key.group.is_some()
        && rivals.any(|other| {
            let value = merged.value(&other.option);
            value.is_some_and(|value| value.text() != "false")
        });
    match is_excluded && key.value_type == ValueType::Boolean {
        true => Some("false".to_owned()),
        false => key.effect(of_site),
    }
}
