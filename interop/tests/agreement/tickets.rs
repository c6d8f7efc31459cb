//! Where tickets come, and what listings look like.
//!
//! A ticket that comes before a reply appears before it in the trace. A ticket that comes after a
//! reply appears before the next one.

use crate::control::Control;
use crate::normal;
use crate::places::Place;
use crate::trace::Trace;

crate::for_each_pair!(script);

async fn script(place: &Place, trace: &Trace) {
    trace.part("control connection");
    let mut control = Control::connect(place, trace).await;
    control.secure().await;
    control.log_in().await;
    for command in ["PBSZ 0", "PROT P", "TYPE I", "EPSV", "NOOP", "PASV", "NOOP"] {
        control.say(command).await;
    }
    for command in [
        "LIST",
        "LIST directory",
        "NLST",
        "MLSD",
        "MLSD directory",
        "RETR file",
        "RETR empty",
    ] {
        trace.part(command);
        let session = control.session();
        let Some(mut data) = control.open(command, session).await else {
            continue;
        };
        let came = data.read_and_describe(place.version).await;
        trace.note(format_args!("D: {came}"));
        for line in entries(command, &data.bytes) {
            trace.note(format_args!("D: {line}"));
        }
        data.close().await;
        control.hear(command).await;
    }
    for command in ["STOR file", "STOR new", "APPE new", "STOR nothing"] {
        trace.part(command);
        let session = control.session();
        let mut data = control.open(command, session).await.unwrap();
        if command != "STOR nothing" {
            data.write(b"new contents").await;
        }
        data.send_close_notify().await;
        data.send_fin().await;
        let came = data.read_and_describe(place.version).await;
        trace.note(format_args!("D: {came}"));
        data.close().await;
        control.hear(command).await;
        let name = &command[5..];
        let size = place.stored(name);
        trace.note(format_args!("   {name}: {size:?}"));
    }
    trace.part("after the transfers");
    control.say("NOOP").await;
}

fn entries(command: &str, bytes: &[u8]) -> Vec<String> {
    match &command[..4] {
        "LIST" => normal::list(bytes),
        "MLSD" | "NLST" => normal::mlsd(bytes),
        _ => vec![String::from_utf8_lossy(bytes).into_owned()],
    }
}
