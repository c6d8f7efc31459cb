//! Control and data connections through a proxy, which resolves the names.

use std::net::Ipv4Addr;
use std::sync::Arc;

use towline::{Config, ErrorKind, Secret};
use towline_testkit::{Personality, Proxy, ProxyBuilder};

use crate::support::{BOTH, Bench, Notebook, download, list, quick_retry, session, upload};

/// A name that only the proxy knows.
const HOST: &str = "files.invalid";

async fn through(proxy: &Proxy, scheme: &str, bench: &Bench) -> Config {
    let proxy: towline::Proxy = format!("{scheme}://{}", proxy.address()).parse().unwrap();
    let port = bench.server.address().port();
    bench.config_for("localhost", port).proxy(proxy)
}

fn both() -> [(&'static str, ProxyBuilder); 2] {
    [("http", Proxy::http()), ("socks5", Proxy::socks5())]
}

#[tokio::test]
async fn every_connection_goes_through_the_proxy_by_name() {
    for version in BOTH {
        for (scheme, proxy) in both() {
            let bench = Bench::start(Personality::VsFtpd).await;
            let proxy = proxy
                .resolve("localhost", Ipv4Addr::LOCALHOST)
                .start()
                .await
                .unwrap();
            let config = through(&proxy, scheme, &bench).await;
            let mut session = session(config.tls_versions(version, version))
                .await
                .unwrap();
            // Uploads wait for a first listing.
            list(&mut session).await.unwrap();
            upload(&mut session, "a", b"contents").await.unwrap();
            assert_eq!(download(&mut session, "a").await.unwrap(), b"contents");
            assert_eq!(list(&mut session).await.unwrap(), ["a"]);

            let control = &bench.server.report().control[0];
            assert_eq!((control.data.len(), control.resumed()), (4, 4));
            let requests = proxy.requests();
            assert_eq!(requests.len(), 5);
            assert!(requests.iter().all(|request| request.host == "localhost"));
        }
    }
}

#[tokio::test]
async fn a_name_is_looked_up_at_the_proxy_alone() {
    for (scheme, proxy) in both() {
        let bench = Bench::start(Personality::VsFtpd).await;
        let proxy = proxy
            .resolve(HOST, Ipv4Addr::LOCALHOST)
            .start()
            .await
            .unwrap();
        let uri: towline::Proxy = format!("{scheme}://{}", proxy.address()).parse().unwrap();
        let config = bench
            .config_for(HOST, bench.server.address().port())
            .proxy(uri);
        // The certificate is for another name, which shows that the client asked for this one.
        let error = session(config).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Certificate, "{scheme}");
        assert_eq!(proxy.requests()[0].host, HOST);
    }
}

#[tokio::test]
async fn a_proxy_may_want_user_and_password() {
    for (scheme, proxy) in both() {
        let bench = Bench::start(Personality::VsFtpd).await;
        let proxy = proxy
            .user("jo", "pässword: x")
            .resolve("localhost", Ipv4Addr::LOCALHOST)
            .start()
            .await
            .unwrap();
        let uri: towline::Proxy = format!("{scheme}://{}", proxy.address()).parse().unwrap();
        let config = through(&proxy, scheme, &bench).await;
        let right = uri.clone().login("jo", Secret::new("pässword: x"));
        let mut good = session(config.clone().proxy(right)).await.unwrap();
        list(&mut good).await.unwrap();
        for wrong in [uri.clone(), uri.login("jo", Secret::new("wrong"))] {
            let error = session(config.clone().proxy(wrong)).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::LoginRefused, "{scheme}");
            let text = error.to_string();
            let expected = format!("the proxy {scheme}://{} does not connect", proxy.address());
            assert!(text.starts_with(&expected), "{text}");
            assert!(!text.contains("wrong"), "{text}");
        }
    }
}

/// Proxies lock accounts, as servers do.
#[tokio::test]
async fn a_password_that_the_proxy_refuses_is_never_tried_again() {
    for (scheme, proxy) in both() {
        let bench = Bench::start(Personality::VsFtpd).await;
        let proxy = proxy.user("jo", "right").start().await.unwrap();
        let uri: towline::Proxy = format!("{scheme}://{}", proxy.address()).parse().unwrap();
        let uri = uri.login("jo", Secret::new("wrong"));
        let notebook = Arc::new(Notebook::default());
        let config = through(&proxy, scheme, &bench).await.proxy(uri);
        let config = config.retry(quick_retry()).observer(notebook.clone());
        session(config).await.unwrap_err();
        assert!(!notebook.has("WaitingToRetry"), "{scheme}: {notebook:?}");
    }
}

#[tokio::test]
async fn a_refusal_by_the_proxy_names_the_proxy_and_its_words() {
    let bench = Bench::start(Personality::VsFtpd).await;
    for (scheme, proxy, answer, words) in [
        ("http", Proxy::http(), 403, "403"),
        ("http", Proxy::http(), 502, "502"),
        ("socks5", Proxy::socks5(), 2, "not allowed by ruleset"),
        ("socks5", Proxy::socks5(), 5, "Connection refused"),
    ] {
        let proxy = proxy.refuse(answer).start().await.unwrap();
        let config = through(&proxy, scheme, &bench).await;
        let error = session(config).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Network);
        assert!(error.to_string().contains(words), "{error}");
    }
    assert!(bench.server.report().control.is_empty());
}

#[tokio::test]
async fn a_data_connection_that_the_proxy_refuses_is_told() {
    for (scheme, proxy) in both() {
        let bench = Bench::start(Personality::VsFtpd).await;
        let proxy = proxy
            .resolve("localhost", Ipv4Addr::LOCALHOST)
            .refuse_from_nth(2, if scheme == "http" { 403 } else { 2 })
            .start()
            .await
            .unwrap();
        let mut session = session(through(&proxy, scheme, &bench).await)
            .await
            .unwrap();
        let error = list(&mut session).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Network);
        assert!(error.to_string().contains("the proxy"), "{error}");
    }
}
