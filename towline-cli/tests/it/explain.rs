//! `towline explain`, and the explanations in errors.

use std::process::Stdio;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use towline_testkit::{AuthSupport, Personality, Server};

use crate::support::{Harness, Run};

/// Texts as people find them, and the finding that explains each.
const TEXTS: &[(&str, &str)] = &[
    // Session reuse.
    (
        "522 SSL connection failed; session reuse required: see require_ssl_reuse option in vsftpd.conf man page",
        "session-reuse-required",
    ),
    (
        "522 SSL connection failed: session reuse required",
        "session-reuse-required",
    ),
    (
        "522 Data connection must use cached TLS session",
        "session-reuse-required",
    ),
    (
        "450 TLS session of data connection has not resumed or the session does not match the control connection",
        "session-reuse-required",
    ),
    (
        "425 Unable to build data connection: Operation not permitted",
        "session-reuse-required",
    ),
    (
        "425 Unable to build data connection: TLS session of data connection not resumed.",
        "session-reuse-required",
    ),
    (
        "425 Cannot secure data connection - TLS session resumption required.",
        "session-reuse-required",
    ),
    (
        "425 Use PORT, PASV or EPSV first.",
        "data-connection-dropped",
    ),
    (
        "425 Unable to build data connection: No or wrong ALPN on data connection",
        "alpn-on-data-connection",
    ),
    (
        "ftplib.error_perm: 522 SSL connection failed; session reuse required",
        "session-reuse-required",
    ),
    (
        "java.lang.reflect.InaccessibleObjectException: Unable to make field private final sun.security.util.Cache sun.security.ssl.SSLSessionContextImpl.sessionHostPortCache accessible: module java.base does not \"opens sun.security.ssl\" to unnamed module",
        "java-session-cache-closed",
    ),
    (
        "java.io.IOException: Invalid SSL Session",
        "java-session-cache-closed",
    ),
    (
        "服务器返回425 Use PORT, PASV or EPSV first.",
        "data-connection-dropped",
    ),
    (
        "レスポンス:\u{3000}５２２　SSL connection failed; session reuse required",
        "session-reuse-required",
    ),
    (
        "错误代码：450，TLS session of data connection has not resumed",
        "session-reuse-required",
    ),
    // TLS.
    (
        "522 Data connections must be encrypted.",
        "data-must-be-encrypted",
    ),
    (
        "550 SSL/TLS required on the data channel",
        "data-must-be-encrypted",
    ),
    (
        "521 Data connection cannot be opened with this PROT setting.",
        "data-must-be-encrypted",
    ),
    (
        "534 Protection level C not allowed",
        "data-must-be-encrypted",
    ),
    ("500 AUTH not understood", "auth-refused"),
    ("レスポンス:500 AUTH not understood", "auth-refused"),
    (
        "500 This security scheme is not implemented",
        "auth-refused",
    ),
    ("534 Policy requires SSL.", "tls-required"),
    (
        "421-Sorry, cleartext sessions and weak ciphers are not accepted on this server.\n421 Please reconnect using TLS security mechanisms.",
        "tls-required",
    ),
    (
        "530 Non-anonymous sessions must use encryption.",
        "tls-required",
    ),
    (
        "javax.net.ssl.SSLHandshakeException: Remote host closed connection during handshake\n\tat sun.security.ssl.SSLSocketImpl.readRecord(SSLSocketImpl.java:992)\nCaused by: java.io.EOFException: SSL peer shut down incorrectly\n\t... 8 more",
        "closed-during-handshake",
    ),
    (
        "javax.net.ssl.SSLHandshakeException: Remote host terminated the handshake",
        "closed-during-handshake",
    ),
    (
        "javax.net.ssl.SSLException: Unrecognized SSL message, plaintext connection?",
        "clear-text-answered",
    ),
    ("javax.net.ssl.SSLException: something new", "tls-failed"),
    (
        "javax.net.ssl.SSLException: closing inbound before receiving peer's close_notify",
        "close-notify-missing-from-server",
    ),
    (
        "sun.security.validator.ValidatorException: PKIX path building failed: unable to find valid certification path to requested target",
        "certificate-unknown-issuer",
    ),
    (
        "ssl.SSLEOFError: EOF occurred in violation of protocol (_ssl.c:2396)",
        "tls-unexpected-eof",
    ),
    (
        "ssl.SSLError: [SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1007)",
        "clear-text-answered",
    ),
    (
        "ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired (_ssl.c:1007)",
        "certificate-expired",
    ),
    (
        "ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: Hostname mismatch, certificate is not valid for 'h'. (_ssl.c:1007)",
        "certificate-wrong-name",
    ),
    (
        "System.Net.WebException: The underlying connection was closed: An unexpected error occurred on a receive.",
        "connection-closed-dotnet",
    ),
    (
        "System.Net.WebException: 基础连接已经关闭: 接收时发生错误。",
        "connection-closed-dotnet",
    ),
    (
        "System.IO.IOException: Received an unexpected EOF or 0 bytes from the transport stream.",
        "close-notify-missing-from-server",
    ),
    (
        "System.Security.Authentication.AuthenticationException: The remote certificate is invalid according to the validation procedure.",
        "certificate-unknown-issuer",
    ),
    (
        "System.IO.IOException: 从传输流收到意外的 EOF 或 0 个字节。",
        "close-notify-missing-from-server",
    ),
    (
        "検証プロシージャによると、リモート証明書は無効です。",
        "certificate-unknown-issuer",
    ),
    (
        "認証に失敗しました。リモート パーティがトランスポート ストリームを終了しました。",
        "closed-during-handshake",
    ),
    (
        "The TLS connection was non-properly terminated.",
        "close-notify-missing-from-server",
    ),
    (
        "peer closed connection without sending TLS close_notify",
        "close-notify-missing-from-server",
    ),
    (
        "received corrupt message of type InvalidContentType",
        "clear-text-answered",
    ),
    (
        "500 OOPS: vsftpd: refusing to run with writable root inside chroot()",
        "vsftpd-oops",
    ),
    // Data connections.
    ("500 Illegal PORT command.", "active-refused"),
    ("425 Can't open data connection", "data-port-unreachable"),
    (
        "425 You cannot use PASV on IPv6 connections. Use EPSV instead.",
        "passive-refused",
    ),
    (
        "227 Entering Passive Mode (192,168,1,4,195,80)",
        "passive-address-private",
    ),
    (
        "org.apache.commons.net.MalformedServerReplyException: Could not parse response code.\nServer Reply: SSH-2.0-OpenSSH_9.2",
        "ssh-server-answered",
    ),
    (
        "Host attempting data connection 203.0.113.9 is not same as server 203.0.113.7",
        "passive-address-third-host",
    ),
    (
        "System.Net.WebException: The remote server returned an error: (425) Can't open data connection.",
        "data-port-unreachable",
    ),
    (
        "System.Net.WebException: The remote server returned an error: (550) File unavailable (e.g., file not found, no access).",
        "not-found",
    ),
    (
        "System.Net.WebException: 远程服务器返回错误: (425) 无法打开数据连接。",
        "data-port-unreachable",
    ),
    (
        "System.Net.WebException: リモート サーバーがエラーを返しました: (550) ファイルが利用できません",
        "not-found",
    ),
    (
        "The server returned an address in response to the PASV command that is different than the address to which the FTP connection was made.",
        "passive-address-third-host",
    ),
    // Transfers.
    (
        "450 Transfer aborted. Link to file server lost",
        "close-notify-missing-from-client",
    ),
    (
        "426 Failure reading network stream.",
        "close-notify-missing-from-client",
    ),
    (
        "426 Transfer failed (unable to close data connection gracefully)",
        "close-notify-missing-from-client",
    ),
    (
        "425 Error while transfering data: ECONNABORTED - Connection aborted",
        "close-notify-missing-from-client",
    ),
    (
        "421 No transfer timeout (600 seconds): closing control connection",
        "session-ended",
    ),
    ("Timeout (control socket)", "reply-timed-out"),
    (
        "Interoperability failure - 200 Type set to ASCII",
        "replies-out-of-step",
    ),
    ("504 MODE Z not enabled", "mode-z-broken"),
    // Connecting and logging in.
    (
        "\"ECONNREFUSED - サーバによって接続が拒否されました\".",
        "connection-refused",
    ),
    (
        "java.net.ConnectException: Connection refused (Connection refused)",
        "connection-refused",
    ),
    (
        "java.net.UnknownHostException: ftp.exmaple.com",
        "host-not-found",
    ),
    (
        "由于目标计算机积极拒绝，无法连接。 203.0.113.7:990",
        "connection-refused",
    ),
    (
        "エラー: 致命的なエラー: サーバに接続できませんでした",
        "connecting-failed",
    ),
    (
        "java.lang.IllegalStateException: failed to create FTPClient\nCaused by: java.net.SocketException: Network is unreachable",
        "host-unreachable",
    ),
    (
        "既存の接続はリモート ホストに強制的に切断されました。",
        "connection-lost",
    ),
    ("远程服务器返回错误: (530) 未登录。", "login-refused"),
    ("530 Login incorrect.", "login-refused"),
    ("curl: (67) Access denied: 530", "login-refused"),
    (
        "421 There are too many connected users, please try later.",
        "too-many-connections",
    ),
    (
        "530 Sorry, the maximum number of allowed clients (2) are already connected.",
        "too-many-connections",
    ),
    ("552 Quota exceeded.", "server-disk-full"),
    ("550 a.txt: No such file or directory", "not-found"),
    ("553 Could not create file.", "permission-denied-by-server"),
    ("550 RNFR command failed.", "rename-refused"),
];

