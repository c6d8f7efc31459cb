//! Names of months, in the languages that servers print.

use crate::charset::Charset;

/// The abbreviations that `ls` prints, or the full names where it prints those. Spaces separate
/// alternatives. No name stands for two months.
#[rustfmt::skip]
const LANGUAGES: [[&str; 12]; 13] = [
    // English
    ["january", "february", "march", "april", "may", "june", "july", "august", "sept september", "october", "november", "december"],
    // German
    ["jän", "feber", "mär märz mrz", "apr", "mai", "juni", "juli", "aug", "sep", "okt", "nov", "dez"],
    // French
    ["janv janvier", "févr fév fevr février", "mars", "avr avril", "mai", "juin", "juil juillet", "août aou aoû aout", "septembre", "octobre", "novembre", "déc décembre"],
    // Spanish
    ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"],
    // Italian
    ["gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic"],
    // Dutch
    ["jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"],
    // Portuguese
    ["jan", "fev", "mar", "abr", "mai", "jun", "jul", "ago", "set", "out", "nov", "dez"],
    // Polish
    ["sty", "lut", "mar", "kwi", "maj", "cze", "lip", "sie", "wrz", "paź", "lis", "gru"],
    // Russian
    ["янв", "фев февр", "мар марта", "апр", "май мая", "июн июня", "июл июля", "авг", "сен сент", "окт", "ноя нояб", "дек"],
    // Swedish, Danish and Norwegian
    ["jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec des"],
    // Czech
    ["led", "úno", "bře", "dub", "kvě", "čen", "čec", "srp", "zář", "říj", "lis", "pro"],
    // Hungarian
    ["jan", "febr", "márc", "ápr", "máj", "jún", "júl", "aug", "szept", "okt", "nov", "dec"],
    // Turkish
    ["oca", "şub", "mar", "nis", "may", "haz", "tem", "ağu", "eyl", "eki", "kas", "ara"],
];

/// The character sets to try for words that are not UTF-8.
const LEGACY: [&str; 10] = [
    "windows-1252",
    "windows-1250",
    "windows-1251",
    "koi8-r",
    "ibm866",
    "euc-jp",
    "shift_jis",
    "gb18030",
    "euc-kr",
    "big5",
];

/// Returns the month that `word` names, 1 to 12. A dot may follow the name.
pub(super) fn month(word: &[u8]) -> Option<i8> {
    english(word).or_else(|| in_text(word, |text| foreign(&text.to_lowercase())))
}

/// Returns what `read` finds in `word`, decoded first as UTF-8 and then in each legacy character
/// set.
pub(super) fn in_text<T>(word: &[u8], read: impl Fn(&str) -> Option<T>) -> Option<T> {
    /// No name of a month and no date is longer than this.
    const LONGEST: usize = 32;
    if word.len() > LONGEST {
        return None;
    }
    if let Some(found) = std::str::from_utf8(word).ok().and_then(&read) {
        return Some(found);
    }
    // Some words in a legacy character set are also valid UTF-8.
    let labels: &[&str] = if word.is_ascii() { &[] } else { &LEGACY };
    labels
        .iter()
        .filter_map(|label| Charset::for_label(label)?.decode(word))
        .find_map(|text| read(&text))
}

/// Reads `Jan` to `Dec` in any case.
pub(super) fn english(word: &[u8]) -> Option<i8> {
    const NAMES: &[u8; 36] = b"janfebmaraprmayjunjulaugsepoctnovdec";
    let name = <&[u8; 3]>::try_from(word)
        .ok()?
        .map(|byte| byte.to_ascii_lowercase());
    NAMES
        .chunks_exact(3)
        .zip(1..)
        .find_map(|(month, number)| (month == name).then_some(number))
}

/// Reads a name in lower case.
fn foreign(text: &str) -> Option<i8> {
    let name = text.strip_suffix('.').unwrap_or(text);
    if let Some(month) = english(name.as_bytes()) {
        return Some(month);
    }
    LANGUAGES.iter().find_map(|months| {
        months
            .iter()
            .zip(1..)
            .find_map(|(names, number)| names.split(' ').any(|it| it == name).then_some(number))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_each_name_one_month() {
        for months in LANGUAGES {
            for (names, number) in months.iter().zip(1..) {
                for name in names.split(' ') {
                    assert_eq!(month(name.as_bytes()), Some(number), "{name}");
                    assert_eq!(
                        month(format!("{name}.").as_bytes()),
                        Some(number),
                        "{name}."
                    );
                    assert_eq!(
                        month(name.to_uppercase().as_bytes()),
                        Some(number),
                        "{name}"
                    );
                }
            }
        }
    }

    #[test]
    fn reads_names_in_legacy_character_sets() {
        for (name, label, number) in [
            ("März", "windows-1252", 3),
            ("févr.", "windows-1252", 2),
            ("août", "windows-1252", 8),
            ("paź", "windows-1250", 10),
            ("ноя", "windows-1251", 11),
            ("Ноя", "koi8-r", 11),
            ("янв", "ibm866", 1),
        ] {
            let word = Charset::for_label(label)
                .and_then(|charset| charset.encode(name).ok())
                .expect("a word");
            assert_eq!(month(&word), Some(number), "{name} in {label}");
        }
    }

    #[test]
    fn knows_what_is_no_month() {
        for name in [
            "", ".", "j", "foo", "jui", "ju", "janx", "13", "Mon", "октк",
        ] {
            assert_eq!(month(name.as_bytes()), None, "{name}");
        }
        assert_eq!(month(b"\xff\xfe\xfd"), None);
        assert_eq!(month(&[b'a'; 100]), None);
    }
}
