//! Findings in the user's language. The catalogue has the English texts; the files of `words/` have
//! those of other languages, as `finding-ID` with an attribute for each part.

use super::finding::{Directive, Finding, Severity, Side, Software};
use super::reply_code::ByCode;
use crate::words::{self, Words};

/// The texts of a finding. What has no translation is in English.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) title: String,
    pub(crate) meaning: String,
    pub(crate) cause: String,
    pub(crate) cure: String,
    /// With `{pin}` and `{pin-itself}` where an error has more to say.
    pub(crate) hint: Option<String>,
}

impl Finding {
    /// The texts in these words.
    pub(crate) fn told(&self, words: &Words) -> Told {
        let part = |attribute, english: &str| {
            self.find(words, attribute)
                .unwrap_or_else(|| english.to_owned())
        };
        Told {
            title: part(None, self.title),
            meaning: part(Some("meaning"), self.meaning),
            cause: part(Some("cause"), self.cause),
            cure: part(Some("cure"), self.cure),
            hint: self.hint.map(|hint| part(Some("hint"), hint)),
        }
    }

    /// What to set, in these words.
    pub(crate) fn setting(&self, directive: &Directive, words: &Words) -> String {
        self.find(words, Some(directive.software.id()))
            .unwrap_or_else(|| directive.setting.to_owned())
    }

    fn find(&self, words: &Words, attribute: Option<&str>) -> Option<String> {
        let values = [
            ("pin", "{pin}".into()),
            ("pin-itself", "{pin-itself}".into()),
        ];
        words.find(&format!("finding-{}", self.id), attribute, &values)
    }
}

impl ByCode {
    /// The meaning in these words.
    pub(crate) fn told(&self, words: &Words) -> String {
        let own = words.find(&format!("code-{}", self.code), None, &[]);
        own.unwrap_or_else(|| self.meaning.to_owned())
    }
}

impl Side {
    /// The side in these words.
    pub(crate) fn told(self, words: &Words) -> String {
        let message = match self {
            Self::Server => words::SIDE_SERVER,
            Self::Client => words::SIDE_CLIENT,
            Self::Network => words::SIDE_NETWORK,
            Self::Account => words::SIDE_ACCOUNT,
            Self::Computer => words::SIDE_COMPUTER,
        };
        words.say(message, &[])
    }
}

impl Severity {
    /// The severity in these words.
    pub(crate) fn told(self, words: &Words) -> String {
        let message = match self {
            Self::Note => words::SEVERITY_NOTE,
            Self::Warning => words::SEVERITY_WARNING,
            Self::Error => words::SEVERITY_ERROR,
        };
        words.say(message, &[])
    }
}

impl Software {
    /// The attribute with its settings in the files of the languages.
    fn id(self) -> &'static str {
        match self {
            Self::Vsftpd => "vsftpd",
            Self::ProFtpd => "proftpd",
            Self::PureFtpd => "pure-ftpd",
            Self::FileZilla => "filezilla",
            Self::Iis => "iis",
            Self::Aws => "aws",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use crate::explain::catalogue;
    use crate::explain::reply_code::CODES;
    use crate::words::{Language, texts};

    /// The texts of the translated findings: `ID`, or `ID.part`.
    fn translated(language: Language) -> BTreeMap<String, BTreeSet<String>> {
        let texts = texts(language).into_iter();
        let texts = texts
            .filter_map(|(key, values)| Some((key.strip_prefix("finding-")?.to_owned(), values)));
        texts.collect()
    }

    #[test]
    fn both_languages_say_what_each_code_means() {
        for language in [Language::Zh, Language::Ja] {
            let texts = texts(language);
            let own = texts.keys().filter_map(|key| key.strip_prefix("code-"));
            let codes: Vec<_> = CODES.iter().map(|(code, ..)| code.to_string()).collect();
            assert_eq!(own.collect::<Vec<_>>(), codes, "{language:?}");
        }
    }

    #[test]
    fn both_languages_explain_the_same_findings_with_the_same_values() {
        assert_eq!(translated(Language::Zh), translated(Language::Ja));
    }

    #[test]
    fn each_translated_finding_has_the_parts_of_the_english_one() {
        let translated = translated(Language::Zh);
        let ids: BTreeSet<_> = translated
            .keys()
            .filter_map(|key| key.split('.').next())
            .collect();
        for id in ids {
            let finding = catalogue::find(id).unwrap_or_else(|| panic!("{id}: no such finding"));
            let mut parts = vec![
                (id.to_owned(), finding.title),
                (format!("{id}.meaning"), finding.meaning),
                (format!("{id}.cause"), finding.cause),
                (format!("{id}.cure"), finding.cure),
            ];
            parts.extend(finding.hint.map(|hint| (format!("{id}.hint"), hint)));
            for (key, english) in &parts {
                let values = translated.get(key);
                let values = values.unwrap_or_else(|| panic!("{key} is missing"));
                for value in ["pin", "pin-itself"] {
                    let expected = english.contains(&format!("{{{value}}}"));
                    assert_eq!(values.contains(value), expected, "{key}: {value}");
                }
            }
            let settings = finding.directives.iter();
            let settings: BTreeSet<_> = settings
                .map(|directive| format!("{id}.{}", directive.software.id()))
                .collect();
            for key in translated.keys().filter(|key| {
                key.split('.').next() == Some(id) && !parts.iter().any(|(part, _)| part == *key)
            }) {
                assert!(
                    settings.contains(key),
                    "{key}: the finding has no such part"
                );
            }
        }
    }
}
