//! The journal of a spool: one row for each upload, in an SQLite file.
//!
//! Everything that is written is synced before the call returns. All calls block. The table at
//! [`SpoolState`] says what each of them does; in the file, the states are 0 to 4, in its order.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use rusqlite::{Connection, OptionalExtension as _, Row, ToSql, TransactionBehavior, params};
use towline_proto::path::RemotePath;

use super::error::SpoolError;
use super::schema::{self, COLUMNS, path, upload, wrong};
use super::upload::{SpoolState, Spooled};
use crate::lock::lock;
use crate::paths::{join, plain};

/// Notes that the temporary name of an upload may remain at the server.
const KEEP_LEFTOVER: &str = "INSERT OR IGNORE INTO leftover \
                             SELECT part FROM upload WHERE id = ?1 AND part IS NOT NULL";

/// The turn after all others.
const LAST_TURN: &str = "(SELECT IFNULL(MAX(turn), 0) + 1 FROM upload)";

/// The journal of a spool.
#[derive(Debug)]
pub(super) struct Journal {
    connection: Mutex<Connection>,
    path: PathBuf,
    /// The column with the order of delivery: in the first version of the tables, the number.
    turn: &'static str,
}

/// The outcome of a rename.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Renamed {
    /// The upload has its new path. These older uploads to the former path are no longer wanted.
    Done(Vec<Spooled>),
    /// The upload with this number is about to get its name at the server.
    Busy(i64),
    /// No upload waits under this path.
    Missing,
}

/// Whether an upload that the server has completely may get its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It may, and this is its path.
    Now(RemotePath),
    /// An older one of its path comes first.
    Later,
    /// It is no longer wanted.
    Never,
}

impl Journal {
    /// Opens the journal in the file `path`, and creates it if there is none.
    pub(super) fn open(path: &Path) -> Result<Self, SpoolError> {
        Ok(Self {
            connection: Mutex::new(schema::open(path)?),
            path: path.to_owned(),
            turn: "turn",
        })
    }

    /// Opens a journal to read it, also while a gateway uses it.
    pub(super) fn read(path: &Path) -> Result<Self, SpoolError> {
        let (connection, format) = schema::look_into(path)?;
        Ok(Self {
            connection: Mutex::new(connection),
            path: path.to_owned(),
            turn: match format {
                1 => "id",
                _ => "turn",
            },
        })
    }

