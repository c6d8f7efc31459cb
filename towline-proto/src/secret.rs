//! A value that must never be shown: a password or an account.

use std::fmt;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;

use zeroize::Zeroizing;

/// A text that prints as `***` and is wiped from memory when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Creates a secret. It keeps the allocation of a `String` argument, so that dropping the
    /// secret wipes the original bytes.
    pub fn new(value: impl Into<String>) -> Self {
        Self(Zeroizing::new(value.into()))
    }

    /// Returns the value. The caller must keep it out of logs and errors.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A secret that is shorter than this is masked as a whole word only: masking every occurrence of
/// a letter would tell which letter it is.
const LEAST_ANYWHERE: usize = 4;

/// Secrets to mask in what a server sends, since a server may echo them.
#[derive(Clone, Default)]
pub struct Mask {
    /// How many secrets there are.
    secrets: usize,
    /// The ways to write them.
    forms: Vec<Zeroizing<Vec<u8>>>,
}

impl Mask {
    /// Adds a secret, in the bytes that the server receives.
    pub fn add(&mut self, secret: &[u8]) {
        if secret.is_empty() || self.has(secret) {
            return;
        }
        self.secrets += 1;
        self.forms.push(Zeroizing::new(secret.to_vec()));
        if secret.len() >= LEAST_ANYWHERE {
            for form in [percent_encoded(secret), base64(secret)] {
                if !self.has(&form) {
                    self.forms.push(form);
                }
            }
        }
        // A secret may contain another one.
        self.forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
    }

    fn has(&self, form: &[u8]) -> bool {
        self.forms.iter().any(|known| known.as_slice() == form)
    }

    /// Returns `text` with `***` for each secret in it. `None` if it contains none.
    #[must_use]
    pub fn applied(&self, text: &[u8]) -> Option<Vec<u8>> {
        let mut masked = Vec::new();
        let (mut at, mut kept) = (0, 0);
        while at < text.len() {
            match self.forms.iter().find(|form| is_at(text, at, form)) {
                Some(secret) => {
                    masked.extend_from_slice(&text[kept..at]);
                    masked.extend_from_slice(b"***");
                    at += secret.len();
                    kept = at;
                }
                None => at += 1,
            }
        }
        if kept == 0 {
            return None;
        }
        masked.extend_from_slice(&text[kept..]);
        Some(masked)
    }

    /// Returns `lines` with `***` for each secret in them, also for one that goes on in the next
    /// line. `None` if they contain none.
    #[must_use]
    pub fn applied_to_lines(&self, lines: &[Vec<u8>]) -> Option<Vec<Vec<u8>>> {
        let masked: Vec<_> = lines.iter().map(|line| self.applied(line)).collect();
        let mut found = masked.iter().any(Option::is_some);
        let lines = masked.into_iter().zip(lines);
        let mut lines: Vec<_> = lines
            .map(|(masked, line)| masked.unwrap_or_else(|| line.clone()))
            .collect();
        for at in 1..lines.len() {
            let (before, behind) = lines.split_at_mut(at);
            let (Some(before), Some(behind)) = (before.last_mut(), behind.first_mut()) else {
                continue;
            };
            if let Some((head, tail)) = self.split_over(before, behind) {
                before.truncate(before.trim_ascii_end().len() - head);
                before.extend_from_slice(b"***");
                let start = behind.len() - behind.trim_ascii_start().len();
                behind.splice(start..start + tail, *b"***");
                found = true;
            }
        }
        found.then_some(lines)
    }

    /// Returns how much of a secret is at the end of one line, and how much at the start of the next.
    fn split_over(&self, before: &[u8], behind: &[u8]) -> Option<(usize, usize)> {
        let (before, behind) = (before.trim_ascii_end(), behind.trim_ascii_start());
        let long = self
            .forms
            .iter()
            .filter(|form| form.len() >= LEAST_ANYWHERE);
        long.flat_map(|form| (1..form.len()).rev().map(move |head| form.split_at(head)))
            .find(|(head, tail)| {
                before.ends_with(head) && (behind.starts_with(tail) || is_rest(tail, behind))
            })
            .map(|(head, tail)| (head.len(), tail.len().min(behind.len())))
    }

    /// Returns `text` with `***` for each secret in it.
    #[must_use]
    pub fn text(&self, text: String) -> String {
        match self.applied(text.as_bytes()) {
            Some(masked) => String::from_utf8_lossy(&masked).into_owned(),
            None => text,
        }
    }
}

