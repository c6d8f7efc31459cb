//! Contents compared by digest before a file gets its name.

use towline::{DigestAlgorithm, DownloadOptions, ErrorKind, TlsVersion, UploadOptions};
use towline_testkit::{DigestCommand, Fault, Personality, Server};

use crate::support::{BOTH, Bench, answer, contents, path, upload};

fn server(digests: impl IntoIterator<Item = DigestCommand>) -> towline_testkit::Builder {
    Server::builder(Personality::ProFtpd138).digests(digests)
}

#[tokio::test]
async fn every_command_for_digests_serves() {
    use DigestAlgorithm::{Crc32, Md5, Sha1, Sha256, Sha512};
    for (command, algorithm) in [
        (DigestCommand::Hash, Sha512),
        (DigestCommand::XSha512, Sha512),
        (DigestCommand::XSha256, Sha256),
        (DigestCommand::XSha1, Sha1),
        (DigestCommand::XMd5, Md5),
        (DigestCommand::Md5, Md5),
        (DigestCommand::XCrc, Crc32),
    ] {
        for version in BOTH {
            let bench = Bench::build(server([command])).await;
            let mut session = bench.connect(version).await;
            let local = bench.write_local("a", &contents(100_000), 1_500_000_000);
            let options = UploadOptions::default().verify(true);
            let sent = session.upload_file(&local, &path("a"), &options).await;
            assert_eq!(sent.unwrap().digest, Some(algorithm), "{command:?}");
            let options = DownloadOptions::default().verify(true);
            let got = session.download_file(&path("a"), &local, &options).await;
            assert_eq!(got.unwrap().digest, Some(algorithm), "{command:?}");
            let mut stream = Vec::new();
            let got = session.download_to(&path("a"), &mut stream, &options).await;
            assert_eq!(got.unwrap().digest, Some(algorithm));
            assert_eq!(stream, contents(100_000));
        }
    }
}

#[tokio::test]
async fn the_strongest_is_chosen() {
    let bench = Bench::build(server(DigestCommand::ALL)).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let options = UploadOptions::default().verify(true);
    let sent = session.upload_from(&b"x"[..], &path("a"), &options).await;
    assert_eq!(sent.unwrap().digest, Some(DigestAlgorithm::Sha512));
    assert_eq!(bench.count("OPTS HASH SHA-512"), 1);
}

#[tokio::test]
async fn a_file_with_another_digest_is_not_published() {
    let bench = Bench::build(server([DigestCommand::XMd5]).fault(Fault::WrongDigest)).await;
    bench.write("a", "old");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let local = bench.write_local("a", b"abc", 1_500_000_000);
    let ours = "900150983cd24fb0d6963f7d28e17f72";

    let options = UploadOptions::default().verify(true).resume(true);
    let error = session.upload_file(&local, &path("a"), &options).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Incomplete);
    let text = error.to_string();
    assert!(
        text.contains(ours) && text.contains("at the server"),
        "{text}"
    );
    assert_eq!(bench.read("a").unwrap(), b"old");
    assert_eq!(bench.names(), ["a"], "nothing to go on from stays");

    bench.write("a", "abc");
    std::fs::write(&local, "old").unwrap();
    let options = DownloadOptions::default().verify(true).resume(true);
    let error = session.download_file(&path("a"), &local, &options).await;
    let text = error.unwrap_err().to_string();
    assert!(
        text.contains(ours) && text.contains("at the server"),
        "{text}"
    );
    assert_eq!(std::fs::read(&local).unwrap(), b"old");
    assert_eq!(bench.local_names(), ["a"], "nothing to go on from stays");
}

#[tokio::test]
async fn without_digests_nothing_is_moved() {
    let bench = Bench::build(server([])).await;
    bench.write("a", "old");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let local = bench.write_local("a", b"new", 1_500_000_000);
    let options = UploadOptions::default().verify(true);
    let error = session.upload_file(&local, &path("a"), &options).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Refused);
    let options = DownloadOptions::default().verify(true);
    let error = session.download_file(&path("a"), &local, &options).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Refused);
    assert_eq!((bench.count("STOR"), bench.count("RETR")), (0, 0));
    assert_eq!(std::fs::read(&local).unwrap(), b"new");
    upload(&mut session, "a", b"x").await.unwrap();
}

#[tokio::test]
async fn a_digest_that_cannot_be_read_verifies_nothing() {
    for reply in ["550 No.", "250 it is fine", "250 d41d8cd98f00"] {
        let bench = Bench::build(server([DigestCommand::XMd5])).await;
        bench.server.arm(answer("XMD5", reply));
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let options = UploadOptions::default().verify(true);
        let sent = session.upload_from(&b"x"[..], &path("a"), &options).await;
        let error = sent.unwrap_err();
        let kinds = [ErrorKind::Refused, ErrorKind::Protocol];
        assert!(kinds.contains(&error.kind()), "{error}");
        assert_eq!(bench.names(), [""; 0], "{reply}");
    }
}

/// The beginning of the part is wrong; its tail, which is compared, is right.
#[tokio::test]
async fn a_download_that_goes_on_is_verified_as_a_whole() {
    let builder = server([DigestCommand::Hash]).fault(Fault::CutDownload(200_000).nth(1));
    let bench = Bench::build(builder).await;
    bench.write("a", contents(300_000));
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let local = bench.local("a");
    let options = DownloadOptions::default().verify(true).resume(true);
    let cut = session.download_file(&path("a"), &local, &options).await;
    assert_eq!(cut.unwrap_err().kind(), ErrorKind::Incomplete);
    let part = bench.local(&bench.local_names()[0]);
    let mut changed = contents(200_000);
    changed[0] ^= 1;
    std::fs::write(&part, changed).unwrap();
    let done = session.download_file(&path("a"), &local, &options).await;
    let done = done.unwrap();
    assert_eq!(done.resumed_at, None, "the digests differed: fetched again");
    assert_eq!(done.digest, Some(DigestAlgorithm::Sha512));
    assert_eq!(std::fs::read(&local).unwrap(), contents(300_000));
}
