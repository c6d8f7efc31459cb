//! Counters of what a gateway does, in the text format of Prometheus.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::event::{Event, Sink};
use crate::lock::lock;

/// How long a scrape may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// The bytes of a request that are read. Its first line alone matters.
const MOST_REQUEST: usize = 8 * 1024;

/// Counts the events of a gateway, and passes them on.
pub(crate) struct Metrics {
    next: Arc<dyn Sink>,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    connected: u64,
    disconnected: u64,
    logins: BTreeMap<String, u64>,
    refused_logins: u64,
    refusals: u64,
    /// By route, and whether the connection resumed.
    data: BTreeMap<(String, bool), u64>,
    /// By route, direction and result.
    transfers: BTreeMap<(String, &'static str, &'static str), u64>,
    /// By route and result.
    deliveries: BTreeMap<(String, &'static str), u64>,
    /// By route and direction.
    bytes: BTreeMap<(String, &'static str), u64>,
}

impl Sink for Metrics {
    fn event(&self, event: &Event<'_>) {
        self.count(event);
        self.next.event(event);
    }
}

impl Metrics {
    pub(crate) fn new(next: Arc<dyn Sink>) -> Self {
        Self {
            next,
            counts: Mutex::default(),
        }
    }

    fn count(&self, event: &Event<'_>) {
        let mut counts = lock(&self.counts);
        match event {
            Event::Connected { .. } => counts.connected += 1,
            Event::Disconnected { .. } => counts.disconnected += 1,
            Event::LoggedIn { route, .. } => {
                *counts.logins.entry((*route).to_owned()).or_default() += 1;
            }
            Event::LoginRefused { .. } => counts.refused_logins += 1,
            Event::Refused { .. } => counts.refusals += 1,
            Event::DataConnection { route, resumed, .. } => {
                let key = ((*route).to_owned(), *resumed);
                *counts.data.entry(key).or_default() += 1;
            }
            Event::Transfer {
                route,
                direction,
                result,
                bytes,
                ..
            } => {
                let direction = direction.name();
                let key = ((*route).to_owned(), direction, result.name());
                *counts.transfers.entry(key).or_default() += 1;
                let key = ((*route).to_owned(), direction);
                *counts.bytes.entry(key).or_default() += bytes;
            }
            Event::Delivery { route, result, .. } => {
                let key = ((*route).to_owned(), result.name());
                *counts.deliveries.entry(key).or_default() += 1;
            }
            _ => {}
        }
    }

    /// Returns all counters.
    fn render(&self) -> String {
        let counts = lock(&self.counts);
        let mut text = Text::default();
        let now = counts.connected.saturating_sub(counts.disconnected);
        text.family(
            "towline_gateway_clients",
            "gauge",
            "Clients that are connected",
        );
        text.value("", now);
        text.family("towline_gateway_clients_total", "counter", "Clients so far");
        text.value("", counts.connected);
        text.family("towline_gateway_logins_total", "counter", "Logins");
        for (route, count) in &counts.logins {
            text.value(&label("route", route), *count);
        }
        let name = "towline_gateway_refused_logins_total";
        text.family(name, "counter", "Logins that were refused");
        text.value("", counts.refused_logins);
        let name = "towline_gateway_refusals_total";
        text.family(name, "counter", "Commands with a negative reply");
        text.value("", counts.refusals);
        let name = "towline_gateway_data_connections_total";
        text.family(name, "counter", "Data connections with servers");
        for ((route, resumed), count) in &counts.data {
            let labels = format!("{},resumed=\"{resumed}\"", label("route", route));
            text.value(&labels, *count);
        }
        text.family("towline_gateway_transfers_total", "counter", "Transfers");
        for ((route, direction, result), count) in &counts.transfers {
            let route = label("route", route);
            let labels = format!("{route},direction=\"{direction}\",result=\"{result}\"");
            text.value(&labels, *count);
        }
        let name = "towline_gateway_deliveries_total";
        text.family(name, "counter", "Attempts to deliver uploads from spools");
        for ((route, result), count) in &counts.deliveries {
            let labels = format!("{},result=\"{result}\"", label("route", route));
            text.value(&labels, *count);
        }
        let name = "towline_gateway_transferred_bytes_total";
        text.family(name, "counter", "Bytes that were transferred");
        for ((route, direction), count) in &counts.bytes {
            let labels = format!("{},direction=\"{direction}\"", label("route", route));
            text.value(&labels, *count);
        }
        text.text
    }

    /// Answers scrapes, without end.
    pub(crate) async fn serve(self: Arc<Self>, listener: TcpListener) {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    let metrics = Arc::clone(&self);
                    tokio::spawn(async move {
                        // The next scrape comes anyway.
                        let _ = timeout(PATIENCE, metrics.answer(stream)).await;
                    });
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    }

    async fn answer(&self, mut stream: TcpStream) -> io::Result<()> {
        let mut request = Vec::new();
        while !request.windows(4).any(|end| end == b"\r\n\r\n") && request.len() < MOST_REQUEST {
            if stream.read_buf(&mut request).await? == 0 {
                break;
            }
        }
        let (status, body) = match request.starts_with(b"GET /metrics") {
            true => ("200 OK", self.render()),
            false => ("404 Not Found", "See /metrics.\n".to_owned()),
        };
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(body.as_bytes()).await?;
        stream.shutdown().await
    }
}

/// Lines in the text format of Prometheus.
#[derive(Default)]
struct Text {
    text: String,
    family: &'static str,
}

impl Text {
    fn family(&mut self, name: &'static str, kind: &str, help: &str) {
        self.family = name;
        // Writing to a string does not fail.
        let _ = write!(self.text, "# HELP {name} {help}.\n# TYPE {name} {kind}\n");
    }

    fn value(&mut self, labels: &str, value: u64) {
        let name = self.family;
        let _ = match labels {
            "" => writeln!(self.text, "{name} {value}"),
            labels => writeln!(self.text, "{name}{{{labels}}} {value}"),
        };
    }
}

fn label(name: &str, value: &str) -> String {
    let value = value.replace('\\', "\\\\").replace('"', "\\\"");
    format!("{name}=\"{}\"", value.replace('\n', "\\n"))
}
