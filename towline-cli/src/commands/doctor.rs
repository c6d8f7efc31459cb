//! `towline doctor`: examines a server, and says what is wrong with it.

use std::fs::{self, OpenOptions};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use towline::RemotePath;

use crate::args::diagnose::DoctorArgs;
use crate::credentials::one_host::OneHost;
use crate::doctor::{Patient, Verdict, examine};
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::operand::sites::Sites;
use crate::output::json;
use crate::output::printer::Printer;
use crate::session::connect;
use crate::session::interrupt::Interrupt;

/// The file of a report, which is opened before the examination: a mistake in its path shows at
/// once.
struct Report<'a> {
    path: &'a Path,
    /// Whether the file was created here. It is removed if there is no report.
    is_new: bool,
    is_written: bool,
}

impl<'a> Report<'a> {
    /// Opens the file, and leaves its contents as they are.
    ///
    /// # Errors
    /// If it cannot be written to.
    fn at(path: &'a Path) -> Result<Self, Error> {
        let is_new = !path.exists();
        let opened = OpenOptions::new().append(true).create(true).open(path);
        opened.map_err(|error| Error::local(path, error))?;
        Ok(Self {
            path,
            is_new,
            is_written: false,
        })
    }

    fn write(mut self, page: &str) -> Result<(), Error> {
        fs::write(self.path, page).map_err(|error| Error::local(self.path, error))?;
        self.is_written = true;
        Ok(())
    }
}

impl Drop for Report<'_> {
    fn drop(&mut self) {
        if self.is_new && !self.is_written {
            // A leftover of no bytes.
            let _ = fs::remove_file(self.path);
        }
    }
}

/// Returns the exit code of the first step that failed.
pub(crate) async fn run(
    args: &DoctorArgs,
    sites: &mut Sites,
    printer: &Arc<Printer>,
    interrupt: &Interrupt,
) -> Result<ExitCode, Error> {
    let started = Instant::now();
    let remote = sites.remote(&args.remote)?;
    printer.set_host(&remote.server.host);
    let report = args.report.as_deref();
    let report = report.map(Report::at).transpose()?;
    let write = args.write.as_deref();
    let write = write.map(|path| RemotePath::new(path.as_encoded_bytes()));
    let write = write
        .transpose()
        .map_err(|error| Error::usage(format!("--write: {error}")))?;
    let mut one_host = OneHost::default();
    let login = connect::with_login(&remote.server, &mut one_host, printer).await;
    let (config, can_log_in) = match login {
        Ok(config) => (config, true),
        // Much can be examined without a login.
        Err(Error::Usage(reason)) => {
            printer.warning(&reason);
            let config = connect::without_login(&remote.server, &mut one_host, printer).await?;
            (config, false)
        }
        Err(error) => return Err(error),
    };
    let patient = Patient {
        remote: &remote,
        config,
        can_log_in,
        write: write.as_ref(),
        slow: args.slow,
    };
    let examined = examine(&patient, printer, interrupt).await?;
    let exam = &examined.examination;
    let code = exam.exit_code();
    printer.event(&json::Event::Summary {
        command: "doctor",
        succeeded: exam.count(Verdict::Good) + exam.count(Verdict::Warning),
        failed: exam.count(Verdict::Failed),
        skipped: exam.count(Verdict::Skipped),
        unchanged: None,
        removed: None,
        bytes: 0,
        unknown_lines: 0,
        seconds: started.elapsed().as_secs_f64(),
        exit_code: code as u8,
    });
    if let Some(report) = report {
        report.write(&crate::doctor::page(&examined, &remote.server))?;
    }
    printer.check_stdout()?;
    Ok(code)
}
