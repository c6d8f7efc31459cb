//! The keys of the configuration file. Each key is the option of the same name. The option `--no-x`
//! is the key `x` with the opposite meaning.

use std::any::TypeId;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Args as _, Command, CommandFactory as _};

use crate::args::options::{AllArgs, LanguageArgs, SiteArgs};
use crate::args::similar::did_you_mean;
use crate::args::suggest;

/// A key.
#[derive(Debug)]
pub(crate) struct Key {
    /// The name in the configuration file.
    pub(crate) name: String,
    /// The name of the option, without dashes.
    pub(crate) option: String,
    /// Whether the option has the opposite meaning.
    pub(crate) inverted: bool,
    pub(crate) value_type: ValueType,
    /// Whether only a site may have it.
    pub(crate) of_sites: bool,
    /// Whether no site may have it, because it belongs to the whole program.
    pub(crate) of_program: bool,
    /// The options of a group exclude each other.
    pub(crate) group: Option<String>,
    /// The value if the key is not set.
    pub(crate) default: Option<String>,
}

/// The type of a key's value in the configuration file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueType {
    Boolean,
    Integer,
    /// A number of seconds, or a string with a unit.
    Time,
    String,
    /// A string that is the path of a file.
    Path,
    /// A string or an array of strings.
    Strings,
}

impl ValueType {
    /// The type in words.
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Self::Boolean => "true or false",
            Self::Integer => "an integer",
            Self::Time => "an integer or a string",
            Self::String => "a string",
            Self::Path => "a path",
            Self::Strings => "a string or an array of strings",
        }
    }
}

/// The option for how TLS starts.
const TLS: &str = "tls";
/// The option for the usual way to open data connections.
const PASSIVE: &str = "passive";

static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| {
    let site = SiteArgs::augment_args(Command::new("site"));
    let of_sites =
        |option: &str| option == TLS || site.get_arguments().any(|arg| named(arg, option));
    let program = LanguageArgs::augment_args(Command::new("program"));
    let mut all = AllArgs::command();
    // Groups know their options only after this.
    all.build();
    let keys = all.get_arguments().filter_map(|arg| {
        let option = arg.get_long()?;
        let group = all.get_groups().find(|group| {
            let exclusive = !(*group).clone().is_multiple();
            exclusive && group.get_args().any(|id| id == arg.get_id())
        });
        Some(Key {
            name: key_name(option).to_owned(),
            option: option.to_owned(),
            inverted: option.starts_with("no-"),
            value_type: value_type(arg),
            of_sites: of_sites(option),
            of_program: program.get_arguments().any(|arg| named(arg, option)),
            group: group.map(|group| group.get_id().to_string()),
            default: default(arg),
        })
    });
    keys.collect()
});

/// All keys, in the order of the help.
pub(crate) fn all() -> &'static [Key] {
    &KEYS
}

/// The key for an option. The name of the option has no dashes.
pub(crate) fn of_option(option: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.option == option)
}