/// Runs `towline explain` without a home, a server or the network.
async fn explain(arguments: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_towline"));
    command.arg("explain").args(arguments).stdin(Stdio::null());
    Run::of(command).await
}

#[tokio::test]
async fn texts_that_people_find_are_explained_without_a_server() {
    for (text, id) in TEXTS {
        let run = explain(&["--json", text]).await;
        assert_eq!(run.code, 0, "{text}: {run:?}");
        assert_eq!(run.events()[0]["id"], *id, "{text}: {}", run.stdout);
    }
}

#[tokio::test]
async fn an_explanation_fits_80_columns_and_names_the_directives() {
    for (text, id) in TEXTS {
        let run = explain(&[text]).await;
        for line in run.stdout.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
        assert!(
            run.stdout.contains(&format!("({id})")) || run.stdout.contains(id),
            "{run:?}"
        );
    }
    let run = explain(&[TEXTS[0].0]).await;
    for directive in [
        "require_ssl_reuse=NO",
        "TLSOptions NoSessionReuseRequired",
        "TlsSessionResumptionMode=ENABLED",
        "FileZilla Server",
    ] {
        assert!(run.stdout.contains(directive), "{}", run.stdout);
    }
}

#[tokio::test]
async fn the_reply_in_a_stack_trace_counts_more_than_the_exception() {
    let dump = "main, READ: TLSv1.2 Application Data, length = 129\n\
        0000: 34 35 30 20 54 4C 53 20   73 65 73 73 69 6F 6E 20  450 TLS session \n\
        0010: 6F 66 20 64 61 74 61 20   63 6F 6E 6E 65 63 74 69  of data connecti\n\
        0020: 6F 6E 20 68 61 73 20 6E   6F 74 20 72 65 73 75 6D  on has not resum\n\
        0030: 65 64 20 6F 72 20 74 68   65 20 73 65 73 73 69 6F  ed or the sessio\n\
        javax.net.ssl.SSLHandshakeException: Remote host closed connection during handshake\n";
    let mut command = Command::new(env!("CARGO_BIN_EXE_towline"));
    command.args(["explain", "--json"]);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(dump.as_bytes()).await.unwrap();
    drop(stdin);
    let run = Run::from(child.wait_with_output().await.unwrap());
    let events = run.events();
    let ids: Vec<_> = events
        .iter()
        .map(|event| event["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["session-reuse-required", "closed-during-handshake"]);
    assert!(
        events[0]["evidence"]
            .as_str()
            .unwrap()
            .starts_with("450 TLS session")
    );
}

#[tokio::test]
async fn the_line_numbers_of_a_stack_trace_are_no_replies() {
    for (text, id) in [
        (
            "FTPConnectionClosedException: Connection closed without indication.\n\
             \tat org.apache.commons.net.ftp.FTP.__getReply(FTP.java:550)\n\
             \tat org.apache.commons.net.ftp.FTP.sendCommand(FTP.java:552)\n\
             \tat job.Main.run(Main.java:452) ~[not found]",
            "connection-lost",
        ),
        (
            "Traceback (most recent call last):\n  File \"ftplib.py\", line 552, in ntransfercmd\n\
             ssl.SSLEOFError: EOF occurred in violation of protocol (_ssl.c:2396)",
            "tls-unexpected-eof",
        ),
        (
            "在 System.Net.FtpWebRequest.GetResponse() 位置 d:\\a.cs:行号 552\n基础连接已经关闭: 接收时发生错误。",
            "connection-closed-dotnet",
        ),
    ] {
        let run = explain(&["--json", text]).await;
        let events = run.events();
        let ids: Vec<_> = events.iter().map(|event| &event["id"]).collect();
        assert_eq!(ids, [id], "{text}");
    }
    let run = explain(&["NullPointerException\n\tat Main.run(Main.java:552)"]).await;
    assert_eq!(run.code, 1, "{run:?}");
}

#[tokio::test]
async fn a_reply_known_by_its_code_alone_is_told_in_the_language_of_the_user() {
    for (language, words) in [("zh", "命令的顺序不对"), ("ja", "コマンドの順序")] {
        let run = explain(&["--lang", language, "返回503 Bad sequence of commands"]).await;
        let lines: String = run.stdout.lines().collect();
        assert!(lines.contains(words), "{run:?}");
        let run = explain(&["--lang", language, "--json", "503 Bad sequence of commands"]).await;
        assert_eq!(run.events()[0]["title"], "commands came in the wrong order");
    }
}

#[tokio::test]
async fn an_unknown_text_is_said_to_be_unknown() {
    let run = explain(&["the weather is fine"]).await;
    assert_eq!(run.code, 1, "{run:?}");
    assert!(
        run.stderr.contains("nothing in this text is known"),
        "{run:?}"
    );
    let run = explain(&[env!("CARGO_BIN_EXE_towline")]).await;
    assert!(run.stderr.contains("towline explain < FILE"), "{run:?}");
    let run = explain(&["555 What on earth"]).await;
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.contains("RFC 3659"), "{run:?}");
}

#[tokio::test]
async fn a_text_may_begin_with_a_hyphen() {
    for (words, id) in [
        (
            &["---> PASV\n<--- 425 Unable to build data connection: Operation not permitted"][..],
            "session-reuse-required",
        ),
        (
            &["---- Connecting to h\n**** Timeout - reconnecting"],
            "connect-timed-out",
        ),
        (
            &["--> 522 session reuse required"],
            "session-reuse-required",
        ),
        (&["- 522 session reuse required"], "session-reuse-required"),
        (&["-Error: 530 Login incorrect."], "login-refused"),
        (&["-Error:", "530", "Login", "incorrect."], "login-refused"),
    ] {
        for options in [
            &[words, &["--json"][..]].concat(),
            &[&["--json"][..], words].concat(),
        ] {
            let run = explain(options).await;
            assert_eq!(run.code, 0, "{run:?}");
            assert_eq!(run.events()[0]["id"], id, "{run:?}");
        }
        let run = explain(&[words, &["--lang", "ja"]].concat()).await;
        assert!(run.stdout.contains("意味"), "{run:?}");
    }
    let run = explain(&["--al"]).await;
    assert_eq!(run.code, 2, "{run:?}");
}

#[tokio::test]
async fn a_text_in_utf16_is_read() {
    let text = "\u{feff}522 SSL connection failed: session reuse required";
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let run = explain_input(&bytes).await;
    assert!(
        run.stdout.contains("\n  522 SSL connection failed"),
        "{run:?}"
    );
}

/// Runs `towline explain` with these bytes on its standard input.
async fn explain_input(bytes: &[u8]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_towline"));
    command.arg("explain").stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(bytes).await.unwrap();
    drop(stdin);
    Run::from(child.wait_with_output().await.unwrap())
}

#[tokio::test]
async fn a_number_that_counts_something_is_no_reply() {
    for text in ["processed 552 rows", "took 552 ms", "number 452"] {
        let run = explain(&[text]).await;
        assert_eq!(run.code, 1, "{run:?}");
    }
    for text in ["530 5.7.0 Authentication required", "421 3 users"] {
        let run = explain(&[text]).await;
        assert_eq!(run.code, 0, "{run:?}");
    }
}

#[tokio::test]
async fn what_a_paste_does_not_show_is_not_claimed() {
    for (text, claims) in [
        ("received fatal alert: handshake_failure", "offers only"),
        ("self-signed certificate", "this fingerprint"),
        ("534 Fallback to [C]", "Nothing was sent"),
        ("530 Login incorrect.", "TLS works"),
        (
            "421 Service not available, closing control connection.",
            "closes idle sessions",
        ),
    ] {
        let run = explain(&[text]).await;
        let page = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(!page.contains(claims), "{page}");
    }
}

#[tokio::test]
async fn a_password_in_the_text_is_not_repeated() {
    for text in [
        "PASS hunter2 530 Login incorrect.",
        "ftp://bob:hunter2@ftp.example.com/x: 530 Login incorrect.",
        "503 Bad sequence of commands, password: hunter2",
        "503 Bad sequence of commands, 'password' => 'hunter2'",
        "503 Bad sequence of commands ftp://bob:a/hunter2@h",
        "503 Bad sequence of commands, lftp -u bob,hunter2",
        "503 Bad sequence of commands, TOWLINE_PASSWORD_X=a hunter2",
        "503 Bad sequence of commands connect(host, 21, \"bob\", \"hunter2\")",
        "503 Bad sequence of commands, lftp bob:hunter2@h",
        "503 Bad sequence of commands, Pwd hunter2",
    ] {
        for format in ["--json", "--color=never"] {
            let run = explain(&[format, text]).await;
            assert_eq!(run.code, 0, "{run:?}");
            assert!(!run.stdout.contains("hunter2"), "{run:?}");
        }
    }
}

#[tokio::test]
async fn an_error_says_what_it_means_and_what_to_try() {
    let builder = Server::builder(Personality::ProFtpd138).auth(AuthSupport::Refused(500));
    let harness = Harness::with(builder).await;
    let run = harness.run(&["ls", "--json", &harness.url("")]).await;
    assert_eq!(run.code, 4, "{run:?}");
    let error = &run.events_of("error")[0];
    assert_eq!(error["finding"], "auth-refused");
    assert!(
        run.stderr.contains("meaning: The server does not know"),
        "{run:?}"
    );
    assert!(run.stderr.contains("hint: ftps:// starts TLS"), "{run:?}");
    assert!(run.stderr.contains("500 AUTH not understood"), "{run:?}");
}

#[tokio::test]
async fn a_meaning_is_printed_once_for_many_errors_alike() {
    let harness = Harness::start().await;
    let (a, b) = (harness.url("a"), harness.url("b"));
    let run = harness.run(&["rm", &a, &b]).await;
    assert_eq!(run.stderr.matches("error: ").count(), 2, "{run:?}");
    assert_eq!(run.stderr.matches("meaning: ").count(), 1, "{run:?}");
}
