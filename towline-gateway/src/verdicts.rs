//! Reports what happens between the gateway and a server.

use std::fmt;
use std::sync::Arc;

use towline::{ConnectionId, Event as Seen, Observer};

use crate::event::{Event, Sink};

/// Passes the events of one route's sessions on to the sink.
pub(crate) struct Verdicts {
    pub(crate) route: String,
    pub(crate) sink: Arc<dyn Sink>,
}

impl Observer for Verdicts {
    fn event(&self, _: ConnectionId, event: &Seen<'_>) {
        let route = self.route.as_str();
        let dialogue = |from_gateway, line: &str| {
            self.sink.event(&Event::ServerDialogue {
                route,
                from_gateway,
                line,
            });
        };
        match event {
            Seen::DataConnection(verdict) => self.sink.event(&Event::DataConnection {
                route,
                path: &verdict.path,
                resumed: verdict.resumed,
                protocol: verdict.protocol.as_str(),
                cipher: &verdict.cipher,
                ticket_source: verdict.ticket_source.as_str(),
                same_certificate: verdict.same_certificate,
            }),
            Seen::Warning { text } => self.warn(text),
            Seen::ClearText { reason } => self.warn(&format!("clear text: {reason}")),
            Seen::Downgrading { .. } => {
                self.warn("a new control connection offers TLS 1.2 at most")
            }
            Seen::Command { line, .. } => dialogue(true, line),
            Seen::Reply { reply } => {
                let text = towline_proto::name::escape(reply.text().as_bytes());
                dialogue(false, &format!("{} {text}", reply.code()));
            }
            _ => {}
        }
    }
}

impl Verdicts {
    fn warn(&self, text: &str) {
        let text = format!("{}: {text}", self.route);
        self.sink.event(&Event::Warning { text: &text });
    }
}

impl fmt::Debug for Verdicts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verdicts")
            .field("route", &self.route)
            .finish_non_exhaustive()
    }
}
