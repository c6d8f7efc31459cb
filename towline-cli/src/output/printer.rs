//! Writes to standard output and standard error. Nothing else does.
//!
//! Data goes to standard output, everything else to standard error. Messages are escaped here, so
//! that no name from a server can control the terminal.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use anstream::{AutoStream, ColorChoice};
use anstyle::Style;
use tokio::io::AsyncWriteExt as _;
use towline_proto::name::escape;

use crate::error::Error;
use crate::lock::lock;
use crate::output::json;
use crate::output::log_file::LogFile;
use crate::output::progress::Progress;
use crate::output::style;
use crate::words::{self, Language, Message, Value, Words};

/// How much to print on standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verbosity {
    /// Errors only.
    Quiet,
    /// Errors and warnings, and progress on a terminal.
    Normal,
    /// Status messages too.
    Status,
    /// The dialogue with the server too.
    Dialogue,
}

/// The server that lines are about.
#[derive(Debug, Default)]
struct Host {
    current: Option<Arc<str>>,
    /// Whether there was another one before.
    is_one_of_several: bool,
}

/// Prints, from any task.
#[derive(Debug)]
pub(crate) struct Printer {
    verbosity: Verbosity,
    json: bool,
    /// The events to print as JSON lines; all if empty.
    chosen: Vec<String>,
    host: Mutex<Host>,
    terminal: bool,
    is_silent: bool,
    /// Whether to use colours. `NO_COLOR`, `CLICOLOR` and `CLICOLOR_FORCE` are respected.
    stdout_colour: bool,
    stderr_colour: bool,
    /// The last line that a terminal shows of standard output has no end yet.
    has_open_line: AtomicBool,
    progress: Progress,
    log: Option<Arc<LogFile>>,
    words: &'static Words,
    /// The identifiers of the findings that were explained.
    explained: Mutex<BTreeSet<&'static str>>,
    /// The identifiers of the findings whose cure was printed.
    cured: Mutex<BTreeSet<&'static str>>,
    /// The first error on standard output. Nothing is written there after it.
    broken: Mutex<Option<io::Error>>,
}

impl Printer {
    /// A printer for this process. Progress is shown only on a terminal.
    pub(crate) fn new(verbosity: Verbosity, json: bool, progress: bool) -> Self {
        let terminal = io::stderr().is_terminal();
        // Status messages replace progress, which would flicker between them.
        let bar = progress && terminal && verbosity == Verbosity::Normal;
        Self {
            verbosity,
            json,
            chosen: Vec::new(),
            host: Mutex::default(),
            terminal,
            is_silent: false,
            stdout_colour: AutoStream::choice(&io::stdout()) != ColorChoice::Never,
            stderr_colour: AutoStream::choice(&io::stderr()) != ColorChoice::Never,
            has_open_line: AtomicBool::new(false),
            progress: Progress::new(bar),
            log: None,
            words: Words::english(),
            explained: Mutex::default(),
            cured: Mutex::default(),
            broken: Mutex::default(),
        }
    }

    /// A printer that prints nothing and allows no prompt, because something else uses the
    /// terminal.
    pub(crate) fn silent() -> Self {
        let printer = Self::new(Verbosity::Quiet, false, false);
        Self {
            is_silent: true,
            ..printer
        }
    }

    /// Whether nothing may be printed, and the user not prompted.
    pub(crate) fn is_silent(&self) -> bool {
        self.is_silent
    }

    /// Also writes all messages to a log file.
    pub(crate) fn with_log(self, log: Option<Arc<LogFile>>) -> Self {
        Self { log, ..self }
    }

    /// Speaks this language from now on. JSON lines do not change.
    pub(crate) fn speaking(self, language: Language) -> Self {
        let words = Words::of(language);
        Self { words, ..self }
    }

    /// Prints only these events as JSON lines, unless there are none.
    pub(crate) fn with_events(self, chosen: &[String]) -> Self {
        let chosen = chosen.to_vec();
        Self { chosen, ..self }
    }

    /// Makes JSON lines name this server from now on.
    pub(crate) fn set_host(&self, host: &str) {
        let mut place = self.host();
        if place.current.as_deref() == Some(host) {
            return;
        }
        let before = place.current.replace(host.into());
        place.is_one_of_several |= before.is_some();
    }

