use std::future::poll_fn;
use std::io::{Seek, SeekFrom};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;

use towline_proto::digest::DigestAlgorithm;

use super::*;
use crate::tls::DataStream;
use crate::transfer::check::Method;

/// A data connection, and what happens at its other end.
fn connected<T: Send + 'static>(
    server: impl FnOnce(TcpStream) -> T + Send + 'static,
) -> (DataStream, JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let tcp = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let server = thread::spawn(move || server(listener.accept().unwrap().0));
    tcp.set_nonblocking(true).unwrap();
    let tcp = tokio::net::TcpStream::from_std(tcp).unwrap();
    let (stream, _) = DataStream::clear(tcp, "path".to_owned()).unwrap();
    (stream, server)
}

fn contents(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at / 7 + at % 251) as u8).collect()
}

fn read(file: &Arc<File>) -> Vec<u8> {
    let mut contents = Vec::new();
    (&**file).seek(SeekFrom::Start(0)).unwrap();
    (&**file).read_to_end(&mut contents).unwrap();
    contents
}

fn hasher() -> Hasher {
    Hasher::new(Method::OwnCommand(DigestAlgorithm::Crc32))
}

fn digest(bytes: &[u8]) -> String {
    let mut hasher = hasher();
    hasher.update(bytes);
    hasher.finish().unwrap().to_string()
}

#[tokio::test]
async fn bursts_write_everything_up_to_the_end() {
    let said = contents(5_000_000);
    let saying = said.clone();
    let (mut stream, server) = connected(move |mut tcp| tcp.write_all(&saying).unwrap());
    let file = Arc::new(tempfile::tempfile().unwrap());
    let mut written = FileWriter::new(&file, Some(said.len() as u64), true);
    let mut hasher = hasher();
    let mut total = 0;
    while stream.end().is_none() {
        let mut lent = stream.lend(true).unwrap();
        total += written.write(&mut lent, Some(&mut hasher)).unwrap().bytes;
        stream.give_back(lent).unwrap();
    }
    server.join().unwrap();
    assert_eq!(total, said.len());
    assert!(read(&file) == said);
    assert_eq!(hasher.finish().unwrap().to_string(), digest(&said));
}

#[tokio::test]
async fn without_its_socket_only_what_was_collected_is_written() {
    let (mut stream, server) = connected(|mut tcp| {
        tcp.write_all(b"here").unwrap();
        tcp
    });
    let arrived = poll_fn(|cx| stream.poll_collect(cx, usize::MAX)).await;
    assert_eq!(arrived.unwrap(), Collected::More(4));
    server.join().unwrap().write_all(b" and there").unwrap();
    let file = Arc::new(tempfile::tempfile().unwrap());
    let mut lent = stream.lend(false).unwrap();
    let mut written = FileWriter::new(&file, None, true);
    let burst = written.write(&mut lent, None).unwrap();
    assert_eq!((burst.bytes, burst.is_fast), (0, false));
    stream.give_back(lent).unwrap();
    assert_eq!(read(&file), b"here");
    let rest = poll_fn(|cx| stream.poll_fill(cx).map_ok(<[u8]>::to_vec)).await;
    assert_eq!(rest.unwrap(), b" and there");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_ends_a_burst() {
    let (mut stream, _server) = connected(|mut tcp| tcp.write_all(&contents(100_000)));
    let full = File::options().write(true).open("/dev/full").unwrap();
    let mut written = FileWriter::new(&Arc::new(full), None, true);
    let collected = poll_fn(|cx| stream.poll_collect(cx, usize::MAX)).await;
    assert!(matches!(collected.unwrap(), Collected::More(_)));
    let mut lent = stream.lend(true).unwrap();
    let error = written.write(&mut lent, None).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
}

#[test]
fn space_that_is_reserved_is_no_part_of_the_file() {
    let file = tempfile::tempfile().unwrap();
    reserve(&file, 3_000_000).unwrap();
    assert_eq!(file.metadata().unwrap().len(), 0);
}

#[tokio::test]
async fn bursts_send_everything_up_to_the_end() {
    let said = contents(5_000_000);
    let (mut stream, server) = connected(|mut tcp| {
        let mut heard = Vec::new();
        tcp.read_to_end(&mut heard).unwrap();
        heard
    });
    let file = Arc::new(tempfile::tempfile().unwrap());
    (&*file).write_all(&said).unwrap();
    (&*file).seek(SeekFrom::Start(1000)).unwrap();
    let mut source = FileReader::new(&file, Some(4_500_000));
    let mut hasher = hasher();
    let mut total = 0;
    while total < 4_500_000 {
        let mut lent = stream.lend(true).unwrap();
        total += source.send(&mut lent, Some(&mut hasher)).unwrap();
        stream.give_back(lent).unwrap();
    }
    poll_fn(|cx| stream.poll_close(cx)).await.unwrap();
    let said = &said[1000..4_501_000];
    assert!(server.join().unwrap() == said);
    assert_eq!(hasher.finish().unwrap().to_string(), digest(said));
}

#[tokio::test]
async fn who_receives_next_meets_the_error_of_a_burst() {
    let (mut stream, server) = connected(|tcp| {
        // Unread bytes make the kernel reset the connection.
        tcp.peek(&mut [0]).unwrap();
    });
    let file = Arc::new(tempfile::tempfile().unwrap());
    file.set_len(100_000_000).unwrap();
    let mut source = FileReader::new(&file, Some(100_000_000));
    let mut lent = stream.lend(true).unwrap();
    source.send(&mut lent, None).unwrap();
    server.join().unwrap();
    source.send(&mut lent, None).unwrap();
    stream.give_back(lent).unwrap();
    let error = poll_fn(|cx| stream.poll_fill(cx).map_ok(drop)).await;
    let lost = [io::ErrorKind::ConnectionReset, io::ErrorKind::BrokenPipe];
    assert!(lost.contains(&error.unwrap_err().kind()));
}

#[test]
fn a_file_that_is_shorter_than_it_was_ends_early() {
    let file = Arc::new(tempfile::tempfile().unwrap());
    (&*file).write_all(b"short").unwrap();
    (&*file).seek(SeekFrom::Start(0)).unwrap();
    let mut source = FileReader::new(&file, Some(10));
    source.read().unwrap();
    assert_eq!(source.piece(), b"short");
    source.read().unwrap();
    assert_eq!(source.piece(), b"short", "it is not used yet");
    source.consume(5);
    source.read().unwrap();
    assert_eq!(source.piece(), b"");
}

#[test]
fn only_much_in_little_time_is_fast() {
    assert!(is_fast(PIECE, Duration::from_millis(1)));
    assert!(!is_fast(PIECE, Duration::from_millis(2)));
    assert!(!is_fast(PIECE - 1, Duration::ZERO));
    assert!(is_fast(3_000_000, BURST));
    assert!(!is_fast(2_000_000, BURST));
}
