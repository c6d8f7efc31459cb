//! A line of `--json`: an event, its time and its server.

use jiff::Timestamp;
use serde::Serialize;

use super::event::Event;

/// An event, and what every line says.
#[derive(Debug, Serialize)]
struct Line<'l> {
    #[serde(flatten)]
    event: &'l Event<'l>,
    /// RFC 3339, UTC.
    time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<Option<&'l str>>,
}

/// Formats a JSON line, with its line end. `host` is the server that it is about.
pub(crate) fn line(event: &Event<'_>, host: Option<&str>) -> String {
    let line = Line {
        event,
        time: format!("{:.3}", Timestamp::now()),
        host: (!event.names_a_host()).then_some(host),
    };
    let json = serde_json::to_string(&line).unwrap_or_else(|error| {
        // These types always serialize. Even so, no line may be lost silently.
        format!("{{\"event\":\"error\",\"kind\":\"internal\",\"message\":\"{error}\"}}")
    });
    let mut line = String::with_capacity(json.len() + 1);
    let mut rest = json.as_str();
    // Outside of strings, JSON is ASCII. serde_json escapes what is below U+0020. So what is found
    // here is inside a string.
    while let Some(c) = rest.chars().find(|&c| c.is_control() || reorders_text(c))
        && let Some((clean, behind)) = rest.split_once(c)
    {
        line.push_str(clean);
        line.push_str(&format!("\\u{:04x}", u32::from(c)));
        rest = behind;
    }
    line.push_str(rest);
    line.push('\n');
    line
}

/// Bidirectional marks, embeddings, overrides and isolates, and line and paragraph separators.
pub(super) fn reorders_text(c: char) -> bool {
    matches!(
        c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}