/// The key with this name.
pub(crate) fn of_name(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

impl Key {
    /// Checks a value as the command line would.
    ///
    /// # Errors
    /// A message that says what is wrong.
    pub(crate) fn check(&self, value: &OsStr) -> Result<(), String> {
        let word = self.word(value);
        let Err(mut error) = AllArgs::command().try_get_matches_from([word]) else {
            return Ok(());
        };
        suggest::improve_value(&mut error);
        let text = |kind| match error.get(kind) {
            Some(ContextValue::String(text)) => Some(text.clone()),
            Some(ContextValue::Strings(texts)) if !texts.is_empty() => Some(texts.join(", ")),
            _ => None,
        };
        let value = value.to_string_lossy();
        Err(match (error.kind(), text(ContextKind::ValidValue)) {
            (ErrorKind::InvalidValue, Some(valid)) => {
                let meant = did_you_mean(text(ContextKind::SuggestedValue).as_deref());
                format!("\"{value}\" is not one of {valid}{meant}")
            }
            _ => std::error::Error::source(&error)
                .map_or_else(|| format!("\"{value}\" is not valid"), ToString::to_string),
        })
    }

    /// Whether the key says something about a site, or else about URLs.
    pub(crate) fn applies(&self, to_site: bool) -> bool {
        match to_site {
            true => !self.of_program,
            // The option beats the scheme.
            false => !self.of_sites || self.option == TLS,
        }
    }

    /// What a site, or a URL, does if the key is not set. `None` if there is no value for that.
    pub(crate) fn effect(&self, of_site: bool) -> Option<String> {
        match self.value_type {
            ValueType::Boolean => Some((self.inverted || self.option == PASSIVE).to_string()),
            // A URL has a scheme.
            _ if self.option == TLS && of_site => Some("explicit".to_owned()),
            _ => self.default.clone(),
        }
    }

    /// The option and a value as one argument, `--option=value`.
    pub(crate) fn word(&self, value: &OsStr) -> OsString {
        let mut word = OsString::from(format!("--{}=", self.option));
        word.push(value);
        word
    }
}

fn named(arg: &Arg, option: &str) -> bool {
    arg.get_long() == Some(option)
}

fn key_name(option: &str) -> &str {
    match option {
        // In the file it is a list.
        "login-command" => "login-commands",
        _ => option.strip_prefix("no-").unwrap_or(option),
    }
}

fn value_type(arg: &Arg) -> ValueType {
    let value = arg.get_value_parser().type_id();
    if matches!(arg.get_action(), ArgAction::Append) {
        ValueType::Strings
    } else if value == TypeId::of::<bool>() {
        ValueType::Boolean
    } else if value == TypeId::of::<PathBuf>() {
        ValueType::Path
    } else if value == TypeId::of::<Duration>() {
        ValueType::Time
    } else if value == TypeId::of::<u32>() || value == TypeId::of::<u16>() {
        ValueType::Integer
    } else {
        ValueType::String
    }
}

fn default(arg: &Arg) -> Option<String> {
    let default = arg.get_default_values().first()?;
    Some(default.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_follow_from_the_options() {
        let timeout = of_name("timeout").unwrap();
        assert_eq!(
            (timeout.value_type, timeout.of_sites),
            (ValueType::Time, false)
        );
        assert_eq!(timeout.default.as_deref(), Some("30s"));
        let temp = of_name("temp").unwrap();
        assert_eq!((temp.option.as_str(), temp.inverted), ("no-temp", true));
        assert_eq!(of_name("host").map(|key| key.of_sites), Some(true));
        assert_eq!(
            of_name("ca-file").map(|key| key.value_type),
            Some(ValueType::Path)
        );
        let group = |name| of_name(name).unwrap().group.as_deref();
        assert_eq!(group("password-file"), Some("password"));
        assert_eq!(group("password-command"), Some("password"));
        assert_eq!(group("tls"), None);
    }

    #[test]
    fn the_documentation_has_every_key_with_its_form_group_and_default() {
        let document = include_str!("../../../docs/configuration.md");
        let table = document.split("## Keys").nth(1).unwrap();
        let table = table.split("## ").next().unwrap();
        let rows: Vec<Vec<&str>> = table
            .lines()
            .filter(|line| line.starts_with("| `"))
            .filter(|line| cfg!(feature = "keyring") || !line.contains("keyring"))
            .map(|line| line.split('|').map(str::trim).collect())
            .collect();
        assert_eq!(rows.len(), all().len());
        for row in rows {
            let name = row[1].trim_matches('`');
            let key = of_name(name).unwrap_or_else(|| panic!("{name} is no key"));
            assert_eq!(row[2], key.value_type.describe(), "{name}");
            let default = key.default.as_deref().unwrap_or_default();
            assert_eq!(row[3].trim_matches('`'), default, "{name}");
            assert_eq!(row[4].starts_with("*site*"), key.of_sites, "{name}");
            let group = key.group.as_deref();
            let group = group.map(|group| format!("group *{group}*"));
            let said = row[4]
                .split(':')
                .next()
                .filter(|said| said.starts_with("group "));
            assert_eq!(said, group.as_deref(), "{name}");
        }
    }

    #[test]
    fn no_two_keys_have_one_name() {
        for key in all() {
            assert_eq!(of_name(&key.name).unwrap().option, key.option);
        }
    }

    #[test]
    fn values_are_checked_as_on_the_command_line() {
        let check = |name, value: &str| of_name(name).unwrap().check(OsStr::new(value));
        assert_eq!(check("tls", "explicit"), Ok(()));
        let text = check("tls", "explict").unwrap_err();
        assert!(text.contains("did you mean \"explicit\"?"), "{text}");
        assert!(check("timeout", "0").unwrap_err().contains("from 1s"));
        assert!(check("port", "0").is_err());
    }

    #[test]
    fn a_near_miss_is_recognised() {
        use crate::args::similar::similar;
        let near = |name| similar(name, all().iter().map(|key| key.name.as_str()));
        assert_eq!(near("time-out"), Some("timeout"));
        assert_eq!(near("ca_file"), Some("ca-file"));
        assert_eq!(near("frobnicate"), None);
    }
}
