//! Breaks text into lines.

use unicode_width::UnicodeWidthStr as _;

/// The width of a page in columns.
pub(crate) const WIDTH: usize = 80;

/// Breaks `text` at blanks into lines of at most [`WIDTH`] columns, each indented by `indent`. A word
/// that is longer has a line of its own. Every line ends with a line end.
pub(crate) fn wrap(text: &str, indent: usize) -> String {
    let margin = " ".repeat(indent);
    let mut page = String::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let width = indent + line.width() + 1 + word.width();
        if !line.is_empty() && width > WIDTH {
            page.push_str(&format!("{margin}{line}\n"));
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        page.push_str(&format!("{margin}{line}\n"));
    }
    page
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
}
