//! From the command line to an exit code.

use std::convert::Infallible;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::Arc;
use std::time::Duration;

use anstream::ColorChoice;
use tokio::runtime;
use tokio::time::sleep;

use crate::args::commands::{Args, Colour, Command, OutputArgs, ServerCommand};
use crate::args::diagnose::DoctorArgs;
use crate::args::gateway::{GatewayArgs, GatewayCommand};
use crate::args::json::JsonArgs;
use crate::args::parse::{colour, parse};
use crate::args::raw::RawArgs;
use crate::commands::gateway::spools::SpoolList;
use crate::commands::{
    cat, check, completions, config, demo, doctor, explain, gateway, get, help, ls, man, mirror,
    mkdir, mv, put, raw, rm, rmdir, stat, trust,
};
use crate::credentials::file_access;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::operand::sites::Sites;
use crate::output::closing;
use crate::output::error_report;
use crate::output::log_file::LogFile;
use crate::output::printer::{Printer, Verbosity};
use crate::session::interrupt::{Hangup, Interrupt};
use crate::session::run::Run;
use crate::settings::config_file::ConfigFile;
use crate::settings::configuration::Configuration;
use crate::settings::environment;
use crate::settings::layer::{self, Layer};
use crate::words::Language;

/// How long a command may take to stop cleanly after an interruption.
const GRACE_PERIOD: Duration = Duration::from_millis(1700);

/// How long the program may take to exit after an interruption, even if it is blocked on a pipe
/// that nobody reads.
const EXIT_DEADLINE: Duration = Duration::from_millis(1900);

/// Runs the program.
pub(crate) fn run(command_line: Vec<OsString>) -> ExitCode {
    choose_colour(colour(&command_line));
    let args = match parse(command_line) {
        Ok(args) => args,
        Err(message) => {
            let printer = Printer::new(Verbosity::Normal, false, false);
            printer.message(&message.plain, &message.coloured, message.is_error);
            return if message.is_error {
                ExitCode::Usage
            } else {
                ExitCode::Done
            };
        }
    };
    let runtime = match runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return cannot_start(error),
    };
    let code = runtime.block_on(dispatch(args));
    // A thread may be blocked on a terminal or a pipe, perhaps forever.
    runtime.shutdown_background();
    code
}

/// Prints a message about the command line, and returns the exit code for it.
pub(crate) fn refuse(message: &str) -> ExitCode {
    Printer::new(Verbosity::Normal, false, false).message(message, message, true);
    ExitCode::Usage
}

/// Makes all output follow `--color`.
fn choose_colour(colour: Colour) {
    let choice = match colour {
        Colour::Auto => ColorChoice::Auto,
        Colour::Always => ColorChoice::Always,
        Colour::Never => ColorChoice::Never,
    };
    choice.write_global();
}

async fn dispatch(args: Args) -> ExitCode {
    let is_gateway = matches!(&args.command, Command::Gateway(args) if args.command.is_none());
    let hangup = match is_gateway {
        true => Hangup::Renews,
        false => Hangup::Stops,
    };
    let interrupt = match Interrupt::listen(hangup) {
        Ok(interrupt) => interrupt,
        Err(error) => return cannot_start(error),
    };
    // The gateway gives running transfers their own time.
    let deadline = (!is_gateway).then_some(EXIT_DEADLINE);
    tokio::spawn(force_exit(interrupt.clone(), deadline));
    let log = match args.output.log_file.as_deref().map(open_log).transpose() {
        Ok(log) => log,
        Err(error) => {
            let printer = Printer::new(Verbosity::Normal, false, false);
            return end(&printer, Err(error));
        }
    };
    let config = args.config.or_else(environment::config_file);
    let app = App {
        language: language(&args.output, config.as_deref()),
        output: args.output,
        config,
        log,
        interrupt,
    };
    app.run(&args.command).await
}

/// The language of the option, the configuration file or the environment.
fn language(output: &OutputArgs, config: Option<&Path>) -> Language {
    // A command that needs the file reports what is wrong with it.
    let configured = || ConfigFile::open(config).ok()?.language();
    let chosen = output.words.lang.or_else(configured);
    chosen.unwrap_or_else(Language::of_environment)
}

fn open_log(path: &Path) -> Result<Arc<LogFile>, Error> {
    let log = LogFile::open(path).map_err(|error| Error::local(path, error))?;
    Ok(Arc::new(log))
}

/// What all commands share.
struct App {
    output: OutputArgs,
    language: Language,
    config: Option<PathBuf>,
    log: Option<Arc<LogFile>>,
    interrupt: Interrupt,
}

