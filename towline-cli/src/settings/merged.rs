//! Merges the layers of settings: command line, site, environment, defaults.

use std::sync::Arc;

use clap::Parser as _;

use crate::args::options::AllArgs;
use crate::error::Error;
use crate::settings::key;
use crate::settings::layer::{Layer, Origin, Value};

/// One value for each key that is set.
#[derive(Clone, Debug)]
pub(crate) struct Merged(Vec<Value>);

impl Merged {
    /// Merges layers, the one with the highest precedence first. An option of a group overrides the
    /// whole group in the layers below. A switch that is off overrides only itself: turning off one
    /// way to trust servers must not turn off the others.
    pub(crate) fn new(layers: impl IntoIterator<Item = Layer>) -> Self {
        let mut merged = Vec::<Value>::new();
        for layer in layers {
            let is_hidden = |value: &Value| {
                let hides = |above: &Value| {
                    let group = value.key.group.is_some() && value.key.group == above.key.group;
                    (group && !above.is_off()) || value.key.option == above.key.option
                };
                merged.iter().any(hides)
            };
            let visible: Layer = layer
                .into_iter()
                .filter(|value| !is_hidden(value))
                .collect();
            merged.extend(visible);
        }
        Self(merged)
    }

    /// Parses all values as if they had been given on one command line.
    ///
    /// # Errors
    /// [`Error::Usage`] if options exclude each other.
    pub(crate) fn args(&self) -> Result<AllArgs, Error> {
        // A switch that is off excludes nothing.
        let given = self.0.iter().filter(|value| !value.is_off());
        let words = given.flat_map(|value| {
            let words = value.words.iter();
            words.map(|word| value.key.word(word))
        });
        AllArgs::try_parse_from(words).map_err(|error| {
            let text = error.to_string();
            let first = text.lines().next().unwrap_or_default();
            Error::usage(first.strip_prefix("error: ").unwrap_or(first))
        })
    }

    /// The value of an option, if it is set. The name of the option has no dashes.
    pub(crate) fn value(&self, option: &str) -> Option<&Value> {
        self.0.iter().find(|value| value.key.option == option)
    }

    /// The environment variable that holds the secret of a group of options.
    pub(crate) fn variable(&self, group: &str) -> Option<&Arc<str>> {
        self.0.iter().find_map(|value| match &value.origin {
            Origin::Environment(name) if value.key.group.as_deref() == Some(group) => Some(name),
            _ => None,
        })
    }

    /// An option and its value, as the user wrote them.
    pub(crate) fn quote(&self, option: &str) -> String {
        match self.value(option) {
            Some(value) => value.to_string(),
            None => {
                let default = key::of_option(option).and_then(|key| key.default.as_deref());
                format!("--{option} {}", default.unwrap_or("(not given)"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::settings::environment;

    fn layer(origin: &Origin, values: &[(&str, &str)]) -> Layer {
        let value = |&(option, word): &(&str, &str)| Value {
            key: key::of_option(option).unwrap(),
            words: vec![word.into()],
            origin: origin.clone(),
        };
        values.iter().map(value).collect()
    }

    fn file(line: usize) -> Origin {
        Origin::File {
            name: "config.toml".into(),
            line,
        }
    }

    #[test]
    fn the_strongest_layer_wins_key_by_key() {
        let merged = Merged::new([
            layer(&Origin::CommandLine, &[("timeout", "5")]),
            layer(&file(2), &[("timeout", "6"), ("tls-min", "1.3")]),
            layer(&file(1), &[("tls-min", "1.2"), ("no-temp", "true")]),
        ]);
        assert_eq!(merged.quote("timeout"), "--timeout 5");
        assert_eq!(merged.quote("tls-min"), "tls-min = 1.3 (config.toml:2)");
        assert_eq!(merged.quote("no-temp"), "temp = false (config.toml:1)");
        assert_eq!(merged.quote("tls-max"), "--tls-max 1.3");
        let args = merged.args().unwrap();
        assert_eq!(
            (args.connection.timeout, args.transfer.no_temp),
            (Duration::from_secs(5), Some(true))
        );
    }

    #[test]
    fn an_option_of_a_group_hides_the_group_below() {
        let defaults = layer(&file(1), &[("password-command", "pass x")]);
        let [own, variable] = environment::layers(None, |name| name == "TOWLINE_PASSWORD");
        let merged = Merged::new([own, variable, defaults.clone()]);
        let name = merged.variable("password").map(|name| &**name);
        assert_eq!(name, Some("TOWLINE_PASSWORD"));
        assert!(merged.value("password-command").is_none());
        let option = layer(&Origin::CommandLine, &[("password-file", "f")]);
        let [own, variable] = environment::layers(Some("x"), |_| true);
        let merged = Merged::new([option, own, variable, defaults]);
        assert_eq!(merged.variable("password"), None);
        let args = merged.args().unwrap();
        assert!(args.connection.login.password_file.is_some());
        assert!(args.connection.login.password_command.is_none());
    }

    #[test]
    fn a_switch_that_is_off_hides_nothing_but_itself() {
        let off = layer(&Origin::CommandLine, &[("trust-on-first-use", "false")]);
        let pinned = layer(&file(1), &[("ca-file", "ca.pem")]);
        let merged = Merged::new([off.clone(), pinned]);
        let trust = merged.args().unwrap().connection.trust;
        assert_eq!(trust.ca_file, Some("ca.pem".into()));
        let on = layer(&file(1), &[("trust-on-first-use", "true")]);
        let trust = Merged::new([off, on]).args().unwrap().connection.trust;
        assert_ne!(trust.trust_on_first_use, Some(true));
    }

    #[test]
    fn options_of_one_layer_may_exclude_each_other() {
        let both = [("password-command", "a"), ("password-file", "b")];
        let merged = Merged::new([layer(&file(1), &both)]);
        assert!(matches!(merged.args(), Err(Error::Usage(_))));
    }
}
