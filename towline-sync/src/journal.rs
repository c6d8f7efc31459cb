//! The journal: what earlier runs of one mirror have done, in an SQLite file.
//!
//! Everything that is written is synced before the call returns. A copy is noted before its source
//! is removed.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use tokio::task::spawn_blocking;

use crate::error::Error;
use crate::lock::lock;
use crate::node::Version;
use crate::path::TreePath;
use crate::record::{Record, State};
use crate::stamp::{ClockFace, Precision, Stamp};

/// The version of the tables. A newer program's journal is refused, because its rows may mean more.
const FORMAT: i64 = 2;

/// How many rows are read at a time.
const PAGE: usize = 4096;

const COLUMNS: &str = "key, state, moves, s_size, s_second, s_nano, s_precision, s_clock, \
                       d_size, d_second, d_nano, d_precision, d_clock, at";

/// Whether a row has values that this program never writes. SQLite itself would not notice them.
const HAS_WRONG_ROW: &str = "SELECT EXISTS (SELECT 1 FROM file WHERE typeof(key) <> 'blob' \
                             OR state NOT IN (1, 2, 3, 4) OR moves NOT IN (0, 1))";

/// What earlier runs of one mirror have done. Clones share it.
#[derive(Clone, Debug)]
pub struct Journal {
    connection: Arc<Mutex<Connection>>,
    path: Arc<Path>,
}

/// A change to the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Put(Record),
    Forget(TreePath),
}

impl Journal {
    /// Opens the journal in the file `path`, and creates it if there is none. A damaged one is set
    /// aside: the second value is its new name. Blocks.
    ///
    /// # Errors
    ///
    /// [`Error::Journal`] if a newer program wrote it, or if it cannot be opened.
    pub fn open(path: &Path) -> Result<(Self, Option<PathBuf>), Error> {
        match Self::try_open(path) {
            Ok(journal) => Ok((journal, None)),
            Err(Unusable::Damaged) => {
                let aside = set_aside(path)?;
                let journal = Self::try_open(path).map_err(|unusable| unusable.at(path))?;
                Ok((journal, Some(aside)))
            }
            Err(unusable) => Err(unusable.at(path)),
        }
    }