/// Whether `secret` is in `text` at this position.
fn is_at(text: &[u8], at: usize, secret: &[u8]) -> bool {
    let (before, rest) = text.split_at(at);
    let Some((found, after)) = rest.split_at_checked(secret.len()) else {
        return false;
    };
    // A secret without a digit may be a word of the server's sentence.
    let may_differ = secret.len() >= LEAST_ANYWHERE && secret.iter().any(u8::is_ascii_digit);
    if found != secret && !(may_differ && found.eq_ignore_ascii_case(secret)) {
        return false;
    }
    let is_inner = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    secret.len() >= LEAST_ANYWHERE || !is_inner(before.last()) && !is_inner(after.first())
}

/// Whether a whole line is the next part of a secret, of which another line has the rest.
fn is_rest(tail: &[u8], line: &[u8]) -> bool {
    line.len() >= LEAST_ANYWHERE && tail.starts_with(line)
}

fn percent_encoded(secret: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut encoded = String::new();
    for &byte in secret {
        match byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            true => encoded.push(char::from(byte)),
            // Writing to a string cannot fail.
            false => drop(write!(encoded, "%{byte:02X}")),
        }
    }
    Zeroizing::new(encoded.into_bytes())
}

fn base64(secret: &[u8]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(BASE64_STANDARD_NO_PAD.encode(secret).into_bytes())
}

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mask({})", self.secrets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_stars_only() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret} {secret:?} {secret:#?}"), "*** *** ***");
        assert_eq!(secret.reveal(), "hunter2");
    }

    #[test]
    fn masks_each_secret_wherever_it_is() {
        let mut mask = Mask::default();
        for secret in ["", "hunter2", "hunter2000", "ab"] {
            mask.add(secret.as_bytes());
        }
        let masked = |text: &str| mask.applied(text.as_bytes());
        for (text, expected) in [
            ("hunter2", "***"),
            ("'PASS hunter2': no", "'PASS ***': no"),
            ("xhunter2000hunter2y", "x******y"),
            ("drab ab abc (ab)", "drab *** abc (***)"),
        ] {
            assert_eq!(masked(text).as_deref(), Some(expected.as_bytes()), "{text}");
        }
        for text in ["", "hunter", "drab abc"] {
            assert_eq!(masked(text), None, "{text}");
        }
        assert_eq!(format!("{mask:?}"), "Mask(3)");
    }

    #[test]
    fn masks_a_secret_that_goes_on_in_the_next_line() {
        let mut mask = Mask::default();
        mask.add(b"correct-horse-9");
        let masked = |lines: &[&str]| {
            let lines: Vec<_> = lines.iter().map(|line| line.as_bytes().to_vec()).collect();
            let masked = mask.applied_to_lines(&lines)?;
            Some(
                masked
                    .iter()
                    .map(|line| String::from_utf8_lossy(line).into_owned())
                    .collect(),
            )
        };
        for (lines, expected) in [
            (
                &["your password correct-", "horse-9 is wrong"][..],
                &["your password ***", "*** is wrong"][..],
            ),
            (&["c", " orrect-horse-9"], &["***", " ***"]),
            (&["x correct-horse-", "9", "y"], &["x ***", "***", "y"]),
            (&["correct-horse-9", "y"], &["***", "y"]),
        ] {
            let expected: Vec<String> = expected.iter().map(|line| (*line).to_owned()).collect();
            assert_eq!(masked(lines), Some(expected), "{lines:?}");
        }
        let none: Option<Vec<String>> = masked(&["your password is", "correct", "it is"]);
        assert_eq!(none, None);
    }

    #[test]
    fn masks_other_ways_to_write_a_secret() {
        let mut mask = Mask::default();
        for secret in ["lab/pass 1", "password"] {
            mask.add(secret.as_bytes());
        }
        for (text, expected) in [
            ("LAB/PASS 1 is wrong", "*** is wrong"),
            ("lab%2Fpass%201 is wrong", "*** is wrong"),
            ("lab%2fpass%201 is wrong", "*** is wrong"),
            ("bGFiL3Bhc3MgMQ== is wrong", "***== is wrong"),
            ("cGFzc3dvcmQ= is wrong", "***= is wrong"),
            ("wrong password", "wrong ***"),
        ] {
            let masked = mask.applied(text.as_bytes());
            assert_eq!(masked.as_deref(), Some(expected.as_bytes()), "{text}");
        }
        assert_eq!(mask.applied(b"Password required"), None);
    }
}
