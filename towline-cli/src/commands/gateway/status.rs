//! `towline gateway status`: what waits in the spools.

use std::path::Path;

use jiff::Timestamp;
use towline_gateway::{SpoolError, SpoolState, Spooled, spooled};
use towline_proto::name::escape;

use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::output::json;
use crate::output::printer::Printer;
use crate::settings::gateway::GatewaySettings;

/// Prints what waits in the spools of all routes, or of those with these names.
///
/// # Errors
/// [`Error::Usage`] if a route has no spool; [`Error::Gateway`] if a spool cannot be read.
pub(crate) fn run(
    names: &[String],
    settings: &GatewaySettings,
    printer: &Printer,
) -> Result<(), Error> {
    for name in names {
        spool_of(name, settings)?;
    }
    for (name, route) in &settings.routes {
        let Some(directory) = &route.spool else {
            continue;
        };
        if !names.is_empty() && !names.contains(name) {
            continue;
        }
        // Before the first start, there is nothing.
        let waiting = match directory.exists() {
            true => spooled(directory).map_err(unreadable)?,
            false => Vec::new(),
        };
        if !printer.is_json() {
            printer.data(&summary(name, &waiting))?;
        }
        for upload in &waiting {
            printer.event(&json::Event::GatewaySpooled {
                route: name,
                upload: upload.id,
                path: json::path(&upload.path),
                bytes: upload.bytes,
                received: time(upload),
                state: upload.state.name(),
                attempts: upload.attempts,
                reason: upload.reason.as_deref(),
            });
            if !printer.is_json() {
                printer.data(&line(upload))?;
            }
        }
    }
    printer.check_stdout()
}

/// Returns the spool of a route.
pub(super) fn spool_of<'s>(route: &str, settings: &'s GatewaySettings) -> Result<&'s Path, Error> {
    let spool = settings
        .routes
        .get(route)
        .and_then(|it| it.spool.as_deref());
    spool.ok_or_else(|| {
        let route = escape(route.as_bytes());
        Error::usage(format!("there is no route {route} with a spool"))
    })
}

pub(super) fn unreadable(error: SpoolError) -> Error {
    Error::Gateway {
        code: ExitCode::Local,
        kind: "local",
        reason: error.to_string(),
    }
}

fn summary(route: &str, waiting: &[Spooled]) -> String {
    let route = escape(route.as_bytes());
    let aside = waiting.iter();
    let aside = aside
        .filter(|upload| upload.state == SpoolState::Aside)
        .count();
    match (waiting.len() - aside, aside) {
        (0, 0) => format!("{route}: nothing waits\n"),
        (waiting, 0) => format!("{route}: {waiting} to deliver\n"),
        (waiting, aside) => format!("{route}: {waiting} to deliver, {aside} set aside\n"),
    }
}

fn line(upload: &Spooled) -> String {
    let state = upload.state.name();
    let Spooled { id, bytes, .. } = upload;
    let path = escape(upload.path.as_bytes());
    let time = time(upload);
    let tried = match (upload.attempts, &upload.reason) {
        (0, _) => String::new(),
        (attempts, None) => format!(", attempts: {attempts}"),
        (attempts, Some(reason)) => {
            let reason = escape(reason.as_bytes());
            format!(", attempts: {attempts}, {reason}")
        }
    };
    format!("  {id}  {state}  {path}  {bytes} bytes, received {time}{tried}\n")
}

fn time(upload: &Spooled) -> String {
    let time = Timestamp::from_millisecond(upload.received).unwrap_or_default();
    format!("{time:.0}")
}
