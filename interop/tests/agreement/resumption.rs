//! Which sessions a data connection may resume, and what happens to one that does not.

use crate::ABSENCE;
use crate::control::Control;
use crate::data::Data;
use crate::places::Place;
use crate::tls::Session;
use crate::trace::Trace;

crate::for_each_pair!(script);

pub(crate) async fn script(place: &Place, trace: &Trace) {
    trace.part("the session of the control connection, twice");
    let mut control = Control::logged_in(place, trace).await;
    for _ in 0..2 {
        let session = control.session();
        list(&mut control, session).await;
    }
    control.is_alive().await;

    trace.part("a session from a data connection that resumed");
    let mut control = Control::logged_in(place, trace).await;
    let session = control.session();
    let given = list(&mut control, session).await;
    offer_given(&mut control, given).await;

    trace.part("a session from an upload");
    let mut control = Control::logged_in(place, trace).await;
    let session = control.session();
    let given = upload(&mut control, session).await;
    offer_given(&mut control, given).await;

    trace.part("a session of another control connection");
    let mut other = Control::logged_in(place, &Trace::default()).await;
    other.say("NOOP").await;
    let mut control = Control::logged_in(place, trace).await;
    let session = other.session();
    list(&mut control, session).await;
    control.is_alive().await;

    trace.part("no session");
    let mut control = Control::logged_in(place, trace).await;
    let given = list(&mut control, None).await;
    if control.is_alive().await {
        trace.part("a session from that data connection");
        offer_given(&mut control, given).await;
        trace.part("the session of the control connection, afterwards");
        let session = control.session();
        list(&mut control, session).await;
    }

    trace.part("no session for an upload over a file");
    let mut control = Control::logged_in(place, trace).await;
    let size = place.stored("other");
    trace.note(format_args!("   other: {size:?} bytes"));
    if let Some(mut data) = control.open("STOR other", None).await {
        // A server that refuses closes at once. One that does not refuse waits for the upload,
        // which is empty. Its file is empty too, but the reply differs.
        let _ = tokio::time::timeout(ABSENCE, data.read()).await;
        let came = data.describe(place.version);
        trace.note(format_args!("D: {came}"));
        data.close().await;
        control.hear("STOR").await;
    }
    let size = place.stored("other");
    trace.note(format_args!("   other: {size:?} bytes"));
    control.is_alive().await;
}

/// Lists with a session that a data connection gave.
async fn offer_given(control: &mut Control<'_>, given: Option<Session>) {
    match given {
        Some(session) => {
            list(control, Some(session)).await;
            control.is_alive().await;
        }
        None => control.trace.note("   no session"),
    }
}

/// Lists. Returns the session that came on the data connection.
async fn list(control: &mut Control<'_>, session: Option<Session>) -> Option<Session> {
    let data = control.open("LIST", session).await?;
    finish(control, data, "LIST").await
}

/// Uploads. Returns the session that came on the data connection.
async fn upload(control: &mut Control<'_>, session: Option<Session>) -> Option<Session> {
    let mut data = control.open("STOR new", session).await?;
    data.write(b"contents").await;
    data.send_close_notify().await;
    data.send_fin().await;
    finish(control, data, "STOR").await
}

async fn finish(control: &mut Control<'_>, mut data: Data, command: &str) -> Option<Session> {
    let came = data.read_and_describe(control.place.version).await;
    control.trace.note(format_args!("D: {came}"));
    let session = data.session();
    data.close().await;
    control.hear(command).await;
    session
}
