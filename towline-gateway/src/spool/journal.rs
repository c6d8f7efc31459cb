//! The journal of a spool: one row for each upload, in an SQLite file.
//!
//! Everything that is written is synced before the call returns. All calls block.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Row, params};
use towline_proto::path::RemotePath;

use super::error::SpoolError;
use super::private::private_file;
use super::upload::{SpoolState, Spooled};
use crate::paths::join;

/// The version of the tables. A newer program's journal is refused, because its rows may mean more.
const FORMAT: i64 = 1;

const COLUMNS: &str = "id, file, path, bytes, text, received, state, part, attempts, reason";

/// Notes that the temporary name of an upload may remain at the server.
const KEEP_LEFTOVER: &str = "INSERT OR IGNORE INTO leftover \
                             SELECT part FROM upload WHERE id = ?1 AND part IS NOT NULL";

/// The journal of a spool.
#[derive(Debug)]
pub(super) struct Journal {
    connection: Mutex<Connection>,
    path: PathBuf,
}

impl Journal {
    /// Opens the journal in the file `path`, and creates it if there is none.
    pub(super) fn open(path: &Path) -> Result<Self, SpoolError> {
        // SQLite gives its other files the permissions of this one.
        private_file(path).map_err(|error| SpoolError::File {
            path: path.to_owned(),
            error,
        })?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let journal = Self::with(path, flags)?;
        let format = journal.format()?;
        journal.run(|connection| {
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", "FULL")?;
            if format == 0 {
                connection.execute_batch(
                    "BEGIN;
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
                     PRAGMA user_version = 1;
                     COMMIT;",
                )?;
            }
            Ok(())
        })?;
        Ok(journal)
    }

