//! `towline trust show`: what the certificates of a server say, and the pin to trust it by.

use jiff::Timestamp;
use towline::Trust;
use towline::probe::{Certificate, Fact, Failure, Probe, Secured};
use towline_proto::name::escape;

use crate::error::Error;
use crate::operand::address;
use crate::operand::remote::Remote;
use crate::output::certificate::Described;
use crate::output::json;
use crate::output::printer::Printer;
use crate::output::table::{Align, Table};
use crate::session::connect;

/// Connects up to the end of the TLS handshake, and prints what the server shows. Sends no login.
///
/// # Errors
/// [`Error::Connect`] if no TLS session can be opened. A certificate that is not trusted is shown,
/// and is no error.
pub(crate) async fn show(remote: &Remote, printer: &Printer) -> Result<(), Error> {
    let server = &remote.server;
    let config = connect::without_secrets(server)?;
    let config = match &server.settings.connection.trust {
        // Looking at a server does not make its certificate a known one.
        Trust::FirstUse(_) => config.trust(Trust::Platform),
        _ => config,
    };
    printer.set_host(&server.host);
    let mut probe = Probe::new(config)?;
    let found = loop {
        match probe.next().await {
            Some(Ok(Fact::Secured(secured))) => break (secured, None),
            Some(Ok(_)) => {}
            Some(Err(Failure { found, error, .. })) => match found.map(|found| *found) {
                Some(Fact::Secured(secured)) if !secured.chain.is_empty() => {
                    break (secured, Some(error));
                }
                _ => return Err(Error::from(error).while_connecting()),
            },
            None => return Err(Error::Interrupted),
        }
    };
    probe.quit().await;
    let (secured, refusal) = found;
    if secured.chain.is_empty() {
        return Err(Error::usage(
            "the server shows no certificate: the connection has no TLS",
        ));
    }
    let refusal = refusal.map(|error| error.to_string());
    let port = server.effective_port(server.tls_mode()?);
    let address = address::address(&server.host, port);
    match printer.is_json() {
        true => events(&secured, refusal.as_deref(), port, printer),
        false => printer.data(&page(&secured, refusal.as_deref(), &address))?,
    }
    printer.check_stdout()
}

fn events(secured: &Secured, refusal: Option<&str>, port: u16, printer: &Printer) {
    for (place, certificate) in secured.chain.iter().enumerate() {
        let described = Described::of(certificate);
        let described = described.as_ref();
        let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
        printer.event(&json::Event::Certificate {
            port,
            place: place as u64,
            subject: described.map(|described| described.subject.clone()),
            issuer: described.map(|described| described.issuer.clone()),
            names: described.map_or_else(Vec::new, |described| described.names.clone()),
            valid_from: time(described.and_then(|described| described.valid_from)),
            valid_until: time(described.and_then(|described| described.valid_until)),
            fingerprint: certificate.fingerprint().to_string(),
            pin: certificate.pin().map(|pin| pin.to_string()),
            trusted: refusal.is_none(),
            refusal: refusal.map(str::to_owned),
        });
    }
}

fn page(secured: &Secured, refusal: Option<&str>, address: &str) -> String {
    let mut page = format!("{address} is ");
    match refusal {
        None => page.push_str("trusted\n"),
        Some(refusal) => {
            page.push_str(&format!("not trusted: {}\n", escape(refusal.as_bytes())));
        }
    }
    let all = secured.chain.len();
    for (n, certificate) in secured.chain.iter().enumerate() {
        page.push_str(&format!("\nCertificate {} of {all}\n", n + 1));
        page.push_str(&table(certificate));
    }
    if let Some(pin) = secured.chain.first().and_then(Certificate::pin) {
        page.push_str(&format!(
            "\nOnce the server's owner has confirmed the fingerprint, trust the server by its key:\n  \
             --pin {pin}\n"
        ));
    }
    page
}

fn table(certificate: &Certificate) -> String {
    let mut table = Table::new([Align::Left, Align::Left]);
    let mut row = |label: &str, value: String| {
        table.row([format!("  {label}:"), escape(value.as_bytes())]);
    };
    match Described::of(certificate) {
        Some(described) => {
            row("subject", described.subject);
            row("issuer", described.issuer);
            let names = match described.names.is_empty() {
                true => "none".to_owned(),
                false => described.names.join(", "),
            };
            row("names", names);
            let valid = validity(
                described.valid_from,
                described.valid_until,
                Timestamp::now(),
            );
            row("valid", valid);
        }
        None => row("subject", "cannot be read".to_owned()),
    }
    row("SHA-256", certificate.fingerprint().to_string());
    if let Some(pin) = certificate.pin() {
        row("pin", pin.to_string());
    }
    table.to_string()
}

/// Such as `2026-01-01 to 2026-12-31 (31 days left)`.
fn validity(from: Option<Timestamp>, until: Option<Timestamp>, now: Timestamp) -> String {
    let (Some(from), Some(until)) = (from, until) else {
        return "cannot be read".to_owned();
    };
    let day = |time: Timestamp| time.strftime("%Y-%m-%d").to_string();
    let days = until.duration_since(now).as_hours() / 24;
    let state = match (now < from, until < now) {
        (true, _) => "not yet valid".to_owned(),
        (_, true) => "expired".to_owned(),
        _ if days == 1 => "1 day left".to_owned(),
        _ => format!("{days} days left"),
    };
    format!("{} to {} ({state})", day(from), day(until))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn validity_says_how_long_it_lasts() {
        let day = |day: i64| Timestamp::from_second(day * 86_400).ok();
        let said = |now| validity(day(10), day(20), day(now).unwrap());
        assert_eq!(said(13), "1970-01-11 to 1970-01-21 (7 days left)");
        assert_eq!(said(19), "1970-01-11 to 1970-01-21 (1 day left)");
        assert_eq!(said(9), "1970-01-11 to 1970-01-21 (not yet valid)");
        assert_eq!(said(21), "1970-01-11 to 1970-01-21 (expired)");
        assert_eq!(validity(None, day(1), Timestamp::now()), "cannot be read");
    }
}
