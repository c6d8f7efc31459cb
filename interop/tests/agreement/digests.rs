//! `HASH` and the older commands for digests, and the effect of a range on them.

use crate::control::Control;
use crate::places::Place;
use crate::trace::Trace;

crate::for_each_pair!(script: proftpd_digests PROFTPD_DIGESTS);

async fn script(place: &Place, trace: &Trace) {
    let mut control = Control::logged_in(place, trace).await;
    for command in [
        "FEAT",
        "HASH file",
        "OPTS HASH",
        "OPTS HASH SHA-256",
        "HASH file",
        "OPTS HASH SHA-512",
        "HASH file",
        "OPTS HASH MD5",
        "HASH file",
        "OPTS HASH CRC32",
        "HASH file",
        "OPTS HASH NOPE",
        "HASH file",
        "HASH empty",
        "HASH missing",
        "HASH directory",
        "XSHA512 file",
        "XSHA256 file",
        "XSHA1 file",
        "XMD5 file",
        "XCRC file",
        "MD5 file",
        "XSHA256 missing",
        "MD5 missing",
        "RANG 2 4",
        "HASH file",
        "RANG 1 0",
    ] {
        control.say(command).await;
    }
}
