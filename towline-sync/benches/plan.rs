//! Plans 1,000,000 entries on both sides, of which one in a hundred differs. Fails if that takes
//! more than 10 seconds, or more than 400 MB in all.

use std::fs;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use towline_proto::name::check_entry_name;
use towline_sync::{
    Digests, Error, Materials, MaxDelete, MemoryTree, Node, NodeKind, Record, Rules, Snapshot,
    Stamp, Tree, TreePath, Version, make,
};

const ENTRIES: usize = 1_000_000;
const MOST_SECONDS: Duration = Duration::from_secs(10);
const MOST_BYTES: u64 = 400 * 1000 * 1000;

/// 100 files in each directory. `shift` moves the times of some files.
fn side(shift: i64) -> Result<Snapshot, Error> {
    let mut nodes = Vec::with_capacity(ENTRIES);
    for n in 0..ENTRIES {
        let (directory, file) = (n / 101, n % 101);
        let (text, kind) = match file {
            0 => (format!("data/{directory:06}"), NodeKind::Directory),
            file => (
                format!("data/{directory:06}/report-{file:04}.csv"),
                NodeKind::File,
            ),
        };
        let path = TreePath::new(text.as_bytes());
        let path = path.map_err(|error| Error::Usage(error.to_string()))?;
        let second = 1_700_000_000 + i64::try_from(n).unwrap_or(0);
        let changed = if n % 100 == 7 { shift } else { 0 };
        let version = match kind {
            NodeKind::File => Version {
                size: Some(1234),
                modified: Some(Stamp::second(second + changed)),
            },
            _ => Version::default(),
        };
        nodes.push(Node {
            path,
            kind,
            version,
        });
    }
    Ok(Snapshot::of_nodes(nodes))
}

/// The most memory that the process had at any time.
fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

fn main() -> Result<(), Error> {
    let (source, destination) = (side(100)?, side(0)?);
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.map_err(|error| Error::Usage(error.to_string()))?;
    let traits = runtime.block_on(MemoryTree::new().traits())?;
    let begun = Instant::now();
    let records =
        || -> Box<dyn Iterator<Item = Result<Record, Error>>> { Box::new(std::iter::empty()) };
    let plan = make(
        &Materials {
            source: &source,
            destination: &destination,
            source_traits: &traits,
            destination_traits: &traits,
            digests: &Digests::default(),
            admits: &|name| Ok(check_entry_name(name)?),
            records: &records,
            now: Timestamp::now(),
        },
        &Rules::default().delete(MaxDelete::Default),
    )?;
    let (took, peak) = (begun.elapsed(), peak());
    let megabytes = peak.map_or(0, |bytes| bytes / 1_000_000);
    println!(
        "planned {ENTRIES} entries on both sides in {:.2} s, {megabytes} MB: {} to copy, {} unchanged",
        took.as_secs_f64(),
        plan.counts.copies,
        plan.counts.unchanged,
    );
    if took > MOST_SECONDS || peak.is_some_and(|bytes| bytes > MOST_BYTES) {
        let limit = format!("more than {MOST_SECONDS:?} or {MOST_BYTES} bytes");
        return Err(Error::Usage(limit));
    }
    Ok(())
}
