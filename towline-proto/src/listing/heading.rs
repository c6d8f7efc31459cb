//! The lines at the start of the output of `ls`.
//!
//! ```text
//! .:
//! total 1204
//! ```

use super::columns::Columns;
use super::month::in_text;

/// Returns whether `line`, the first of a listing, has the shape of the total: a word in any
/// language and a number. Servers print many variants. A word with a point or another mark is the
/// name of a file instead.
pub(super) fn is_total_by_shape(line: &[u8]) -> bool {
    let columns = Columns::of(line);
    let (Some(word), Some(blocks)) = (columns.get(0), columns.get(1)) else {
        return false;
    };
    let word = word.strip_suffix(b":").unwrap_or(word);
    let is_word = word
        .iter()
        .all(|byte| byte.is_ascii_alphabetic() || !byte.is_ascii());
    columns.words().len() == 2 && is_word && is_blocks(blocks)
}

/// Returns whether `line` is the `total 12` at the start of the output of `ls`, in a known
/// language.
pub(super) fn is_total(line: &[u8]) -> bool {
    #[rustfmt::skip]
    const WORDS: [&str; 20] = [
        "total", "insgesamt", "gesamt", "totale", "totaal", "totalt", "razem", "suma", "итого", "celkem",
        "összesen", "yhteensä", "toplam", "合計", "总用量", "总计", "總計", "總用量", "합계", "総計",
    ];
    let line = line.trim_ascii();
    let Some(space) = memchr::memrchr(b' ', line) else {
        return false;
    };
    let (word, blocks) = (line[..space].trim_ascii(), &line[space + 1..]);
    is_blocks(blocks) && in_text(word, |word| WORDS.contains(&word).then_some(())).is_some()
}

/// `12`, `52K`, `1.2G`, or a negative number.
fn is_blocks(word: &[u8]) -> bool {
    let bare = word.strip_prefix(b"-").unwrap_or(word);
    let end = bare.iter().position(u8::is_ascii_alphabetic);
    let (figures, unit) = bare.split_at(end.unwrap_or(bare.len()));
    let has_unit = matches!(unit, [] | [_] | [_, b'B'] | [_, b'i', b'B'])
        && unit.first().is_none_or(|unit| b"kKMGTPEB".contains(unit));
    let mut parts = figures.split(|byte| matches!(byte, b'.' | b','));
    has_unit && parts.all(|part| !part.is_empty() && part.iter().all(u8::is_ascii_digit))
}

/// Returns whether `line`, the first of a listing, is the path of the directory (`ls -R`).
pub(super) fn is_path(line: &[u8]) -> bool {
    let Some(path) = line.trim_ascii_end().strip_suffix(b":") else {
        return false;
    };
    let is_word = !path.iter().any(u8::is_ascii_whitespace);
    let has_slash = path.iter().any(|byte| b"/\\".contains(byte));
    matches!(path, b"." | b"..")
        || is_word && has_slash
        || path.starts_with(b"/")
        || path.starts_with(b"./")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_total() {
        for line in [
            "total 0",
            "total  123 ",
            "total 52K",
            "total 1.2G",
            "total -9560322322989056",
            "insgesamt 8",
            "合計 12",
            "итого 4",
        ] {
            assert!(is_total(line.as_bytes()), "{line}");
            assert!(is_total_by_shape(line.as_bytes()), "{line}");
        }
        // `合計 12` in EUC-JP.
        assert!(is_total(b"\xb9\xe7\xb7\xd7 12"));
        for line in ["", "12", "total", "total x", "totals 1", "total 1 2"] {
            assert!(!is_total(line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn knows_a_total_in_any_language_by_its_shape() {
        for line in [
            "samtals 12",
            "kokku 8,5M",
            "ingenting  -1",
            "\u{5408} 18446744073709551616",
        ] {
            assert!(is_total_by_shape(line.as_bytes()), "{line}");
        }
        for line in [
            "",
            "12",
            "samtals",
            "samtals x",
            "2 files",
            "samtals 1 2",
            "samtals 1X",
            "samtals 1.",
            "samtals 2019-11-21",
            "a.txt;1 5",
        ] {
            assert!(!is_total_by_shape(line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn knows_the_path_above_a_listing() {
        for line in [
            ".:",
            "..:",
            "/some/where:",
            "./sub dir:",
            "sub/dir:",
            "C:\\pub:",
        ] {
            assert!(is_path(line.as_bytes()), "{line}");
        }
        for line in [
            "",
            ":",
            "ls:",
            "a b:",
            "ls: /x: not found",
            "ls: cannot read /x:",
            "D:",
        ] {
            assert!(!is_path(line.as_bytes()), "{line}");
        }
    }
}
