//! Finds texts in the files of the languages, which are in the format of Fluent
//! (<https://projectfluent.org/fluent/guide/>).

use std::fmt;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};

use super::Value;
use super::language::Language;
use super::message::Message;

/// The words of a language.
pub(crate) struct Words {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

impl Words {
    /// The words of `language`.
    pub(crate) fn of(language: Language) -> &'static Self {
        static ENGLISH: LazyLock<Words> = LazyLock::new(|| Words::read(Language::En));
        static CHINESE: LazyLock<Words> = LazyLock::new(|| Words::read(Language::Zh));
        static JAPANESE: LazyLock<Words> = LazyLock::new(|| Words::read(Language::Ja));
        match language {
            Language::En => &ENGLISH,
            Language::Zh => &CHINESE,
            Language::Ja => &JAPANESE,
        }
    }

    /// The words that JSON and all other text for programs uses.
    pub(crate) fn english() -> &'static Self {
        Self::of(Language::En)
    }

    fn read(language: Language) -> Self {
        // A test makes sure that there are no mistakes in the files.
        let resource = FluentResource::try_new(source(language).to_owned());
        let resource = resource.unwrap_or_else(|(readable, _)| readable);
        let mut bundle = FluentBundle::new_concurrent(Vec::new());
        // Invisible characters around values would be escaped on the way to the terminal.
        bundle.set_use_isolating(false);
        bundle.add_resource_overriding(resource);
        Self { language, bundle }
    }

    /// A message in this language, or in English if it has none.
    pub(crate) fn say(&self, message: Message, values: &[(&str, Value<'_>)]) -> String {
        let own = self.find(message.0, None, values);
        own.or_else(|| Self::english().find(message.0, None, values))
            .unwrap_or_default()
    }

    /// The text with this identifier, or with this attribute of it. `None` if there is none.
    pub(crate) fn find(
        &self,
        id: &str,
        attribute: Option<&str>,
        values: &[(&str, Value<'_>)],
    ) -> Option<String> {
        let message = self.bundle.get_message(id)?;
        let pattern = match attribute {
            Some(name) => message.get_attribute(name)?.value(),
            None => message.value()?,
        };
        let values: FluentArgs<'_> = values.iter().cloned().collect();
        let mut mistakes = Vec::new();
        let text = self
            .bundle
            .format_pattern(pattern, Some(&values), &mut mistakes)
            .into_owned();
        debug_assert!(mistakes.is_empty(), "{id}: {mistakes:?}");
        Some(text)
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Words").field(&self.language).finish()
    }
}

fn source(language: Language) -> &'static str {
    match language {
        Language::En => include_str!("en.ftl"),
        Language::Zh => include_str!("zh.ftl"),
        Language::Ja => include_str!("ja.ftl"),
    }
}

/// The texts of a file: `id` or `id.attribute`, and the values in each.
#[cfg(test)]
pub(crate) fn texts(
    language: Language,
) -> std::collections::BTreeMap<String, std::collections::BTreeSet<String>> {
    let mut texts = std::collections::BTreeMap::new();
    let mut id = "";
    let mut key = String::new();
    for line in source(language).lines() {
        let first = line.split_once(" = ");
        match first {
            Some((name, _)) if line.starts_with(|c: char| c.is_ascii_lowercase()) => {
                id = name;
                key = name.to_owned();
            }
            Some((name, _)) if line.starts_with("    .") => key = format!("{id}{}", name.trim()),
            _ if line.starts_with(' ') => {}
            _ => continue,
        }
        let values = line.split('$').skip(1).map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-');
            rest[..end.unwrap_or(rest.len())].to_owned()
        });
        let known: &mut std::collections::BTreeSet<_> = texts.entry(key.clone()).or_default();
        known.extend(values);
    }
    texts
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;
    use crate::words::message;

    #[test]
    fn every_file_can_be_read_and_has_each_text_once() {
        for language in Language::value_variants() {
            let resource = FluentResource::try_new(source(*language).to_owned());
            let resource = resource.map_err(|(_, mistakes)| mistakes).unwrap();
            let mut bundle = FluentBundle::new_concurrent(Vec::new());
            bundle.add_resource(resource).unwrap();
        }
    }

    #[test]
    fn every_language_has_every_message_with_the_same_values() {
        let english = texts(Language::En);
        let known: Vec<_> = message::ALL.iter().map(|message| message.0).collect();
        let mut sorted = known.clone();
        sorted.sort_unstable();
        assert_eq!(english.keys().collect::<Vec<_>>(), sorted);
        for language in [Language::Zh, Language::Ja] {
            let mut own = texts(language);
            let is_extra = |key: &str| {
                let groups = ["finding-", "code-"];
                groups.iter().any(|group| key.starts_with(group))
            };
            own.retain(|key, _| !is_extra(key));
            assert_eq!(own, english, "{language:?}");
        }
    }

    #[test]
    fn a_value_stands_in_the_text_as_it_is() {
        for language in Language::value_variants() {
            let host = [("host", "files.example".into())];
            let text = Words::of(*language).say(message::RESOLVING, &host);
            assert!(text.contains("files.example"), "{text}");
            assert!(!text.contains('\u{2068}'), "{text}");
        }
    }

    #[test]
    fn english_knows_one_from_many() {
        let failed =
            |count: u64| Words::english().say(message::STEPS_FAILED, &[("count", count.into())]);
        assert_eq!(failed(1), "One step failed.");
        assert_eq!(failed(12), "12 steps failed.");
    }
}
