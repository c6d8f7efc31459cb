//! How many replies a second are framed and interpreted.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use towline_proto::codec::{DecodeError, ReplyDecoder};

/// What a server says about one small file.
const ONE_FILE: &[u8] = b"229 Entering Extended Passive Mode (|||49153|)\r\n\
    150 Opening BINARY mode data connection for file-0000001.dat (4096 bytes).\r\n\
    226 Transfer complete.\r\n\
    213 4096\r\n";
const FILES: usize = 1000;

/// A reply of many lines, as after a login.
const FEATURES: &[u8] = b"211-Features:\r\n AUTH TLS\r\n EPRT\r\n EPSV\r\n \
    MLST type*;size*;modify*;UNIX.mode*;UNIX.owner*;UNIX.group*;\r\n MDTM\r\n MFMT\r\n PASV\r\n PBSZ\r\n PROT\r\n \
    REST STREAM\r\n SIZE\r\n TVFS\r\n UTF8\r\n211 End\r\n";

/// Decodes `bytes`, which come in pieces of `piece` bytes.
fn decode(bytes: &[u8], piece: usize) -> Result<u64, DecodeError> {
    let mut decoder = ReplyDecoder::default();
    let mut replies = 0;
    for piece in bytes.chunks(piece) {
        decoder.push(piece);
        while let Some(reply) = decoder.next_reply()? {
            black_box(&reply);
            replies += 1;
        }
    }
    Ok(replies)
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("replies");
    let cases = [
        ("of a transfer", ONE_FILE.repeat(FILES), 4 * FILES),
        ("of many lines", FEATURES.repeat(FILES), FILES),
    ];
    for (name, bytes, replies) in cases {
        let replies = replies as u64;
        group.throughput(Throughput::Elements(replies));
        for (pieces, piece) in [("in records", 16 << 10), ("byte by byte", 1)] {
            assert_eq!(decode(&bytes, piece), Ok(replies));
            group.bench_function(format!("{name}, {pieces}"), |bencher| {
                bencher.iter(|| decode(black_box(&bytes), piece));
            });
        }
    }
    group.finish();
    criterion.final_summary();
}
