//! Patterns of the catalogue, and how well they match.
//!
//! A pattern is text in lower case. `*` stands for anything, up to [`GAP`] characters. A pattern
//! that begins with three digits is a reply: its code must stand alone, also in brackets. A pattern
//! that begins with `~` is weak: it counts only if nothing else matches. A reply without words must
//! stand where a reply would.

use super::code;

/// The most characters that a `*` stands for.
const GAP: usize = 240;

/// The weight of a refused command, in addition to its length: more than words of a reply that fit
/// every command.
const REFUSED: usize = 30;

/// The weight of words about active mode: more than words that say only that there is no data
/// connection, and less than words about a refused session.
const ACTIVE: usize = 20;

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

    /// The weight of a refused command.
    pub(super) fn of_refused(command: &str) -> Self {
        let strength = Strength::Reply;
        let length = REFUSED + command.len();
        Self { strength, length }
    }

    /// The weight of a time limit whose step is known.
    pub(super) fn of_step() -> Self {
        let strength = Strength::Words;
        let length = GAP;
        Self { strength, length }
    }

    /// The weight of a refused data connection in active mode.
    pub(super) fn of_active_mode() -> Self {
        let strength = Strength::Reply;
        let length = ACTIVE;
        Self { strength, length }
    }

    /// The same weight, for something that is true, but hardly the fault.
    pub(super) fn as_aside(self) -> Self {
        let strength = self.strength.min(Strength::Aside);
        Self { strength, ..self }
    }

    /// Whether the code of a reply matches too.
    pub(super) fn is_reply(self) -> bool {
        self.strength == Strength::Reply
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    Weak,
    /// True, but hardly the fault.
    Aside,
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
    let has_words = pattern.bytes().any(|b| b.is_ascii_alphabetic());
    let is_code = |start| match has_words || is_in_brackets {
        true => code::stands_at(text, start),
        false => code::is_clear(text, start),
    };
    let start = starts
        .filter(|&start| code_at.is_none_or(|code| is_code(start + code)))
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
        let mut end = (at + GAP + piece.len()).min(text.len());
        while !text.is_char_boundary(end) {
            end += 1;
        }
        let rest = text.get(at..end).unwrap_or_default();
        match rest.find(piece) {
            Some(gap) => at += gap + piece.len(),
            None => return false,
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
