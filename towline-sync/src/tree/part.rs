//! The names of files that transfers of this program have not completed.

use sha2::{Digest as _, Sha256};

use crate::path::TreePath;

/// Whether a file name is one that `towline` gives to an incomplete transfer: `NAME.0123abcd.part`
/// on a server, `.NAME.abCD12.part` here, and `NAME.0123abcd.backup` for an old file that is being
/// replaced. Such files are never copied.
#[must_use]
pub fn is_part_of_transfer(name: &[u8]) -> bool {
    stem_of_part(name).is_some()
}

/// What a partial file will become, and whether it is a backup of the old file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stem<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) is_backup: bool,
    /// It carries the mark of one version of the file, and so may have been kept on purpose.
    pub(crate) is_marked: bool,
    /// The name is only the beginning, because it was too long.
    is_cut: bool,
}

impl Stem<'_> {
    /// Whether this is a part of the file `name`, or a part of such a part.
    pub(crate) fn is_of(&self, name: &[u8]) -> bool {
        match self.is_cut {
            true => name.len() > self.name.len() && name.starts_with(self.name),
            false => {
                name == self.name || stem_of_part(self.name).is_some_and(|stem| stem.is_of(name))
            }
        }
    }
}

/// Returns the path, beside `path`, of a copy that is complete and does not have its name yet. It
/// is the name of a part, so no program takes it for the file.
pub(crate) fn staged(path: &TreePath) -> Option<TreePath> {
    const LONGEST_STEM: usize = 200;
    let name = path.name();
    let digest = Sha256::digest(name);
    let mark: String = digest[..4]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let stem = match name.len() > LONGEST_STEM {
        true => &b"towline"[..],
        false => name,
    };
    let staged = [b".", stem, b".", mark.as_bytes(), b".part"].concat();
    path.parent()?.join(&staged).ok()
}

/// Takes the name of a partial file apart.
pub(crate) fn stem_of_part(name: &[u8]) -> Option<Stem<'_>> {
    let (front, is_backup) = match (name.strip_suffix(b".part"), name.strip_suffix(b".backup")) {
        (Some(front), _) => (front, false),
        (_, Some(front)) => (front, true),
        _ => return None,
    };
    let dot = front.iter().rposition(|&byte| byte == b'.')?;
    let (stem, middle) = (&front[..dot], &front[dot + 1..]);
    let is_mark = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let is_marked = middle.len() == 8 && middle.iter().all(is_mark);
    let is_random = middle.len() == 6 && middle.iter().all(u8::is_ascii_alphanumeric);
    match stem.strip_prefix(b".") {
        Some(local) if !is_backup && (is_random || is_marked) && !local.is_empty() => Some(Stem {
            name: if local == b"towline" { b"" } else { local },
            is_backup,
            is_marked,
            is_cut: local == b"towline",
        }),
        _ if is_marked && !stem.is_empty() => Some(Stem {
            name: stem,
            is_backup,
            is_marked,
            is_cut: stem.len() > 196,
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_from_files() {
        for name in [
            ".a.csv.aB3dE6.part",
            ".a.csv.0123abcd.part",
            "a.csv.0123abcd.part",
        ] {
            let stem = stem_of_part(name.as_bytes()).unwrap();
            assert!(stem.is_of(b"a.csv") && !stem.is_backup, "{name}");
            assert!(!stem.is_of(b"a.csv2") && !stem.is_of(b"a"), "{name}");
        }
        assert!(stem_of_part(b"a.csv.0123abcd.backup").unwrap().is_backup);
        for name in [
            "a.part",
            "a.csv.part",
            ".part",
            "a.0123ABCD.part",
            "a.123456.part",
            "a",
        ] {
            assert!(!is_part_of_transfer(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn a_staged_copy_and_its_parts_belong_to_the_file() {
        for name in ["a.csv", &"x".repeat(250)] {
            let path = TreePath::new(format!("sub/{name}").as_bytes()).unwrap();
            let staged = staged(&path).unwrap();
            assert_eq!(staged.parent(), path.parent());
            assert!(staged.name().len() <= 255);
            assert!(stem_of_part(staged.name()).unwrap().is_of(name.as_bytes()));
        }
        let part = b"..a.csv.0123abcd.part.aB3dE6.part";
        let stem = stem_of_part(part).unwrap();
        assert!(stem.is_of(b"a.csv") && !stem.is_of(b"b.csv"));
    }

    #[test]
    fn a_name_that_was_too_long_is_only_a_beginning() {
        let long = vec![b'x'; 250];
        let mut part = long[..200].to_vec();
        part.extend_from_slice(b".0123abcd.part");
        assert!(stem_of_part(&part).unwrap().is_of(&long));
    }
}
