//! Proxies from the environment.

use towline_testkit::Proxy;

use crate::support::{Harness, Run};

#[tokio::test]
async fn all_proxy_and_no_proxy_count_where_the_user_asks_for_them() {
    for (scheme, builder) in [("http", Proxy::http()), ("socks5h", Proxy::socks5())] {
        let proxy = builder.user("jo", "hunter2").start().await.unwrap();
        let h = Harness::start().await;
        h.write_remote("a", "x");
        let url = format!("{scheme}://jo:hunter2@{}", proxy.address());
        let list = async |arguments: &[&str], variables: &[(&str, &str)]| {
            let mut command = h.command(&[&["ls"], arguments, &[&h.url("")]].concat());
            for name in ["ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"] {
                command.env_remove(name);
            }
            command.envs(variables.iter().copied());
            let run = Run::of(command).await;
            assert_eq!((run.code, run.stdout.as_str()), (0, "a\n"), "{run:?}");
            proxy.requests().len()
        };
        let asked = ["--proxy", "env"];
        assert_eq!(list(&[], &[("ALL_PROXY", &url)]).await, 0, "not asked for");
        assert_eq!(list(&asked, &[]).await, 0, "no proxy");
        let through = list(&asked, &[("ALL_PROXY", &url)]).await;
        assert!(through >= 2, "control and data connection");
        let exempt = [
            ("ALL_PROXY", url.as_str()),
            ("NO_PROXY", "h.example,127.0.0.0/8"),
        ];
        assert_eq!(list(&asked, &exempt).await, through);
        let lower = [("all_proxy", url.as_str()), ("no_proxy", "h.example")];
        assert!(list(&asked, &lower).await > through);
    }
}

#[tokio::test]
async fn a_variable_that_cannot_be_used_is_named_and_not_repeated() {
    let h = Harness::start().await;
    for url in ["https://jo:hunter2@h:1", "socks4://jo:hunter2@h:1"] {
        let mut command = h.command(&["ls", "--proxy", "env", &h.url("")]);
        command
            .env("ALL_PROXY", url)
            .env_remove("NO_PROXY")
            .env_remove("no_proxy");
        let run = Run::of(command).await;
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.stderr.contains("ALL_PROXY"), "{run:?}");
        assert!(!run.stderr.contains("hunter2"), "{run:?}");
    }
}