impl App {
    async fn run(&self, command: &Command) -> ExitCode {
        match command {
            Command::OnServers(command) => self.on_servers(command).await,
            Command::Doctor(args) => {
                let printer = self.printer(&args.output, false);
                let examined = self.doctor(args, &printer).await;
                examined.unwrap_or_else(|error| end(&printer, Err(error)))
            }
            Command::Explain(args) => {
                let printer = self.printer(&args.output, false);
                let ended = explain::run(args, &printer);
                ended.unwrap_or_else(|error| end(&printer, Err(error)))
            }
            Command::Gateway(args) => self.gateway(args).await,
            Command::Trust(args) => {
                let printer = self.printer(args.command.json(), false);
                end(
                    &printer,
                    self.until_interrupted(trust::run(args, self.config.as_deref(), &printer))
                        .await,
                )
            }
            Command::Config(args) => {
                let printer = self.printer(args.command.json(), false);
                let ended = config::run(&args.command, self.config.as_deref(), &printer);
                ended.unwrap_or_else(|error| end(&printer, Err(error)))
            }
            Command::Completions { shell, is_static } => {
                let printer = self.printer(&JsonArgs::default(), false);
                end(&printer, completions::run(*shell, *is_static, &printer))
            }
            Command::Man(args) => {
                let printer = self.printer(&JsonArgs::default(), false);
                end(&printer, man::run(args, &printer))
            }
            Command::Help(args) => {
                let printer = self.printer(&JsonArgs::default(), false);
                end(&printer, help::run(args, &printer))
            }
            Command::Demo(args) => {
                let printer = self.printer(&JsonArgs::default(), false);
                end(&printer, demo::run(args, &printer, &self.interrupt).await)
            }
        }
    }

    async fn doctor(&self, args: &DoctorArgs, printer: &Arc<Printer>) -> Result<ExitCode, Error> {
        let options = layer::of_options(&args.connection);
        let configuration = Configuration::open(options, self.config.as_deref())?;
        let mut sites = Sites::new(configuration)?;
        tokio::select! {
            examined = Box::pin(doctor::run(args, &mut sites, printer, &self.interrupt)) => examined,
            () = self.grace_period_over(printer) => Err(Error::Interrupted),
        }
    }

    async fn gateway(&self, args: &GatewayArgs) -> ExitCode {
        let open = || {
            let options = layer::of_options(&args.connection);
            Sites::new(Configuration::open(options, self.config.as_deref())?)
        };
        let spools = SpoolList::of(self.config.as_deref());
        let Some(command) = &args.command else {
            let printer = self.printer(&args.output, false);
            let serving = gateway::run(args, open, spools.as_ref(), &printer, &self.interrupt);
            return end(&printer, Box::pin(serving).await);
        };
        let printer = self.printer(command.output(), false);
        let settings = open().and_then(|sites| sites.gateway());
        let ended = settings.and_then(|of| match command {
            GatewayCommand::Status { routes, .. } => {
                gateway::status::run(routes, &of, spools.as_ref(), &printer)
            }
            GatewayCommand::Retry { route, uploads, .. } => {
                gateway::retry::run(route, uploads, &of, &printer)
            }
        });
        end(&printer, ended)
    }

    async fn on_servers(&self, command: &ServerCommand) -> ExitCode {
        let printer = self.printer(command.json(), command.shows_progress());
        let options = options(command);
        let configuration = match Configuration::open(options, self.config.as_deref()) {
            Ok(configuration) => configuration,
            Err(error) => return end(&printer, Err(error)),
        };
        if let Some(file) = configuration.file().path() {
            let risk = "run commands as you";
            file_access::warn_if_others_can_write(file, risk, &printer);
        }
        let mut sites = match Sites::new(configuration) {
            Ok(sites) => sites,
            Err(error) => return end(&printer, Err(error)),
        };
        let mut run = Run::new(Arc::clone(&printer), self.interrupt.clone());
        let outcome = tokio::select! {
            // Boxed, because the futures of commands are large and deep.
            outcome = Box::pin(carry_out(command, &mut sites, &mut run)) => outcome,
            () = self.grace_period_over(&printer) => Err(Error::Interrupted),
            never = self.print_stats(&printer) => match never {},
        };
        run.finish(command.name(), outcome).await
    }

    fn printer(&self, json: &JsonArgs, progress: bool) -> Arc<Printer> {
        let progress = progress && !self.output.no_progress && self.output.stats.is_none();
        let printer = Printer::new(verbosity(&self.output), json.is_on(), progress);
        let printer = printer.speaking(self.language).with_log(self.log.clone());
        Arc::new(printer.with_events(&json.json_events))
    }

