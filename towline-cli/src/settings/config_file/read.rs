//! Reads TOML into values of keys, and collects the mistakes.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::args::similar::{did_you_mean, similar};
use crate::settings::gateway::GatewaySettings;
use crate::settings::key::{self, Key, ValueType};
use crate::settings::layer::{Layer, Origin, Value};
use crate::settings::paths;
use crate::settings::site_name::is_site_name;

/// The contents of a configuration file.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    /// Mistakes outside of all known tables.
    pub(super) findings: Vec<Finding>,
    pub(super) defaults: Section,
    pub(super) sites: BTreeMap<String, Section>,
    pub(super) gateway: Gateway,
}

/// `[gateway]`.
#[derive(Debug, Default)]
pub(super) struct Gateway {
    pub(super) settings: GatewaySettings,
    pub(super) findings: Vec<Finding>,
}

/// `[defaults]` or one site.
#[derive(Debug, Default)]
pub(super) struct Section {
    pub(super) values: Layer,
    pub(super) findings: Vec<Finding>,
}

/// A mistake in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) file: Arc<str>,
    pub(crate) line: usize,
    pub(crate) text: String,
}

impl Contents {
    /// Reads the text of the file at `path`. `name` is its name for messages.
    pub(super) fn read(name: &Arc<str>, path: &Path, text: &str) -> Self {
        let reader = Reader {
            name: Arc::clone(name),
            text,
            directory: path.parent().unwrap_or_else(|| Path::new("")),
        };
        let mut contents = Self::default();
        let root = match DeTable::parse(text) {
            Ok(root) => root.into_inner(),
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                contents.findings.push(reader.finding(at, error.message()));
                return contents;
            }
        };
        for (name, value) in &root {
            let at = name.span().start;
            match (name.as_ref().as_ref(), value.as_ref()) {
                ("defaults", DeValue::Table(table)) => {
                    contents.defaults = reader.section("[defaults]", table, false);
                }
                ("site", DeValue::Table(sites)) => reader.sites(sites, &mut contents),
                ("gateway", DeValue::Table(table)) => {
                    let (settings, mistakes) = GatewaySettings::read(table, reader.directory);
                    let findings = mistakes.iter().map(|(at, text)| reader.finding(*at, text));
                    contents.gateway.findings = findings.collect();
                    contents.gateway.settings = settings;
                }
                (name @ ("defaults" | "site" | "gateway"), _) => {
                    let text = format!(
                        "{name} must be a table: write [defaults], [gateway] or [site.NAME]"
                    );
                    contents.findings.push(reader.finding(at, &text));
                }
                (name, _) => {
                    let text = format!(
                        "\"{name}\" is neither [defaults] nor [gateway] nor [site.NAME]; every key \
                         belongs in one of them"
                    );
                    contents.findings.push(reader.finding(at, &text));
                }
            }
        }
        contents
    }
}

struct Reader<'a> {
    name: Arc<str>,
    text: &'a str,
    /// The directory that relative paths start from.
    directory: &'a Path,
}

