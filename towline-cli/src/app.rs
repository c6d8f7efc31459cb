//! From the command line to an exit code.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime;
use tokio::time::sleep;

use crate::args::commands::{Args, Command, OutputArgs};
use crate::args::parse::parse;
use crate::commands::demo;
use crate::commands::manual;
use crate::commands::{cat, config, get, ls, mkdir, mv, put, rm, rmdir, stat, trust};
use crate::context::Context;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::output::error_report;
use crate::output::log_file::LogFile;
use crate::output::printer::{Printer, Verbosity};
use crate::session::interrupt::Interrupt;
use crate::settings::config_file::ConfigFile;
use crate::settings::configuration::Configuration;
use crate::settings::layer::{self, Layer};

/// How long a command may take to end in order once the user wants to stop.
const GRACE: Duration = Duration::from_millis(1700);

/// How long the whole program may take then, even if it is stuck in a write to a pipe that nobody
/// reads.
const LAST_WORD: Duration = Duration::from_millis(1900);

/// Runs the program.
pub(crate) fn run(command_line: Vec<OsString>) -> ExitCode {
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
    // A thread may be waiting for a terminal or a pipe, perhaps for ever.
    runtime.shutdown_background();
    code
}

async fn dispatch(args: Args) -> ExitCode {
    let interrupt = match Interrupt::listen() {
        Ok(interrupt) => interrupt,
        Err(error) => return cannot_start(error),
    };
    tokio::spawn(end_at_last(interrupt.clone()));
    let log = args.output.log_file.as_deref();
    let log = match log.map(|path| (path, LogFile::open(path))) {
        None => None,
        Some((_, Ok(log))) => Some(Arc::new(log)),
        Some((path, Err(error))) => {
            let printer = Printer::new(Verbosity::Normal, false, false);
            let error = Error::local(path, error);
            error_report::report(&printer, None, &error);
            return error.exit_code();
        }
    };
    let app = App {
        output: args.output,
        config: args.config,
        log,
        interrupt,
    };
    match &args.command {
        Command::Ls(args) => {
            let options = [layer::of_options(&args.connection)].concat();
            let ls = async |context: &mut Context| ls::run(args, context).await;
            app.run("ls", args.output.json, options, ls).await
        }
        Command::Get(args) => {
            let options = [
                layer::of_options(&args.connection),
                layer::of_options(&args.transfer),
            ]
            .concat();
            let get = async |context: &mut Context| get::run(args, context).await;
            app.run("get", args.output.json, options, get).await
        }
        Command::Put(args) => {
            let options = [
                layer::of_options(&args.connection),
                layer::of_options(&args.transfer),
            ]
            .concat();
            let put = async |context: &mut Context| put::run(args, context).await;
            app.run("put", args.output.json, options, put).await
        }
        Command::Cat(args) => {
            let options = [layer::of_options(&args.connection)].concat();
            let cat = async |context: &mut Context| cat::run(args, context).await;
            app.run("cat", false, options, cat).await
        }
        Command::Stat(args) => {
            let options = [layer::of_options(&args.connection)].concat();
            let stat = async |context: &mut Context| stat::run(args, context).await;
            app.run("stat", args.output.json, options, stat).await
        }
        Command::Rm(args) => {
            let options = [layer::of_options(&args.connection)].concat();
            let rm = async |context: &mut Context| rm::run(args, context).await;
            app.run("rm", args.output.json, options, rm).await
        }
        Command::Mv(args) => {
            let options = [
                layer::of_options(&args.connection),
                layer::of_options(&args.clobber),
            ]
            .concat();
            let mv = async |context: &mut Context| mv::run(args, context).await;
            app.run("mv", args.output.json, options, mv).await
        }
        Command::Mkdir(args) => {
            let options = [layer::of_options(&args.connection)].concat();
            let mkdir = async |context: &mut Context| mkdir::run(args, context).await;
            app.run("mkdir", args.output.json, options, mkdir).await
        }
        Command::Rmdir(args) => {
            let options = [layer::of_options(&args.connection)].concat();
            let rmdir = async |context: &mut Context| rmdir::run(args, context).await;
            app.run("rmdir", args.output.json, options, rmdir).await
        }
        Command::Trust(args) => trust::run(args, &app),
        Command::Config(args) => config::run(&args.command, &app),
        Command::Completions { shell } => manual::completions(*shell, &app.printer(false, false)),
        Command::Man(args) => manual::man(args, &app.printer(false, false)),
        Command::Demo(args) => {
            let printer = app.printer(false, false);
            demo::run(args, &printer, &app.interrupt).await
        }
    }
}

/// What every command starts from.
pub(crate) struct App {
    output: OutputArgs,
    config: Option<PathBuf>,
    log: Option<Arc<LogFile>>,
    interrupt: Interrupt,
}

impl App {
    /// Runs a command that works on servers.
    async fn run(
        &self,
        name: &'static str,
        json: bool,
        options: Layer,
        command: impl AsyncFnOnce(&mut Context) -> Result<(), Error>,
    ) -> ExitCode {
        // A bar would get between a file's lines.
        let printer = self.printer(json, name != "cat");
        let interrupt = self.interrupt.clone();
        let context = self
            .configuration(options)
            .and_then(|configuration| Context::new(configuration, Arc::clone(&printer), interrupt));
        let mut context = match context {
            Ok(context) => context,
            Err(error) => {
                error_report::report(&printer, None, &error);
                return error.exit_code();
            }
        };
        let outcome = tokio::select! {
            outcome = command(&mut context) => outcome,
            () = self.out_of_patience() => Err(Error::Interrupted),
        };
        context.finish(name, outcome).await
    }

    /// The layers of settings with `options` on top.
    ///
    /// # Errors
    /// [`Error::Usage`] where the configuration file cannot be read.
    pub(crate) fn configuration(&self, options: Layer) -> Result<Configuration, Error> {
        let file = ConfigFile::open(self.config.as_deref())?;
        Ok(Configuration::of_process(options, file))
    }

    pub(crate) fn printer(&self, json: bool, progress: bool) -> Arc<Printer> {
        let verbosity = verbosity(&self.output);
        let progress = progress && !self.output.no_progress;
        let printer = Printer::new(verbosity, json, progress);
        Arc::new(printer.with_log(self.log.clone()))
    }

    async fn out_of_patience(&self) {
        self.interrupt.requested().await;
        sleep(GRACE).await;
    }
}

#[expect(
    clippy::exit,
    reason = "nothing gentler reaches a thread that the system holds"
)]
async fn end_at_last(interrupt: Interrupt) {
    interrupt.requested().await;
    tokio::select! {
        () = interrupt.insisted() => {}
        () = sleep(LAST_WORD) => {}
    }
    process::exit(ExitCode::Interrupted as i32);
}

fn cannot_start(error: std::io::Error) -> ExitCode {
    let printer = Printer::new(Verbosity::Normal, false, false);
    printer.error(&format!("the program cannot start: {error}"));
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
