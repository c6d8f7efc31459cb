//! Active mode: the server opens the data connections.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use towline::{Active, DataMode, ErrorKind, Proxy, UploadOptions};
use towline_testkit::{DigestCommand, Fault, Personality, Server};

use crate::support::{BOTH, Bench, Notebook, download, list, path, session, upload};

fn any() -> DataMode {
    DataMode::Active(Active::default())
}

#[tokio::test]
async fn every_data_connection_resumes_in_active_mode_too() {
    for personality in [
        Personality::VsFtpd,
        Personality::ProFtpd138,
        Personality::FileZilla1,
        Personality::PureFtpd,
        Personality::PyFtpdlib,
    ] {
        for version in BOTH {
            let bench = Bench::start(personality).await;
            let config = bench.config(version).data_mode(any());
            let mut session = session(config).await.unwrap();
            for round in 0..5 {
                let (name, contents) = (format!("{round}"), vec![b'x'; round * 10_000]);
                upload(&mut session, &name, &contents).await.unwrap();
                assert_eq!(download(&mut session, &name).await.unwrap(), contents);
            }
            assert_eq!(list(&mut session).await.unwrap().len(), 5);
            let control = &bench.server.report().control[0];
            let demands = !matches!(personality, Personality::PyFtpdlib | Personality::PureFtpd);
            assert!(!demands || control.resumed() == control.data.len());
            // With no session to resume, a listing first shows that uploads need none.
            assert!((11..=12).contains(&control.data.len()), "{personality:?}");
        }
    }
}

#[tokio::test]
async fn no_time_limit_is_too_long() {
    let builder = Server::builder(Personality::ProFtpd138).digests([DigestCommand::XSha256]);
    let bench = Bench::build(builder).await;
    let config = bench.open_config().data_mode(any()).timeout(Duration::MAX);
    let mut session = session(config).await.unwrap();
    let options = UploadOptions::default().verify(true);
    let sent = session.upload_from(&b"x"[..], &path("a"), &options).await;
    assert!(sent.unwrap().digest.is_some());
}

#[tokio::test]
async fn active_mode_speaks_ipv6() {
    let builder = Server::builder(Personality::VsFtpd).ipv6(true);
    let bench = Bench::build(builder).await;
    let Some(address) = bench.server.address_v6() else {
        panic!("no IPv6 on loopback");
    };
    let notebook = Arc::new(Notebook::default());
    let config = bench.config_for("::1", address.port()).data_mode(any());
    let mut session = session(config.observer(notebook.clone())).await.unwrap();
    list(&mut session).await.unwrap();
    let sent = notebook.all("C: EPRT");
    assert!(
        matches!(sent.as_slice(), [line] if line.starts_with("|2|::1|")),
        "{sent:?}"
    );
}

#[tokio::test]
async fn the_server_is_told_the_address_and_a_port_that_were_configured() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let at = |ports| {
        let active = Active::default().address(Ipv4Addr::LOCALHOST.into());
        let mode = DataMode::Active(active.ports(ports));
        bench.open_config().data_mode(mode)
    };
    let mut stuck = session(at(port..=port)).await.unwrap();
    let error = list(&mut stuck).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    let words = format!("ports {port} to {port}");
    assert!(error.to_string().contains(&words), "{error}");

    // The first free port after the one in use.
    let notebook = Arc::new(Notebook::default());
    let config = at(port..=u16::MAX).observer(notebook.clone());
    let mut session = session(config).await.unwrap();
    list(&mut session).await.unwrap();
    list(&mut session).await.unwrap();
    let sent = notebook.all("C: EPRT");
    assert_eq!(sent.len(), 2);
    for line in sent {
        let told = line.strip_prefix("|1|127.0.0.1|").unwrap();
        let told: u16 = told.trim_end_matches('|').parse().unwrap();
        assert!(told > port, "{line}");
    }
}

#[tokio::test]
async fn a_connection_from_another_host_is_not_accepted() {
    let fault = Fault::ActiveFrom(Ipv4Addr::new(127, 0, 0, 2));
    let bench = Bench::with_fault(Personality::VsFtpd, fault).await;
    let config = bench.open_config().data_mode(any());
    let notebook = Arc::new(Notebook::default());
    let config = config.timeout(Duration::from_millis(500));
    let mut session = session(config.observer(notebook.clone())).await.unwrap();
    list(&mut session).await.unwrap_err();
    let notes = notebook.all("note:");
    let expected = "a connection from 127.0.0.2 is not the server's (127.0.0.1): closed";
    assert_eq!(notes, [expected]);
    assert!(
        bench.server.report().control[0]
            .data
            .iter()
            .all(|data| data.protocol.is_none())
    );
}

#[tokio::test]
async fn a_proxy_and_active_mode_exclude_each_other() {
    let bench = Bench::start(Personality::VsFtpd).await;
    let proxy: Proxy = "http://localhost:1".parse().unwrap();
    let config = bench.open_config().data_mode(any()).proxy(proxy);
    assert_eq!(session(config).await.unwrap_err().kind(), ErrorKind::Usage);
}
