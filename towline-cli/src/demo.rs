//! `towline demo`.
use crate::args::DemoArgs;
use crate::exit_code::ExitCode;
use crate::interrupt::Interrupt;
use crate::printer::Printer;
pub(crate) async fn run(_args: &DemoArgs, _printer: &Printer, _interrupt: &Interrupt) -> ExitCode {
    ExitCode::Done
}
