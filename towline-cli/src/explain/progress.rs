//! How far a session was when it timed out. Programs have one sentence for every time limit; the
//! lines above it show what was going on.

use super::dialogue::{Said, said};
use super::finding::Step;
use super::pasted::Reading;

/// A time limit that ended something, and what.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimedOut {
    pub(super) step: Step,
    /// The place of the line in the text, in bytes.
    pub(super) start: usize,
}

/// What says that a time limit has passed, in lower case.
const TIMEOUTS: [&str; 19] = [
    "timed out",
    "timeout detected",
    "timeout - reconnecting",
    "timeout (",
    "timeout was reached",
    "timeout waiting",
    "timeout when",
    "ftp response timeout",
    "etimedout",
    "i/o timeout",
    "timeouterror",
    "timeoutexception",
    "winerror 10060",
    "did not properly respond",
    "連接逾時",
    "连接超时",
    "タイムアウト",
    "inaktivität",
    "délai d'attente",
];

/// What programs say of a step that begins, in lower case.
const BEGINNINGS: [(&str, Step); 19] = [
    ("connecting data socket", Step::OpeningData),
    ("making data connection", Step::OpeningData),
    ("connecting to", Step::Connecting),
    ("connecting control socket", Step::Connecting),
    ("正在连接", Step::Connecting),
    ("に接続しています", Step::Connecting),
    ("verbinde mit", Step::Connecting),
    ("waiting for welcome message", Step::Replying),
    ("waiting for a response", Step::Replying),
    ("等待欢迎消息", Step::Replying),
    ("メッセージを待っています", Step::Replying),
    ("warte auf willkommensnachricht", Step::Replying),
    ("initializing tls", Step::Replying),
    ("正在初始化 tls", Step::Replying),
    ("tls を初期化", Step::Replying),
    ("logged in", Step::Replying),
    ("in ntransfercmd", Step::OpeningData),
    ("in getline", Step::Replying),
    ("in readinto", Step::Replying),
];

/// What programs say after a time limit, in lower case, and what it ended if nothing else shows
/// that.
const ENDINGS: [(&str, Step); 6] = [
    ("failed to retrieve directory listing", Step::OpeningData),
    ("读取目录列表失败", Step::OpeningData),
    ("ディレクトリ一覧の取得に失敗", Step::OpeningData),
    ("verzeichnisinhalt konnte nicht", Step::OpeningData),
    ("file transfer failed after transferring", Step::Moving),
    ("could not connect to server", Step::Connecting),
];

/// The last time limit of a text, if the text shows what it ended. A refused data connection in
/// active mode counts as one: the server waited for nothing, or could not connect.
pub(super) fn timed_out(text: &Reading) -> Option<TimedOut> {
    let mut step = None;
    let mut is_active = false;
    let mut found = None;
    let mut unexplained = None;
    for (start, line) in text.lines() {
        let lower = line.to_lowercase();
        let said = said(line);
        if TIMEOUTS.iter().any(|text| lower.contains(text)) && !matches!(said, Said::Reply { .. }) {
            found = step.map(|step| TimedOut { step, start }).or(found);
            unexplained = step.is_none().then_some(start);
            continue;
        }
        match said {
            Said::Command { verb, argument: _ } => {
                step = after_command(verb, step, &mut is_active).or(step);
            }
            Said::Reply { code, at, text } => {
                let about_port = {
                    let text = text.to_lowercase();
                    text.starts_with("port command") || text.starts_with("eprt command")
                };
                match code {
                    227 | 229 => {
                        is_active = false;
                        step = Some(Step::OpeningData);
                    }
                    200 if about_port => {
                        is_active = true;
                        step = Some(Step::AwaitingData);
                    }
                    125 | 150 if step != Some(Step::AwaitingData) => step = Some(Step::Moving),
                    425 if is_active => {
                        step = Some(Step::AwaitingData);
                        let start = start + at;
                        found = step.map(|step| TimedOut { step, start });
                    }
                    220 | 226 | 230 | 234 | 250 | 331 => step = Some(Step::Replying),
                    _ => {}
                }
            }
            Said::Other => {
                let ended = ENDINGS.iter().find(|(text, _)| lower.contains(text));
                if let (Some((_, step)), Some(start)) = (ended, unexplained.take()) {
                    let step = *step;
                    found = Some(TimedOut { step, start });
                }
                let begun = BEGINNINGS.iter().find(|(text, _)| lower.contains(text));
                // A client also reports that it connects to the data port.
                let is_data = |begun: &Step| {
                    *begun == Step::Connecting
                        && matches!(step, Some(Step::OpeningData | Step::Moving))
                };
                step = begun
                    .map(|(_, step)| *step)
                    .filter(|begun| !is_data(begun))
                    .or(step);
            }
        }
    }
    found.or_else(|| in_stack(text))
}

/// The step after a command was sent.
fn after_command(verb: &str, step: Option<Step>, is_active: &mut bool) -> Option<Step> {
    match verb {
        "PORT" | "EPRT" => {
            *is_active = true;
            Some(Step::Replying)
        }
        "PASV" | "EPSV" => {
            *is_active = false;
            Some(Step::Replying)
        }
        "LIST" | "MLSD" | "NLST" | "RETR" | "STOR" | "APPE" => match step {
            Some(Step::AwaitingData) => None,
            _ if *is_active => Some(Step::AwaitingData),
            _ => Some(Step::OpeningData),
        },
        _ => Some(Step::Replying),
    }
}

/// A connection that a stack trace of Commons Net shows to be that for data.
fn in_stack(text: &Reading) -> Option<TimedOut> {
    let mut lines = text.lines();
    let (start, _) = lines.find(|(_, line)| {
        let line = line.to_lowercase();
        line.contains("connect timed out") || line.contains("connection timed out")
    })?;
    let is_data = lines.any(|(_, line)| line.contains("_openDataConnection_"));
    is_data.then_some(TimedOut {
        step: Step::OpeningData,
        start,
    })
}
