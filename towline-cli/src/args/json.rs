//! The options for JSON lines.

use clap::ArgAction;
use clap::builder::PossibleValuesParser;

macro_rules! event_names {
    ($($event:ident = $name:literal,)*) => {
        /// The name of an event of a JSON line. The gateway names its own reports.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum EventName {
            $($event,)*
        }

        impl EventName {
            /// Every name.
            pub(crate) const ALL: &[&str] = &[$($name),*];

            pub(crate) fn as_str(self) -> &'static str {
                match self {
                    $(Self::$event => $name,)*
                }
            }
        }
    };
}

event_names! {
    DataConnection = "data_connection",
    Entry = "entry",
    Transfer = "transfer",
    Retry = "retry",
    Recovery = "recovery",
    Reply = "reply",
    Plan = "plan",
    Explanation = "explanation",
    Step = "step",
    Finding = "finding",
    Warning = "warning",
    Error = "error",
    Setting = "setting",
    Certificate = "certificate",
    KnownServer = "known_server",
    Summary = "summary",
    GatewaySpooled = "gateway_spooled",
    GatewayRetry = "gateway_retry",
}

/// The names that `--json-events` accepts.
fn choices() -> Vec<&'static str> {
    let of_gateway = towline_gateway::Event::NAMES.iter();
    let of_gateway = of_gateway.filter(|name| !EventName::ALL.contains(name));
    EventName::ALL.iter().chain(of_gateway).copied().collect()
}

#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "Output")]
pub(crate) struct JsonArgs {
    /// Print one JSON object per line on standard output
    #[arg(long)]
    pub(crate) json: bool,
    /// Print only these events as JSON lines, such as transfer,error,summary; implies --json
    #[arg(long, value_name = "EVENTS", value_delimiter = ',', action = ArgAction::Append,
        value_parser = PossibleValuesParser::new(choices()), hide_possible_values = true)]
    pub(crate) json_events: Vec<String>,
}

impl JsonArgs {
    /// For commands that print no JSON lines.
    pub(crate) fn none() -> &'static Self {
        static NONE: JsonArgs = JsonArgs {
            json: false,
            json_events: Vec::new(),
        };
        &NONE
    }

    /// Whether standard output carries JSON lines.
    pub(crate) fn is_on(&self) -> bool {
        self.json || !self.json_events.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use clap::Command;

    use super::*;
    use crate::args::definition::command;

    fn choices_of(command: &Command, found: &mut Vec<(String, Vec<String>)>) {
        let events = command
            .get_arguments()
            .find(|arg| arg.get_id() == "json_events");
        if let Some(events) = events {
            let names = events.get_possible_values();
            let names = names.iter().map(|name| name.get_name().to_owned());
            found.push((command.get_name().to_owned(), names.collect()));
        }
        for command in command.get_subcommands() {
            choices_of(command, found);
        }
    }

    #[test]
    fn every_command_lets_every_event_be_chosen_that_can_be_printed() {
        let mut found = Vec::new();
        choices_of(&command(), &mut found);
        assert!(found.iter().any(|(command, _)| command == "retry"));
        let printed = [EventName::ALL, towline_gateway::Event::NAMES].concat();
        for (command, names) in found {
            for event in &printed {
                assert!(names.iter().any(|name| name == event), "{command}: {event}");
            }
        }
    }
}
