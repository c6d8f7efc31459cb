//! Breaks text into lines.

use std::mem;

use unicode_linebreak::linebreaks;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// The width of a page in columns.
pub(crate) const WIDTH: usize = 80;

/// Breaks `text` into lines of at most [`WIDTH`] columns, each indented by `indent`: at blanks, and
/// next to wide characters where Unicode allows it (UAX #14). A word that fits into a line only
/// with a smaller indent has a line of its own with that: a pin or an address is copied whole. A
/// longer word, such as a fingerprint in hexadecimal, is broken behind a sign. Every line ends with
/// a line end.
pub(crate) fn wrap(text: &str, indent: usize) -> String {
    let margin = " ".repeat(indent);
    let mut page = String::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let mut gap = " ";
        for piece in pieces(word) {
            let width = indent + line.width() + gap.len() + piece.width();
            if !line.is_empty() && width > WIDTH {
                page.push_str(&format!("{margin}{line}\n"));
                line.clear();
            }
            if indent + piece.width() > WIDTH {
                for part in parts(piece, indent) {
                    let margin = " ".repeat(indent.min(WIDTH.saturating_sub(part.width())));
                    page.push_str(&format!("{margin}{part}\n"));
                }
                gap = "";
                continue;
            }
            if !line.is_empty() {
                line.push_str(gap);
            }
            line.push_str(piece);
            gap = "";
        }
    }
    if !line.is_empty() {
        page.push_str(&format!("{margin}{line}\n"));
    }
    page
}

/// The parts of a word that does not fit into an indented line, each for a line of its own.
fn parts(word: &str, indent: usize) -> Vec<&str> {
    if word.width() <= WIDTH {
        return vec![word];
    }
    let room = WIDTH.saturating_sub(indent).max(1);
    let mut parts = Vec::new();
    let mut rest = word;
    while rest.width() > room {
        let mut width = 0;
        let fits = rest.char_indices().find_map(|(at, c)| {
            width += c.width().unwrap_or(0);
            (width > room).then_some(at)
        });
        let most = fits
            .unwrap_or(rest.len())
            .max(rest.chars().next().map_or(1, char::len_utf8));
        let (line, _) = rest.split_at(most);
        let sign = line.rfind(['/', ':', ',', ';', '&', '?', '=', '-', '.', '_']);
        let end = sign.map_or(most, |at| at + 1);
        let (part, after) = rest.split_at(end);
        parts.push(part);
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(rest);
    }
    parts
}

/// The parts of a word between which a line may end.
fn pieces(word: &str) -> Vec<&str> {
    if word.is_ascii() {
        return vec![word];
    }
    let is_wide = |c: Option<char>| c.and_then(char::width) == Some(2);
    let mut pieces = Vec::new();
    let mut rest = word;
    let mut start = 0;
    for (end, _) in linebreaks(word) {
        let Some((piece, after)) = rest.split_at_checked(end - start) else {
            break;
        };
        // An option such as --session-reuse stays whole.
        if is_wide(piece.chars().next_back()) || is_wide(after.chars().next()) {
            pieces.push(piece);
            rest = after;
            start = end;
        }
    }
    if !rest.is_empty() {
        pieces.push(mem::take(&mut rest));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_and_nothing_is_lost() {
        let text = "some words of various lengths ".repeat(20);
        let page = wrap(&text, 4);
        assert!(page.lines().all(|line| line.width() <= WIDTH));
        assert!(
            page.lines()
                .all(|line| line.starts_with("    s") || line.starts_with("    "))
        );
        let words: Vec<_> = page.split_whitespace().collect();
        assert_eq!(words, text.split_whitespace().collect::<Vec<_>>());
    }

    #[test]
    fn text_without_blanks_is_broken_by_its_width() {
        let text = "数据连接没有复用控制连接的会话，".repeat(12);
        let page = wrap(&text, 2);
        assert!(page.lines().count() > 4);
        for line in page.lines() {
            assert!(line.width() <= WIDTH, "{line}");
            assert!(!line.trim_start().starts_with('，'), "{line}");
        }
        let joined: String = page.lines().map(str::trim_start).collect();
        assert_eq!(joined, text);
    }

    #[test]
    fn a_long_word_fits_and_what_can_be_copied_stays_whole() {
        let fingerprint = format!("SHA256:{}", vec!["AB"; 32].join(":"));
        let url = format!("https://example.com/{}", "long/".repeat(40));
        let solid = "x".repeat(500);
        for word in [&fingerprint, &url, &solid] {
            for indent in [0, 2, 24] {
                let page = wrap(&format!("see {word} there"), indent);
                assert!(page.lines().all(|line| line.width() <= WIDTH), "{page}");
                let joined: String = page.split_whitespace().collect();
                assert_eq!(joined, format!("see{word}there"));
            }
        }
        let pin = format!("sha256//{}=", "A".repeat(43));
        for indent in [0, 24, 40] {
            let page = wrap(&format!("the pin is {pin} here"), indent);
            assert!(page.lines().any(|line| line.contains(&pin)), "{page}");
            assert!(page.lines().all(|line| line.width() <= WIDTH), "{page}");
        }
    }

    #[test]
    fn an_option_stays_whole_between_wide_characters() {
        for filler in 30..40 {
            let text = format!("{}--session-reuse、", "あ".repeat(filler));
            let page = wrap(&text, 0);
            assert!(page.contains("--session-reuse、"), "{page}");
        }
    }
}