    /// Opens a journal to read it, also while a gateway uses it.
    pub(super) fn read(path: &Path) -> Result<Self, SpoolError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let journal = Self::with(path, flags)?;
        journal.format()?;
        Ok(journal)
    }

    fn with(path: &Path, flags: OpenFlags) -> Result<Self, SpoolError> {
        let connection =
            Connection::open_with_flags(path, flags).map_err(|error| SpoolError::Journal {
                path: path.to_owned(),
                what: error.to_string(),
            })?;
        Ok(Self {
            connection: Mutex::new(connection),
            path: path.to_owned(),
        })
    }

    fn format(&self) -> Result<i64, SpoolError> {
        let format = self.run(|connection| {
            connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))
        })?;
        match format > FORMAT {
            true => Err(SpoolError::Journal {
                path: self.path.clone(),
                what: format!("was written by a newer version of this program (format {format})"),
            }),
            false => Ok(format),
        }
    }

    /// Adds an upload, and returns its number.
    pub(super) fn add(
        &self,
        file: &str,
        path: &RemotePath,
        bytes: u64,
        text: bool,
    ) -> Result<i64, SpoolError> {
        self.run(|connection| {
            let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
            let now = jiff::Timestamp::now().as_millisecond();
            connection.execute(
                "INSERT INTO upload (file, path, bytes, text, received, state) \
                 VALUES (?1, ?2, ?3, ?4, ?5, 0)",
                params![file, path.as_bytes(), bytes, text, now],
            )?;
            Ok(connection.last_insert_rowid())
        })
    }

    /// Returns all uploads, in the order of delivery.
    pub(super) fn all(&self) -> Result<Vec<Spooled>, SpoolError> {
        self.select("ORDER BY id", params![])
    }

    /// Returns the upload whose turn it is.
    pub(super) fn next(&self) -> Result<Option<Spooled>, SpoolError> {
        let next = self.select("WHERE state < 3 ORDER BY id LIMIT 1", params![])?;
        Ok(next.into_iter().next())
    }

    /// Returns the last upload to `path`.
    pub(super) fn find(&self, path: &RemotePath) -> Result<Option<Spooled>, SpoolError> {
        let rest = "WHERE path = ?1 ORDER BY id DESC LIMIT 1";
        let found = self.select(rest, params![path.as_bytes()])?;
        Ok(found.into_iter().next())
    }

    pub(super) fn state(&self, id: i64) -> Result<Option<SpoolState>, SpoolError> {
        let found = self.select("WHERE id = ?1", params![id])?;
        Ok(found.into_iter().next().map(|upload| upload.state))
    }

    /// Gives an upload another path, unless it is about to get its name at the server. What the server
    /// has refused may be welcome under another name. Returns whether it was there.
    pub(super) fn rename(&self, id: i64, path: &RemotePath) -> Result<bool, SpoolError> {
        self.update(
            "UPDATE upload SET path = ?2, state = CASE WHEN state > 2 THEN 0 ELSE state END \
             WHERE id = ?1 AND state <> 2",
            params![id, path.as_bytes()],
        )
    }

    /// Removes the uploads to `path`, but for one that is about to get its name at the server.
    pub(super) fn remove(&self, path: &RemotePath) -> Result<Vec<Spooled>, SpoolError> {
        let removed = self.select("WHERE path = ?1 AND state <> 2", params![path.as_bytes()])?;
        let mut really = Vec::new();
        for upload in removed {
            if self.take_out(&upload)? {
                really.push(upload);
            }
        }
        Ok(really)
    }

    /// Removes an upload, unless it is about to get its name at the server. What it may have left there
    /// is noted.
    fn take_out(&self, upload: &Spooled) -> Result<bool, SpoolError> {
        self.transact(|connection| {
            connection.execute(
                "INSERT OR IGNORE INTO leftover SELECT part FROM upload \
                 WHERE id = ?1 AND state <> 2 AND part IS NOT NULL",
                params![upload.id],
            )?;
            let gone = connection.execute(
                "DELETE FROM upload WHERE id = ?1 AND state <> 2",
                params![upload.id],
            )?;
            Ok(gone > 0)
        })
    }

    /// Notes the temporary name at the server, before anything is sent there. A former one may remain,
    /// and is noted, too. Returns whether the upload is still wanted.
    pub(super) fn send(&self, id: i64, part: &RemotePath) -> Result<bool, SpoolError> {
        self.transact(|connection| {
            connection.execute(KEEP_LEFTOVER, params![id])?;
            let noted = connection.execute(
                "UPDATE upload SET state = 1, part = ?2 WHERE id = ?1",
                params![id, part.as_bytes()],
            )?;
            Ok(noted > 0)
        })
    }

    /// Notes that the server has all of an upload. Returns the path that it is to get, or `None` if it
    /// is no longer wanted.
    pub(super) fn name(&self, id: i64) -> Result<Option<RemotePath>, SpoolError> {
        let is_wanted = self.update("UPDATE upload SET state = 2 WHERE id = ?1", params![id])?;
        let named = self.select("WHERE id = ?1", params![id])?;
        let named = named.into_iter().next().filter(|_| is_wanted);
        Ok(named.map(|upload| upload.path))
    }

    /// Forgets an upload that the server has. An older one of its name that was set aside would replace
    /// it, so that one waits until it is requested.
    pub(super) fn done(&self, id: i64) -> Result<bool, SpoolError> {
        self.transact(|connection| {
            connection.execute(
                "UPDATE upload SET state = 4 WHERE state = 3 AND id < ?1 \
                 AND path = (SELECT path FROM upload WHERE id = ?1)",
                params![id],
            )?;
            let gone = connection.execute("DELETE FROM upload WHERE id = ?1", params![id])?;
            Ok(gone > 0)
        })
    }

    /// Notes why an attempt has failed.
    pub(super) fn failed(&self, id: i64, reason: &str) -> Result<bool, SpoolError> {
        self.update(
            "UPDATE upload SET attempts = attempts + 1, reason = ?2, \
             state = CASE state WHEN 1 THEN 0 ELSE state END WHERE id = ?1",
            params![id, reason],
        )
    }

    /// Sets an upload aside. What it may have left at the server is noted.
    pub(super) fn set_aside(&self, id: i64, reason: &str) -> Result<bool, SpoolError> {
        self.transact(|connection| {
            connection.execute(KEEP_LEFTOVER, params![id])?;
            let set = connection.execute(
                "UPDATE upload SET state = 3, part = NULL, attempts = attempts + 1, reason = ?2 \
                 WHERE id = ?1",
                params![id, reason],
            )?;
            Ok(set > 0)
        })
    }

    /// Lets everything that was set aside wait for its delivery again, except what a newer upload has
    /// replaced.
    pub(super) fn try_again(&self) -> Result<(), SpoolError> {
        let again = self.update("UPDATE upload SET state = 0 WHERE state = 3", params![]);
        again.map(drop)
    }

    /// Lets the upload with this number, or every one that no newer upload has replaced, wait for its
    /// delivery if it was set aside. Returns how many there are.
    pub(super) fn retry(&self, id: Option<i64>) -> Result<usize, SpoolError> {
        self.transact(|connection| {
            // SQLite writes nothing where nothing changes, and a gateway that waits has to notice.
            connection.execute(
                "UPDATE upload SET attempts = attempts + 1 WHERE id = ?1 OR ?1 IS NULL AND state <> 4",
                params![id],
            )?;
            connection.execute(
                "UPDATE upload SET attempts = attempts - 1, \
                 state = CASE WHEN state > 2 THEN 0 ELSE state END \
                 WHERE id = ?1 OR ?1 IS NULL AND state <> 4",
                params![id],
            )
        })
    }

    /// Returns a number that changes if another process changes the journal.
    pub(super) fn version_of_others(&self) -> Result<i64, SpoolError> {
        self.run(|connection| connection.pragma_query_value(None, "data_version", |row| row.get(0)))
    }

    /// Returns the temporary names that may remain at the server.
    pub(super) fn leftovers(&self) -> Result<Vec<RemotePath>, SpoolError> {
        self.run(|connection| {
            let mut query = connection.prepare("SELECT part FROM leftover")?;
            let rows = query.query_map(params![], |row| path(row, 0))?;
            rows.collect()
        })
    }

    /// Forgets a temporary name that no longer remains.
    pub(super) fn removed(&self, part: &RemotePath) -> Result<bool, SpoolError> {
        self.update(
            "DELETE FROM leftover WHERE part = ?1",
            params![part.as_bytes()],
        )
    }

    /// Returns the login directory at the server.
    pub(super) fn home(&self) -> Result<Option<RemotePath>, SpoolError> {
        self.run(|connection| {
            let query = "SELECT home FROM server";
            connection
                .query_row(query, params![], |row| path(row, 0))
                .optional()
        })
    }

    /// Keeps the login directory, and makes the paths of all uploads absolute.
    pub(super) fn keep_home(&self, home: &RemotePath) -> Result<(), SpoolError> {
        let relative = self.all()?.into_iter();
        let relative = relative.filter(|upload| !upload.path.is_absolute());
        let relative: Vec<_> = relative.collect();
        self.transact(|connection| {
            connection.execute("DELETE FROM server", params![])?;
            connection.execute("INSERT INTO server VALUES (?1)", params![home.as_bytes()])?;
            for upload in relative {
                let path = join(home, &upload.path);
                connection.execute(
                    "UPDATE upload SET path = ?3 WHERE id = ?1 AND path = ?2",
                    params![upload.id, upload.path.as_bytes(), path.as_bytes()],
                )?;
            }
            Ok(())
        })
    }

    fn select(&self, rest: &str, of: &[&dyn rusqlite::ToSql]) -> Result<Vec<Spooled>, SpoolError> {
        self.run(|connection| {
            let mut query = connection.prepare(&format!("SELECT {COLUMNS} FROM upload {rest}"))?;
            let rows = query.query_map(of, upload)?;
            rows.collect()
        })
    }

    /// Returns whether a row was changed.
    fn update(&self, text: &str, of: &[&dyn rusqlite::ToSql]) -> Result<bool, SpoolError> {
        self.run(|connection| Ok(connection.execute(text, of)? > 0))
    }

    fn transact<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, SpoolError> {
        let mut connection = self.lock();
        let transact = || -> rusqlite::Result<T> {
            let transaction = connection.transaction()?;
            let done = work(&transaction)?;
            transaction.commit()?;
            Ok(done)
        };
        transact().map_err(|error| self.wrong(&error))
    }

    fn run<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, SpoolError> {
        let connection = self.lock();
        work(&connection).map_err(|error| self.wrong(&error))
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        let locked = self.connection.lock();
        locked.unwrap_or_else(PoisonError::into_inner)
    }

    fn wrong(&self, error: &rusqlite::Error) -> SpoolError {
        SpoolError::Journal {
            path: self.path.clone(),
            what: error.to_string(),
        }
    }
}

fn upload(row: &Row<'_>) -> rusqlite::Result<Spooled> {
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
            _ => SpoolState::Aside,
        },
        part: part.map(|_| path(row, 7)).transpose()?,
        attempts: row.get(8)?,
        reason: row.get(9)?,
    })
}

fn path(row: &Row<'_>, column: usize) -> rusqlite::Result<RemotePath> {
    let bytes: Vec<u8> = row.get(column)?;
    RemotePath::new(bytes).map_err(|error| {
        let kind = rusqlite::types::Type::Blob;
        rusqlite::Error::FromSqlConversionFailure(column, kind, error.to_string().into())
    })
}
