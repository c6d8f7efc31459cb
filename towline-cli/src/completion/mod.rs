//! Completion while the user types: the shell's script runs towline itself, which knows commands,
//! options, sites, and paths on servers.

mod bash;
mod candidates;
mod given;
mod remote;

use std::any::TypeId;
use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Arg, Command, ValueHint};
use clap_complete::Shell;
use clap_complete::engine::ArgValueCompleter;
use clap_complete::env::{CompleteEnv, Elvish, Fish, Powershell, Shells, Zsh};

use self::bash::Bash;
use crate::args::{arrange, definition};

/// The variable by which a script asks for completions.
const VARIABLE: &str = "COMPLETE";

const SHELLS: Shells<'static> = Shells(&[&Bash, &Elvish, &Fish, &Powershell, &Zsh]);

/// Answers a script that asks for completions. Returns whether one does.
///
/// # Errors
/// What to print if the question cannot be understood.
pub(crate) fn answer() -> Result<bool, String> {
    if env::var_os(VARIABLE).is_none() {
        return Ok(false);
    }
    let answer = CompleteEnv::with_factory(command)
        .var(VARIABLE)
        .bin("towline")
        .shells(SHELLS)
        .try_complete(
            arranged(env::args_os().collect()),
            env::current_dir().ok().as_deref(),
        );
    answer.map_err(|error| error.to_string())
}

/// Puts options in front of the command behind it, if that leaves the word to complete in its
/// place.
fn arranged(mut words: Vec<OsString>) -> Vec<OsString> {
    let Some(end) = words.iter().position(|word| word == "--") else {
        return words;
    };
    let line = words.split_off(end + 1);
    let index = env::var("_CLAP_COMPLETE_INDEX").ok();
    let index = index.and_then(|index| index.parse::<usize>().ok());
    let index = index.unwrap_or_else(|| line.len().saturating_sub(1));
    let arranged = arrange::arrange(&definition::command(), line.clone());
    let keeps_its_place = arranged.len() == line.len() && arranged.get(index) == line.get(index);
    words.extend(if keeps_its_place { arranged } else { line });
    words
}

/// The script for a shell.
pub(crate) fn script(shell: Shell) -> Option<Vec<u8>> {
    let shells = SHELLS;
    let completer = shells.completer(&shell.to_string())?;
    let mut script = Vec::new();
    let written =
        completer.write_registration(VARIABLE, "towline", "towline", "towline", &mut script);
    written.ok().map(|()| script)
}

/// The command line, with what completes each operand.
fn command() -> Command {
    definition::command().mut_subcommands(with_completers)
}

fn with_completers(command: Command) -> Command {
    let name = command.get_name().to_owned();
    let command = command.mut_args(|arg| completed(&name, arg));
    command.mut_subcommands(with_completers)
}

fn completed(command: &str, arg: Arg) -> Arg {
    if arg.get_value_parser().type_id() == TypeId::of::<PathBuf>() {
        return arg.value_hint(ValueHint::AnyPath);
    }
    if arg.get_long().is_some() {
        return arg;
    }
    match command {
        "get" | "put" | "mirror" | "check" => arg.add(ArgValueCompleter::new(candidates::any)),
        "ls" | "cat" | "stat" | "rm" | "mv" | "mkdir" | "rmdir" => {
            arg.add(ArgValueCompleter::new(candidates::remote))
        }
        "raw" if arg.get_id() == "server" => arg.add(ArgValueCompleter::new(candidates::site)),
        "show" => arg.add(ArgValueCompleter::new(candidates::site)),
        _ => arg,
    }
}
