//! Replies: the stream that they arrive in, and the round trip to the wire and back.

use towline_proto::body::{parse_pwd, path_reply};
use towline_proto::codec::{DecodeError, Limits, ReplyDecoder};
use towline_proto::features::feat_reply;
use towline_proto::path::RemotePath;
use towline_proto::reply::{Reply, ReplyCode};

use crate::input::take_byte;
use crate::terminal::is_safe_to_print;

const UNLIMITED: Limits = Limits {
    line: usize::MAX,
    lines: usize::MAX,
    reply: usize::MAX,
};

/// Any bytes from a server: the same replies and the same error however they are
/// split, nothing larger than the limits, and no byte lost.
pub fn reply_stream(mut data: &[u8]) {
    let piece = usize::from(take_byte(&mut data)) + 2;
    let limits = match take_byte(&mut data) % 3 {
        0 => Limits {
            line: 16,
            lines: 4,
            reply: 48,
        },
        1 => Limits {
            line: 200,
            lines: 3,
            reply: 400,
        },
        _ => Limits::default(),
    };
    let whole = decode(data, data.len().max(1), limits);
    assert_eq!(decode(data, 1, limits), whole, "split at every byte");
    assert_eq!(
        decode(data, piece, limits),
        whole,
        "split every {piece} bytes"
    );

    let (replies, rest) = whole;
    for reply in &replies {
        assert!(reply.lines().len() <= limits.lines);
        assert!(reply.lines().iter().map(Vec::len).sum::<usize>() <= limits.reply);
        for line in reply.lines() {
            assert!(line.len() <= limits.line && !line.contains(&b'\n'));
        }
        assert!(is_safe_to_print(&reply.to_string()));
        assert_eq!(
            decode(&reply.encode(), 1, UNLIMITED).0,
            [without_line_breaks(reply)]
        );
    }
    match rest {
        Ok(rest) => {
            assert!(data.ends_with(&rest) && rest.len() <= limits.reply + limits.line);
        }
        Err(error) => {
            assert!(is_safe_to_print(&error.to_string()) && error.to_string().len() < 2000)
        }
    }
}

/// A reply of any code and text is read back as it was sent, in both forms.
pub fn reply_roundtrip(mut data: &[u8]) {
    let number = u16::from_be_bytes([take_byte(&mut data), take_byte(&mut data)]);
    let Ok(code) = ReplyCode::try_from(100 + number % 500) else {
        unreachable!("100 to 599 are codes");
    };
    let reply = Reply::new(code, data);
    assert_eq!(reply.lines().join(&b'\n'), data);
    for wire in [reply.encode(), reply.encode_repeating_code()] {
        let (replies, rest) = decode(&wire, 7, UNLIMITED);
        assert_eq!(
            (replies, rest),
            (vec![without_line_breaks(&reply)], Ok(Vec::new()))
        );
    }
}

/// The text of a server's reply ends no line and no reply, not even for a client that takes any
/// line that begins with a digit for the end.
pub fn reply_encode(mut data: &[u8]) {
    let choice = take_byte(&mut data);
    let items = || data.split(|byte| *byte == b';');
    let reply = match (choice % 4, RemotePath::new(data)) {
        (0, Ok(path)) => {
            let reply = path_reply(&path, "is the current directory");
            assert_eq!(parse_pwd(&reply), Ok(path));
            reply
        }
        (1, _) => feat_reply(items()),
        (2, _) => Reply::list(ReplyCode::FILE_STATUS, "213 Begin", items(), "213 End"),
        _ => Reply::new(ReplyCode::FILE_UNAVAILABLE, data),
    };
    let wire = reply.encode();
    assert!(!wire.contains(&0));
    let lines: Vec<&[u8]> = wire.split(|byte| *byte == b'\n').collect();
    let Some((&[], [before @ .., last])) = lines.split_last() else {
        unreachable!("a reply ends with a line feed");
    };
    assert_eq!(lines.len(), reply.lines().len() + 1);
    assert!(
        lines
            .iter()
            .all(|line| !line[..line.len().max(1) - 1].contains(&b'\r'))
    );
    assert_eq!(last.get(3), Some(&b' '));
    for line in before {
        let is_number = line.first().is_some_and(u8::is_ascii_digit);
        assert!(!is_number || line.get(3) == Some(&b'-'));
    }
}

/// The reply with CR and NUL as they are written.
fn without_line_breaks(reply: &Reply) -> Reply {
    let text = reply.lines().join(&b'\n');
    let written = text.iter().flat_map(|byte| match byte {
        b'\r' => b"\\x0d".to_vec(),
        0 => b"\\x00".to_vec(),
        byte => vec![*byte],
    });
    Reply::new(reply.code(), written.collect::<Vec<u8>>())
}

/// The replies in `wire`, and what is left over or wrong.
fn decode(wire: &[u8], piece: usize, limits: Limits) -> (Vec<Reply>, Result<Vec<u8>, DecodeError>) {
    let mut decoder = ReplyDecoder::new(limits);
    let mut replies = Vec::new();
    for piece in wire.chunks(piece) {
        decoder.push(piece);
        loop {
            match decoder.next_reply() {
                Ok(Some(reply)) => replies.push(reply),
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(
                        decoder.next_reply(),
                        Err(error.clone()),
                        "an error is final"
                    );
                    return (replies, Err(error));
                }
            }
        }
    }
    let rest = decoder.take_remainder();
    assert!(decoder.is_empty());
    (replies, Ok(rest))
}