    pub(crate) fn progress(&self) -> &Progress {
        &self.progress
    }

    /// The words of the user's language.
    pub(crate) fn words(&self) -> &'static Words {
        self.words
    }

    /// Whether to colour standard output.
    pub(crate) fn has_colour(&self) -> bool {
        self.stdout_colour
    }

    /// Whether standard output carries JSON lines.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Writes data to standard output. The caller must have escaped it.
    ///
    /// # Errors
    /// [`Error::StdoutClosed`] or [`Error::Stdout`].
    pub(crate) fn data(&self, text: &str) -> Result<(), Error> {
        if self.broken().is_none() {
            let written = self.progress.suspend(|| {
                let mut stdout = io::stdout().lock();
                stdout.write_all(text.as_bytes())?;
                stdout.flush()
            });
            if let Err(error) = written {
                *self.broken() = Some(error);
            }
        }
        self.check_stdout()
    }

    /// Writes bytes to standard output without blocking other tasks.
    ///
    /// # Errors
    /// [`Error::StdoutClosed`] or [`Error::Stdout`].
    pub(crate) async fn bytes(&self, bytes: &[u8]) -> Result<(), Error> {
        let mut stdout = tokio::io::stdout();
        let written = async {
            stdout.write_all(bytes).await?;
            stdout.flush().await
        };
        if let Err(error) = written.await {
            *self.broken() = Some(error);
        }
        if let Some(last) = bytes.last() {
            let is_open = *last != b'\n' && io::stdout().is_terminal();
            self.has_open_line.store(is_open, Ordering::Relaxed);
        }
        self.check_stdout()
    }

    /// Writes a JSON line if `--json` was given. Errors do not stop a transfer;
    /// [`Printer::check_stdout`] reports them at the end.
    pub(crate) fn event(&self, event: &json::Event<'_>) {
        self.write_event(event, |host| host.current.clone());
    }

    /// Writes a JSON line about `host`, as [`Printer::event`] does.
    pub(crate) fn event_from(&self, host: &str, event: &json::Event<'_>) {
        self.write_event(event, |_| Some(host.into()));
    }

    /// Writes a JSON line about all servers of the command, as [`Printer::event`] does. It names
    /// the server if there was only one.
    pub(crate) fn event_about_all(&self, event: &json::Event<'_>) {
        self.write_event(event, |host| {
            host.current.clone().filter(|_| !host.is_one_of_several)
        });
    }

    fn write_event(&self, event: &json::Event<'_>, host: impl FnOnce(&Host) -> Option<Arc<str>>) {
        if self.json && self.wants(event) {
            let host = host(&self.host());
            let _ = self.data(&json::line(event, host.as_deref()));
        }
    }

    /// The JSON line for an event. Empty if the user does not want it.
    pub(crate) fn line_of(&self, event: &json::Event<'_>) -> String {
        match self.wants(event) {
            true => json::line(event, self.host().current.as_deref()),
            false => String::new(),
        }
    }

    fn wants(&self, event: &json::Event<'_>) -> bool {
        self.chosen.is_empty() || self.chosen.iter().any(|name| name == event.name())
    }

    /// Checks that everything so far was written to standard output.
    ///
    /// # Errors
    /// [`Error::StdoutClosed`] or [`Error::Stdout`].
    pub(crate) fn check_stdout(&self) -> Result<(), Error> {
        match &*self.broken() {
            None => Ok(()),
            Some(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Error::StdoutClosed),
            Some(error) => Err(Error::Stdout(io::Error::new(
                error.kind(),
                error.to_string(),
            ))),
        }
    }

    /// Prints an error, at any verbosity.
    pub(crate) fn error(&self, text: &str) {
        self.said(Verbosity::Quiet, words::PREFIX_ERROR, style::ERROR, text);
    }

    /// Prints what an error means, once for each `id`, unless only errors are wanted.
    pub(crate) fn meaning(&self, id: &'static str, text: &str) {
        let mut explained = lock(&self.explained);
        if explained.insert(id) {
            self.said(Verbosity::Normal, words::PREFIX_MEANING, style::HINT, text);
        }
    }

    /// Prints how to mend what an error means, once for each `id`, at any verbosity.
    pub(crate) fn cure(&self, id: &'static str, text: &str) {
        let mut cured = lock(&self.cured);
        if cured.insert(id) {
            self.hint(text);
        }
    }

    /// Prints a hint on an error, at any verbosity.
    pub(crate) fn hint(&self, text: &str) {
        self.said(Verbosity::Quiet, words::PREFIX_HINT, style::HINT, text);
    }

    /// Prints something to know although nothing failed.
    pub(crate) fn warning(&self, text: &str) {
        self.event(&json::Event::Warning { message: text });
        self.said(
            Verbosity::Normal,
            words::PREFIX_WARNING,
            style::WARNING,
            text,
        );
    }

    /// Prints a warning in the user's language, as [`Printer::warning`] does.
    pub(crate) fn warn(&self, message: Message, values: &[(&str, Value<'_>)]) {
        let text = self.said_in_both(message, values);
        self.said(
            Verbosity::Normal,
            words::PREFIX_WARNING,
            style::WARNING,
            &text,
        );
    }

    /// Prints a warning at any verbosity.
    pub(crate) fn alarm(&self, message: Message, values: &[(&str, Value<'_>)]) {
        let text = self.said_in_both(message, values);
        self.said(Verbosity::Quiet, words::PREFIX_ALARM, style::ERROR, &text);
    }

    /// Writes the event of a warning, in English, and returns its text in the user's language.
    fn said_in_both(&self, message: Message, values: &[(&str, Value<'_>)]) -> String {
        let english = Words::english().say(message, values);
        self.event(&json::Event::Warning { message: &english });
        self.words.say(message, values)
    }

    /// Prints a result on a terminal. Without a terminal, it is a status message.
    pub(crate) fn result(&self, text: &str) {
        let least = match self.terminal {
            true => Verbosity::Normal,
            false => Verbosity::Status,
        };
        self.line(least, "", style::PLAIN, text);
    }

    /// Prints what is waited for, on a terminal. Without a terminal, it is a status message.
    pub(crate) fn waiting(&self, text: &str) {
        let least = match self.terminal {
            true => Verbosity::Normal,
            false => Verbosity::Status,
        };
        self.said(least, words::PREFIX_STATUS, style::PLAIN, text);
    }

    /// Prints a line of `--stats`.
    pub(crate) fn stats(&self, text: &str) {
        self.line(Verbosity::Normal, "", style::PLAIN, text);
    }

    /// Prints a status message (`-v`).
    pub(crate) fn status(&self, text: &str) {
        self.said(Verbosity::Status, words::PREFIX_STATUS, style::PLAIN, text);
    }

    /// Prints a line of the dialogue (`-vv`).
    pub(crate) fn dialogue(&self, direction: &str, text: &str) {
        self.line(Verbosity::Dialogue, direction, style::PLAIN, text);
    }

    /// Prints text that is already formatted, with its line ends.
    pub(crate) fn message(&self, plain: &str, coloured: &str, is_error: bool) {
        if is_error {
            let text = if self.stderr_colour { coloured } else { plain };
            let _ = io::stderr().lock().write_all(text.as_bytes());
        } else {
            let _ = self.data(if self.stdout_colour { coloured } else { plain });
        }
    }

    fn said(&self, least: Verbosity, prefix: Message, style: Style, text: &str) {
        let prefix = format!("{} ", self.words.say(prefix, &[]));
        self.line(least, &prefix, style, text);
    }

    /// Errors on standard error are ignored, because they cannot be reported.
    fn line(&self, least: Verbosity, prefix: &str, style: Style, text: &str) {
        let text = escape(text.as_bytes());
        if let Some(log) = &self.log {
            log.line(prefix, &text);
        }
        if self.verbosity < least || self.is_silent {
            return;
        }
        let style = if self.stderr_colour {
            style
        } else {
            style::PLAIN
        };
        let is_open = self.terminal && self.has_open_line.swap(false, Ordering::Relaxed);
        let gap = if is_open { "\n" } else { "" };
        self.progress.suspend(|| {
            let _ = writeln!(io::stderr().lock(), "{gap}{style}{prefix}{style:#}{text}");
        });
    }

    fn host(&self) -> MutexGuard<'_, Host> {
        lock(&self.host)
    }

    fn broken(&self) -> MutexGuard<'_, Option<io::Error>> {
        lock(&self.broken)
    }
}
