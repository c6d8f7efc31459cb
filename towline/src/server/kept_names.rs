//! The kinds of names that a server is known to keep as they are.

/// The lengths and characters of the names that a server was seen to keep. Servers shorten names,
/// change their case, or replace characters. Some do so in every command, so that only a listing
/// shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeptNames {
    longest: usize,
    longest_extension: usize,
    most_dots: usize,
    /// One bit for each ASCII character. One bit stands for all digits, one for all small letters,
    /// one for all capitals.
    characters: u128,
    /// The kinds of bytes outside ASCII: continuation bytes, and first bytes by the length of their
    /// character.
    longer: [bool; 5],
}

impl KeptNames {
    /// Whether names that were kept had everything that `name` has.
    pub(crate) fn cover(&self, name: &[u8]) -> bool {
        let other = Self::of(name);
        let mut longer = self.longer.iter().zip(other.longer);
        self.longest >= other.longest
            && self.longest_extension >= other.longest_extension
            && self.most_dots >= other.most_dots
            && other.characters & !self.characters == 0
            && longer.all(|(known, has)| *known || !has)
    }

    /// Records that the server has kept `name`.
    pub(crate) fn kept(&mut self, name: &[u8]) {
        let other = Self::of(name);
        self.longest = self.longest.max(other.longest);
        self.longest_extension = self.longest_extension.max(other.longest_extension);
        self.most_dots = self.most_dots.max(other.most_dots);
        self.characters |= other.characters;
        for (known, has) in self.longer.iter_mut().zip(other.longer) {
            *known |= has;
        }
    }

    fn of(name: &[u8]) -> Self {
        let dot = name.iter().rposition(|&byte| byte == b'.');
        let mut of = Self {
            longest: name.len(),
            longest_extension: dot.map_or(0, |dot| name.len() - dot - 1),
            most_dots: name.iter().filter(|&&byte| byte == b'.').count(),
            characters: 0,
            longer: [false; 5],
        };
        for &byte in name {
            let shown = match byte {
                b'a'..=b'z' => b'a',
                b'A'..=b'Z' => b'A',
                b'0'..=b'9' => b'0',
                other => other,
            };
            match shown {
                0..0x80 => of.characters |= 1 << shown,
                0x80..0xc0 => of.longer[0] = true,
                0xc0..0xe0 => of.longer[1] = true,
                0xe0..0xf0 => of.longer[2] = true,
                0xf0..0xf8 => of.longer[3] = true,
                _ => of.longer[4] = true,
            }
        }
        of
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(names: &[&str]) -> KeptNames {
        let mut known = KeptNames::default();
        for name in names {
            known.kept(name.as_bytes());
        }
        known
    }

    #[test]
    fn a_name_like_one_that_was_kept_is_covered() {
        let known = known(&["January 2026.csv", "a_b.JSON"]);
        for name in ["a.csv", "March 1999.txt", "B_C.json", "x", "Report"] {
            assert!(known.cover(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn a_name_that_has_something_else_is_not() {
        let known = known(&["january26.csv"]);
        for name in [
            "january2026.csv",
            "January.csv",
            "jan 26.csv",
            "jan_26.csv",
            "j.2.csv",
            "j.json",
            "j\u{e4}n.csv",
            "\u{5e33}.csv",
        ] {
            assert!(!known.cover(name.as_bytes()), "{name}");
        }
        assert!(!KeptNames::default().cover(b"a"));
    }
}
