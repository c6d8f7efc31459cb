//! `towline demo` in a program that was built without the feature `demo`.

use std::sync::Arc;

use crate::args::DemoArgs;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::interrupt::Interrupt;
use crate::printer::Printer;
use crate::report_error;

pub(crate) async fn run(_: &DemoArgs, printer: &Arc<Printer>, _: &Interrupt) -> ExitCode {
    let error = Error::usage("this towline was built without its demonstration (feature `demo`)");
    report_error::report(printer, None, &error);
    ExitCode::of(&error)
}
