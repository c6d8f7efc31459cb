//! The ledger of commands, against a model of it.

use std::collections::VecDeque;

use towline_proto::command::Command;
use towline_proto::exchange::{Exchange, Expect, MAX_PRELIMINARY, MatchKind, StrayReply};
use towline_proto::path::RemotePath;
use towline_proto::reply::{Reply, ReplyClass, ReplyCode};

/// Commands and replies in any order: each reply goes to the oldest command that accepts it, or is
/// refused and changes nothing.
pub fn exchange(data: &[u8]) {
    let mut exchange = Exchange::new();
    // The model: the verb, and how many more 1yz replies may come.
    let mut awaited: VecDeque<(&str, u8)> = VecDeque::new();
    let mut has_ended = false;
    for byte in data {
        if let Some(command) = command(*byte) {
            exchange.sent(&command);
            let may_be_preliminary = matches!(command, Command::List(_) | Command::Retr(_));
            awaited.push_back((
                command.verb(),
                u8::from(may_be_preliminary) * MAX_PRELIMINARY,
            ));
        } else if *byte == 4 {
            exchange.sent(Expect::greeting());
            awaited.push_back(("greeting", MAX_PRELIMINARY));
        } else {
            let Some(reply) = reply(*byte) else { continue };
            let before = exchange.outstanding();
            match exchange.received(&reply) {
                Err(StrayReply(stray)) => {
                    assert_eq!(stray, reply);
                    assert_eq!(exchange.outstanding(), before);
                    let may_be_preliminary = awaited.front().is_some_and(|(_, left)| *left > 0);
                    assert!(
                        has_ended
                            || awaited.is_empty()
                            || is_preliminary(&reply) && !may_be_preliminary
                    );
                }
                Ok(matched) => {
                    assert!(!has_ended);
                    assert_eq!(matched.verb, awaited.front().map(|(verb, _)| *verb));
                    match matched.kind {
                        MatchKind::Goodbye => {
                            assert_eq!(reply.code(), ReplyCode::SERVICE_UNAVAILABLE);
                            has_ended = true;
                            awaited.clear();
                        }
                        MatchKind::Preliminary => {
                            assert!(is_preliminary(&reply));
                            let oldest = awaited.front_mut();
                            assert!(oldest.as_ref().is_some_and(|(_, left)| *left > 0));
                            oldest.into_iter().for_each(|(_, left)| *left -= 1);
                        }
                        MatchKind::Final => {
                            assert!(!is_preliminary(&reply));
                            assert!(awaited.pop_front().is_some());
                        }
                    }
                }
            }
        }
        assert_eq!(exchange.outstanding(), awaited.len());
    }
}

fn command(byte: u8) -> Option<Command> {
    Some(match byte {
        0 => Command::Noop,
        1 => Command::Abor,
        2 => Command::List(None),
        3 => Command::Retr(RemotePath::login_directory()),
        _ => return None,
    })
}

fn reply(byte: u8) -> Option<Reply> {
    let number = match byte {
        250.. => 421,
        5..250 => 100 + u16::from(byte) * 2,
        _ => return None,
    };
    Some(Reply::new(ReplyCode::try_from(number).ok()?, ""))
}

fn is_preliminary(reply: &Reply) -> bool {
    reply.class() == ReplyClass::Preliminary
}
