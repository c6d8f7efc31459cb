//! Commands sent in one record before the earlier ones have replies, data connections that shake
//! hands without waiting for the preliminary reply, and `close_notify` before the data.

use std::net::SocketAddr;

use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::control::Control;
use crate::data::{Data, End};
use crate::places::Place;
use crate::trace::Trace;
use crate::{ABSENCE, PATIENCE};

crate::for_each_pair!(script);

/// More than a server sends in one chunk.
const LARGE: usize = 4_000_000;

async fn script(place: &Place, trace: &Trace) {
    place.put("large", &vec![b'x'; LARGE]);
    if place.server == "pyftpdlib" {
        cut_by_what_comes_behind(place, trace).await;
    } else {
        downloads(place, trace).await;
        uploads(place, trace).await;
        early_close_with_data_under_way(place, trace).await;
    }
    early_close(place, trace).await;
}

/// Sends the questions about the next file and the request for its port after each `RETR`.
async fn downloads(place: &Place, trace: &Trace) {
    trace.part("downloads, each sent with the commands for the next one");
    let mut control = Control::logged_in(place, trace).await;
    let mut address = control.passive().await;
    for (name, next) in [("file", "large"), ("large", "other"), ("other", "missing")] {
        let retr = format!("RETR {name}");
        let about = [format!("MDTM {next}"), format!("SIZE {next}")];
        let behind = [&about[0], &about[1], "EPSV"];
        let mut data = open(&mut control, address, &[&retr], &behind).await;
        let came = data.read_and_describe(place.version).await;
        trace.note(format_args!("D: {came}, {} bytes", data.bytes.len()));
        data.close().await;
        control
            .hear_each(&[&retr, &retr, behind[0], behind[1]])
            .await;
        address = control.hear_passive().await;
    }
    control.is_alive().await;
}

/// Sends the time and name of the last file before each `STOR`, and asks for size and port after
/// it.
async fn uploads(place: &Place, trace: &Trace) {
    trace.part("uploads, each sent with the remaining commands for the last one");
    let mut control = Control::logged_in(place, trace).await;
    let mut address = control.passive().await;
    for (contents, last, name) in [("contents", "file", "first"), ("more", "stored", "second")] {
        let names = [format!("RNFR {last}"), format!("RNTO {name}")];
        let time = format!("MFMT 20200102030405 {last}");
        let front = [&time, names[0].as_str(), &names[1], "STOR stored"];
        let mut data = open(&mut control, address, &front, &["SIZE stored", "EPSV"]).await;
        data.write(contents.as_bytes()).await;
        data.send_close_notify().await;
        data.send_fin().await;
        let came = data.read_and_describe(place.version).await;
        trace.note(format_args!("D: {came}"));
        data.close().await;
        control.hear_each(&front).await;
        control.hear_each(&["STOR stored", "SIZE stored"]).await;
        address = control.hear_passive().await;
        for name in ["stored", name] {
            trace.note(format_args!("   {name}: {:?}", place.contents(name)));
        }
    }
    control.is_alive().await;
}

/// Sends commands in one record, and meanwhile secures a data connection.
async fn open(
    control: &mut Control<'_>,
    address: SocketAddr,
    commands: &[&str],
    behind: &[&str],
) -> Data {
    let stream = TcpStream::connect(address).await.unwrap();
    let session = control.session();
    control.send_together(&[commands, behind].concat()).await;
    control.try_shake_hands(stream, session).await.unwrap()
}

/// Checks a server that obeys commands during a transfer at once, which cuts the transfer off.
/// Chance decides how much of the data has come by then, and whether the handshake is complete.
async fn cut_by_what_comes_behind(place: &Place, trace: &Trace) {
    for command in ["RETR large", "STOR stored"] {
        trace.part(&format!(
            "{command} with more commands after it, in one record"
        ));
        let mut control = Control::logged_in(place, trace).await;
        let stream = TcpStream::connect(control.passive().await).await.unwrap();
        // After two replies, the server has accepted the data connection.
        for _ in 0..2 {
            control.is_alive().await;
        }
        let session = control.session();
        let commands = [command, "MDTM other", "SIZE other", "EPSV"];
        control.send_together(&commands).await;
        let shown = std::mem::take(&mut control.trace);
        if let Ok(mut data) = control.try_shake_hands(stream, session).await {
            timeout(PATIENCE, data.read_to_end()).await.unwrap();
            assert!(data.bytes.len() < LARGE, "{trace}");
        }
        control.trace = shown;
        control.hear_each(&commands).await;
        no_more(&mut control).await;
        trace.note(format_args!("   stored: {:?}", place.stored("stored")));
        next(&mut control).await;

        trace.part(&format!("{command} with more commands while it runs"));
        let mut control = Control::logged_in(place, trace).await;
        let session = control.session();
        let mut data = control.open(command, session).await.unwrap();
        control.say("NOOP").await;
        control.say("SIZE other").await;
        control.say("EPSV").await;
        timeout(PATIENCE, data.read_to_end()).await.unwrap();
        assert!(data.bytes.len() < LARGE, "{trace}");
        no_more(&mut control).await;
        next(&mut control).await;
    }
}

async fn no_more(control: &mut Control<'_>) {
    match timeout(ABSENCE, control.answer()).await {
        Ok(reply) => control.trace_answer("", &reply),
        Err(_) => control.trace.note("   no final reply"),
    }
}

/// Downloads another file afterwards, and traces whether it is whole.
async fn next(control: &mut Control<'_>) {
    let session = control.session();
    let mut data = control.open("RETR other", session).await.unwrap();
    timeout(PATIENCE, data.read()).await.unwrap();
    let whole = data.bytes == b"other";
    control.trace.note(format_args!("   other: whole {whole}"));
    data.close().await;
    control.hear("RETR other").await;
}

/// Checks a download in which the client closes its direction before it reads anything.
async fn early_close(place: &Place, trace: &Trace) {
    trace.part("download, close_notify right after the handshake");
    let mut control = Control::logged_in(place, trace).await;
    let stream = TcpStream::connect(control.passive().await).await.unwrap();
    let session = control.session();
    control.send("RETR other").await;
    let mut data = control.shake_hands_and_close(stream, session).await;
    timeout(PATIENCE, data.read_to_end()).await.unwrap();
    let whole = data.bytes == b"other" && data.close_notify;
    trace.note(format_args!("D: whole {whole}, then {:?}", data.end));
    data.close().await;
    control.hear_each(&["RETR other", "RETR other"]).await;
    control.is_alive().await;
}

/// Like [`early_close`], but some data is still on its way when the server has finished sending.
/// ProFTPD then replies before the client reads anything.
async fn early_close_with_data_under_way(place: &Place, trace: &Trace) {
    trace.part("download of more than the client has room for");
    let size = 200_000;
    place.put("large", &vec![b'x'; size]);
    let mut control = Control::logged_in(place, trace).await;
    let address = control.passive().await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let stream = socket.connect(address).await.unwrap();
    let session = control.session();
    control.send("RETR large").await;
    let mut data = control.shake_hands_and_close(stream, session).await;
    if place.server.starts_with("proftpd") {
        control.hear_each(&["RETR large", "RETR large"]).await;
        timeout(PATIENCE, data.read_to_end()).await.unwrap();
    } else {
        timeout(PATIENCE, data.read_to_end()).await.unwrap();
        control.hear_each(&["RETR large", "RETR large"]).await;
    }
    let (whole, reset) = (data.bytes.len() == size, data.end == Some(End::Reset));
    trace.note(format_args!("D: whole {whole}, reset {reset}"));
    control.is_alive().await;
}
