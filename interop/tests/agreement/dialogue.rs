//! The dialogue without data transfers: from the greeting to `QUIT`.

use crate::control::Control;
use crate::places::Place;
use crate::trace::Trace;

crate::for_each_pair!(script);

async fn script(place: &Place, trace: &Trace) {
    trace.part("login");
    let mut control = Control::connect(place, trace).await;
    control.secure().await;
    control.log_in().await;
    trace.part("settings");
    for command in [
        "FEAT",
        "PROT P",
        "PBSZ 0",
        "PROT P",
        "OPTS UTF8 ON",
        "TYPE I",
        "SYST",
        "PWD",
    ] {
        control.say(command).await;
    }
    trace.part("no data connection");
    if place.server != "pyftpdlib" {
        control.say("RETR file").await;
    }
    for command in ["ABOR", "NOOP", "XYZZY", "XYZZY with words", "EPSV", "PASV"] {
        control.say(command).await;
    }
    trace.part("existing and missing paths");
    for name in ["file", "missing", "missing/file", "directory", "file/below"] {
        for verb in ["SIZE", "MDTM", "MLST"] {
            control.say(&format!("{verb} {name}")).await;
        }
    }
    trace.part("refused before the data connection");
    // The port is open, but nobody connects: the refusal must come without a data connection.
    for command in [
        "RETR missing",
        "RETR directory",
        "STOR missing/file",
        "STOR directory",
    ] {
        control.passive().await;
        control.say(command).await;
    }
    trace.part("changes");
    for command in [
        "DELE missing",
        "DELE directory",
        "MKD new",
        "MKD new",
        "MKD missing/new",
        "RMD new",
        "RMD new",
        "RMD directory",
        "RMD file",
        "RNFR missing",
        "RNTO target",
        "RNFR file",
        "RNTO missing/target",
        "RNFR file",
        "NOOP",
        "RNTO target",
        "RNFR file",
        "RNTO other",
        "SIZE other",
        "SIZE file",
        "DELE other",
        "CWD missing",
        "CWD directory",
        "PWD",
        "SIZE inner",
        "CDUP",
        "PWD",
        "REST 5",
        "REST five",
        "REST 0",
    ] {
        control.say(command).await;
    }
    trace.part("farewell");
    control.say("QUIT").await;
    let end = control.answer().await;
    control.trace_answer("QUIT", &end);
}
