//! The HTTP proxy: `CONNECT`, with Basic authentication (RFC 7617).

use std::io;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Buf;
use tokio::net::TcpStream;

use super::client::Client;
use super::rules::{ProxyRequest, Refusal, Rules};

/// The maximum size of a request head in bytes.
const HEAD_LIMIT: usize = 16 * 1024;
const HEADERS: usize = 64;

/// The head of a request.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    method: String,
    target: String,
    credentials: Option<(String, String)>,
}

/// Handles requests until one is granted. Returns `None` if the connection
/// must be closed.
pub(super) async fn negotiate(rules: &Rules, client: &mut Client) -> io::Result<Option<TcpStream>> {
    loop {
        let head = read_head(client).await?;
        if head.method != "CONNECT" {
            answer(client, 405).await?;
            return Ok(None);
        }
        let Some((host, port)) = authority(&head.target) else {
            answer(client, 400).await?;
            return Ok(None);
        };
        let connected = match rules.admits(head.credentials.as_ref()) {
            true => rules.connect(host, port).await,
            false => Err(Refusal::Told(407)),
        };
        let status = match &connected {
            Ok(_) => 200,
            Err(Refusal::Told(status)) => *status,
            Err(Refusal::NotAllowed) => 403,
            Err(Refusal::UnknownHost | Refusal::Unreachable) => 502,
        };
        rules.note(ProxyRequest {
            host: host.to_owned(),
            port,
            user: head.credentials.map(|(name, _)| name),
            answer: status,
        });
        answer(client, status).await?;
        match connected {
            Ok(target) => return Ok(Some(target)),
            // The client may try again on the same connection.
            Err(Refusal::Told(407)) => {}
            Err(_) => return Ok(None),
        }
    }
}

async fn answer(client: &mut Client, status: u16) -> io::Result<()> {
    let (reason, fields) = match status {
        200 => ("Connection established", ""),
        403 => ("Forbidden", "Content-Length: 0\r\n"),
        405 => (
            "Method Not Allowed",
            "Allow: CONNECT\r\nContent-Length: 0\r\n",
        ),
        407 => (
            "Proxy Authentication Required",
            "Proxy-Authenticate: Basic realm=\"testkit\"\r\nContent-Length: 0\r\n",
        ),
        502 => ("Bad Gateway", "Content-Length: 0\r\n"),
        _ => ("Refused", "Content-Length: 0\r\n"),
    };
    let head = format!("HTTP/1.1 {status} {reason}\r\n{fields}\r\n");
    client.send(head.as_bytes()).await
}

async fn read_head(client: &mut Client) -> io::Result<Head> {
    loop {
        if let Some((head, length)) = parse_head(&client.input)? {
            client.input.advance(length);
            return Ok(head);
        }
        if client.input.len() > HEAD_LIMIT {
            return Err(io::ErrorKind::InvalidData.into());
        }
        client.fill().await?;
    }
}

/// Returns the head and its length, if it is complete.
fn parse_head(input: &[u8]) -> io::Result<Option<(Head, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let parsed = request.parse(input).map_err(io::Error::other)?;
    let httparse::Status::Complete(length) = parsed else {
        return Ok(None);
    };
    let mut fields = request.headers.iter();
    let field = fields.find(|field| field.name.eq_ignore_ascii_case("Proxy-Authorization"));
    let head = Head {
        method: request.method.unwrap_or_default().to_owned(),
        target: request.path.unwrap_or_default().to_owned(),
        credentials: field.and_then(|field| basic(field.value)),
    };
    Ok(Some((head, length)))
}

/// Parses the name and the password of `Basic base64(name:password)`.
fn basic(value: &[u8]) -> Option<(String, String)> {
    let (scheme, token) = std::str::from_utf8(value).ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return None;
    }
    let decoded = BASE64_STANDARD.decode(token.trim()).ok()?;
    let (name, password) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}

/// Parses the host and the port of `host:port`. The brackets of an IPv6
/// address are removed.
fn authority(target: &str) -> Option<(&str, u16)> {
    let (host, port) = target.rsplit_once(':')?;
    let host = match host.strip_prefix('[') {
        Some(host) => host.strip_suffix(']')?,
        None if host.contains(':') => return None,
        None => host,
    };
    Some((host, port.parse().ok()?)).filter(|(host, _)| !host.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_head_is_read_when_it_is_whole() {
        let head = b"CONNECT files.test:21 HTTP/1.1\r\n\
            proxy-authorization: basic ZGVtbzpzZWM6cmV0\r\n\r\n220";
        for cut in 0..head.len() - 3 {
            assert_eq!(parse_head(&head[..cut]).unwrap(), None, "{cut}");
        }
        let (parsed, length) = parse_head(head).unwrap().unwrap();
        assert_eq!(&head[length..], b"220");
        assert_eq!(parsed.method, "CONNECT");
        assert_eq!(parsed.target, "files.test:21");
        let credentials = ("demo".to_owned(), "sec:ret".to_owned());
        assert_eq!(parsed.credentials, Some(credentials));
    }

    #[test]
    fn a_target_is_a_host_and_a_port() {
        assert_eq!(authority("files.test:21"), Some(("files.test", 21)));
        assert_eq!(authority("[::1]:21"), Some(("::1", 21)));
        for target in ["", "files.test", ":21", "::1:21", "[::1:21", "h:65536"] {
            assert_eq!(authority(target), None, "{target}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_too_strange(input: Vec<u8>, text in ".{0,40}") {
            let _ = parse_head(&input);
            let _ = basic(text.as_bytes());
            let _ = authority(&text);
        }
    }
}
