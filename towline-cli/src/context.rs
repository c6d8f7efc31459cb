//! What every command works with: settings, printer, sessions, and the count of outcomes.

mod files;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

use towline::{ErrorKind, ListingSummary, Pool, PooledSession, RemotePath, Session};

use self::files::next_done;
use crate::error::{Error, quote_path, subject};
use crate::exit_code::ExitCode;
use crate::moving::Moving;
use crate::operand::names::Names;
use crate::operand::parse::{Operand, Place};
use crate::operand::pattern::no_pattern;
use crate::operand::remote::Remote;
use crate::operand::server::Server;
use crate::operand::site;
use crate::output::error_report;
use crate::output::json;
use crate::output::printer::Printer;
use crate::output::tally::Tally;
use crate::session::connect;
use crate::session::interrupt::Interrupt;
use crate::settings::configuration::Configuration;
use crate::settings::resolved::Settings;

/// So many failures of connections without anything that worked in between, and a server is given
/// up.
const PATIENCE: u32 = 3;

/// So many lines that were not understood are shown to a person.
const SHOWN_LINES: usize = 5;

/// One command's run.
#[derive(Debug)]
pub(crate) struct Context {
    configuration: Configuration,
    /// What holds for URLs.
    settings: Settings,
    /// What holds for the sites that have been named.
    sites: BTreeMap<String, Settings>,
    printer: Arc<Printer>,
    interrupt: Interrupt,
    /// Sessions with the server that is worked with.
    pool: Option<(Server, Pool)>,
    /// Files on their way to or from it.
    moving: Option<Moving>,
    /// The server that was worked with last.
    latest: Option<Server>,
    /// Servers that failed in a way that more attempts would only repeat.
    given_up: Vec<(Server, ExitCode)>,
    lost_connections: u32,
    tally: Tally,
    bytes: u64,
    unknown_lines: u64,
    started: Instant,
}

impl Context {
    /// # Errors
    /// [`Error::Usage`] where the command line contradicts itself or the file's defaults.
    pub(crate) fn new(
        configuration: Configuration,
        printer: Arc<Printer>,
        interrupt: Interrupt,
    ) -> Result<Self, Error> {
        Ok(Self {
            settings: configuration.settings(None)?,
            sites: BTreeMap::new(),
            configuration,
            printer,
            interrupt,
            pool: None,
            moving: None,
            latest: None,
            given_up: Vec::new(),
            lost_connections: 0,
            tally: Tally::default(),
            bytes: 0,
            unknown_lines: 0,
            started: Instant::now(),
        })
    }

    pub(crate) fn printer(&self) -> &Printer {
        &self.printer
    }

    /// The same for what must not borrow the context.
    pub(crate) fn shared_printer(&self) -> Arc<Printer> {
        Arc::clone(&self.printer)
    }

    pub(crate) fn interrupt(&self) -> &Interrupt {
        &self.interrupt
    }

    /// How to work with `server`.
    pub(crate) fn settings(&self, server: &Server) -> &Settings {
        let site = server.site.as_ref();
        site.and_then(|site| self.sites.get(&site.name))
            .unwrap_or(&self.settings)
    }

    /// Reads an operand that has to be on a server.
    ///
    /// # Errors
    /// [`Error::Usage`].
    pub(crate) fn remote(&mut self, operand: &OsStr) -> Result<Remote, Error> {
        match self.place(operand)? {
            Place::Matching(_) => Err(no_pattern()),
            Place::Exact(remote) => Ok(remote),
        }
    }

    /// Reads an operand that has to be on a server, or a pattern for what is there.
    ///
    /// # Errors
    /// [`Error::Usage`].
    pub(crate) fn place(&mut self, operand: &OsStr) -> Result<Place, Error> {
        match self.operand(operand)? {
            Operand::Place(place) => Ok(*place),
            Operand::Local(path) => Err(Error::usage(format!(
                "{} is a local path where a URL (ftpes://user@host/path) or SITE:path is needed",
                quote_path(&path)
            ))),
        }
    }

    /// Reads an operand of either kind.
    ///
    /// # Errors
    /// [`Error::Usage`].
    pub(crate) fn operand(&mut self, operand: &OsStr) -> Result<Operand, Error> {
        let names = Names::new(self.settings.connection.charset);
        let operand = Operand::parse(operand, names, |site| {
            let settings = self.configuration.settings(Some(site))?;
            let server = site::server(site, &settings)?;
            self.sites.insert(site.to_owned(), settings);
            Ok(server)
        })?;
        if let Operand::Place(place) = &operand {
            let server = place.server();
            server.tls_mode(self.settings(server).connection.tls_mode)?;
        }
        Ok(operand)
    }

