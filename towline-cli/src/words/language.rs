//! The languages, and how to find out which one the user reads.

use std::env;

use clap::ValueEnum;

/// A language that the program has words for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// English
    #[value(aliases = ["en_US", "en-US", "en_GB", "en-GB"])]
    En,
    /// Simplified Chinese
    #[value(aliases = ["zh_CN", "zh-CN", "zh_SG", "zh-SG", "zh-Hans"])]
    Zh,
    /// Japanese
    #[value(aliases = ["ja_JP", "ja-JP"])]
    Ja,
}

/// The variables with the locale of messages, the one with the highest precedence first (POSIX,
/// section 8.2).
const VARIABLES: [&str; 3] = ["LC_ALL", "LC_MESSAGES", "LANG"];

impl Language {
    /// The language of the environment; English if there are no words for it.
    pub(crate) fn of_environment() -> Self {
        Self::of_variables(|name| Some(env::var_os(name)?.to_string_lossy().into_owned()))
    }

    /// The language of the first variable that is set. Empty variables do not count.
    fn of_variables(value: impl Fn(&str) -> Option<String>) -> Self {
        let mut values = VARIABLES.into_iter().filter_map(value);
        let locale = values.find(|locale| !locale.is_empty());
        locale
            .and_then(|locale| Self::of_locale(&locale))
            .unwrap_or(Self::En)
    }

    /// The language of a locale such as `zh_CN.UTF-8`, `ja-JP` or `C`. `None` if there are no words
    /// for it, or if its encoding does not have their characters as the program writes them.
    fn of_locale(locale: &str) -> Option<Self> {
        let locale = locale.to_ascii_lowercase();
        let (locale, _modifier) = locale.split_once('@').unwrap_or((&locale, ""));
        let (locale, encoding) = locale.split_once('.').unwrap_or((locale, "utf-8"));
        if !matches!(encoding, "utf-8" | "utf8") {
            return None;
        }
        let mut parts = locale.split(['_', '-']);
        match parts.next()? {
            "en" => Some(Self::En),
            "ja" => Some(Self::Ja),
            // Users of traditional characters get simplified ones only if they ask for them.
            "zh" if parts.any(|part| matches!(part, "hant" | "tw" | "hk" | "mo")) => None,
            "zh" => Some(Self::Zh),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_names_a_language() {
        for (locale, language) in [
            ("zh_CN.UTF-8", Some(Language::Zh)),
            ("zh_SG.utf8", Some(Language::Zh)),
            ("zh-Hans-CN", Some(Language::Zh)),
            ("zh", Some(Language::Zh)),
            ("ja_JP.UTF-8@modifier", Some(Language::Ja)),
            ("ja", Some(Language::Ja)),
            ("en_GB.UTF-8", Some(Language::En)),
            // Another script.
            ("zh_TW.UTF-8", None),
            ("zh_HK", None),
            ("zh-Hant", None),
            // Another encoding.
            ("ja_JP.eucJP", None),
            ("zh_CN.GB18030", None),
            // No words.
            ("de_DE.UTF-8", None),
            ("C", None),
            ("C.UTF-8", None),
            ("POSIX", None),
            ("jam_JM", None),
        ] {
            assert_eq!(Language::of_locale(locale), language, "{locale}");
        }
    }

    #[test]
    fn the_first_variable_that_is_set_decides() {
        let of = |set: &[(&str, &str)]| {
            Language::of_variables(|name| {
                let found = set.iter().find(|(variable, _)| *variable == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(of(&[]), Language::En);
        assert_eq!(of(&[("LANG", "ja_JP.UTF-8")]), Language::Ja);
        let both = [("LANG", "ja_JP.UTF-8"), ("LC_MESSAGES", "zh_CN.UTF-8")];
        assert_eq!(of(&both), Language::Zh);
        let all = [both[0], both[1], ("LC_ALL", "C")];
        assert_eq!(of(&all), Language::En);
        assert_eq!(of(&[both[0], ("LC_ALL", "")]), Language::Ja);
    }
}
