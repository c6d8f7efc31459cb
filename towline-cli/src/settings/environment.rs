//! Environment variables. Each contains a secret.

use crate::settings::key;
use crate::settings::layer::{Layer, Origin, Value};

/// Each variable, and the group of options that it belongs to.
const VARIABLES: &[(&str, &str)] = &[
    ("TOWLINE_PASSWORD", "password"),
    ("TOWLINE_ACCOUNT", "account"),
    ("TOWLINE_PROXY_PASSWORD", "proxy-password"),
    ("TOWLINE_CLIENT_KEY_PASSWORD", "client-key-password"),
];

/// The names of the variables.
pub(crate) fn secret_variables() -> impl Iterator<Item = &'static str> {
    VARIABLES.iter().map(|(variable, _)| *variable)
}

/// The values from the environment. Empty variables do not count.
pub(crate) fn layer(is_set: impl Fn(&str) -> bool) -> Layer {
    let value = |&(variable, group): &(&'static str, &str)| {
        let mut keys = key::all().iter();
        Some(Value {
            key: keys.find(|key| key.group.as_deref() == Some(group))?,
            words: Vec::new(),
            origin: Origin::Environment(variable),
        })
    };
    let set = VARIABLES.iter().filter(|(variable, _)| is_set(variable));
    set.filter_map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_has_every_variable() {
        let document = include_str!("../../../docs/configuration.md");
        for (variable, group) in VARIABLES {
            let mut lines = document.lines();
            let row = lines.find(|line| line.starts_with(&format!("| `{variable}`")));
            assert!(
                row.unwrap().ends_with(&format!("| {group} |")),
                "{variable}"
            );
        }
    }
}
