//! `towline trust`: manages the known servers, and shows certificates.

mod show;

use std::ffi::OsStr;
use std::path::Path;

use towline::{Fingerprint, KnownServers, TlsMode};

use crate::args::commands::{TrustCommand, TrustCommandArgs};
use crate::error::Error;
use crate::operand::address;
use crate::operand::sites::Sites;
use crate::output::json;
use crate::output::printer::Printer;
use crate::output::table::{Align, Table};
use crate::settings::configuration::Configuration;
use crate::settings::layer;

/// Works on the file that the option names, or else on that of the configuration file at `config`.
pub(crate) async fn run(
    args: &TrustCommandArgs,
    config: Option<&Path>,
    printer: &Printer,
) -> Result<(), Error> {
    if let TrustCommand::Show { server, reach, .. } = &args.command {
        let configuration = Configuration::open(layer::of_options(reach), config)?;
        let remote = Sites::new(configuration)?.server_or_address(server)?;
        return show::show(&remote, printer).await;
    }
    let servers = match &args.known_servers {
        Some(file) => KnownServers::at(file),
        None => usual_servers(config)?,
    };
    match &args.command {
        TrustCommand::List { .. } | TrustCommand::Show { .. } => list(&servers, printer),
        TrustCommand::Accept {
            server,
            fingerprint,
        } => accept(&servers, server, *fingerprint, printer),
        TrustCommand::Remove { server } => remove(&servers, server, printer),
    }
}

fn usual_servers(config: Option<&Path>) -> Result<KnownServers, Error> {
    let settings = Configuration::open(Vec::new(), config)?.settings(None)?;
    settings.connection.known_servers.ok_or_else(|| {
        Error::usage("there is no home directory for the known servers; use --known-servers")
    })
}

fn list(servers: &KnownServers, printer: &Printer) -> Result<(), Error> {
    let mut table = Table::new([Align::Left; 4]);
    for server in servers.list()? {
        let fingerprint = server
            .fingerprint
            .map(|fingerprint| fingerprint.to_string());
        let added = format!("{:.0}", server.added);
        if printer.is_json() {
            printer.event(&json::Event::KnownServer {
                host: &server.host,
                port: server.port,
                fingerprint,
                issuer: server.issuer.as_deref(),
                added,
            });
            continue;
        }
        let issuer = server.issuer.map(|issuer| format!("issued by {issuer}"));
        let cells = [
            address::address(&server.host, server.port),
            fingerprint.unwrap_or_else(|| "supports TLS".to_owned()),
            added,
            issuer.unwrap_or_default(),
        ];
        table.row(cells.map(|cell| towline_proto::name::escape(cell.as_bytes())));
    }
    printer.data(&table.to_string())
}

fn accept(
    servers: &KnownServers,
    server: &OsStr,
    fingerprint: Fingerprint,
    printer: &Printer,
) -> Result<(), Error> {
    let (host, port) = host_and_port(server)?;
    servers.accept(&host, port, fingerprint)?;
    let server = address::address(&host, port);
    printer.result(&format!(
        "{server} is now trusted with the certificate {fingerprint}"
    ));
    Ok(())
}

fn remove(servers: &KnownServers, server: &OsStr, printer: &Printer) -> Result<(), Error> {
    let (host, port) = host_and_port(server)?;
    let server = address::address(&host, port);
    if !servers.remove(&host, port)? {
        let file = servers.path().display();
        return Err(Error::usage(format!("{server} is not in {file}")));
    }
    printer.result(&format!("{server} was removed from the known servers"));
    Ok(())
}

fn host_and_port(server: &OsStr) -> Result<(String, u16), Error> {
    let (host, port) = address::parse_address(server.as_encoded_bytes())?;
    Ok((
        host,
        port.unwrap_or_else(|| TlsMode::Explicit.default_port()),
    ))
}
