//! Names with blanks at their ends: what each server makes of them, and what is said of it.

use towline::{Error, ErrorDetail, RemotePath, UploadOptions};
use towline_interop::{Kind, RealServer};

use crate::support::{connect, directory, for_each_server, versions};

for_each_server! {
    what_is_said_of_a_name_is_so;
    vsftpd: "vsftpd";
    proftpd: "proftpd";
    pure_ftpd: "pure-ftpd";
    pyftpdlib: "pyftpdlib";
}

async fn what_is_said_of_a_name_is_so(server: &'static RealServer) {
    for version in versions(server) {
        let account = server.account();
        let (mut session, _) = connect(&account, version).await;
        let (remote, local) = directory(&account, &mut session).await;
        for name in [" first", "last ", " both "] {
            for temporary in [true, false] {
                let target = remote.join(name.as_bytes()).unwrap();
                let options = UploadOptions::default().use_temporary_name(temporary);
                let done = session.upload_from(&b"new"[..], &target, &options).await;
                assert_said(done.map(drop), &target, &local, server);
            }
            let target = remote.join(format!("{name}dir ").as_bytes()).unwrap();
            let made = session.create_dir(&target).await;
            assert_said(made, &target, &local, server);
        }
    }
}

/// A success means that the name is there; an error names the one that is. No other server than
/// Pure-FTPd changes such names.
fn assert_said(
    done: Result<(), Error>,
    target: &RemotePath,
    local: &std::path::Path,
    server: &RealServer,
) {
    let on_disk = |path: &RemotePath| {
        let name = path.file_name().unwrap();
        let name = std::str::from_utf8(name).unwrap().to_owned();
        local.join(name).exists()
    };
    match done {
        Ok(()) => assert!(on_disk(target), "{target} on {}", server.name),
        Err(error) => {
            let Some(ErrorDetail::OtherNameGiven { at }) = error.detail() else {
                panic!("{}: {error}", server.name);
            };
            assert!(on_disk(at) && !on_disk(target), "{}: {error}", server.name);
            assert_eq!(server.kind, Kind::PureFtpd, "{error}");
        }
    }
}
