//! The SOCKS5 proxy (RFC 1928), with or without a name and a password
//! (RFC 1929).

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::TcpStream;

use super::client::Client;
use super::rules::{ProxyRequest, Refusal, Rules};

const VERSION: u8 = 5;
const NO_AUTHENTICATION: u8 = 0;
const NAME_AND_PASSWORD: u8 = 2;
const NO_ACCEPTABLE_METHOD: u8 = 0xff;
/// The version of the negotiation in RFC 1929.
const NEGOTIATION: u8 = 1;

const CONNECT: u8 = 1;
const IPV4: u8 = 1;
const NAME: u8 = 3;
const IPV6: u8 = 4;

const GENERAL_FAILURE: u8 = 1;
const NOT_ALLOWED: u16 = 2;
const HOST_UNREACHABLE: u16 = 4;
const CONNECTION_REFUSED: u16 = 5;
const UNKNOWN_COMMAND: u16 = 7;
const UNKNOWN_ADDRESS_TYPE: u16 = 8;

/// Authenticates a client and handles its request. Returns `None` if the
/// connection must be closed.
pub(super) async fn negotiate(rules: &Rules, client: &mut Client) -> io::Result<Option<TcpStream>> {
    let Some(user) = authenticate(rules, client).await? else {
        return Ok(None);
    };
    let head = client.take(4).await?;
    let (command, kind) = (head[1], head[3]);
    let Some(host) = host(client, kind).await? else {
        answer(client, UNKNOWN_ADDRESS_TYPE, None).await?;
        return Ok(None);
    };
    let port = client.take(2).await?;
    let port = u16::from_be_bytes([port[0], port[1]]);
    let connected = match command {
        CONNECT => rules.connect(&host, port).await,
        _ => Err(Refusal::Told(UNKNOWN_COMMAND)),
    };
    let code = match &connected {
        Ok(_) => 0,
        Err(Refusal::Told(code)) => *code,
        Err(Refusal::NotAllowed) => NOT_ALLOWED,
        Err(Refusal::UnknownHost) => HOST_UNREACHABLE,
        Err(Refusal::Unreachable) => CONNECTION_REFUSED,
    };
    rules.note(ProxyRequest {
        host,
        port,
        user: user.name,
        answer: code,
    });
    let bound = connected.as_ref().ok();
    let bound = bound.and_then(|target| target.local_addr().ok());
    answer(client, code, bound).await?;
    Ok(connected.ok())
}

/// An authenticated user.
struct User {
    name: Option<String>,
}

async fn authenticate(rules: &Rules, client: &mut Client) -> io::Result<Option<User>> {
    let head = client.take(2).await?;
    if head[0] != VERSION {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let methods = client.take(head[1].into()).await?;
    let wanted = match rules.user {
        Some(_) => NAME_AND_PASSWORD,
        None => NO_AUTHENTICATION,
    };
    if !methods.contains(&wanted) {
        client.send(&[VERSION, NO_ACCEPTABLE_METHOD]).await?;
        return Ok(None);
    }
    client.send(&[VERSION, wanted]).await?;
    if wanted == NO_AUTHENTICATION {
        return Ok(Some(User { name: None }));
    }
    if client.take(1).await?[0] != NEGOTIATION {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let credentials = (text(client).await?, text(client).await?);
    let admitted = rules.admits(Some(&credentials));
    client.send(&[NEGOTIATION, u8::from(!admitted)]).await?;
    let name = Some(credentials.0);
    Ok(admitted.then_some(User { name }))
}

/// Reads the host of a request. Returns `None` for an unknown kind of address.
async fn host(client: &mut Client, kind: u8) -> io::Result<Option<String>> {
    let invalid = |_| io::Error::from(io::ErrorKind::InvalidData);
    Ok(match kind {
        IPV4 => {
            let octets: [u8; 4] = client.take(4).await?[..].try_into().map_err(invalid)?;
            Some(Ipv4Addr::from(octets).to_string())
        }
        IPV6 => {
            let octets: [u8; 16] = client.take(16).await?[..].try_into().map_err(invalid)?;
            Some(Ipv6Addr::from(octets).to_string())
        }
        NAME => Some(text(client).await?),
        _ => None,
    })
}

/// Reads a string with a length prefix.
async fn text(client: &mut Client) -> io::Result<String> {
    let length = client.take(1).await?[0];
    let bytes = client.take(length.into()).await?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Sends a reply with the proxy's own address of the connection.
async fn answer(client: &mut Client, code: u16, bound: Option<SocketAddr>) -> io::Result<()> {
    let bound = bound.unwrap_or_else(|| (Ipv4Addr::UNSPECIFIED, 0).into());
    let code = u8::try_from(code).unwrap_or(GENERAL_FAILURE);
    let mut reply = vec![VERSION, code, 0];
    match bound.ip() {
        IpAddr::V4(host) => {
            reply.push(IPV4);
            reply.extend(host.octets());
        }
        IpAddr::V6(host) => {
            reply.push(IPV6);
            reply.extend(host.octets());
        }
    }
    reply.extend(bound.port().to_be_bytes());
    client.send(&reply).await
}