    #[cfg(test)]
    pub(super) fn trust_the_system(&self) -> Result<(), SpoolError> {
        self.run(|connection| connection.pragma_update(None, "synchronous", "OFF"))
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
                &format!(
                    "INSERT INTO upload (file, path, bytes, text, received, state, turn) \
                     VALUES (?1, ?2, ?3, ?4, ?5, 0, {LAST_TURN})"
                ),
                params![file, path.as_bytes(), bytes, text, now],
            )?;
            Ok(connection.last_insert_rowid())
        })
    }

    /// Returns all uploads, in the order of delivery.
    pub(super) fn all(&self) -> Result<Vec<Spooled>, SpoolError> {
        self.select(&format!("ORDER BY {}", self.turn), params![])
    }

    /// Returns the upload whose turn it is. One that may have its name already comes first: nothing
    /// can be said of its path before.
    pub(super) fn next(&self) -> Result<Option<Spooled>, SpoolError> {
        let rest = "WHERE state < 3 ORDER BY state = 2 DESC, turn LIMIT 1";
        let next = self.select(rest, params![])?;
        Ok(next.into_iter().next())
    }

    /// Returns the newest upload to `path`. One that was replaced is no longer there for clients.
    pub(super) fn find(&self, path: &RemotePath) -> Result<Option<Spooled>, SpoolError> {
        let rest = "WHERE path = ?1 AND state <> 4 ORDER BY turn DESC LIMIT 1";
        let found = self.select(rest, params![path.as_bytes()])?;
        Ok(found.into_iter().next())
    }

    pub(super) fn state(&self, id: i64) -> Result<Option<SpoolState>, SpoolError> {
        let found = self.select("WHERE id = ?1", params![id])?;
        Ok(found.into_iter().next().map(|upload| upload.state))
    }

    /// Whether an upload to `path` is about to get its name at the server.
    pub(super) fn is_naming(&self, path: &RemotePath) -> Result<bool, SpoolError> {
        let found = self.select("WHERE path = ?1 AND state = 2", params![path.as_bytes()])?;
        Ok(!found.is_empty())
    }

    /// Returns the last turn that an upload has.
    pub(super) fn last_turn(&self) -> Result<i64, SpoolError> {
        let query = "SELECT IFNULL(MAX(turn), 0) FROM upload";
        self.run(|connection| connection.query_row(query, params![], |row| row.get(0)))
    }

    /// Gives the newest upload to `from` another path and the last turn, unless it is about to get
    /// its name at the server. What the server has refused may be welcome under another name.
    pub(super) fn rename(&self, from: &RemotePath, to: &RemotePath) -> Result<Renamed, SpoolError> {
        self.transact(|connection| {
            let query = "SELECT id, state, turn FROM upload WHERE path = ?1 AND state <> 4 \
                         ORDER BY turn DESC LIMIT 1";
            let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
            let newest = connection.query_row(query, params![from.as_bytes()], row);
            let (id, state, turn): (i64, i64, i64) = match newest.optional()? {
                Some(newest) => newest,
                None => return Ok(Renamed::Missing),
            };
            if state == 2 {
                return Ok(Renamed::Busy(id));
            }
            let gone = match from == to {
                true => Vec::new(),
                false => take_out(
                    connection,
                    "path = ?1 AND turn < ?2 AND state IN (0, 1, 3)",
                    params![from.as_bytes(), turn],
                )?,
            };
            connection.execute(
                &format!(
                    "UPDATE upload SET path = ?2, turn = {LAST_TURN}, \
                     state = CASE state WHEN 3 THEN 0 ELSE state END WHERE id = ?1"
                ),
                params![id, to.as_bytes()],
            )?;
            Ok(Renamed::Done(gone))
        })
    }

    /// Removes the uploads to `path`, but for one that is about to get its name at the server. What
    /// they may have left there is noted.
    pub(super) fn remove(&self, path: &RemotePath) -> Result<Vec<Spooled>, SpoolError> {
        let which = "path = ?1 AND state <> 2";
        self.transact(|connection| take_out(connection, which, params![path.as_bytes()]))
    }

    /// Removes the uploads to `path` up to a turn, as [`Self::remove`] does: the server has another
    /// file of this name now.
    pub(super) fn overtake(
        &self,
        path: &RemotePath,
        turn: i64,
    ) -> Result<Vec<Spooled>, SpoolError> {
        let which = "path = ?1 AND turn <= ?2 AND state <> 2";
        self.transact(|connection| take_out(connection, which, params![path.as_bytes(), turn]))
    }

    /// Removes the uploads to `path` that were replaced.
    pub(super) fn remove_replaced(&self, path: &RemotePath) -> Result<Vec<Spooled>, SpoolError> {
        let which = "path = ?1 AND state = 4";
        self.transact(|connection| take_out(connection, which, params![path.as_bytes()]))
    }

    /// Notes the temporary name at the server, before anything is sent there. A former one may
    /// remain, and is noted, too. Returns whether the upload is still wanted.
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

    /// Notes that the server has all of an upload, and is about to give it its name.
    pub(super) fn name(&self, id: i64) -> Result<Turn, SpoolError> {
        self.transact(|connection| {
            let query = "SELECT path, EXISTS (SELECT 1 FROM upload AS older \
                         WHERE older.path = upload.path AND older.turn < upload.turn \
                         AND older.state IN (0, 1) AND upload.state <> 2) FROM upload WHERE id = ?1";
            let row = |row: &Row<'_>| Ok((path(row, 0)?, row.get(1)?));
            match connection.query_row(query, params![id], row).optional()? {
                None => Ok(Turn::Never),
                Some((_, true)) => {
                    connection.execute(KEEP_LEFTOVER, params![id])?;
                    let text = "UPDATE upload SET state = 0, part = NULL WHERE id = ?1";
                    connection.execute(text, params![id])?;
                    Ok(Turn::Later)
                }
                Some((path, false)) => {
                    let text = "UPDATE upload SET state = 2 WHERE id = ?1";
                    connection.execute(text, params![id])?;
                    Ok(Turn::Now(path))
                }
            }
        })
    }

    /// Forgets an upload that the server has. An older one of its path would replace it, so that
    /// one waits until it is requested by its number.
    pub(super) fn done(&self, id: i64) -> Result<bool, SpoolError> {
        self.transact(|connection| {
            let older = "state IN (0, 1, 3) AND path = (SELECT path FROM upload WHERE id = ?1) \
                         AND turn < (SELECT turn FROM upload WHERE id = ?1)";
            connection.execute(
                &format!(
                    "INSERT OR IGNORE INTO leftover \
                     SELECT part FROM upload WHERE part IS NOT NULL AND {older}"
                ),
                params![id],
            )?;
            let replace = format!("UPDATE upload SET state = 4, part = NULL WHERE {older}");
            connection.execute(&replace, params![id])?;
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

    /// Lets everything that was set aside wait for its delivery again, unless a newer upload to its
    /// path is on its way.
    pub(super) fn try_again(&self) -> Result<(), SpoolError> {
        let held_back = self.held_back();
        let again = format!("UPDATE upload SET state = 0 WHERE state = 3 AND NOT {held_back}");
        self.update(&again, params![]).map(drop)
    }

    /// Lets the upload with this number wait for its delivery if it was set aside or replaced;
    /// without a number, everything that was set aside, unless a newer upload to its path is on its
    /// way. Returns how many wait.
    pub(super) fn retry(&self, id: Option<i64>) -> Result<usize, SpoolError> {
        let held_back = self.held_back();
        let which = format!("id = ?1 OR ?1 IS NULL AND state <> 4 AND NOT {held_back}");
        self.transact(|connection| {
            // SQLite writes nothing where nothing changes, and a gateway that waits has to notice.
            let text = format!("UPDATE upload SET attempts = attempts + 1 WHERE {which}");
            connection.execute(&text, params![id])?;
            let text = format!(
                "UPDATE upload SET attempts = attempts - 1, \
                 state = CASE WHEN state > 2 THEN 0 ELSE state END WHERE {which}"
            );
            connection.execute(&text, params![id])
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
                let path = plain(&join(home, &upload.path));
                connection.execute(
                    "UPDATE upload SET path = ?3 WHERE id = ?1 AND path = ?2",
                    params![upload.id, upload.path.as_bytes(), path.as_bytes()],
                )?;
            }
            Ok(())
        })
    }

    /// The condition that an upload was set aside and has to stay there, because a newer one of its
    /// path is on its way.
    fn held_back(&self) -> String {
        let turn = self.turn;
        format!(
            "(state = 3 AND EXISTS (SELECT 1 FROM upload AS newer WHERE newer.path = upload.path \
             AND newer.{turn} > upload.{turn} AND newer.state IN (1, 2)))"
        )
    }

    fn select(&self, rest: &str, of: &[&dyn ToSql]) -> Result<Vec<Spooled>, SpoolError> {
        self.run(|connection| {
            let mut query = connection.prepare(&format!("SELECT {COLUMNS} FROM upload {rest}"))?;
            let rows = query.query_map(of, upload)?;
            rows.collect()
        })
    }

    /// Returns whether a row was changed.
    fn update(&self, text: &str, of: &[&dyn ToSql]) -> Result<bool, SpoolError> {
        self.run(|connection| Ok(connection.execute(text, of)? > 0))
    }

    fn transact<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, SpoolError> {
        let mut connection = self.lock();
        let transact = || -> rusqlite::Result<T> {
            // What it reads stays true until it writes, even if another process uses the file.
            let begun = connection.transaction_with_behavior(TransactionBehavior::Immediate);
            let transaction = begun?;
            let done = work(&transaction)?;
            transaction.commit()?;
            Ok(done)
        };
        transact().map_err(|error| wrong(&self.path, &error))
    }

    fn run<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, SpoolError> {
        let connection = self.lock();
        work(&connection).map_err(|error| wrong(&self.path, &error))
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        lock(&self.connection)
    }
}

/// Removes the uploads that a condition holds for. What they may have left at the server is noted.
fn take_out(
    connection: &Connection,
    which: &str,
    of: &[&dyn ToSql],
) -> rusqlite::Result<Vec<Spooled>> {
    let mut query = connection.prepare(&format!("SELECT {COLUMNS} FROM upload WHERE {which}"))?;
    let gone: rusqlite::Result<Vec<_>> = query.query_map(of, upload)?.collect();
    let gone = gone?;
    for upload in &gone {
        connection.execute(KEEP_LEFTOVER, params![upload.id])?;
        connection.execute("DELETE FROM upload WHERE id = ?1", params![upload.id])?;
    }
    Ok(gone)
}
