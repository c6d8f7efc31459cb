//! Replies: the stream that they come in, and their way to the wire and back.

use towline_proto::codec::{DecodeError, Limits, ReplyDecoder};
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
            std::slice::from_ref(reply)
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

/// A reply of any code and text comes back as it was sent.
pub fn reply_roundtrip(mut data: &[u8]) {
    let number = u16::from_be_bytes([take_byte(&mut data), take_byte(&mut data)]);
    let Ok(code) = ReplyCode::try_from(100 + number % 500) else {
        unreachable!("100 to 599 are codes");
    };
    let reply = Reply::new(code, data);
    assert_eq!(reply.lines().join(&b'\n'), data);
    let (replies, rest) = decode(&reply.encode(), 7, UNLIMITED);
    assert_eq!((replies, rest), (vec![reply], Ok(Vec::new())));
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
