//! The record pump: how fast bytes move through a data connection, in TLS records over loopback.
//! The server runs in the same process, so its work is part of every figure. The benchmark compares
//! versions of this library.

use std::error::Error;
use std::fs;
use std::path::Path;

use criterion::{Criterion, Throughput};
use tokio::runtime::Builder;
use towline::{
    Client, Config, DownloadOptions, RemotePath, Secret, Session, TlsVersion, Trust, UploadOptions,
};
use towline_testkit::{Personality, Server, Versions};

const SIZE: usize = 32 << 20;

/// Downloads a file and discards its contents, because a disk would be measured as well. Returns
/// the size.
async fn download(session: &mut Session, path: &RemotePath) -> Result<u64, towline::Error> {
    let options = DownloadOptions::default();
    let sink = tokio::io::sink();
    let done = session.download_to(path, sink, &options).await?;
    Ok(done.bytes)
}

async fn upload(
    session: &mut Session,
    local: &Path,
    path: &RemotePath,
) -> Result<u64, towline::Error> {
    let options = UploadOptions::default();
    let done = session.upload_file(local, path, &options).await?;
    Ok(done.bytes)
}

async fn session(
    server: &Server,
    ca_file: &Path,
    version: TlsVersion,
) -> Result<Session, towline::Error> {
    let config = Config::new("localhost")
        .port(server.address().port())
        .user("user")
        .password(Secret::new("secret"))
        .trust(Trust::CaFile(ca_file.to_path_buf()))
        .tls_versions(version, version);
    Client::new(config)?.connect().await
}

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    let starting = Server::builder(Personality::ProFtpd138)
        .versions(Versions::Both)
        .user("user", "secret")
        .start();
    let server = runtime.block_on(starting)?;
    let folder = tempfile::tempdir()?;
    let ca_file = folder.path().join("ca.pem");
    fs::write(&ca_file, server.ca_pem())?;
    let contents: Vec<u8> = (0..SIZE).map(|at| (at / 251) as u8).collect();
    fs::write(server.root().join("down"), &contents)?;
    let local = folder.path().join("local");
    fs::write(&local, &contents)?;

    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("record pump");
    group
        .throughput(Throughput::Bytes(SIZE as u64))
        .sample_size(10);
    for version in [TlsVersion::Tls12, TlsVersion::Tls13] {
        let mut session = runtime.block_on(session(&server, &ca_file, version))?;
        let (down, up) = (RemotePath::new("down")?, RemotePath::new("up")?);
        let size = runtime.block_on(download(&mut session, &down))?;
        assert_eq!(size, SIZE as u64);
        group.bench_function(format!("download, TLS {version}"), |bencher| {
            bencher.iter(|| {
                let size = runtime.block_on(download(&mut session, &down));
                assert!(size.is_ok_and(|size| size == SIZE as u64));
            });
        });
        let size = runtime.block_on(upload(&mut session, &local, &up))?;
        assert_eq!(size, SIZE as u64);
        assert!(fs::read(server.root().join("up"))? == contents);
        group.bench_function(format!("upload, TLS {version}"), |bencher| {
            bencher.iter(|| {
                let size = runtime.block_on(upload(&mut session, &local, &up));
                assert!(size.is_ok_and(|size| size == SIZE as u64));
            });
        });
        runtime.block_on(session.quit());
    }
    group.finish();
    criterion.final_summary();
    Ok(())
}
