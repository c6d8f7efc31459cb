//! The options that are on the command line already.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::FromArgMatches as _;

use crate::args::options::ConnectionArgs;
use crate::args::raw::RawArgs;
use crate::args::{arrange, definition};
use crate::settings::configuration::Configuration;
use crate::settings::environment;
use crate::settings::layer::{self, Layer};

/// The configuration for the command line so far. `None` if the file cannot be read.
pub(super) fn configuration() -> Option<Configuration> {
    let mut words = env::args_os().skip_while(|word| word != "--");
    // The shell's script puts the command line behind this.
    words.next();
    let (options, config) = options(words.collect());
    let config = config.or_else(environment::config_file);
    Configuration::open(options, config.as_deref()).ok()
}

/// The options of connection and trust, and `--config`. What cannot be understood is left out: the
/// command line is not complete.
fn options(words: Vec<OsString>) -> (Layer, Option<PathBuf>) {
    let mut definition = definition::command()
        .ignore_errors(true)
        .mut_subcommands(|command| command.ignore_errors(true));
    let words = arrange::arrange(&definition, words);
    let Ok(matches) = definition.try_get_matches_from_mut(words) else {
        return (Layer::new(), None);
    };
    let config = matches.try_get_one::<PathBuf>("config").ok().flatten();
    let config = config.cloned();
    let Some((name, below)) = matches.subcommand() else {
        return (Layer::new(), config);
    };
    let connects = definition.find_subcommand(name).is_some_and(|command| {
        command
            .get_arguments()
            .any(|arg| arg.get_id() == "password_file")
    });
    let given = match connects {
        true => RawArgs::<ConnectionArgs>::from_arg_matches(below).ok(),
        false => None,
    };
    (
        given.map_or_else(Layer::new, |given| layer::of_options(&given)),
        config,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> (Vec<String>, Option<PathBuf>) {
        let words = line.split(' ').map(OsString::from).collect();
        let (layer, config) = options(words);
        let values = layer.iter().map(ToString::to_string).collect();
        (values, config)
    }

    #[test]
    fn options_of_an_unfinished_command_line_count() {
        let (values, config) =
            read("towline --retries 0 ls --ca-file a.pem --config c.toml vendor:");
        assert!(values.contains(&"--ca-file a.pem".to_owned()), "{values:?}");
        assert!(values.contains(&"--retries 0".to_owned()), "{values:?}");
        assert_eq!(values.len(), 2);
        assert_eq!(config, Some("c.toml".into()));
        for line in [
            "towline",
            "towline ls",
            "towline mv",
            "towline nonsense x",
            "towline demo x",
        ] {
            assert_eq!(read(line).0.len(), 0, "{line}");
        }
    }
}
