//! Sizes and times of many files, asked for together.

use jiff::Timestamp;
use towline_proto::body::{parse_mdtm, parse_size};
use towline_proto::command::Command;
use towline_proto::path::RemotePath;

use super::Session;
use super::attempts::retrying;
use crate::error::Error;

/// How many files are asked for at once. The commands for them, and the replies, fit into the
/// buffers of a connection.
const TOGETHER: usize = 32;

/// What the server says of a file.
pub(crate) type SizeAndTime = (Option<u64>, Option<Timestamp>);

impl Session {
    /// Returns the size and the time of each of `paths`, as [`Self::size`] and [`Self::modified`]
    /// do. Servers that are known to queue commands are asked for many files at once, so that these
    /// take one round trip.
    ///
    /// ```no_run
    /// # async fn example(session: &mut towline::Session) -> Result<(), Box<dyn std::error::Error>> {
    /// let paths = [towline::RemotePath::new("a")?, towline::RemotePath::new("b")?];
    /// for (size, time) in session.sizes_and_times(&paths).await? {
    ///     println!("{size:?} {time:?}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`Self::size`].
    pub async fn sizes_and_times(
        &mut self,
        paths: &[RemotePath],
    ) -> Result<Vec<SizeAndTime>, Error> {
        let mut all = Vec::with_capacity(paths.len());
        for group in paths.chunks(TOGETHER) {
            all.extend(retrying!(self, self.ask_about(group))?);
        }
        Ok(all)
    }

    async fn ask_about(&mut self, paths: &[RemotePath]) -> Result<Vec<SizeAndTime>, Error> {
        self.ensure_usable().await?;
        if self.may_queue() {
            match self.ask_together(paths).await {
                Ok(answers) => return Ok(answers),
                Err(error) => self.surprised(&error, false),
            }
        }
        let mut answers = Vec::with_capacity(paths.len());
        for path in paths {
            answers.push((self.ask_size(path).await?, self.ask_modified(path).await?));
        }
        Ok(answers)
    }

    /// Asks for all files before the first answer.
    async fn ask_together(&mut self, paths: &[RemotePath]) -> Result<Vec<SizeAndTime>, Error> {
        let questions =
            |path: &RemotePath| [Command::Size(path.clone()), Command::Mdtm(path.clone())];
        let questions: Vec<_> = paths.iter().flat_map(questions).collect();
        self.send_all(&questions).await?;
        let mut answers = Vec::with_capacity(paths.len());
        for _ in paths {
            answers.push((
                self.answer_as(parse_size).await?,
                self.answer_as(parse_mdtm).await?,
            ));
        }
        Ok(answers)
    }
}
