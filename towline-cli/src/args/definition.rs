//! The definition of the command line, as it is parsed, shown and completed. `-h` shows a command's
//! own options on one screen, and `--help` all of them.

use clap::{Arg, Command, CommandFactory as _, Subcommand as _};

use super::commands::{Args, ServerCommand};

/// The options of these headings are left to `--help`.
const LONG_HELP_HEADINGS: &[&str] = &["Connection", "Trust", "Login"];

/// These options are left to `--help`, too.
const LONG_HELP_OPTIONS: &[&str] = &[
    "color",
    "config",
    "lang",
    "log-file",
    "max-entries",
    "no-progress",
    "stats",
];

/// The options in the short help of the commands that have many.
const SHORT_HELP: &[(&[&str], &[&str])] = &[
    (
        &["get", "put"],
        &[
            "recursive",
            "append",
            "dry-run",
            "update",
            "include",
            "exclude",
            "resume",
            "verify",
            "connections",
            "no-clobber",
        ],
    ),
    (&["show"], &["tls", "ca-file", "proxy", "timeout"]),
    (
        &["mirror", "check"],
        &[
            "dry-run",
            "delete",
            "max-delete",
            "move",
            "compare",
            "include",
            "exclude",
        ],
    ),
];

/// The options in the short help of every command.
const ALWAYS_SHOWN: &[&str] = &["help", "json", "verbose", "quiet"];

/// The options of every command that only commands on servers obey.
const PROGRESS: &[&str] = &["no-progress", "stats"];

/// The definition of the whole command line.
pub(crate) fn command() -> Command {
    with_short_help(with_progress_on_servers(Args::command()))
}

/// Hides the options for progress where there is none.
fn with_progress_on_servers(root: Command) -> Command {
    let on_servers = ServerCommand::augment_subcommands(Command::new("towline"));
    let options = root.get_arguments();
    let options = options.filter(|arg| arg.get_long().is_some_and(|long| PROGRESS.contains(&long)));
    let hidden: Vec<_> = options.map(|arg| arg.clone().hide(true)).collect();
    root.mut_subcommands(
        |command| match on_servers.find_subcommand(command.get_name()) {
            Some(_) => command,
            None => command.args(&hidden),
        },
    )
}

fn with_short_help(command: Command) -> Command {
    let name = command.get_name().to_owned();
    let command = command.mut_args(|arg| {
        let is_shown = is_in_short_help(&name, &arg);
        arg.hide_short_help(!is_shown)
    });
    let command = command.mut_subcommands(with_short_help);
    command.after_help("'--help' instead of '-h' shows all options, and examples.")
}

fn is_in_short_help(command: &str, arg: &Arg) -> bool {
    let Some(long) = arg.get_long() else {
        return true;
    };
    let mut lists = SHORT_HELP.iter();
    match lists.find(|(commands, _)| commands.contains(&command)) {
        Some((_, shown)) => shown.contains(&long) || ALWAYS_SHOWN.contains(&long),
        None => {
            let heading = arg.get_help_heading().unwrap_or_default();
            !LONG_HELP_HEADINGS.contains(&heading) && !LONG_HELP_OPTIONS.contains(&long)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The most lines of a short help.
    const ONE_SCREEN: usize = 40;

    #[test]
    fn the_definition_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn every_short_help_fits_on_one_screen() {
        fn check(command: &mut Command) {
            let help = command.render_help().to_string();
            let name = command.get_bin_name().unwrap_or_default();
            let lines = help.lines().count();
            assert!(lines <= ONE_SCREEN, "{name} has {lines} lines:\n{help}");
            assert!(help.contains("'--help'"), "{name}");
            for below in command.get_subcommands_mut() {
                check(below);
            }
        }
        let mut root = command().term_width(80);
        root.build();
        check(&mut root);
    }

    #[test]
    fn the_long_help_shows_what_the_short_help_leaves_out() {
        let mut root = command();
        root.build();
        let get = root.find_subcommand_mut("get").unwrap();
        let (short, long) = (
            get.render_help().to_string(),
            get.render_long_help().to_string(),
        );
        for option in ["--ca-file", "--password-file", "--tls-min", "--log-file"] {
            assert!(!short.contains(option), "{option}");
            assert!(long.contains(option), "{option}");
        }
        for option in ["--recursive", "--resume", "--json", "--include"] {
            assert!(short.contains(option), "{option}");
        }
    }

    #[test]
    fn every_short_option_has_a_long_form() {
        fn check(command: &Command) {
            for arg in command.get_arguments() {
                let is_named = arg.get_short().is_none() || arg.get_long().is_some();
                assert!(is_named, "{} {arg}", command.get_name());
            }
            command.get_subcommands().for_each(check);
        }
        check(&command());
    }

    #[test]
    fn every_option_that_is_named_here_exists() {
        fn has(command: &Command, long: &str) -> bool {
            command
                .get_arguments()
                .any(|arg| arg.get_long() == Some(long))
                || command.get_subcommands().any(|below| has(below, long))
        }
        let shown = SHORT_HELP.iter().flat_map(|(_, options)| *options);
        for long in LONG_HELP_OPTIONS.iter().chain(shown) {
            assert!(has(&command(), long), "{long}");
        }
    }
}
