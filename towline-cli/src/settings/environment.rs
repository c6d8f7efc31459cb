//! Environment variables: secrets, and the place of the configuration file.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use crate::settings::key;
use crate::settings::layer::{Layer, Origin, Value};

const PASSWORD: &str = "TOWLINE_PASSWORD";

/// Each variable with a secret, and the group of options that it belongs to.
const VARIABLES: &[(&str, &str)] = &[
    (PASSWORD, "password"),
    ("TOWLINE_ACCOUNT", "account"),
    ("TOWLINE_PROXY_PASSWORD", "proxy-password"),
    ("TOWLINE_CLIENT_KEY_PASSWORD", "client-key-password"),
];

/// The configuration file that `TOWLINE_CONFIG` names, if it is set.
pub(crate) fn config_file() -> Option<PathBuf> {
    let path = env::var_os("TOWLINE_CONFIG")?;
    (!path.is_empty()).then(|| path.into())
}

/// The names of the variables, with those of single sites that are set.
pub(crate) fn secret_variables() -> impl Iterator<Item = OsString> {
    let of_sites = env::vars_os().map(|(name, _)| name).filter(|name| {
        let rest = name.as_encoded_bytes().strip_prefix(PASSWORD.as_bytes());
        rest.is_some_and(|rest| rest.starts_with(b"_"))
    });
    VARIABLES
        .iter()
        .map(|(name, _)| OsString::from(name))
        .chain(of_sites)
}

/// The variable with the password of one site: in capitals, and with underscores for hyphens and
/// dots.
pub(crate) fn password_variable(site: &str) -> String {
    let letter = |c: char| match c {
        '-' | '.' => '_',
        _ => c.to_ascii_uppercase(),
    };
    format!(
        "{PASSWORD}_{}",
        site.chars().map(letter).collect::<String>()
    )
}

/// The values that belong to a site, and those that do not. Empty variables do not count.
pub(crate) fn layers(site: Option<&str>, is_set: impl Fn(&str) -> bool) -> [Layer; 2] {
    let value = |variable: &str, group: &str| {
        let mut keys = key::all().iter();
        let key = keys.find(|key| key.group.as_deref() == Some(group))?;
        is_set(variable).then(|| Value {
            key,
            words: Vec::new(),
            origin: Origin::Environment(variable.into()),
        })
    };
    let own = site.and_then(|site| value(&password_variable(site), "password"));
    let general = VARIABLES.iter();
    let general = general.filter_map(|(variable, group)| value(variable, group));
    [own.into_iter().collect(), general.collect()]
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

    #[test]
    fn a_site_has_a_variable_of_its_own() {
        assert_eq!(password_variable("vendor"), "TOWLINE_PASSWORD_VENDOR");
        assert_eq!(
            password_variable("b-2.test_x"),
            "TOWLINE_PASSWORD_B_2_TEST_X"
        );
        let names = |site| layers(site, |_| true).map(|layer| layer.len());
        assert_eq!(names(Some("vendor")), [1, VARIABLES.len()]);
        assert_eq!(names(None), [0, VARIABLES.len()]);
    }
}
