//! `towline gateway retry`: requests the immediate delivery of uploads that wait in a spool.

use towline_gateway::{retry, spooled};
use towline_proto::name::escape;

use super::status::{spool_of, unreadable};
use crate::error::Error;
use crate::output::json;
use crate::output::printer::Printer;
use crate::settings::gateway::GatewaySettings;

/// Requests the delivery of the uploads with these numbers, or of all that wait on a route.
///
/// # Errors
/// [`Error::Usage`] if the route has no spool, or the spool no such upload; [`Error::Gateway`] if
/// the spool cannot be used.
pub(crate) fn run(
    route: &str,
    uploads: &[i64],
    settings: &GatewaySettings,
    printer: &Printer,
) -> Result<(), Error> {
    let directory = spool_of(route, settings)?;
    let count = match directory.exists() {
        true => {
            let waiting = spooled(directory).map_err(unreadable)?;
            let is_missing = |id: &&i64| !waiting.iter().any(|upload| upload.id == **id);
            if let Some(missing) = uploads.iter().find(is_missing) {
                return Err(Error::usage(format!("this spool has no upload {missing}")));
            }
            retry(directory, uploads).map_err(unreadable)?
        }
        // Before the first start, there is nothing.
        false => 0,
    };
    printer.event(&json::Event::GatewayRetry { route, count });
    if !printer.is_json() {
        let route = escape(route.as_bytes());
        printer.data(&match count {
            0 => format!("{route}: nothing waits\n"),
            count => format!("{route}: {count} to deliver now\n"),
        })?;
    }
    printer.check_stdout()
}
