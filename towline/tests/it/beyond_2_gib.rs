//! Files of more than 2 GiB, on a server that keeps only 31 bits of an offset. The files are
//! sparse.

use std::fs::{File, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;

use towline::{DownloadOptions, ErrorKind, TlsVersion};
use towline_testkit::{Action, Fault, Gate, NamedFault, Point};

use crate::support::{Bench, contents, path};

const WRAP: u64 = 1 << 31;
const END: usize = 300_000;
const WHOLE: u64 = WRAP + END as u64;
const HELD: u64 = WRAP + 200_000;

/// Makes `file` as long as this, with zeros, and with `end` from 2 GiB on.
fn fill(mut file: File, len: u64, end: &[u8]) {
    file.seek(SeekFrom::Start(WRAP)).unwrap();
    file.write_all(end).unwrap();
    file.set_len(len).unwrap();
}

fn open(path: &Path) -> File {
    let mut options = OpenOptions::new();
    let options = options.write(true).create(true).truncate(false);
    options.open(path).unwrap()
}

/// A server with the fault, and the end of its file.
async fn bench(end: &[u8]) -> Bench {
    let fault = NamedFault::find("rest-wraps-at-2-gib").unwrap();
    let bench = Bench::build(fault.server()).await;
    fill(open(&bench.server.root().join("a")), WHOLE, end);
    bench.touch("a", 1_500_000_000);
    bench
}

/// What is compared shows other bytes, or, in a file of zeros, too many of them arrive.
#[tokio::test]
async fn a_download_begins_anew_where_an_offset_wraps() {
    for end in [contents(END), vec![0; END]] {
        let bench = bench(&end).await;
        let (remote, local) = (path("a"), bench.local("a"));
        let options = DownloadOptions::default().resume(true);
        let mut session = bench.connect(TlsVersion::Tls13).await;
        bench.server.arm(Fault::CutDownload(1000).nth(1));
        let cut = session.download_file(&remote, &local, &options).await;
        assert_eq!(cut.unwrap_err().kind(), ErrorKind::Incomplete);
        let names = bench.local_names();
        let [part] = names.as_slice() else {
            panic!("{names:?}");
        };
        let part = bench.local(part);
        let held = usize::try_from(HELD - WRAP).unwrap();
        fill(open(&part), HELD, &end[..held]);

        // The second one starts from the beginning, and would send it all.
        let gate = Gate::new();
        let hold = Action::Hold(gate.clone());
        bench
            .server
            .arm(Fault::At(Point::Command("RETR"), hold).nth(2));
        tokio::select! {
            done = session.download_file(&remote, &local, &options) => panic!("{done:?}"),
            () = gate.reached() => {}
        }
        assert_eq!(bench.count(&format!("REST {}", HELD - 64 * 1024)), 1);
        assert!(!local.exists());
    }
}

#[tokio::test]
async fn a_stream_that_begins_at_a_wrapped_offset_fails() {
    let bench = bench(&contents(END)).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let offset = WRAP + 10;
    let mut rest = session.download_from(&path("a"), offset).await.unwrap();
    let (mut chunk, mut all) = (vec![0; 64 * 1024], 0);
    let error = loop {
        match rest.read(&mut chunk).await {
            Ok(0) => break rest.finish().await.unwrap_err(),
            Ok(len) => all += len,
            Err(error) => break error,
        }
        // The library allows for files that grow.
        assert!(all < 8 << 20, "{all}");
    };
    assert_eq!(error.kind(), ErrorKind::Incomplete, "{error}");
}
