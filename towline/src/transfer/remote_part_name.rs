//! The names of incomplete uploads at the server.

use towline_proto::path::RemotePath;

use crate::error::{Error, ErrorDetail, ErrorKind};

/// Longer names are shortened in temporary names; file systems allow 255 bytes.
const LONGEST_STEM: usize = 200;

/// Returns a random name beside `target`: `NAME.0123abcd.part`.
pub(crate) fn temporary_name(target: &RemotePath) -> Result<RemotePath, Error> {
    name_beside(target, "part")
}

/// Returns a name beside `target` that is always the same for the same `mark`: `NAME.MARK.part`.
pub(crate) fn marked_name(target: &RemotePath, mark: &str) -> Result<RemotePath, Error> {
    named_beside(target, mark, "part")
}

pub(crate) fn name_beside(target: &RemotePath, ending: &str) -> Result<RemotePath, Error> {
    let random: u32 = rand::random();
    named_beside(target, &format!("{random:08x}"), ending)
}

fn named_beside(target: &RemotePath, middle: &str, ending: &str) -> Result<RemotePath, Error> {
    let unusable = || {
        let error = Error::new(ErrorKind::Usage, "it does not name a file").with_path(target);
        error.with_detail(ErrorDetail::NotAFileName)
    };
    let name = target.file_name().ok_or_else(unusable)?;
    let parent = target.parent().ok_or_else(unusable)?;
    let mut temporary = stem(name).to_vec();
    temporary.extend_from_slice(format!(".{middle}.{ending}").as_bytes());
    parent.join(&temporary).map_err(|_| unusable())
}

/// Returns as much of `name` as fits in `room`, without splitting a UTF-8 character.
fn stem(name: &[u8]) -> &[u8] {
    if name.len() <= LONGEST_STEM {
        return name;
    }
    let is_within_a_letter = |at: &usize| name[*at] & 0b1100_0000 == 0b1000_0000;
    let cut = (0..=LONGEST_STEM).rev().find(|at| !is_within_a_letter(at));
    &name[..cut.filter(|cut| *cut > 0).unwrap_or(LONGEST_STEM)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temporary_names_stay_in_the_directory_and_short() {
        for (target, parent) in [
            ("a.csv", ""),
            ("/in/a.csv", "/in"),
            ("/a.csv", "/"),
            ("in/a.csv", "in"),
        ] {
            let target = RemotePath::new(target).unwrap();
            let temporary = temporary_name(&target).unwrap();
            assert_eq!(temporary.parent(), target.parent());
            assert_eq!(temporary.parent().unwrap().as_bytes(), parent.as_bytes());
            let name = temporary.file_name().unwrap();
            assert!(name.starts_with(b"a.csv.") && name.ends_with(b".part"));
        }
        let long = RemotePath::new(vec![b'x'; 255]).unwrap();
        let temporary = temporary_name(&long).unwrap();
        assert!(temporary.file_name().unwrap().len() <= 255);
    }

    /// Some servers refuse names that are not UTF-8.
    #[test]
    fn a_long_name_is_not_cut_within_a_letter() {
        for ahead in 0..4 {
            let long = "x".repeat(ahead) + &"\u{5e33}".repeat(80);
            let temporary = temporary_name(&RemotePath::new(long).unwrap()).unwrap();
            let name = temporary.file_name().unwrap();
            assert!(std::str::from_utf8(name).is_ok(), "{}", name.escape_ascii());
        }
    }

    #[test]
    fn marked_names_are_the_same_for_the_same_mark() {
        let target = RemotePath::new("in/a").unwrap();
        let marked = marked_name(&target, "0123abcd").unwrap();
        assert_eq!(marked, RemotePath::new("in/a.0123abcd.part").unwrap());
    }

    #[test]
    fn temporary_names_differ() {
        let target = RemotePath::new("a").unwrap();
        assert_ne!(
            temporary_name(&target).unwrap(),
            temporary_name(&target).unwrap()
        );
    }

    #[test]
    fn the_root_has_no_temporary_name() {
        let root = RemotePath::new("/").unwrap();
        assert_eq!(temporary_name(&root).unwrap_err().kind(), ErrorKind::Usage);
    }
}
