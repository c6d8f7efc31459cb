//! Setting times with `MFMT`, `MDTM` with a time, and `SITE UTIME`, and whether a time survives a
//! rename.

use crate::control::Control;
use crate::places::Place;
use crate::trace::Trace;

crate::for_each_pair!(
    script: vsftpd VSFTPD, proftpd PROFTPD, proftpd_digests PROFTPD_DIGESTS, pure_ftpd PURE_FTPD,
    pyftpdlib PYFTPDLIB
);

async fn script(place: &Place, trace: &Trace) {
    let mut control = Control::logged_in(place, trace).await;
    for command in [
        "MFMT 20200102030405 file",
        "MDTM file",
        "MFMT 20200102030405 missing",
        "MDTM 20200102030406 file",
        "MDTM file",
        "SITE UTIME 20200102030407 file",
        "MDTM file",
        "RNFR file",
        "RNTO renamed",
        "MDTM renamed",
    ] {
        control.say(command).await;
    }
}
