//! The server connects: `EPRT` and `PORT`, where the tickets come, and which addresses the server
//! accepts.

use crate::ABSENCE;
use crate::control::Control;
use crate::data::Data;
use crate::places::Place;
use crate::tls::Session;
use crate::trace::Trace;

crate::for_each_pair!(script);

async fn script(place: &Place, trace: &Trace) {
    trace.part("addresses");
    let mut control = Control::logged_in(place, trace).await;
    for command in [
        // An address reserved for documentation.
        "EPRT |1|192.0.2.1|45000|",
        "PORT 192,0,2,1,175,200",
    ] {
        control.say(command).await;
    }
    for verb in ["EPRT", "PORT"] {
        trace.part(verb);
        let mut control = Control::logged_in(place, trace).await;
        for command in ["LIST", "RETR file", "STOR new"] {
            let session = control.session();
            if let Some(data) = control.open_active(verb, command, session).await {
                finish(&mut control, data, command).await;
            }
        }
        control.is_alive().await;
    }
    trace.part("no session");
    let mut control = Control::logged_in(place, trace).await;
    if let Some(data) = control.open_active("EPRT", "LIST", None::<Session>).await {
        finish(&mut control, data, "LIST").await;
    }
    control.is_alive().await;
    trace.part("after EPSV ALL");
    let mut control = Control::logged_in(place, trace).await;
    for command in ["EPSV ALL", "EPRT |1|127.0.0.1|45000|"] {
        control.say(command).await;
    }
}

async fn finish(control: &mut Control<'_>, mut data: Data, command: &str) {
    if command.starts_with("STOR") {
        data.write(b"contents").await;
        data.send_close_notify().await;
        data.send_fin().await;
    }
    // A server that refuses may leave it to the client to close.
    let _ = tokio::time::timeout(ABSENCE, data.read()).await;
    let came = data.describe(control.place.version);
    control.trace.note(format_args!("D: {came}"));
    data.close().await;
    control.hear(command).await;
}
