//! The tables of a journal, and their versions.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, Row};
use towline_proto::path::RemotePath;

use super::error::SpoolError;
use super::private::private_file;
use super::upload::{SpoolState, Spooled};

/// The version of the tables. A newer program's journal is refused, because its rows may mean more.
pub(super) const FORMAT: i64 = 2;

/// What [`upload`] reads.
pub(super) const COLUMNS: &str =
    "id, file, path, bytes, text, received, state, part, attempts, reason";

/// The tables of version 1, in which uploads were delivered in the order of their numbers.
const FIRST: &str = "
    CREATE TABLE upload (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        file TEXT NOT NULL,
        path BLOB NOT NULL,
        bytes INTEGER NOT NULL,
        text INTEGER NOT NULL,
        received INTEGER NOT NULL,
        state INTEGER NOT NULL,
        part BLOB,
        attempts INTEGER NOT NULL DEFAULT 0,
        reason TEXT
    );
    CREATE TABLE leftover (part BLOB PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE server (home BLOB NOT NULL);
    PRAGMA user_version = 1;";

/// Version 2 gives each upload its turn, which a rename changes.
const SECOND: &str = "
    ALTER TABLE upload ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;
    UPDATE upload SET turn = id;
    PRAGMA user_version = 2;";

/// Opens the journal in the file `path` for the gateway that uses it. Creates it if there is none,
/// and brings it to the present version.
pub(super) fn open(path: &Path) -> Result<Connection, SpoolError> {
    // SQLite gives its other files the permissions of this one.
    private_file(path).map_err(|error| SpoolError::File {
        path: path.to_owned(),
        error,
    })?;
    let connection = connect(path)?;
    let format = format(&connection, path)?;
    let steps = [FIRST, SECOND];
    let missing = usize::try_from(format).map_or(0, |format| format.min(steps.len()));
    let prepare = || {
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        steps[missing..]
            .iter()
            .try_for_each(|step| connection.execute_batch(&format!("BEGIN; {step} COMMIT;")))
    };
    prepare().map_err(|error| wrong(path, &error))?;
    Ok(connection)
}

/// Opens a journal that a gateway may use at the same time. Returns the version of its tables, too.
pub(super) fn look_into(path: &Path) -> Result<(Connection, i64), SpoolError> {
    let connection = connect(path)?;
    let format = format(&connection, path)?;
    Ok((connection, format))
}

/// Returns the error of a call of SQLite.
pub(super) fn wrong(path: &Path, error: &rusqlite::Error) -> SpoolError {
    SpoolError::Journal {
        path: path.to_owned(),
        what: error.to_string(),
    }
}

fn connect(path: &Path) -> Result<Connection, SpoolError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags).map_err(|error| wrong(path, &error))
}

fn format(connection: &Connection, path: &Path) -> Result<i64, SpoolError> {
    let format = connection.pragma_query_value(None, "user_version", |row| row.get(0));
    let format: i64 = format.map_err(|error| wrong(path, &error))?;
    match format > FORMAT {
        true => Err(SpoolError::Journal {
            path: path.to_owned(),
            what: format!("was written by a newer version of this program (format {format})"),
        }),
        false => Ok(format),
    }
}

/// Returns the upload in a row of [`COLUMNS`].
pub(super) fn upload(row: &Row<'_>) -> rusqlite::Result<Spooled> {
    let bytes: i64 = row.get(3)?;
    let state: i64 = row.get(6)?;
    let part: Option<Vec<u8>> = row.get(7)?;
    Ok(Spooled {
        id: row.get(0)?,
        file: row.get(1)?,
        path: path(row, 2)?,
        bytes: u64::try_from(bytes).unwrap_or_default(),
        text: row.get(4)?,
        received: row.get(5)?,
        state: match state {
            0 => SpoolState::Waiting,
            1 => SpoolState::Sending,
            2 => SpoolState::Naming,
            3 => SpoolState::Aside,
            _ => SpoolState::Replaced,
        },
        part: part.map(|_| path(row, 7)).transpose()?,
        attempts: row.get(8)?,
        reason: row.get(9)?,
    })
}

/// Returns the path in a column.
pub(super) fn path(row: &Row<'_>, column: usize) -> rusqlite::Result<RemotePath> {
    let bytes: Vec<u8> = row.get(column)?;
    RemotePath::new(bytes).map_err(|error| {
        let kind = rusqlite::types::Type::Blob;
        rusqlite::Error::FromSqlConversionFailure(column, kind, error.to_string().into())
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::super::journal::Journal;
    use super::*;

    fn of_version_1(path: &Path) {
        let connection = Connection::open(path).unwrap();
        connection.execute_batch(FIRST).unwrap();
        let rows = [(1, "/a", 3), (2, "/a", 4), (3, "/b", 0)];
        for (id, path, state) in rows {
            let text = "INSERT INTO upload (id, file, path, bytes, text, received, state) \
                        VALUES (?1, 'f', ?2, 1, 0, 0, ?3)";
            connection
                .execute(text, rusqlite::params![id, path.as_bytes(), state])
                .unwrap();
        }
    }

    fn states(journal: &Journal) -> Vec<(i64, SpoolState)> {
        let all = journal.all().unwrap().into_iter();
        all.map(|upload| (upload.id, upload.state)).collect()
    }

    #[test]
    fn a_journal_of_the_first_version_is_read_and_brought_up_to_date() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal.db");
        of_version_1(&path);
        let before = [
            (1, SpoolState::Aside),
            (2, SpoolState::Replaced),
            (3, SpoolState::Waiting),
        ];
        let read = Journal::read(&path).unwrap();
        assert_eq!(states(&read), before);
        assert_eq!(read.retry(None).unwrap(), 2);
        drop(read);
        let journal = Journal::open(&path).unwrap();
        let (a, b) = (
            RemotePath::new("/a").unwrap(),
            RemotePath::new("/b").unwrap(),
        );
        let third = journal.add("g", &b, 1, false).unwrap();
        journal.rename(&a, &b).unwrap();
        let order: Vec<_> = states(&journal).into_iter().map(|(id, _)| id).collect();
        assert_eq!(order, [2, 3, third, 1]);
        drop(journal);
        assert_eq!(look_into(&path).unwrap().1, FORMAT);
        assert_eq!(states(&Journal::open(&path).unwrap()).len(), 4);
    }

    #[test]
    fn a_journal_of_a_newer_version_is_refused_in_words() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal.db");
        let connection = open(&path).unwrap();
        let newer = connection.pragma_update(None, "user_version", FORMAT + 1);
        newer.unwrap();
        for refused in [Journal::open(&path), Journal::read(&path)] {
            let text = refused.unwrap_err().to_string();
            assert!(text.contains("a newer version of this program"), "{text}");
        }
    }
}
