//! `towline demo`: session reuse seen at work, on a server of this program's own.

mod serve;
mod stage;
mod tour;

use std::sync::Arc;

use self::stage::Stage;
use crate::args::commands::DemoArgs;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::output::error_report;
use crate::output::printer::Printer;
use crate::session::interrupt::Interrupt;

pub(crate) async fn run(
    args: &DemoArgs,
    printer: &Arc<Printer>,
    interrupt: &Interrupt,
) -> ExitCode {
    let outcome = match Stage::set().await {
        Ok(stage) => {
            let outcome = if args.serve {
                serve::run(&stage, printer, interrupt).await
            } else {
                interrupt.guard(tour::run(&stage, printer)).await
            };
            outcome
                .and(stage.strike().await)
                .and_then(|()| printer.data("\nThe server is gone and its files are removed.\n"))
        }
        Err(error) => Err(error),
    };
    match outcome {
        Ok(()) => ExitCode::Done,
        Err(error) => {
            error_report::report(printer, None, &error);
            error.exit_code()
        }
    }
}

/// Where a demonstration does not show what it should, that is the finding.
fn unexpected(what: impl Into<String>) -> Error {
    Error::local("demo", std::io::Error::other(what.into()))
}
