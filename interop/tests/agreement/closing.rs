//! Who closes first: `close_notify` and FIN on the data connection, the final reply on the control
//! connection.

use std::net::TcpStream;
use std::time::Instant;

use tokio::time::timeout;

use crate::control::{Answer, Control};
use crate::data::{Data, End};
use crate::places::{Place, Version};
use crate::trace::Trace;
use crate::{ABSENCE, PATIENCE};

crate::for_each_pair!(script);

/// How many times the order is looked for before giving up.
const TRIES: usize = 400;

async fn script(place: &Place, trace: &Trace) {
    let mut control = Control::logged_in(place, trace).await;
    trace.part("download, step by step");
    steps(&mut control, "RETR file").await;
    trace.part("upload, step by step");
    steps(&mut control, "STOR new").await;
    trace.part("upload, close_notify or the final reply first");
    // Behind a download there is nothing to see: what waits for the client is in the steps above,
    // and what waits for nothing is all there before one can look.
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
        // What a server that never answers has stored by now, it does not say.
        Err(_) => trace.note("   no final reply"),
    }
    next_listing(&mut control).await;
}

/// What a data connection without `close_notify` means for the next.
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

/// What the server does by itself, behind the client's `close_notify`, and behind its FIN. What is
/// absent in a step has [`ABSENCE`] to show, and has to come in a later one.
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
    seen.look(control, &mut data, "behind the client's close_notify")
        .await;
    data.send_fin().await;
    seen.look(control, &mut data, "behind the client's FIN")
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
    /// Traces what arrives now. The order within a step is not recorded.
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

/// Which of the server's `close_notify` and its final reply was sent first behind an upload.
///
/// They come over two connections, so to have met both says nothing. But where one is there and the
/// other is not yet, the order is proven; the transfer is repeated until that is seen.
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
    proof.unwrap_or("the order never showed")
}

/// Watches both connections until something has come; `None` where both had.
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
            _ if begun.elapsed() > PATIENCE => return Some("neither came"),
            _ => std::hint::spin_loop(),
        }
    }
}

/// Whether anything, or the end, waits to be read.
fn has_come(stream: &TcpStream) -> bool {
    stream.peek(&mut [0; 1]).is_ok()
}

/// Whether an alert is among the records that wait to be read.
fn has_close_notify(stream: &TcpStream, version: Version) -> bool {
    let mut buffer = [0; 16 * 1024];
    let count = stream.peek(&mut buffer).unwrap_or(0);
    let mut rest = &buffer[..count];
    while let Some(&[kind, _, _, high, low]) = rest.first_chunk() {
        let length = usize::from(u16::from_be_bytes([high, low]));
        let alert = match version {
            Version::Tls12 => kind == 21,
            // Encrypted: two bytes, one for the kind of record, sixteen of the seal.
            Version::Tls13 => length == 19,
        };
        if alert {
            return true;
        }
        rest = rest.get(5 + length..).unwrap_or_default();
    }
    false
}
