//! Replaces clap's suggestions, which find a likeness between any two short words.

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Error};

use super::other_options::other_option;
use super::similar::similar;

/// What other programs call a command, and what it is here.
const OTHER_NAMES: &[(&[&str], &str)] = &[
    (
        &["cp", "copy", "scp", "transfer"],
        "'towline get' downloads files, and 'towline put' uploads them",
    ),
    (
        &[
            "download", "fetch", "pull", "recv", "receive", "mget", "wget", "pget",
        ],
        "'towline get' downloads files",
    ),
    (
        &["upload", "push", "send", "store", "mput", "append"],
        "'towline put' uploads files",
    ),
    (
        &[
            "del", "delete", "unlink", "remove", "erase", "mdelete", "mrm",
        ],
        "'towline rm' removes files, and with -r directories",
    ),
    (
        &[
            "dir", "list", "ll", "nlist", "nlst", "mls", "cls", "tree", "find",
        ],
        "'towline ls' lists directories, and with -R what is below them",
    ),
    (
        &["sync", "synchronize", "synchronise", "rsync", "backup"],
        "'towline mirror' keeps a directory in step with another one",
    ),
    (
        &["move", "rename", "ren", "rn"],
        "'towline mv' renames and moves files on the server",
    ),
    (
        &["md", "mkd", "makedir"],
        "'towline mkdir' creates a directory",
    ),
    (
        &["rd", "rmd", "deltree"],
        "'towline rmdir' removes an empty directory, and 'towline rm -r' any directory",
    ),
    (
        &["type", "show", "more", "less", "view", "print", "head"],
        "'towline cat' writes a file to standard output",
    ),
    (
        &["info", "size", "modtime", "lsd", "exists"],
        "'towline stat' shows the details of a file",
    ),
    (
        &["diff", "compare", "cmp", "verify"],
        "'towline check' compares two directories",
    ),
    (
        &["quote", "site", "literal", "command", "exec"],
        "'towline raw' sends a command to the server",
    ),
    (
        &[
            "certificate",
            "certificates",
            "cert",
            "certs",
            "fingerprint",
            "known-servers",
        ],
        "'towline trust' manages the known servers and their certificates",
    ),
    (
        &[
            "settings",
            "configure",
            "configuration",
            "sites",
            "bookmark",
            "bookmarks",
        ],
        "'towline config' manages the configuration file, which has the sites",
    ),
    (
        &[
            "open", "connect", "login", "ssh", "user", "cd", "lcd", "pwd", "bye", "quit", "exit",
        ],
        "each command names its server, as in 'towline ls ftpes://user@host/path'; there is no \
         session to open, enter or leave",
    ),
    (&["version"], "'towline --version' prints the version"),
    (
        &["usage", "manual"],
        "'towline help' prints the help, and 'towline man' the manual page",
    ),
];

/// Gives `error` suggestions that make sense, or none. `root` is the definition of the command line
/// that was parsed.
pub(super) fn improve(error: &mut Error, root: &Command, command: &Command) {
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            error.remove(ContextKind::SuggestedSubcommand);
            error.remove(ContextKind::Suggested);
            let Some(typed) = text(error, ContextKind::InvalidSubcommand) else {
                return;
            };
            let names = command.get_subcommands().map(Command::get_name);
            let is_root = command.get_name() == root.get_name();
            if let Some(hint) = other_name(&typed).filter(|_| is_root) {
                let hint = ContextValue::StyledStrs(vec![StyledStr::from(hint)]);
                error.insert(ContextKind::Suggested, hint);
            } else if let Some(meant) = similar(&typed, names) {
                let meant = ContextValue::Strings(vec![meant.to_owned()]);
                error.insert(ContextKind::SuggestedSubcommand, meant);
            }
        }
        ErrorKind::UnknownArgument => {
            error.remove(ContextKind::SuggestedArg);
            error.remove(ContextKind::SuggestedSubcommand);
            error.remove(ContextKind::Suggested);
            let Some(typed) = text(error, ContextKind::InvalidArg) else {
                return;
            };
            // Clap's usage line would show its suggestion.
            let usage = ContextValue::StyledStr(command.clone().render_usage());
            error.insert(ContextKind::Usage, usage);
            if let Some(hint) = other_option(typed.trim_start_matches('-'), command) {
                let hint = ContextValue::StyledStrs(vec![StyledStr::from(hint)]);
                error.insert(ContextKind::Suggested, hint);
                return;
            }
            let Some(typed) = typed.strip_prefix("--") else {
                return;
            };
            let mut names: Vec<&str> = command
                .get_arguments()
                .filter_map(clap::Arg::get_long)
                .collect();
            names.extend(root.get_arguments().filter_map(clap::Arg::get_long));
            names.extend(["help", "version"]);
            names.sort_unstable();
            names.dedup();
            if let Some(meant) = similar(typed, names.into_iter()) {
                let meant = ContextValue::String(format!("--{meant}"));
                error.insert(ContextKind::SuggestedArg, meant);
            }
        }
        ErrorKind::InvalidValue => improve_value(error),
        _ => {}
    }
}

/// Gives the error on a value of an option a suggestion that makes sense, or none.
pub(crate) fn improve_value(error: &mut Error) {
    error.remove(ContextKind::SuggestedValue);
    let Some(typed) = text(error, ContextKind::InvalidValue) else {
        return;
    };
    let Some(ContextValue::Strings(valid)) = error.get(ContextKind::ValidValue) else {
        return;
    };
    let meant = similar(&typed, valid.iter().map(String::as_str)).map(str::to_owned);
    if let Some(meant) = meant {
        error.insert(ContextKind::SuggestedValue, ContextValue::String(meant));
    }
}

/// The hint for what other programs call a command.
pub(crate) fn other_name(typed: &str) -> Option<&'static str> {
    let typed = typed.to_ascii_lowercase();
    let mut names = OTHER_NAMES.iter();
    names.find_map(|(names, hint)| names.contains(&typed.as_str()).then_some(*hint))
}

fn text(error: &Error, kind: ContextKind) -> Option<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::definition;

    #[test]
    fn every_hint_names_commands_that_exist() {
        let root = definition::command();
        for (names, hint) in OTHER_NAMES {
            for name in *names {
                assert!(root.find_subcommand(name).is_none(), "{name} is a command");
            }
            for part in hint.split("'towline ").skip(1) {
                let command = part.split(['\'', ' ']).next().unwrap_or_default();
                let exists = command.starts_with("--") || root.find_subcommand(command).is_some();
                assert!(exists || (command == "demo"), "{hint}");
            }
        }
    }

    #[test]
    fn no_name_has_two_hints() {
        let mut names: Vec<_> = OTHER_NAMES.iter().flat_map(|(names, _)| *names).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