    /// Runs `work`, and drops it when the user wants to stop the command.
    async fn until_interrupted(
        &self,
        work: impl Future<Output = Result<(), Error>>,
    ) -> Result<(), Error> {
        self.interrupt.guard(Box::pin(work)).await
    }

    /// Prints a line of progress in the interval of `--stats`.
    async fn print_stats(&self, printer: &Printer) -> Infallible {
        let Some(interval) = self.output.stats else {
            return std::future::pending().await;
        };
        let mut before = printer.progress().done();
        loop {
            sleep(interval).await;
            let now = printer.progress().done();
            printer.stats(&closing::stats(&now, &before, interval.as_secs_f64()));
            before = now;
        }
    }

    async fn grace_period_over(&self, printer: &Printer) {
        self.interrupt.requested().await;
        printer.progress().close();
        self.interrupt.cancel().overdue(GRACE_PERIOD).await;
    }
}

async fn carry_out(command: &ServerCommand, sites: &mut Sites, run: &mut Run) -> Result<(), Error> {
    match command {
        ServerCommand::Ls(args) => ls::run(args, sites, run).await,
        ServerCommand::Get(args) => get::run(args, sites, run).await,
        ServerCommand::Put(args) => put::run(args, sites, run).await,
        ServerCommand::Mirror(args) => mirror::run(args, sites, run).await,
        ServerCommand::Check(args) => check::run(args, sites, run).await,
        ServerCommand::Cat(args) => cat::run(args, sites, run).await,
        ServerCommand::Stat(args) => stat::run(args, sites, run).await,
        ServerCommand::Rm(args) => rm::run(args, sites, run).await,
        ServerCommand::Mv(args) => mv::run(args, sites, run).await,
        ServerCommand::Mkdir(args) => mkdir::run(args, sites, run).await,
        ServerCommand::Rmdir(args) => rmdir::run(args, sites, run).await,
        ServerCommand::Raw(args) => raw::run(args, sites, run).await,
    }
}

/// The settings among the options of a command.
fn options(command: &ServerCommand) -> Layer {
    match command {
        ServerCommand::Ls(args) => layer::of_options(&args.connection),
        ServerCommand::Get(args) => both(&args.connection, &args.transfer),
        ServerCommand::Put(args) => both(&args.connection, &args.transfer),
        ServerCommand::Mirror(args) => both(&args.connection, &args.transfer),
        ServerCommand::Check(args) => both(&args.connection, &args.transfer),
        ServerCommand::Cat(args) => both(&args.connection, &args.proof),
        ServerCommand::Stat(args) => layer::of_options(&args.connection),
        ServerCommand::Rm(args) => layer::of_options(&args.connection),
        ServerCommand::Mv(args) => both(&args.connection, &args.clobber),
        ServerCommand::Mkdir(args) => layer::of_options(&args.connection),
        ServerCommand::Rmdir(args) => layer::of_options(&args.connection),
        ServerCommand::Raw(args) => layer::of_options(&args.connection),
    }
}

fn both<A, B>(a: &RawArgs<A>, b: &RawArgs<B>) -> Layer {
    [layer::of_options(a), layer::of_options(b)].concat()
}

/// Reports the error, if there is one, and returns the exit code.
fn end(printer: &Printer, outcome: Result<(), Error>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::Done,
        Err(error) => {
            error_report::print(printer, None, &error, true);
            error.exit_code()
        }
    }
}

#[expect(
    clippy::exit,
    reason = "only this ends a thread that is blocked in a system call"
)]
async fn force_exit(interrupt: Interrupt, deadline: Option<Duration>) {
    interrupt.requested().await;
    tokio::select! {
        () = interrupt.requested_twice() => {}
        () = async {
            match deadline {
                Some(deadline) => interrupt.cancel().overdue(deadline).await,
                None => std::future::pending().await,
            }
        } => {}
    }
    process::exit(ExitCode::Interrupted as i32);
}

fn cannot_start(error: std::io::Error) -> ExitCode {
    let printer = Printer::new(Verbosity::Normal, false, false);
    printer.error(&format!("cannot start: {error}"));
    ExitCode::Local
}

fn verbosity(args: &OutputArgs) -> Verbosity {
    match args.verbose {
        _ if args.quiet => Verbosity::Quiet,
        0 => Verbosity::Normal,
        1 => Verbosity::Status,
        _ => Verbosity::Dialogue,
    }
}
