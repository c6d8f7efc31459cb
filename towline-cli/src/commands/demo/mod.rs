//! `towline demo`: demonstrates session reuse on an embedded server.

#[cfg(feature = "demo")]
mod faults;
#[cfg(feature = "demo")]
mod serve;
#[cfg(feature = "demo")]
mod server;
#[cfg(feature = "demo")]
mod tour;

use std::sync::Arc;

#[cfg(feature = "demo")]
use self::server::DemoServer;
use crate::args::commands::DemoArgs;
use crate::error::Error;
use crate::output::printer::Printer;
use crate::session::interrupt::Interrupt;

#[cfg(feature = "demo")]
pub(crate) async fn run(
    args: &DemoArgs,
    printer: &Arc<Printer>,
    interrupt: &Interrupt,
) -> Result<(), Error> {
    if args.list_faults {
        return faults::list(printer);
    }
    let fault = args.fault.as_deref().map(faults::find).transpose()?;
    let demo = DemoServer::start(fault).await?;
    let outcome = if args.serve {
        serve::run(&demo, fault, printer, interrupt).await
    } else {
        interrupt.guard(tour::run(&demo, printer)).await
    };
    outcome.and(demo.stop().await)?;
    printer.data("\nThe server has stopped, and its files are removed.\n")
}

/// A program that was built without the demonstration says so.
#[cfg(not(feature = "demo"))]
pub(crate) async fn run(_: &DemoArgs, _: &Arc<Printer>, _: &Interrupt) -> Result<(), Error> {
    Err(Error::usage(
        "this program was built without the demonstration (Cargo feature demo)",
    ))
}
