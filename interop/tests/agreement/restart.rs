//! `REST` before `RETR`, `STOR` and `APPE`: where a transfer begins, and what the file contains
//! afterwards.

use std::fs;

use crate::control::Control;
use crate::places::Place;
use crate::trace::Trace;

crate::for_each_pair!(script);

async fn script(place: &Place, trace: &Trace) {
    // The file has ten bytes.
    for offset in [4, 10, 20] {
        for command in ["RETR file", "STOR file", "APPE file"] {
            trace.part(&format!("REST {offset}, {command}"));
            fs::write(place.home.join("file"), "0123456789").unwrap();
            let mut control = Control::logged_in(place, trace).await;
            control.say(&format!("REST {offset}")).await;
            transfer(&mut control, command).await;
            trace.part("the same command again, without REST");
            transfer(&mut control, command).await;
        }
    }
    trace.part("REST, with another command before the transfer");
    fs::write(place.home.join("file"), "0123456789").unwrap();
    let mut control = Control::logged_in(place, trace).await;
    for command in ["REST 4", "NOOP"] {
        control.say(command).await;
    }
    transfer(&mut control, "RETR file").await;
}

async fn transfer(control: &mut Control<'_>, command: &str) {
    let session = control.session();
    let version = control.place.version;
    if let Some(mut data) = control.open(command, session).await {
        if !command.starts_with("RETR") {
            data.write(b"XY").await;
            data.send_close_notify().await;
            data.send_fin().await;
        }
        data.read_and_describe(version).await;
        let came = String::from_utf8_lossy(&data.bytes).into_owned();
        control.trace.note(format_args!("D: {came:?}"));
        data.close().await;
        control.hear(command).await;
    }
    let stored = fs::read_to_string(control.place.home.join("file")).unwrap();
    control.trace.note(format_args!("   file: {stored:?}"));
}
