//! Names of months, in the languages that servers print.

use crate::charset::Charset;

/// The abbreviations that `ls` prints, and the full names in the forms that dates contain. Spaces
/// separate alternatives. No name stands for two months.
#[rustfmt::skip]
const LANGUAGES: [[&str; 12]; 20] = [
    // English
    ["january", "february", "march", "april", "may", "june", "july", "august", "sept september", "october", "november", "december"],
    // German
    ["jän januar jänner", "feber februar", "mär märz mrz maerz", "apr", "mai", "juni", "juli", "aug", "sep", "okt oktober", "nov", "dez dezember"],
    // French
    ["janv janvier", "févr fév fevr février", "mars", "avr avril", "mai", "juin", "juil juillet", "août aou aoû aout", "septembre", "octobre", "novembre", "déc décembre"],
    // Spanish
    ["ene enero", "feb febrero", "mar marzo", "abr abril", "may mayo", "jun junio", "jul julio", "ago agosto", "sep septiembre setiembre", "oct octubre", "nov noviembre", "dic diciembre"],
    // Italian
    ["gen gennaio", "feb febbraio", "mar marzo", "apr aprile", "mag maggio", "giu giugno", "lug luglio", "ago agosto", "set settembre", "ott ottobre", "nov novembre", "dic dicembre"],
    // Dutch
    ["jan januari", "feb februari", "mrt maart", "apr", "mei", "jun juni", "jul juli", "aug augustus", "sep", "okt oktober", "nov", "dec"],
    // Portuguese
    ["jan janeiro", "fev fevereiro", "mar março", "abr abril", "mai maio", "jun junho", "jul julho", "ago agosto", "set setembro", "out outubro", "nov novembro", "dez dezembro"],
    // Polish
    ["sty stycznia", "lut lutego", "mar marca", "kwi kwietnia", "maj maja", "cze czerwca", "lip lipca", "sie sierpnia", "wrz września", "paź października", "lis listopada", "gru grudnia"],
    // Russian
    ["янв январь января", "фев февр февраль февраля", "мар март марта", "апр апрель апреля", "май мая", "июн июнь июня", "июл июль июля", "авг август августа", "сен сент сентябрь сентября", "окт октябрь октября", "ноя нояб ноябрь ноября", "дек декабрь декабря"],
    // Ukrainian
    ["січ січня", "лют лютого", "бер березня", "кві квіт квітня", "тра трав травня", "чер черв червня", "лип липня", "сер серп серпня", "вер верес вересня", "жов жовт жовтня", "лис лист листопада", "гру груд грудня"],
    // Bulgarian
    ["яну януари", "февруари", "март", "април", "май", "юни", "юли", "август", "сеп септември", "октомври", "ное ноември", "декември"],
    // Swedish, Danish and Norwegian
    ["jan januari", "feb februari", "mar marts mars", "apr", "maj", "jun", "jul", "aug augusti", "sep", "okt oktober", "nov", "dec des desember"],
    // Finnish
    ["tammi tammikuuta", "helmi helmikuuta", "maalis maaliskuuta", "huhti huhtikuuta", "touko toukokuuta", "kesä kesäkuuta", "heinä heinäkuuta", "elo elokuuta", "syys syyskuuta", "loka lokakuuta", "marras marraskuuta", "joulu joulukuuta"],
    // Estonian
    ["jaan jaanuar", "veebr veebruar", "märts", "aprill", "mai", "juuni", "juuli", "aug", "sept", "okt oktoober", "nov", "dets detsember"],
    // Czech
    ["led ledna", "úno února", "bře března", "dub dubna", "kvě května", "čen června", "čec července", "srp srpna", "zář září", "říj října", "lis listopadu", "pro prosince"],
    // Hungarian
    ["jan január", "febr február", "márc március", "ápr április", "máj május", "jún június", "júl július", "aug augusztus", "szept szeptember", "okt október", "nov", "dec"],
    // Turkish
    ["oca ocak", "şub şubat", "mar mart", "nis nisan", "may", "haz haziran", "tem temmuz", "ağu ağustos", "eyl eylül", "eki ekim", "kas", "ara"],
    // Romanian
    ["ian ianuarie", "feb februarie", "mar martie", "apr aprilie", "mai", "iun iunie", "iul iulie", "aug", "sep septembrie", "oct octombrie", "nov noiembrie", "dec decembrie"],
    // Greek
    ["ιαν ιανουαρίου", "φεβ φεβρουαρίου", "μαρ μάρ μαρτίου", "απρ απριλίου", "μαϊ μάι", "ιουν ιούν ιουνίου", "ιουλ ιούλ ιουλίου", "αυγ αύγ αυγούστου", "σεπ σεπτ σεπτεμβρίου", "οκτ οκτωβρίου", "νοε νοέ νοεμ νοεμβρίου", "δεκ δεκεμβρίου"],
    // Chinese
    ["一月", "二月", "三月", "四月", "五月", "六月", "七月", "八月", "九月", "十月", "十一月", "十二月"],
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
