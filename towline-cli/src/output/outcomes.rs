//! Reports and counts the outcomes of a command, and sums them up.

use std::sync::Arc;
use std::time::Instant;

use towline::{Direction, ListingSummary, Outcome, RemotePath, Transferred};

use crate::error::{Error, subject};
use crate::exit_code::ExitCode;
use crate::operand::server::Server;
use crate::output::closing::{self, Moved, Scope, TreeCounts};
use crate::output::error_report;
use crate::output::json;
use crate::output::printer::Printer;
use crate::output::tally::Tally;

/// The most lines that were not understood that are shown for a listing.
const SHOWN_LINES: usize = 5;

/// The outcomes of a command.
#[derive(Debug)]
pub(crate) struct Outcomes {
    printer: Arc<Printer>,
    /// The server that hints are about.
    server: Option<Server>,
    /// Whether the command gives files names.
    stores: bool,
    tally: Tally,
    bytes: u64,
    moved: Moved,
    /// Whether whole directories are moved.
    moves_trees: bool,
    /// What a mirror found.
    tree: Option<TreeCounts>,
    /// What a plan that was only printed found.
    planned: Option<TreeCounts>,
    unknown_lines: u64,
    /// Files that filters leave out.
    left_out: u64,
    started: Instant,
}

impl Outcomes {
    pub(crate) fn new(printer: Arc<Printer>) -> Self {
        Self {
            printer,
            server: None,
            stores: true,
            tally: Tally::default(),
            bytes: 0,
            moved: Moved::default(),
            moves_trees: false,
            tree: None,
            planned: None,
            unknown_lines: 0,
            left_out: 0,
            started: Instant::now(),
        }
    }

    /// Makes hints refer to `server`.
    pub(crate) fn are_about(&mut self, server: &Server) {
        self.printer.set_host(&server.host);
        self.server = Some(server.clone());
    }

    /// Notes that the command gives no file a name, so that no hint speaks of one.
    pub(crate) fn store_nothing(&mut self) {
        self.stores = false;
    }

    /// Counts a success.
    pub(crate) fn succeed(&mut self) {
        self.tally.succeed();
    }

    /// Counts a file that was copied to standard output.
    pub(crate) fn copied(&mut self, transferred: &Transferred) {
        self.moved.add(transferred);
        self.bytes += transferred.bytes;
        self.tally.succeed();
    }

    /// Reports and counts a file that was transferred.
    pub(crate) fn moved(
        &mut self,
        path: &RemotePath,
        local: &str,
        direction: Direction,
        transferred: &Transferred,
    ) {
        let seconds = transferred.elapsed.as_secs_f64();
        let result = match transferred.outcome {
            Outcome::Verified => "verified",
            // The weaker claim.
            _ => "complete",
        };
        let digest = transferred.digest;
        let equal = digest.map_or_else(String::new, |digest| format!(", {digest} equal"));
        self.printer.status(&format!(
            "File transfer successful, transferred {} bytes in {seconds:.1} seconds \
             ({result}{equal}): {path}",
            transferred.bytes
        ));
        self.printer.event(&json::Event::Transfer {
            path: json::path(path),
            local: local.to_owned(),
            direction: direction.name(),
            bytes: transferred.bytes,
            seconds,
            result,
            resumed_at: transferred.resumed_at,
            digest: digest.map(towline::DigestAlgorithm::name),
        });
        self.copied(transferred);
    }

    /// Notes that whole directories are moved, which have a closing line even if they are empty.
    pub(crate) fn move_trees(&mut self) {
        self.moves_trees = true;
    }

    /// Adds what a mirror found to the closing line.
    pub(crate) fn found(&mut self, tree: TreeCounts) {
        self.tree = Some(tree);
    }

    /// Adds what a plan found that is not carried out. There is no closing line for it.
    pub(crate) fn plan(&mut self, tree: TreeCounts) {
        self.planned = Some(tree);
    }

    /// Counts a file that a mirror has removed on one of its sides.
    pub(crate) fn removed(&mut self) {
        self.tree.get_or_insert_default().removed += 1;
    }

    /// Counts files that are skipped on purpose, without a word.
    pub(crate) fn leave_alone(&mut self, files: u64) {
        self.tally.skip_all(files);
    }

    /// Counts a file that a filter leaves out.
    pub(crate) fn leave_out(&mut self) {
        self.left_out += 1;
    }

    /// Counts an entry that was skipped on purpose, and prints the reason.
    pub(crate) fn skip(&mut self, reason: &str) {
        self.printer.warning(reason);
        self.tally.skip();
    }

