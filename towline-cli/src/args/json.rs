//! The options for JSON lines.

use clap::ArgAction;
use clap::builder::PossibleValuesParser;

/// Every event of a JSON line.
pub(crate) const EVENTS: &[&str] = &[
    "data_connection",
    "entry",
    "transfer",
    "retry",
    "recovery",
    "reply",
    "plan",
    "explanation",
    "step",
    "finding",
    "warning",
    "error",
    "setting",
    "certificate",
    "known_server",
    "summary",
];

/// The events of the gateway's own, which `docs/gateway.md` describes.
const GATEWAY_EVENTS: &[&str] = &[
    "gateway_listening",
    "gateway_connected",
    "gateway_login",
    "gateway_login_refused",
    "gateway_refusal",
    "gateway_transfer",
    "gateway_delivery",
    "gateway_spooled",
    "gateway_disconnected",
];

#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "Output")]
pub(crate) struct JsonArgs {
    /// Print one JSON object per line on standard output
    #[arg(long)]
    pub(crate) json: bool,
    /// Print only these events as JSON lines, such as transfer,error,summary; implies --json
    #[arg(long, value_name = "EVENTS", value_delimiter = ',', action = ArgAction::Append,
        value_parser = PossibleValuesParser::new([EVENTS, GATEWAY_EVENTS].concat()), hide_possible_values = true)]
    pub(crate) json_events: Vec<String>,
}

impl JsonArgs {
    /// Whether standard output carries JSON lines.
    pub(crate) fn is_on(&self) -> bool {
        self.json || !self.json_events.is_empty()
    }
}
