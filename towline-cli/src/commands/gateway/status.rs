//! `towline gateway status`: what waits in the spools.

use std::path::Path;

use jiff::Timestamp;
use towline_gateway::{SpoolError, SpoolState, Spooled, spooled};
use towline_proto::name::escape;

use super::spools::SpoolList;
use crate::error::Error;
use crate::failure_kind::FailureKind;
use crate::output::json;
use crate::output::printer::Printer;
use crate::settings::gateway::GatewaySettings;

/// Prints what waits in the spools of all routes, or of those with these names. Spools that have
/// lost their route come last.
///
/// # Errors
/// [`Error::Usage`] if a route has no spool; [`Error::Gateway`] if a spool cannot be read.
pub(crate) fn run(
    names: &[String],
    settings: &GatewaySettings,
    spools: Option<&SpoolList>,
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
        print(&Whose::Route(name), &waiting, printer)?;
    }
    let lost = spools.filter(|_| names.is_empty());
    for (directory, waiting) in lost
        .map(|it| it.without_route(settings))
        .unwrap_or_default()
    {
        print(&Whose::Nobody(&directory), &waiting, printer)?;
    }
    printer.check_stdout()
}

/// Which spool it is.
enum Whose<'a> {
    /// The spool of the route with this name.
    Route(&'a str),
    /// The spool in this directory, to which no route leads any more.
    Nobody(&'a Path),
}

fn print(whose: &Whose<'_>, waiting: &[Spooled], printer: &Printer) -> Result<(), Error> {
    if !printer.is_json() {
        printer.data(&summary(whose, waiting))?;
    }
    for upload in waiting {
        let (route, spool) = match whose {
            Whose::Route(name) => (Some(*name), None),
            Whose::Nobody(directory) => (None, Some(directory.to_string_lossy())),
        };
        printer.event(&json::Event::GatewaySpooled {
            route,
            spool,
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
    Ok(())
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
        kind: FailureKind::Local,
        reason: error.to_string(),
    }
}

fn summary(whose: &Whose<'_>, waiting: &[Spooled]) -> String {
    let whose = match whose {
        Whose::Route(name) => escape(name.as_bytes()),
        Whose::Nobody(directory) => {
            let directory = escape(directory.as_os_str().as_encoded_bytes());
            format!("{directory} (no route leads there any more)")
        }
    };
    let count = |state| {
        let of_state = waiting.iter().filter(|upload| upload.state == state);
        of_state.count()
    };
    let (aside, replaced) = (count(SpoolState::Aside), count(SpoolState::Replaced));
    if waiting.is_empty() {
        return format!("{whose}: nothing waits\n");
    }
    let mut summary = format!("{whose}: {} to deliver", waiting.len() - aside - replaced);
    if aside > 0 {
        summary.push_str(&format!(", {aside} set aside"));
    }
    if replaced > 0 {
        summary.push_str(&format!(", {replaced} replaced by newer ones"));
    }
    summary.push('\n');
    summary
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
