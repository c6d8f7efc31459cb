//! A large file each way: 32 MiB, or 1 GiB with `cargo xtask test --full`.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use towline::{DownloadOptions, Outcome, UploadOptions};
use towline_interop::{RealServer, servers};

use crate::support::{connect, directory, for_each_server, versions};

for_each_server! {
    there_and_back;
    vsftpd: "vsftpd";
    proftpd: "proftpd";
    pure_ftpd: "pure-ftpd";
    pyftpdlib: "pyftpdlib";
}

async fn there_and_back(server: &'static RealServer) {
    let name = &server.name;
    let len: u64 = if servers::full() { 1 << 30 } else { 32 << 20 };
    let scratch = tempfile::tempdir().unwrap();
    let [source, copy] = ["source", "copy"].map(|name| scratch.path().join(name));
    write(&source, len);
    for version in versions(server) {
        let account = server.account();
        let (mut session, verdicts) = connect(&account, version).await;
        let (remote, _) = directory(&account, &mut session).await;
        let target = remote.join(b"large").unwrap();
        let options = UploadOptions::default();
        let sent = session
            .upload_file(&source, &target, &options)
            .await
            .unwrap();
        let options = DownloadOptions::default();
        let received = session
            .download_file(&target, &copy, &options)
            .await
            .unwrap();
        for done in [sent, received] {
            assert_eq!(
                (done.bytes, done.outcome),
                (len, Outcome::Verified),
                "{name}"
            );
        }
        assert!(same(&source, &copy), "{name} TLS {version}");
        session.remove_file(&target).await.unwrap();
        assert_eq!(verdicts.logins(), 1, "{name} TLS {version}");
    }
}

/// Writes blocks that all differ, so that a lost or repeated block shows.
fn write(path: &Path, len: u64) {
    use std::io::Write;
    let mut file = std::io::BufWriter::new(File::create(path).unwrap());
    for number in 0..len / 8 {
        let word = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        file.write_all(&word.to_be_bytes()).unwrap();
    }
    file.flush().unwrap();
}

fn same(one: &Path, two: &Path) -> bool {
    let mut files = [one, two].map(|path| BufReader::new(File::open(path).unwrap()));
    let mut blocks = [vec![0; 1 << 20], vec![0; 1 << 20]];
    loop {
        let [mut one, mut two] = [0, 0];
        for (len, (file, block)) in [&mut one, &mut two]
            .into_iter()
            .zip(files.iter_mut().zip(&mut blocks))
        {
            while let read @ 1.. = file.read(&mut block[*len..]).unwrap() {
                *len += read;
            }
        }
        if one != two || blocks[0][..one] != blocks[1][..two] {
            return false;
        }
        if one == 0 {
            return true;
        }
    }
}