    fn try_open(path: &Path) -> Result<Self, Unusable> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| Unusable::Other(error.to_string()))?;
        }
        if !may_be_database(path) {
            return Err(Unusable::Damaged);
        }
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        let format: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if format > FORMAT {
            return Err(Unusable::Newer(format));
        }
        let sound: String = connection.pragma_query_value(None, "quick_check", |row| row.get(0))?;
        if sound != "ok" {
            return Err(Unusable::Damaged);
        }
        if format == 0 {
            connection.execute_batch(
                "BEGIN;
                 CREATE TABLE IF NOT EXISTS file (
                     key BLOB PRIMARY KEY,
                     state INTEGER NOT NULL,
                     moves INTEGER NOT NULL,
                     s_size INTEGER, s_second INTEGER, s_nano INTEGER, s_precision INTEGER,
                     s_clock INTEGER,
                     d_size INTEGER, d_second INTEGER, d_nano INTEGER, d_precision INTEGER,
                     d_clock INTEGER, at INTEGER NOT NULL
                 ) WITHOUT ROWID;
                 PRAGMA user_version = 2;
                 COMMIT;",
            )?;
        }
        if format == 1 {
            // The rows of an older format mean the same.
            connection.pragma_update(None, "user_version", FORMAT)?;
        }
        // Fails if the tables are not those of this program.
        connection.prepare(&format!("SELECT {COLUMNS} FROM file LIMIT 1"))?;
        if connection.query_row(HAS_WRONG_ROW, [], |row| row.get(0))? {
            return Err(Unusable::Damaged);
        }
        Ok(Self {
            connection: Arc::new(Mutex::new(connection)),
            path: path.into(),
        })
    }

    /// Returns all records, in tree order. Blocks while it is read.
    pub fn records(&self) -> Records {
        Records {
            journal: self.clone(),
            page: Vec::new().into_iter(),
            after: Some(Vec::new()),
        }
    }

    /// Returns the record of one file. Blocks.
    ///
    /// # Errors
    ///
    /// [`Error::Journal`] if the journal cannot be read.
    pub fn record(&self, path: &TreePath) -> Result<Option<Record>, Error> {
        let connection = self.lock();
        let query = format!("SELECT {COLUMNS} FROM file WHERE key = ?1");
        let found = connection.query_row(&query, params![path.key()], |row| Ok(record(row)));
        let found = found.optional().map_err(|error| self.failed(&error))?;
        found.transpose().map_err(|error| self.failed(&error))
    }

    /// Makes `changes`, all or none, and syncs them.
    pub(crate) async fn write(&self, changes: Vec<Change>) -> Result<(), Error> {
        if changes.is_empty() {
            return Ok(());
        }
        let journal = self.clone();
        let written = spawn_blocking(move || journal.write_now(&changes)).await;
        written.unwrap_or_else(|error| {
            let what = format!("cannot be written: {error}");
            let path = self.path.to_path_buf();
            Err(Error::Journal { path, what })
        })
    }

    fn write_now(&self, changes: &[Change]) -> Result<(), Error> {
        let mut connection = self.lock();
        let mut write = || -> rusqlite::Result<()> {
            let transaction = connection.transaction()?;
            {
                let mut put = transaction.prepare(&format!(
                    "INSERT OR REPLACE INTO file ({COLUMNS}) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"
                ))?;
                let mut forget = transaction.prepare("DELETE FROM file WHERE key = ?1")?;
                for change in changes {
                    match change {
                        Change::Forget(path) => forget.execute(params![path.key()])?,
                        Change::Put(record) => {
                            let (s, d) = (columns(&record.source), columns(&record.destination));
                            put.execute(params![
                                record.path.key(),
                                record.state.number(),
                                record.moves,
                                s.size,
                                s.second,
                                s.nano,
                                s.precision,
                                s.clock,
                                d.size,
                                d.second,
                                d.nano,
                                d.precision,
                                d.clock,
                                record.at,
                            ])?
                        }
                    };
                }
            }
            transaction.commit()
        };
        write().map_err(|error| self.failed(&error))
    }

    fn page(&self, after: &[u8]) -> Result<Vec<Record>, Error> {
        let connection = self.lock();
        let read = || -> rusqlite::Result<Vec<Record>> {
            let mut page = connection.prepare(&format!(
                "SELECT {COLUMNS} FROM file WHERE key > ?1 ORDER BY key LIMIT ?2"
            ))?;
            let rows = page.query_map(params![after, PAGE as i64], |row| Ok(record(row)))?;
            rows.map(|row| row?).collect()
        };
        read().map_err(|error| self.failed(&error))
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        lock(&self.connection)
    }

    fn failed(&self, error: &rusqlite::Error) -> Error {
        Error::Journal {
            path: self.path.to_path_buf(),
            what: format!("cannot be used: {error}"),
        }
    }
}

/// The records of a journal, in tree order.
#[derive(Debug)]
pub struct Records {
    journal: Journal,
    page: std::vec::IntoIter<Record>,
    /// The key of the last record that was read; `None` at the end.
    after: Option<Vec<u8>>,
}

impl Iterator for Records {
    type Item = Result<Record, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(record) = self.page.next() {
            return Some(Ok(record));
        }
        let after = self.after.take()?;
        match self.journal.page(&after) {
            Err(error) => Some(Err(error)),
            Ok(page) => {
                self.after = page.last().map(|record| record.path.key());
                self.page = page.into_iter();
                self.page.next().map(Ok)
            }
        }
    }
}

/// Why a file is not a journal.
enum Unusable {
    Damaged,
    Newer(i64),
    Other(String),
}

impl Unusable {
    fn at(self, path: &Path) -> Error {
        let what = match self {
            Self::Damaged => "is damaged".to_owned(),
            Self::Newer(format) => format!(
                "was written by a newer version of this program (format {format}; this one reads \
                 up to {FORMAT})"
            ),
            Self::Other(what) => format!("cannot be used: {what}"),
        };
        let path = path.to_owned();
        Error::Journal { path, what }
    }
}

