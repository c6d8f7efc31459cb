//! The files that are moved: created, put in place, and compared afterwards.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Write as _};
use std::path::Path;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};

use super::work::Work;
use crate::events::Events;

/// How many files are created or compared between two checks of the events.
const STEP: u32 = 1000;

const BLOCK: usize = 64 << 10;

/// Fills a new `folder` with what `work` moves or lists.
pub(crate) fn make(folder: &Path, work: Work, events: &Events) -> Result<()> {
    fs::create_dir_all(folder)?;
    match work {
        Work::Move { files, size, .. } | Work::Mirror { files, size, .. } => {
            let random = File::open("/dev/urandom")?;
            for name in names(files, events) {
                let mut file = File::create_new(folder.join(name?))?;
                io::copy(&mut (&random).take(size), &mut file)?;
            }
        }
        Work::List { entries } => {
            for name in names(entries, events) {
                File::create_new(folder.join(name?))?;
            }
        }
    }
    Ok(())
}

/// The names of `count` files; an error if the program was told to end.
fn names(count: u32, events: &Events) -> impl Iterator<Item = Result<String>> {
    (0..count).map(|number| {
        if number % STEP == 0 {
            events.check()?;
        }
        Ok(name(number))
    })
}

/// The name of the file with this number.
pub(crate) fn name(number: u32) -> String {
    format!("file-{number:07}.dat")
}

/// Copies the files of `from` into a new folder `to`.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))
            .with_context(|| format!("cannot copy to {}", to.display()))?;
    }
    Ok(())
}

/// Sets the time of every file to `ago` before now.
pub(crate) fn age(folder: &Path, ago: Duration) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let file = File::options().write(true).open(entry?.path())?;
        file.set_modified(SystemTime::now() - ago)?;
    }
    Ok(())
}

/// Appends a byte to one file in a hundred, and at least to one. They are then as old as `ago`.
pub(crate) fn change(folder: &Path, ago: Duration) -> Result<()> {
    for name in names_in(folder)?.into_iter().step_by(100) {
        let mut file = File::options().append(true).open(folder.join(name))?;
        file.write_all(b"!")?;
        file.set_modified(SystemTime::now() - ago)?;
    }
    Ok(())
}

/// Removes a folder if it exists.
pub(crate) fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| folder.display().to_string())
        }
        _ => Ok(()),
    }
}

/// Fails unless `actual` has exactly the files of `expected`, byte for byte.
pub(crate) fn compare(expected: &Path, actual: &Path) -> Result<()> {
    let (wanted, found) = (names_in(expected)?, names_in(actual)?);
    if let Some(name) = wanted.symmetric_difference(&found).next() {
        let what = if wanted.contains(name) {
            "is missing"
        } else {
            "should not be there"
        };
        anyhow::bail!("{} {what}", name.display());
    }
    for name in wanted {
        let same = same_contents(&expected.join(&name), &actual.join(&name))?;
        ensure!(same, "{} has other contents", name.display());
    }
    Ok(())
}

fn names_in(folder: &Path) -> Result<BTreeSet<OsString>> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    entries.map(|entry| Ok(entry?.file_name())).collect()
}

/// Compares block by block to keep this program small: the kernel counts its memory toward the
/// programs that it starts.
fn same_contents(one: &Path, other: &Path) -> io::Result<bool> {
    let (mut one, mut other) = (File::open(one)?, File::open(other)?);
    if one.metadata()?.len() != other.metadata()?.len() {
        return Ok(false);
    }
    let (mut left, mut right) = (vec![0; BLOCK], vec![0; BLOCK]);
    loop {
        let len = one.read(&mut left)?;
        if len == 0 {
            return Ok(true);
        }
        other.read_exact(&mut right[..len])?;
        if left[..len] != right[..len] {
            return Ok(false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::work::Direction;
    use super::*;

    const WORK: Work = Work::Move {
        direction: Direction::Download,
        files: 3,
        size: 100_000,
    };

    /// Two folders with the same files.
    fn twins() -> (tempfile::TempDir, std::path::PathBuf, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (folder.path().join("one"), folder.path().join("other"));
        make(&one, WORK, &Events::unheard()).unwrap();
        copy(&one, &other).unwrap();
        (folder, one, other)
    }

    #[test]
    fn makes_files_of_the_right_size_that_differ() {
        let (_folder, one, _) = twins();
        let [first, second] = [0, 1].map(|number| fs::read(one.join(name(number))).unwrap());
        assert_eq!(first.len(), 100_000);
        assert_ne!(first, second);
    }

    #[test]
    fn finds_equal_folders_equal() {
        let (_folder, one, other) = twins();
        compare(&one, &other).unwrap();
    }

    #[test]
    fn finds_every_kind_of_difference() {
        let differences: [fn(&Path); 4] = [
            |folder| fs::remove_file(folder.join(name(1))).unwrap(),
            |folder| fs::write(folder.join("more"), "").unwrap(),
            |folder| {
                let file = File::options().write(true).open(folder.join(name(2)));
                file.unwrap().set_len(99_999).unwrap();
            },
            |folder| {
                let mut contents = fs::read(folder.join(name(2))).unwrap();
                *contents.last_mut().unwrap() ^= 1;
                fs::write(folder.join(name(2)), contents).unwrap();
            },
        ];
        for change in differences {
            let (_folder, one, other) = twins();
            change(&other);
            compare(&one, &other).unwrap_err();
        }
    }

    #[test]
    fn a_change_is_seen_in_size_and_time() {
        let (_folder, one, other) = twins();
        age(&other, Duration::from_secs(7200)).unwrap();
        change(&other, Duration::from_secs(3600)).unwrap();
        let [changed, same] = [0, 1].map(|number| fs::metadata(other.join(name(number))).unwrap());
        assert_eq!((changed.len(), same.len()), (100_001, 100_000));
        assert!(changed.modified().unwrap() > same.modified().unwrap());
        compare(&one, &other).unwrap_err();
    }

    #[test]
    fn a_folder_that_never_came_is_a_difference() {
        let (_folder, one, other) = twins();
        remove(&other).unwrap();
        compare(&one, &other).unwrap_err();
    }
}
