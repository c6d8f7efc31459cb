//! How many lines of a listing are read in a second.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use jiff::civil::DateTime;
use towline_proto::listing::{Dialect, Line, LineSplitter, LineTooLong, ListingParser};

const LINES: u64 = 10_000;

/// What one TLS record holds.
const PIECE: usize = 16 << 10;

const NOW: DateTime = DateTime::constant(2026, 11, 21, 4, 30, 0, 0);

/// A listing of as many lines as `line` makes.
fn listing(line: impl Fn(u64) -> String) -> Vec<u8> {
    (0..LINES).map(line).collect::<String>().into_bytes()
}

/// Reads a whole listing as it comes from a data connection; gives the number
/// of entries.
fn read(bytes: &[u8], dialect: Dialect) -> Result<u64, LineTooLong> {
    let mut parser = ListingParser::new(dialect, NOW);
    let mut splitter = LineSplitter::default();
    let mut entries = 0;
    for piece in bytes.chunks(PIECE) {
        splitter.push(piece);
        while let Some(line) = splitter.next_line()? {
            entries += u64::from(matches!(black_box(parser.line(line)), Line::Entry(_)));
        }
    }
    Ok(entries)
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("lines");
    group.throughput(Throughput::Elements(LINES));
    let unix = |number| {
        format!("-rw-r--r--   1 towline  staff  {number:>12} Nov 20 11:13 file-{number:07}.dat\r\n")
    };
    let dos = |number| format!("11-20-26  11:13AM {number:>20} file-{number:07}.dat\r\n");
    let mlsd = |number| {
        format!(
            "modify=20261120111300;perm=adfrw;size={number};type=file;unique=FD00U{number:X};\
             UNIX.group=50;UNIX.mode=0644;UNIX.owner=1000; file-{number:07}.dat\r\n"
        )
    };
    let listings = [
        ("LIST, as ls -l", Dialect::List, listing(unix)),
        ("LIST, as DIR", Dialect::List, listing(dos)),
        ("MLSD", Dialect::Mlsd, listing(mlsd)),
    ];
    for (name, dialect, bytes) in listings {
        assert_eq!(read(&bytes, dialect), Ok(LINES), "{name}");
        group.bench_function(name, |bencher| {
            bencher.iter(|| read(black_box(&bytes), dialect));
        });
    }
    group.finish();
    criterion.final_summary();
}