impl From<rusqlite::Error> for Unusable {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase, Unknown};
        match error.sqlite_error_code() {
            // SQLite reports a missing table or column as `Unknown`.
            Some(DatabaseCorrupt | NotADatabase | Unknown) => Self::Damaged,
            _ => Self::Other(error.to_string()),
        }
    }
}

/// Whether a file has the mark of a database, or nothing. SQLite would write over one that is too
/// short to have it.
fn may_be_database(path: &Path) -> bool {
    const MARK: &[u8] = b"SQLite format 3\0";
    let mut head = Vec::new();
    let read = File::open(path).map(|file| file.take(16).read_to_end(&mut head));
    read.is_err() || head.is_empty() || head == MARK
}

/// Gives a damaged journal another name, so that nothing is lost that a person could read.
fn set_aside(path: &Path) -> Result<PathBuf, Error> {
    let now = jiff::Timestamp::now().as_second();
    let mut aside = path.as_os_str().to_owned();
    aside.push(format!(".damaged-{now}"));
    let aside = PathBuf::from(aside);
    fs::rename(path, &aside).map_err(|error| Error::local(path, error))?;
    for ending in ["-wal", "-shm"] {
        let mut other = path.as_os_str().to_owned();
        other.push(ending);
        // They belong to the file that was set aside.
        let _ = fs::remove_file(other);
    }
    Ok(aside)
}

struct Columns {
    size: Option<i64>,
    second: Option<i64>,
    nano: Option<u32>,
    precision: Option<i64>,
    clock: Option<i64>,
}

fn columns(version: &Version) -> Columns {
    let modified = version.modified;
    Columns {
        size: version
            .size
            .map(|size| i64::try_from(size).unwrap_or(i64::MAX)),
        second: modified.map(|modified| modified.seconds),
        nano: modified.map(|modified| modified.nanoseconds),
        precision: modified.map(|modified| match modified.precision {
            Precision::Day => 0,
            Precision::Minute => 1,
            Precision::Second => 2,
            Precision::Nanosecond => 3,
        }),
        clock: modified.map(|modified| match modified.clock {
            ClockFace::Utc => 0,
            ClockFace::Server => 1,
        }),
    }
}

fn record(row: &Row<'_>) -> rusqlite::Result<Record> {
    let wrong = |column: usize, what: &str| {
        let what = what.to_owned().into();
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Integer, what)
    };
    let key: Vec<u8> = row.get(0)?;
    Ok(Record {
        path: TreePath::from_key(&key).map_err(|error| wrong(0, &error.to_string()))?,
        state: State::from_number(row.get(1)?).ok_or_else(|| wrong(1, "no such state"))?,
        moves: row.get(2)?,
        source: version(row, 3)?,
        destination: version(row, 8)?,
        at: row.get(13)?,
    })
}

