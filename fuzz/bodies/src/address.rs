//! Addresses and other values in replies.

use towline_proto::address::{parse_epsv, parse_pasv};
use towline_proto::body::{parse_mdtm, parse_pwd, parse_size};
use towline_proto::command::Command;
use towline_proto::reply::{Reply, ReplyCode};

/// Any text as a reply that holds a value: there is no port 0, and the value read is in the text or
/// can be written back.
pub fn address(data: &[u8]) {
    let reply = Reply::new(ReplyCode::ENTERING_EXTENDED_PASSIVE, data);
    if let Ok(port) = parse_epsv(&reply) {
        assert_ne!(port, 0);
        let digits = port.to_string();
        assert!(
            data.windows(digits.len())
                .any(|part| part == digits.as_bytes())
        );
    }
    if let Ok(address) = parse_pasv(&reply) {
        assert_ne!(address.port(), 0);
        let again = Reply::new(
            ReplyCode::ENTERING_PASSIVE,
            Command::Port(address).to_string(),
        );
        assert_eq!(parse_pasv(&again), Ok(address));
    }
    if let Ok(size) = parse_size(&reply) {
        let again = Reply::new(ReplyCode::FILE_STATUS, size.to_string());
        assert_eq!(parse_size(&again), Ok(size));
    }
    if let Ok(time) = parse_mdtm(&reply) {
        let again = Reply::new(
            ReplyCode::FILE_STATUS,
            time.strftime("%Y%m%d%H%M%S%.f").to_string(),
        );
        assert_eq!(parse_mdtm(&again), Ok(time));
    }
    if let Ok(path) = parse_pwd(&reply) {
        let doubled = path
            .as_bytes()
            .split(|byte| *byte == b'"')
            .collect::<Vec<_>>()
            .join(b"\"\"".as_slice());
        let again = Reply::new(
            ReplyCode::PATH_CREATED,
            [b"\"", doubled.as_slice(), b"\""].concat(),
        );
        assert_eq!(parse_pwd(&again), Ok(path));
    }
}