    /// Counts a target that exists and is left alone. Tells of an operand; of a file in a tree,
    /// only with `-v` and in JSON.
    pub(crate) fn leave_existing(&mut self, name: &str, is_operand: bool) {
        let text = format!("{name}: skipped, because it exists");
        if is_operand {
            self.printer.warning(&text);
        } else {
            self.printer.status(&text);
            self.printer.event(&json::Event::Warning { message: &text });
        }
        self.tally.skip();
    }

    /// Counts the lines of a listing that were not understood, and prints them.
    pub(crate) fn not_understood(&mut self, path: &RemotePath, summary: &ListingSummary) {
        self.unknown_lines += summary.unknown;
        let subject = subject(path);
        for (n, line) in summary.unknown_lines.iter().enumerate() {
            let line = String::from_utf8_lossy(line);
            let text = format!("{subject}: a line of the listing was not understood: {line}");
            if n < SHOWN_LINES {
                self.printer.warning(&text);
            } else {
                self.printer.event(&json::Event::Warning { message: &text });
            }
        }
        let more = summary.unknown.saturating_sub(SHOWN_LINES as u64);
        if more > 0 {
            let text = format!("{subject}: {more} more lines of the listing were not understood");
            self.printer.warning(&text);
        }
    }

    /// Reports and counts a failure.
    ///
    /// # Errors
    /// The failure itself, unreported, if it ends the command.
    pub(crate) fn fail(&mut self, error: Error) -> Result<(), Error> {
        if error.ends_the_run() {
            return Err(error);
        }
        self.report(&error);
        self.tally.fail(error.exit_code());
        Ok(())
    }

    /// The number of failures so far.
    pub(crate) fn failures(&self) -> u64 {
        self.tally.failed()
    }

    /// Reports an error without counting it.
    pub(crate) fn report(&self, error: &Error) {
        error_report::print(&self.printer, self.server.as_ref(), error, self.stores);
    }

    /// Reports the error that ended the command, if there is one, and prints the summary.
    pub(crate) fn finish(mut self, command: &'static str, outcome: Result<(), Error>) -> ExitCode {
        self.printer.progress().close();
        let outcome = outcome.and_then(|()| match self.printer.check_stdout() {
            // A transfer does not fail because nobody reads its JSON lines.
            Err(Error::StdoutClosed) => Ok(()),
            checked => checked,
        });
        let mut code = None;
        if let Err(error) = outcome {
            self.report(&error);
            if error.ends_the_run() {
                // This determines the exit code, whatever else failed.
                code = Some(error.exit_code());
            } else {
                self.tally.fail(error.exit_code());
            }
        }
        let code = code.unwrap_or_else(|| self.tally.exit_code());
        self.summarize(command, code);
        code
    }

    fn summarize(&self, command: &'static str, code: ExitCode) {
        let tally = &self.tally;
        let (succeeded, failed, skipped) = (tally.succeeded(), tally.failed(), tally.skipped());
        self.printer.event_about_all(&json::Event::Summary {
            command,
            succeeded,
            failed,
            skipped,
            unchanged: self.tree.or(self.planned).map(|tree| tree.unchanged),
            removed: self.tree.or(self.planned).map(|tree| tree.removed),
            bytes: self.bytes,
            unknown_lines: self.unknown_lines,
            seconds: self.started.elapsed().as_secs_f64(),
            exit_code: code as u8,
        });
        if let Some(line) = self.closing_line(command, code) {
            self.printer.result(&line);
        }
    }

    /// What was done, in one line, unless it is clear without.
    fn closing_line(&self, command: &str, code: ExitCode) -> Option<String> {
        let tally = &self.tally;
        let (succeeded, failed, skipped) = (tally.succeeded(), tally.failed(), tally.skipped());
        let done = self.printer.progress().done();
        let is_about_files = self.tree.is_some() || self.left_out > 0 || self.moves_trees;
        if self.moved.files == 0 && !is_about_files && done.all_files == 0 {
            // A command that transfers nothing.
            let is_plain = succeeded + failed + skipped > 1;
            return is_plain.then(|| {
                format!("{command}: {succeeded} done, {failed} failed, {skipped} skipped")
            });
        }
        let left = done
            .all_files
            .saturating_sub(self.moved.files + self.moved.whole + skipped + failed);
        let left = (code == ExitCode::Interrupted).then_some(left);
        let scope = match self.tree {
            Some(found) => Scope::Mirror(found),
            None if self.moves_trees => Scope::Trees,
            None => Scope::Files,
        };
        closing::line(command, &self.moved, tally, scope, left, self.left_out)
    }
}
