//! Whether the server accepts a TLS 1.3 ticket twice, on a control connection of its own.

use towline::probe::{Fact, Probe};
use towline::{DataConnection, Error, TicketSource};

use super::logging_in::verdict_line;
use super::step::Step;

const ID: &str = "used-ticket";

/// Lists twice, the second time with the ticket of the first.
pub(super) async fn step(mut probe: Probe) -> Step {
    let first = listed(&mut probe).await;
    let step = match first {
        Ok(Some(first)) if first.resumed => second(&mut probe).await,
        Ok(_) => Step::skipped(ID, "the first data connection did not resume"),
        Err(error) => Step::skipped(ID, error.to_string()),
    };
    probe.quit().await;
    step
}

async fn second(probe: &mut Probe) -> Step {
    let Some(left) = probe.again_with_used_ticket() else {
        return Step::skipped(ID, "the connection was lost");
    };
    let why_not = match listed(probe).await {
        Ok(Some(second)) if second.resumed => {
            return match second.ticket_source {
                TicketSource::ControlCopy => {
                    Step::good(ID, "one ticket serves for two data connections")
                }
                _ => Step::good(
                    ID,
                    "the server sends a new ticket for each data connection, so none is used twice",
                ),
            };
        }
        Ok(Some(second)) => verdict_line(&second),
        Ok(None) => return Step::skipped(ID, "no data connection"),
        // Only a refusal of the data connection says something of the ticket.
        Err(error) if super::logging_in::requires_reuse(&error) => error.to_string(),
        Err(error) => return Step::skipped(ID, error.to_string()),
    };
    let line = format!("a ticket serves once: {why_not}");
    match left {
        0 => Step::good(ID, line.clone()).shows("ticket-serves-once", line),
        left => Step::good(ID, line).and(format!(
            "the server has sent {} tickets, so none has to serve twice",
            left + 1
        )),
    }
}

/// Takes the steps that are left, and returns the verdict on the data connection.
async fn listed(probe: &mut Probe) -> Result<Option<DataConnection>, Error> {
    let mut verdict = None;
    while let Some(step) = probe.next().await {
        match step {
            Ok(Fact::DataOpened(data)) => verdict = data.verdict,
            Ok(_) => {}
            Err(failure) => return Err(failure.error),
        }
    }
    Ok(verdict)
}
