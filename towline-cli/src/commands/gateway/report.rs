//! What the gateway reports: JSON lines, or lines for people.

use std::sync::Arc;

use towline::Direction;
use towline_gateway::{Delivered, Event, Moved, Outcome, Sink};

use crate::output::json;
use crate::output::printer::Printer;

/// Prints the events of a gateway.
pub(super) struct Report {
    printer: Arc<Printer>,
}

impl Report {
    pub(super) fn new(printer: Arc<Printer>) -> Self {
        Self { printer }
    }

    fn say(&self, event: &Event<'_>) {
        let printer = &self.printer;
        match event {
            Event::Listening { address } => printer.result(&format!("Listening on {address}")),
            Event::Connected {
                gateway_client,
                peer,
            } => printer.status(&format!("Client {gateway_client}: connected from {peer}")),
            Event::LoggedIn {
                gateway_client,
                route,
                site,
            } => printer.status(&format!(
                "Client {gateway_client}: logged in to {route} ({site})"
            )),
            Event::LoginRefused {
                gateway_client,
                user,
                reason,
            } => self.remark(&format!(
                "client {gateway_client}: login as {user} refused: {reason}"
            )),
            Event::Refused {
                gateway_client,
                command,
                code,
                text,
                ..
            } => printer.status(&format!(
                "Client {gateway_client}: {command}: {code} {text}"
            )),
            Event::DataConnection {
                path,
                resumed,
                protocol,
                ..
            } => {
                let verdict = match resumed {
                    true => "resumed",
                    false => "full handshake",
                };
                let path = match path.is_empty() {
                    true => "the current directory",
                    false => path,
                };
                printer.status(&format!(
                    "Data connection for {path}: {verdict}, {protocol}"
                ));
            }
            Event::Transfer { .. } => self.say_transfer(event),
            Event::Delivery { .. } => self.say_delivery(event),
            Event::Warning { text } => printer.warning(text),
            Event::Dialogue {
                gateway_client,
                from_client,
                line,
            } => {
                let arrow = if *from_client { "->" } else { "<-" };
                printer.dialogue(&format!("client {gateway_client} {arrow} "), line);
            }
            Event::ServerDialogue {
                route,
                from_gateway,
                line,
            } => {
                let arrow = if *from_gateway { "->" } else { "<-" };
                printer.dialogue(&format!("server of {route} {arrow} "), line);
            }
            Event::Disconnected {
                gateway_client,
                reason,
            } => printer.status(&format!("Client {gateway_client}: {reason}")),
            _ => {}
        }
    }

    /// Prints a line for people that has its own JSON line.
    fn remark(&self, text: &str) {
        match self.printer.is_json() {
            true => self.printer.status(text),
            false => self.printer.warning(text),
        }
    }

    fn say_delivery(&self, event: &Event<'_>) {
        let Event::Delivery {
            route,
            path,
            bytes,
            seconds,
            result,
            reason,
            retry_in,
            ..
        } = event
        else {
            return;
        };
        let reason = reason.unwrap_or("stopped");
        match (result, retry_in) {
            (Delivered::Verified | Delivered::Complete, _) => self.printer.status(&format!(
                "{route}: delivered {path}: {bytes} bytes in {seconds:.1} s"
            )),
            (_, Some(wait)) => self.remark(&format!(
                "{route}: delivery of {path} will be retried in {wait:.0} s: {reason}"
            )),
            (_, None) => self.remark(&format!("{route}: {path} is set aside: {reason}")),
        }
    }

    fn say_transfer(&self, event: &Event<'_>) {
        let Event::Transfer {
            gateway_client,
            direction,
            path,
            bytes,
            seconds,
            result,
            reason,
            ..
        } = event
        else {
            return;
        };
        let what = match direction {
            Moved::File(Direction::Download) => "download of",
            Moved::File(Direction::Upload) => "upload to",
            _ => "listing of",
        };
        let what = format!("client {gateway_client}: {what} {path}");
        let amount = format!("{bytes} bytes in {seconds:.1} s");
        match (result, reason) {
            (Outcome::Verified | Outcome::Complete | Outcome::Spooled, _) => {
                self.printer.status(&format!("{what}: {amount}"));
            }
            (_, reason) => {
                let reason = reason.unwrap_or("stopped");
                self.remark(&format!("{what}: {reason}, after {amount}"));
            }
        }
    }
}

impl Sink for Report {
    fn event(&self, event: &Event<'_>) {
        // The printer writes its own line for a warning.
        let is_line = !event.is_dialogue() && !matches!(event, Event::Warning { .. });
        if is_line {
            self.printer.event(&json::Event::Gateway(event));
        }
        self.say(event);
    }
}
