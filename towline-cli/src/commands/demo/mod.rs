//! `towline demo`: session reuse seen at work, on a server of this program's own.

mod serve;
mod stage;
mod tour;

use std::sync::Arc;

use self::stage::Stage;
use crate::args::commands::DemoArgs;
use crate::error::Error;
use crate::output::printer::Printer;
use crate::session::interrupt::Interrupt;

pub(crate) async fn run(
    args: &DemoArgs,
    printer: &Arc<Printer>,
    interrupt: &Interrupt,
) -> Result<(), Error> {
    let stage = Stage::set().await?;
    let outcome = if args.serve {
        serve::run(&stage, printer, interrupt).await
    } else {
        interrupt.guard(tour::run(&stage, printer)).await
    };
    outcome.and(stage.strike().await)?;
    printer.data("\nThe server is gone and its files are removed.\n")
}