    /// Whether the configuration file has a site of the name that stands ahead of a colon.
    pub(crate) fn begins_with_site(&self, operand: &OsStr) -> bool {
        let operand = operand.as_encoded_bytes();
        let mut sites = self.configuration.file.sites();
        sites.any(|site| {
            let rest = operand.strip_prefix(site.as_bytes());
            rest.is_some_and(|rest| rest.starts_with(b":"))
        })
    }

    /// Runs one operation in a session with `server`, which is opened if need be and kept for the
    /// next one. `path` is what the operation is about. It is dropped when the user wants to stop.
    ///
    /// # Errors
    /// Those of the operation or of the login; [`Error::NotAttempted`] if the server was given up;
    /// [`Error::Interrupted`].
    pub(crate) async fn on<T, E: Into<Error>>(
        &mut self,
        server: &Server,
        path: &RemotePath,
        operation: impl AsyncFnOnce(&mut Session) -> Result<T, E>,
    ) -> Result<T, Error> {
        let interrupt = self.interrupt.clone();
        let guarded = async |session: &mut Session| interrupt.guard(operation(session)).await;
        self.until_done(server, path, guarded).await
    }

    /// As [`Context::on`], for an operation that ends by itself, in order, when the user wants to
    /// stop.
    pub(crate) async fn until_done<T, E: Into<Error>>(
        &mut self,
        server: &Server,
        path: &RemotePath,
        operation: impl AsyncFnOnce(&mut Session) -> Result<T, E>,
    ) -> Result<T, Error> {
        let outcome = match self.session(server, path).await {
            Ok(mut session) => {
                let outcome = self.meanwhile(Box::pin(operation(&mut session))).await?;
                outcome.map_err(Into::into)
            }
            Err(error) => Err(error),
        };
        self.learn(server, &outcome);
        outcome
    }

