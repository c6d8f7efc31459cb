//! Patterns of the catalogue, and how well they match.
//!
//! A pattern is text in lower case. `*` stands for anything, up to [`GAP`] characters. A pattern that
//! begins with three digits is a reply: its code must stand alone, also in brackets. A pattern that begins with `~` is
//! weak: it counts only if nothing else matches.

use super::code;

/// The most characters that a `*` stands for.
const GAP: usize = 240;

/// Where a pattern matches, and how much that says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Match {
    pub(super) weight: Weight,
    /// The place in the text, in bytes.
    pub(super) start: usize,
}

/// How much a match says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Weight {
    strength: Strength,
    /// The number of bytes that had to be equal.
    length: usize,
}

impl Weight {
    /// Whether it counts only if nothing else matches.
    pub(super) fn is_weak(self) -> bool {
        self.strength == Strength::Weak
    }

    /// Whether the code of a reply matches too.
    pub(super) fn is_reply(self) -> bool {
        self.strength == Strength::Reply
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    Weak,
    Words,
    Reply,
}

/// Finds `pattern` in `text`, which is in lower case with single blanks.
pub(super) fn find(pattern: &str, text: &str) -> Option<Match> {
    let (pattern, weak) = match pattern.strip_prefix('~') {
        Some(pattern) => (pattern, true),
        None => (pattern, false),
    };
    let begins_with_code = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count() == 3;
    let is_reply = begins_with_code(pattern);
    // Also in brackets, as in `(550)`.
    let is_in_brackets = pattern.strip_prefix('(').is_some_and(begins_with_code);
    let code_at = (is_reply || is_in_brackets).then_some(usize::from(is_in_brackets));
    let strength = match (weak, is_reply) {
        (true, _) => Strength::Weak,
        (false, true) => Strength::Reply,
        (false, false) => Strength::Words,
    };
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let rest: Vec<&str> = pieces.collect();
    let starts = text.match_indices(first).map(|(start, _)| start);
    let start = starts
        .filter(|&start| code_at.is_none_or(|code| code::stands_at(text, start + code)))
        .find(|&start| follow(text, start + first.len(), &rest))?;
    let length = pattern.replace('*', "").len();
    Some(Match {
        weight: Weight { strength, length },
        start,
    })
}

/// Whether `pieces` follow in `text` from `at` on, each within reach of the one before it.
fn follow(text: &str, mut at: usize, pieces: &[&str]) -> bool {
    for piece in pieces {
        let rest = text.get(at..).unwrap_or_default();
        match rest.find(piece) {
            Some(gap) if gap <= GAP => at += gap + piece.len(),
            _ => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_stands_alone() {
        assert!(find("522*reuse", "522 session reuse required").is_some());
        assert!(find("522*reuse", "error_perm: 522-session reuse").is_some());
        assert!(find("522*reuse", "line 1522 reuse").is_none());
        assert!(find("522*reuse", "5221 reuse").is_none());
        assert!(find("522*reuse", "reuse 522 failed").is_none());
    }

    #[test]
    fn pieces_are_near_each_other() {
        let far = format!("425 {} resumed", "x".repeat(300));
        assert!(find("425*resumed", &far).is_none());
    }

    #[test]
    fn a_reply_beats_words_and_words_beat_weak_ones() {
        let text = "sslhandshakeexception: 522 no";
        let weight = |pattern| find(pattern, text).unwrap().weight;
        let reply = weight("522*no");
        let words = weight("sslhandshakeexception");
        let weak = weight("~sslhandshakeexception");
        assert!(reply > words && words > weak);
    }
}
