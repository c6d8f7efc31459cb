//! The byte 0xFF in names, which starts a command if a server reads Telnet (RFC 959, section
//! 3.1.1.3, and RFC 854), and `PRET`.

use std::os::unix::ffi::OsStrExt;

use crate::control::Control;
use crate::places::Place;
use crate::trace::Trace;

crate::for_each_pair!(
    script: vsftpd VSFTPD, proftpd PROFTPD, pure_ftpd PURE_FTPD, pyftpdlib PYFTPDLIB
);

async fn script(place: &Place, trace: &Trace) {
    let mut control = Control::logged_in(place, trace).await;
    for name in [&b"Gr\xf6\xdfe"[..], b"a\xff\xffb", b"c\xffd", b"e\xff\xf4f"] {
        let command = [b"MKD ", name].concat();
        trace.note(format_args!("C: {}", command.escape_ascii()));
        // The text of the reply is not UTF-8, and it does not matter.
        let code = control.say_bytes(&command).await;
        trace.note(format_args!("S: {code}"));
        for entry in std::fs::read_dir(&place.home).unwrap() {
            let name = entry.unwrap().file_name();
            if !name.as_bytes().is_ascii() || name.len() == 2 {
                let shown = name.as_bytes().escape_ascii();
                trace.note(format_args!("   there is {shown}"));
                std::fs::remove_dir(place.home.join(&name)).unwrap();
            }
        }
    }
    trace.part("PRET");
    for command in ["PRET RETR file", "PRET STOR new", "PRET LIST"] {
        control.say(command).await;
    }
}