    /// Does `work`, and tells of the files that are done with meanwhile.
    async fn meanwhile<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Error> {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                done = work.as_mut() => return Ok(done),
                Some(done) = next_done(&mut self.moving) => self.settle(done)?,
            }
        }
    }

    fn not_attempted(&self, server: &Server, path: &RemotePath) -> Error {
        let given_up = self
            .given_up
            .iter()
            .find(|(given_up, _)| given_up == server);
        Error::NotAttempted {
            path: path.clone(),
            code: given_up.map_or(ExitCode::Network, |(_, code)| *code),
        }
    }

    /// Whether further operations on `server` would not be attempted.
    pub(crate) fn has_given_up(&self, server: &Server) -> bool {
        self.given_up.iter().any(|(given_up, _)| given_up == server)
    }

    /// Counts something done.
    pub(crate) fn succeed(&mut self) {
        self.tally.succeed();
    }

    /// Counts a file moved.
    pub(crate) fn transferred(&mut self, bytes: u64) {
        self.bytes += bytes;
        self.tally.succeed();
    }

    /// Counts something that was left out on purpose, and says why.
    pub(crate) fn skip(&mut self, reason: &str) {
        self.printer.warning(reason);
        self.tally.skip();
    }

    /// Counts lines of a listing that were not understood, and shows them.
    pub(crate) fn not_understood(&mut self, path: &RemotePath, summary: &ListingSummary) {
        self.unknown_lines += summary.unknown;
        let subject = subject(path);
        for (n, line) in summary.unknown_lines.iter().enumerate() {
            let line = String::from_utf8_lossy(line);
            let text = format!("{subject}: a line of its listing is not understood: {line}");
            if n < SHOWN_LINES {
                self.printer.warning(&text);
            } else {
                self.printer.event(&json::Event::Warning { message: &text });
            }
        }
        let more = summary.unknown.saturating_sub(SHOWN_LINES as u64);
        if more > 0 {
            let text = format!("{subject}: {more} more lines of its listing are not understood");
            self.printer.warning(&text);
        }
    }

    /// Says that a walk ended early, if its server was given up.
    pub(crate) fn must_abandon(&self, server: &Server, top: &RemotePath) -> bool {
        let given_up = self.has_given_up(server);
        if given_up {
            let text = format!("{}: not everything below was attempted", subject(top));
            self.printer.warning(&text);
        }
        given_up
    }

    /// Reports and counts a failure, after which others may still succeed.
    ///
    /// # Errors
    /// The failure itself where it ends the whole run.
    pub(crate) fn fail(&mut self, error: Error) -> Result<(), Error> {
        if error.ends_the_run() {
            return Err(error);
        }
        self.report(&error);
        self.tally.fail(error.exit_code());
        Ok(())
    }

    /// How many failures have been counted so far.
    pub(crate) fn failures(&self) -> u64 {
        self.tally.failed()
    }

    /// Says goodbye to the server, reports what ended the run, and settles the exit code.
    pub(crate) async fn finish(
        mut self,
        command: &'static str,
        outcome: Result<(), Error>,
    ) -> ExitCode {
        // Only where the run was ended early.
        self.moving = None;
        if let Some((_, pool)) = self.pool.take() {
            let quit = async {
                pool.quit().await;
                Ok::<_, Error>(())
            };
            // Somebody who wants to stop need not wait for the goodbye.
            let _ = self.interrupt.guard(quit).await;
        }
        self.printer.progress().clear();
        let outcome = outcome.and_then(|()| match self.printer.check_stdout() {
            // JSON lines that nobody reads any more do not make a transfer fail.
            Err(Error::StdoutClosed) => Ok(()),
            checked => checked,
        });
        if let Err(error) = outcome {
            self.report(&error);
            if error.ends_the_run() {
                // Whatever else happened, this is why it ended.
                let code = error.exit_code();
                self.summarize(command, code);
                return code;
            }
            self.tally.fail(error.exit_code());
        }
        let code = self.tally.exit_code();
        self.summarize(command, code);
        code
    }

    fn report(&self, error: &Error) {
        let server = self.latest.as_ref();
        let server = server.map(|server| (server, &self.settings(server).connection));
        error_report::report(&self.printer, server, error);
    }

    fn summarize(&self, command: &'static str, code: ExitCode) {
        self.printer.event(&json::Event::Summary {
            command,
            succeeded: self.tally.succeeded(),
            failed: self.tally.failed(),
            skipped: self.tally.skipped(),
            bytes: self.bytes,
            unknown_lines: self.unknown_lines,
            seconds: self.started.elapsed().as_secs_f64(),
            exit_code: code as u8,
        });
        let several = self.tally.succeeded() + self.tally.failed() + self.tally.skipped() > 1;
        if several {
            self.printer.closing(&format!(
                "{command}: {} done, {} failed, {} skipped",
                self.tally.succeeded(),
                self.tally.failed(),
                self.tally.skipped()
            ));
        }
    }

    /// A session with `server`. The first one shows whether there is anything to be had from it.
    async fn session(
        &mut self,
        server: &Server,
        path: &RemotePath,
    ) -> Result<PooledSession, Error> {
        if self.has_given_up(server) {
            return Err(self.not_attempted(server, path));
        }
        self.latest = Some(server.clone());
        let interrupt = self.interrupt.clone();
        if let Some((_, pool)) = self.pool.as_ref().filter(|(known, _)| known == server) {
            let pool = pool.clone();
            return self.meanwhile(interrupt.guard(pool.session())).await?;
        }
        if let Some((_, previous)) = self.pool.take() {
            previous.quit().await;
        }
        let settings = &self.settings(server).connection;
        let open = async {
            let client = connect::client(server, settings, &self.printer).await?;
            let pool = Pool::new(client, settings.connections);
            let session = pool.session().await?;
            Ok::<_, Error>((pool, session))
        };
        let opened = interrupt.guard(open).await;
        let opened = opened.map_err(Error::while_connecting);
        if let Err(error) = &opened
            && !error.ends_the_run()
        {
            self.given_up.push((server.clone(), error.exit_code()));
        }
        let (pool, session) = opened?;
        self.pool = Some((server.clone(), pool));
        Ok(session)
    }

    /// Decides from an outcome whether the server is worth further attempts. A wrong password is
    /// never sent twice, lest the account be locked.
    fn learn<T>(&mut self, server: &Server, outcome: &Result<T, Error>) {
        let Err(Error::Session(error)) = outcome else {
            self.lost_connections = 0;
            return;
        };
        let hopeless = match error.kind() {
            ErrorKind::LoginRefused | ErrorKind::Certificate | ErrorKind::SessionReuseRefused => {
                true
            }
            ErrorKind::Network
            | ErrorKind::Timeout
            | ErrorKind::Unavailable
            | ErrorKind::Tls
            | ErrorKind::Protocol => {
                self.lost_connections += 1;
                self.lost_connections >= PATIENCE
            }
            _ => {
                self.lost_connections = 0;
                false
            }
        };
        if hopeless && !self.has_given_up(server) {
            let code = ExitCode::of_session(error);
            self.given_up.push((server.clone(), code));
        }
    }
}
