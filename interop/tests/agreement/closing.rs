//! Who closes first: `close_notify` and FIN on the data connection, and the final reply on the
//! control connection.

use std::net::TcpStream;
use std::time::Instant;

use tokio::time::timeout;

use crate::control::{Answer, Control};
use crate::data::{Data, End};
use crate::places::{Place, Version};
use crate::trace::Trace;
use crate::{ABSENCE, PATIENCE};

crate::for_each_pair!(script);

/// The number of uploads to try before giving up on the order.
const TRIES: usize = 400;

async fn script(place: &Place, trace: &Trace) {
    let mut control = Control::logged_in(place, trace).await;
    trace.part("download, step by step");
    steps(&mut control, "RETR file").await;
    trace.part("upload, step by step");
    steps(&mut control, "STOR new").await;
    trace.part("upload, close_notify or the final reply first");
    // After a download, there is no order to observe. The steps above show what waits for the
    // client. What waits for nothing has all arrived before the client can look.
    let order = order(&mut control).await;
    trace.note(format_args!("   the server sent {order}"));
    control.is_alive().await;

    trace.part("download, the client closes without close_notify");
    let mut control = Control::logged_in(place, trace).await;
    let session = control.session();
    let mut data = control.open("RETR file", session).await.unwrap();
    data.read_and_describe(place.version).await;
    drop(data);
    control.hear("RETR").await;
    next_listing(&mut control).await;

    trace.part("upload, the client closes without close_notify");
    let mut control = Control::logged_in(place, trace).await;
    let session = control.session();
    let mut data = control.open("STOR other", session).await.unwrap();
    data.write(b"contents").await;
    data.send_fin().await;
    let came = data.read_and_describe(place.version).await;
    trace.note(format_args!("D: {came}"));
    drop(data);
    match timeout(ABSENCE, control.answer()).await {
        Ok(reply) => {
            control.trace_answer("STOR", &reply);
            let size = place.stored("other");
            trace.note(format_args!("   other: {size:?} bytes"));
        }
        // A server that never replies does not say how much it has stored.
        Err(_) => trace.note("   no final reply"),
    }
    next_listing(&mut control).await;
}

/// Traces the effect of a data connection without `close_notify` on the next listing.
async fn next_listing(control: &mut Control<'_>) {
    if !control.is_alive().await {
        return;
    }
    let session = control.session();
    if let Some(mut data) = control.open("LIST", session).await {
        let came = data.read_and_describe(control.place.version).await;
        control.trace.note(format_args!("D: {came}"));
        data.close().await;
        control.hear("LIST").await;
    }
    control.is_alive().await;
}

/// Traces what the server does by itself, after the client's `close_notify`, and after its FIN. In
/// each step, the server has [`ABSENCE`] to act. What it has not done by then must come in a later
/// step.
async fn steps(control: &mut Control<'_>, command: &str) {
    let session = control.session();
    let mut data = control.open(command, session).await.unwrap();
    let mut seen = Seen::default();
    if command.starts_with("STOR") {
        data.write(b"contents").await;
    }
    seen.look(control, &mut data, "with the client's direction open")
        .await;
    data.send_close_notify().await;
    seen.look(control, &mut data, "after the client's close_notify")
        .await;
    data.send_fin().await;
    seen.look(control, &mut data, "after the client's FIN")
        .await;
    match seen.reply {
        Some(reply) => control.trace_answer(command, &reply),
        None => {
            control.hear(command).await;
        }
    }
}

/// What was observed when the server closed.
#[derive(Debug, Default)]
struct Seen {
    close_notify: bool,
    end: bool,
    reply: Option<Answer>,
}

impl Seen {
    /// Traces what has arrived since the last step. The order within a step is not recorded.
    async fn look(&mut self, control: &mut Control<'_>, data: &mut Data, when: &str) {
        let replied = self.reply.is_some();
        let reply = async {
            if self.reply.is_none() {
                self.reply = Some(control.answer().await);
            }
        };
        let _ = timeout(ABSENCE, async { tokio::join!(reply, data.read_to_end()) }).await;
        let mut news = Vec::new();
        if data.close_notify && !self.close_notify {
            news.push("close_notify");
        }
        match data.end {
            Some(End::Fin) if !self.end => news.push("FIN"),
            Some(End::Alert) if !self.end => news.push("alert"),
            Some(End::Reset) if !self.end => news.push("reset"),
            _ => {}
        }
        if !replied && self.reply.is_some() {
            news.push("final reply");
        }
        (self.close_notify, self.end) = (data.close_notify, data.end.is_some());
        let news = if news.is_empty() {
            "nothing".to_owned()
        } else {
            news.join(", ")
        };
        control.trace.note(format_args!("   {when}: {news}"));
    }
}

/// Returns whether the server sends `close_notify` or its final reply first after an upload.
///
/// They come over two connections, so seeing both proves nothing. If one is there and the other is
/// not, the order is proven. The upload repeats until this happens.
async fn order(control: &mut Control<'_>) -> &'static str {
    let trace = std::mem::take(&mut control.trace);
    let mut proof = None;
    for _ in 0..TRIES {
        let session = control.session();
        let mut data = control.open("STOR new", session).await.unwrap();
        data.write(b"contents").await;
        let (watched, replies) = (data.watch(), control.watch());
        let version = control.place.version;
        let first = tokio::task::spawn_blocking(move || first(&watched, &replies, version));
        data.send_close_notify().await;
        proof = first.await.unwrap();
        data.close().await;
        control.hear("STOR new").await;
        if proof.is_some() {
            break;
        }
    }
    control.trace = trace;
    proof.unwrap_or("both in an unknown order")
}

/// Watches both connections until something arrives. Returns `None` if both have data at once.
fn first(data: &TcpStream, control: &TcpStream, version: Version) -> Option<&'static str> {
    let begun = Instant::now();
    loop {
        let reply_before = has_come(control);
        let close_notify = has_close_notify(data, version);
        let reply_behind = has_come(control);
        match (reply_before, close_notify, reply_behind) {
            (true, false, _) => return Some("the final reply first"),
            (_, true, false) => return Some("close_notify first"),
            (_, true, true) => return None,
            _ if begun.elapsed() > PATIENCE => return Some("neither"),
            _ => std::hint::spin_loop(),
        }
    }
}

/// Returns whether data or the end of the stream is waiting to be read.
fn has_come(stream: &TcpStream) -> bool {
    stream.peek(&mut [0; 1]).is_ok()
}

/// Returns whether an alert is among the records waiting to be read.
fn has_close_notify(stream: &TcpStream, version: Version) -> bool {
    let mut buffer = [0; 16 * 1024];
    let count = stream.peek(&mut buffer).unwrap_or(0);
    let mut rest = &buffer[..count];
    while let Some(&[kind, _, _, high, low]) = rest.first_chunk() {
        let length = usize::from(u16::from_be_bytes([high, low]));
        let alert = match version {
            Version::Tls12 => kind == 21,
            // The encrypted alert has two bytes, one byte for the record type, and 16 for the tag.
            Version::Tls13 => length == 19,
        };
        if alert {
            return true;
        }
        rest = rest.get(5 + length..).unwrap_or_default();
    }
    false
}
