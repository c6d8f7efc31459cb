//! The terminal for lines of progress, with a margin on the right.
//!
//! A terminal shows a key at the cursor, which stands at the end of the last line. If that line
//! were as wide as the terminal, the `^C` of Ctrl-C would begin another one, and lines that are
//! removed later would be missed by one.

use std::io;
use std::sync::Mutex;

use console::Term;
use indicatif::TermLike;
use unicode_width::UnicodeWidthChar as _;

use crate::lock::lock;

/// Has room for two keys such as `^C`.
const MARGIN: u16 = 4;

/// A terminal that is a few columns narrower. It goes to the next line itself.
#[derive(Debug)]
pub(crate) struct WithMargin {
    term: Term,
    /// How many columns are written in the line of the cursor.
    column: Mutex<usize>,
}

impl WithMargin {
    pub(crate) fn stderr() -> Self {
        Self {
            term: Term::buffered_stderr(),
            column: Mutex::default(),
        }
    }
}

/// Adds line ends to `text` where it reaches `width`. `column` is where it begins, and then where
/// it ends.
fn wrap(text: &str, width: usize, column: &mut usize) -> String {
    let mut wrapped = String::with_capacity(text.len());
    for letter in text.chars() {
        let wide = letter.width().unwrap_or_default();
        if *column + wide > width && wide > 0 {
            wrapped.push_str("\r\n");
            *column = 0;
        }
        wrapped.push(letter);
        match letter {
            '\r' | '\n' => *column = 0,
            _ => *column += wide,
        }
    }
    wrapped
}

impl TermLike for WithMargin {
    fn width(&self) -> u16 {
        self.term.size().1.saturating_sub(MARGIN).max(1)
    }

    fn height(&self) -> u16 {
        self.term.size().0
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.term.move_cursor_up(n)
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.term.move_cursor_down(n)
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.term.move_cursor_right(n)
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.term.move_cursor_left(n)
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.write_str(text)?;
        self.write_str("\n")
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        let width = usize::from(self.width());
        let wrapped = wrap(text, width, &mut lock(&self.column));
        self.term.write_str(&wrapped)
    }

    fn clear_line(&self) -> io::Result<()> {
        *lock(&self.column) = 0;
        self.term.clear_line()
    }

    fn flush(&self) -> io::Result<()> {
        self.term.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_goes_on_in_the_next_line_before_the_margin() {
        let mut column = 0;
        assert_eq!(wrap("abc", 3, &mut column), "abc");
        assert_eq!(wrap("", 3, &mut column), "");
        assert_eq!(wrap("de", 3, &mut column), "\r\nde");
        assert_eq!(wrap("\rx", 3, &mut column), "\rx");
        assert_eq!(column, 1);
        assert_eq!(wrap("a日本", 3, &mut column), "a\r\n日\r\n本");
    }
}