fn version(row: &Row<'_>, at: usize) -> rusqlite::Result<Version> {
    let size: Option<i64> = row.get(at)?;
    let second: Option<i64> = row.get(at + 1)?;
    let nano: Option<u32> = row.get(at + 2)?;
    let precision: Option<i64> = row.get(at + 3)?;
    let clock: Option<i64> = row.get(at + 4)?;
    let stamp = |seconds| Stamp {
        seconds,
        nanoseconds: nano.unwrap_or(0),
        precision: match precision {
            Some(0) => Precision::Day,
            Some(1) => Precision::Minute,
            Some(3) => Precision::Nanosecond,
            _ => Precision::Second,
        },
        clock: match clock {
            Some(1) => ClockFace::Server,
            _ => ClockFace::Utc,
        },
    };
    Ok(Version {
        size: size.and_then(|size| u64::try_from(size).ok()),
        modified: second.map(stamp),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(path: &str, second: i64) -> Record {
        let version = Version {
            size: Some(7),
            modified: Some(Stamp::second(second)),
        };
        Record {
            path: TreePath::new(path.as_bytes()).unwrap(),
            state: State::Verified,
            moves: true,
            source: version,
            destination: Version::default(),
            at: 77,
        }
    }

    async fn put(journal: &Journal, paths: &[&str]) {
        let changes = paths.iter().map(|path| Change::Put(record(path, 5)));
        journal.write(changes.collect()).await.unwrap();
    }

    #[tokio::test]
    async fn what_is_written_reads_back_in_tree_order() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("state/a.db");
        let (journal, aside) = Journal::open(&file).unwrap();
        assert_eq!(aside, None);
        put(&journal, &["b", "a!", "a/c", "a"]).await;
        drop(journal);
        let (journal, _) = Journal::open(&file).unwrap();
        let records: Vec<_> = journal.records().map(Result::unwrap).collect();
        assert_eq!(records, ["a", "a/c", "a!", "b"].map(|path| record(path, 5)));
        let path = TreePath::new(b"a/c").unwrap();
        assert_eq!(journal.record(&path).unwrap(), Some(record("a/c", 5)));
        journal
            .write(vec![Change::Forget(path.clone())])
            .await
            .unwrap();
        assert_eq!(journal.record(&path).unwrap(), None);
    }

    #[tokio::test]
    async fn more_records_than_a_page_come_once_each() {
        let directory = tempfile::tempdir().unwrap();
        let (journal, _) = Journal::open(&directory.path().join("a.db")).unwrap();
        let paths: Vec<_> = (0..PAGE * 2 + 1).map(|n| format!("{n:06}")).collect();
        let paths: Vec<_> = paths.iter().map(String::as_str).collect();
        put(&journal, &paths).await;
        let read: Vec<_> = journal
            .records()
            .map(|record| record.unwrap().path.to_string())
            .collect();
        assert_eq!(read, paths);
    }

    #[tokio::test]
    async fn a_damaged_journal_is_set_aside() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("a.db");
        for damage in [
            "not a database, but long enough to look like one ".repeat(50),
            "x".to_owned(),
        ] {
            fs::write(&file, &damage).unwrap();
            let (journal, aside) = Journal::open(&file).unwrap();
            let aside = aside.unwrap();
            assert_eq!(fs::read_to_string(&aside).unwrap(), damage);
            fs::remove_file(aside).unwrap();
            put(&journal, &["a"]).await;
            drop(journal);
            fs::remove_file(&file).unwrap();
        }
    }

    #[tokio::test]
    async fn a_journal_with_a_row_that_means_nothing_is_set_aside() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("a.db");
        for damage in ["state = 77", "moves = 5", "key = 12"] {
            let (journal, _) = Journal::open(&file).unwrap();
            put(&journal, &["a"]).await;
            let sql = format!("UPDATE file SET {damage}");
            journal.lock().execute(&sql, []).unwrap();
            drop(journal);
            let (journal, aside) = Journal::open(&file).unwrap();
            assert_eq!(journal.records().count(), 0, "{damage}");
            fs::remove_file(aside.unwrap()).unwrap();
        }
    }

    #[tokio::test]
    async fn an_older_journal_is_read_and_gets_the_present_format() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("a.db");
        let (journal, _) = Journal::open(&file).unwrap();
        put(&journal, &["a"]).await;
        let pragma = journal.lock().pragma_update(None, "user_version", 1);
        pragma.unwrap();
        drop(journal);
        let (journal, aside) = Journal::open(&file).unwrap();
        assert_eq!((journal.records().count(), aside), (1, None));
        let format = |row: &Row<'_>| row.get(0);
        let format: i64 = journal
            .lock()
            .pragma_query_value(None, "user_version", format)
            .unwrap();
        assert_eq!(format, FORMAT);
    }

    #[test]
    fn a_newer_journal_is_refused_and_left_as_it_is() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("a.db");
        let (journal, _) = Journal::open(&file).unwrap();
        journal
            .lock()
            .pragma_update(None, "user_version", FORMAT + 1)
            .unwrap();
        drop(journal);
        let error = Journal::open(&file).unwrap_err().to_string();
        assert!(error.contains("newer version of this program"), "{error}");
        assert!(file.exists());
    }
}