impl Reader<'_> {
    fn sites(&self, sites: &DeTable<'_>, contents: &mut Contents) {
        for (name, value) in sites {
            let at = name.span().start;
            let name = name.as_ref().as_ref();
            let DeValue::Table(table) = value.as_ref() else {
                let text = format!(
                    "site.{name} must be a table: write [site.{name}] on a line of its own"
                );
                contents.findings.push(self.finding(at, &text));
                continue;
            };
            if !is_site_name(name) {
                let text = format!(
                    "[site.{name}]: the name of a site may contain letters, digits, hyphens, \
                     underscores and dots, and must not be a drive letter"
                );
                contents.findings.push(self.finding(at, &text));
                continue;
            }
            let title = format!("[site.{name}]");
            let mut section = self.section(&title, table, true);
            if !section.values.iter().any(|value| value.key.name == "host")
                && !table.keys().any(|key| key.as_ref() == "host")
            {
                let text = format!("{title}: host is missing");
                section.findings.push(self.finding(at, &text));
            }
            contents.sites.insert(name.to_owned(), section);
        }
    }

    fn section(&self, title: &str, table: &DeTable<'_>, is_site: bool) -> Section {
        let mut section = Section::default();
        for (name, value) in table {
            let at = name.span().start;
            match self.value(name.as_ref(), value, is_site, self.line(at)) {
                Ok(value) => section.values.push(value),
                Err(text) => {
                    let text = format!("{title}: {text}");
                    section.findings.push(self.finding(at, &text));
                }
            }
        }
        for (n, value) in section.values.iter().enumerate() {
            let group = value.key.group.as_deref();
            let mut before = section.values[..n].iter();
            if let Some(other) =
                before.find(|other| group.is_some() && other.key.group.as_deref() == group)
            {
                let text = format!("{title}: {} and {other} exclude each other", value.key.name);
                let Origin::File { line, .. } = value.origin else {
                    continue;
                };
                section.findings.push(Finding {
                    file: Arc::clone(&self.name),
                    line,
                    text,
                });
            }
        }
        section
    }

    fn value(
        &self,
        name: &str,
        value: &Spanned<DeValue<'_>>,
        is_site: bool,
        line: usize,
    ) -> Result<Value, String> {
        let key = find(name)?;
        if key.of_sites && !is_site {
            return Err(format!("{name} is only allowed in a site"));
        }
        if key.of_program && is_site {
            return Err(format!("{name} is only allowed in [defaults]"));
        }
        let words = self.words(key, value.as_ref())?;
        for word in &words {
            key.check(word).map_err(|text| format!("{name}: {text}"))?;
        }
        Ok(Value {
            key,
            words,
            origin: Origin::File {
                name: Arc::clone(&self.name),
                line,
            },
        })
    }

    fn words(&self, key: &Key, value: &DeValue<'_>) -> Result<Vec<OsString>, String> {
        let name = &key.name;
        let mismatch = || {
            let quotes = match (key.value_type, value) {
                (ValueType::String, DeValue::Integer(number)) => {
                    format!(": write {name} = \"{}\"", number.as_str())
                }
                (ValueType::String, DeValue::Float(number)) => {
                    format!(": write {name} = \"{}\"", number.as_str())
                }
                _ => String::new(),
            };
            let value_type = key.value_type.describe();
            format!(
                "{name} must be {value_type}, not {} {}{quotes}",
                article(value),
                value.type_str()
            )
        };
        match (key.value_type, value) {
            (ValueType::Boolean, DeValue::Boolean(yes)) => {
                Ok(vec![(*yes != key.inverted).to_string().into()])
            }
            (ValueType::Integer | ValueType::Time, DeValue::Integer(number)) => {
                let value = i64::from_str_radix(&number.as_str().replace('_', ""), number.radix());
                let value = value.map_err(|_| format!("{name} is too large"))?;
                Ok(vec![value.to_string().into()])
            }
            (ValueType::String | ValueType::Time, DeValue::String(text)) => {
                Ok(vec![one_line(name, text)?.into()])
            }
            (ValueType::Path, DeValue::String(text)) => Ok(vec![
                paths::in_file(one_line(name, text)?, self.directory).into(),
            ]),
            (ValueType::Strings, DeValue::String(text)) => Ok(vec![one_line(name, text)?.into()]),
            (ValueType::Strings, DeValue::Array(array)) => array
                .iter()
                .map(|item| match item.as_ref() {
                    DeValue::String(text) => Ok(one_line(name, text)?.into()),
                    _ => Err(mismatch()),
                })
                .collect(),
            _ => Err(mismatch()),
        }
    }

    fn finding(&self, at: usize, text: &str) -> Finding {
        Finding {
            file: Arc::clone(&self.name),
            line: self.line(at),
            text: text.to_owned(),
        }
    }

    fn line(&self, at: usize) -> usize {
        let before = self.text.as_bytes().get(..at).unwrap_or_default();
        1 + before.iter().filter(|&&b| b == b'\n').count()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.text)
    }
}

fn find(name: &str) -> Result<&'static Key, String> {
    if let Some(key) = key::of_name(name) {
        return Ok(key);
    }
    if matches!(name, "password" | "passwd" | "pass") {
        return Err(
            "do not put a password in this file; use password-file or password-command".to_owned(),
        );
    }
    if let Some(key) = key::of_option(name) {
        return Err(match key.inverted {
            true => format!("write {} = false instead of {name} = true", key.name),
            false => format!("the name of the key is {}", key.name),
        });
    }
    let names = key::all().iter().map(|key| key.name.as_str());
    let meant = did_you_mean(similar(name, names));
    Err(format!("there is no key \"{name}\"{meant}"))
}

fn one_line<'t>(name: &str, text: &'t str) -> Result<&'t str, String> {
    if text.is_empty() {
        return Err(format!("{name} is empty"));
    }
    if text.contains(char::is_control) {
        return Err(format!(
            "{name} contains a line break or another control character"
        ));
    }
    Ok(text)
}

fn article(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::Integer(_) | DeValue::Array(_) => "an",
        _ => "a",
    }
}
