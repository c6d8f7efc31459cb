//! `towline demo`: demonstrates session reuse on an embedded server.

mod serve;
mod server;
mod tour;

use std::sync::Arc;

use self::server::DemoServer;
use crate::args::commands::DemoArgs;
use crate::error::Error;
use crate::output::printer::Printer;
use crate::session::interrupt::Interrupt;

pub(crate) async fn run(
    args: &DemoArgs,
    printer: &Arc<Printer>,
    interrupt: &Interrupt,
) -> Result<(), Error> {
    let demo = DemoServer::start().await?;
    let outcome = if args.serve {
        serve::run(&demo, printer, interrupt).await
    } else {
        interrupt.guard(tour::run(&demo, printer)).await
    };
    outcome.and(demo.stop().await)?;
    printer.data("\nThe server has stopped, and its files are removed.\n")
}
