//! `towline gateway`: lets old FTP programs use strict FTPS servers.

mod report;
pub(crate) mod retry;
mod routes;
mod service;
pub(crate) mod spools;
pub(crate) mod status;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;

use tokio::sync::mpsc;
use towline_gateway::{Gateway, Identity, IdentityError, Limits, Settings, SpoolError, StartError};

use self::report::Report;
use self::spools::SpoolList;
use crate::args::gateway::GatewayArgs;
use crate::error::Error;
use crate::failure_kind::FailureKind;
use crate::operand::sites::Sites;
use crate::output::printer::Printer;
use crate::session::interrupt::Interrupt;
use crate::settings::gateway::GatewaySettings;
use crate::settings::paths;

/// Where the gateway listens unless told otherwise.
const DEFAULT_ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 2121);

/// Serves until the user wants to stop it.
pub(crate) async fn run(
    args: &GatewayArgs,
    open: impl Fn() -> Result<Sites, Error>,
    spools: Option<&SpoolList>,
    printer: &Arc<Printer>,
    interrupt: &Interrupt,
) -> Result<(), Error> {
    let read = async || {
        let mut sites = open()?;
        let settings = settings(args, &mut sites, printer).await?;
        keep_in_sight(spools, &sites.gateway()?, printer);
        Ok::<_, Error>(settings)
    };
    let lost = spools.map(|spools| Ok::<_, Error>(spools.without_route(&open()?.gateway()?)));
    for (directory, waiting) in lost.transpose()?.unwrap_or_default() {
        let (directory, count) = (directory.display(), waiting.len());
        printer.warning(&format!(
            "{directory}: no route leads to this spool; uploads in it: {count}"
        ));
    }
    let first = interrupt.guard(read()).await?;
    let addresses = addresses(&first);
    let report = Report::new(Arc::clone(printer));
    let gateway = Gateway::bind_to(first, service::sockets()?, report).await;
    let gateway = gateway.map_err(cannot_start)?;
    let (renew, renewed) = mpsc::channel(1);
    let stop = async {
        interrupt.requested().await;
        service::stopping();
    };
    let serving = gateway.serve_renewed(renewed, stop);
    let mut serving = pin!(serving);
    service::ready();
    let mut hangups = interrupt.hangups();
    loop {
        tokio::select! {
            // Polled in this order, so that the gateway takes settings before newer ones are read.
            biased;
            () = &mut serving => break,
            Ok(()) = hangups.changed() => {
                match read().await {
                    Ok(settings) => {
                        if self::addresses(&settings) != addresses {
                            let text = "changes of listen, listen-implicit and metrics take effect \
                                        at the next start; the gateway keeps its addresses until \
                                        then";
                            printer.warning(text);
                        }
                        match hand_over(&renew, settings) {
                            Ok(done) => printer.status(done),
                            Err(kept) => printer.warning(kept),
                        }
                    }
                    Err(error) => printer.warning(&format!("the old settings stay: {error}")),
                }
            }
        }
    }
    printer.status("The gateway has ended");
    printer.check_stdout()
}

/// Notes the spools, so that a spool that loses its route is not forgotten.
fn keep_in_sight(spools: Option<&SpoolList>, file: &GatewaySettings, printer: &Printer) {
    let Some(spools) = spools else {
        return;
    };
    if let Err(error) = spools.note(file) {
        printer.warning(&format!("the list of spools cannot be written: {error}"));
    }
}

/// Gives the gateway new settings, unless it has not taken the last ones yet. Returns what to tell
/// the user.
fn hand_over<T>(renew: &mpsc::Sender<T>, settings: T) -> Result<&'static str, &'static str> {
    match renew.try_send(settings) {
        Ok(()) => Ok("The configuration has been read again"),
        Err(_) => Err("the old settings stay: the gateway is still applying earlier ones"),
    }
}

/// Where the gateway is to listen: for clients in clear text, for those with TLS, and for
/// Prometheus.
fn addresses(settings: &Settings) -> (Vec<SocketAddr>, Vec<SocketAddr>, Option<SocketAddr>) {
    let Settings {
        listen,
        listen_implicit,
        metrics,
        ..
    } = settings;
    (listen.clone(), listen_implicit.clone(), *metrics)
}

/// What the options and the configuration file say together.
async fn settings(
    args: &GatewayArgs,
    sites: &mut Sites,
    printer: &Printer,
) -> Result<Settings, Error> {
    let file = sites.gateway()?;
    let mut listen = match args.listen.is_empty() {
        true => file.listen.clone(),
        false => args.listen.clone(),
    };
    let listen_implicit = match args.listen.is_empty() {
        true => file.listen_implicit.clone(),
        false => Vec::new(),
    };
    if listen.is_empty() && listen_implicit.is_empty() {
        listen.push(DEFAULT_ADDRESS);
    }
    let routes = routes::open(args, &file, sites, printer).await?;
    Ok(Settings {
        listen,
        listen_implicit,
        identity: Some(identity(&file)?),
        require_tls: file.require_tls,
        require_reuse: file.require_reuse,
        allow_missing_close_notify: file.allow_missing_close_notify,
        routes: routes.routes,
        default_route: routes.default_route,
        hosts: routes.hosts,
        passive_ports: file.passive_ports.clone(),
        metrics: file.metrics,
        limits: limits(args, &file),
    })
}

/// The certificate of the configuration file, or one that the gateway makes once and keeps.
fn identity(file: &GatewaySettings) -> Result<Identity, Error> {
    let identity = match (&file.certificate, &file.key) {
        (Some(certificate), key) => {
            Identity::load(certificate, key.as_ref().unwrap_or(certificate))
        }
        (None, Some(_)) => return Err(Error::usage("[gateway]: key without certificate")),
        (None, None) => {
            let directory = paths::gateway();
            let directory = directory.ok_or_else(|| {
                Error::usage(
                    "there is no directory for the gateway's own certificate; set certificate and \
                     key",
                )
            })?;
            Identity::load_or_make(&directory)
        }
    };
    identity.map_err(|error| match error {
        IdentityError::File { path, error } => Error::local(path, error),
        error => Error::usage(error.to_string()),
    })
}

/// Why the gateway does not start.
fn cannot_start(error: StartError) -> Error {
    let reason = error.to_string();
    let kind = match error {
        StartError::Listen { .. } => FailureKind::Listen,
        StartError::Spool { error, .. } => match error {
            SpoolError::InUse(_) => FailureKind::Running,
            _ => FailureKind::Local,
        },
        StartError::Route { error, .. } => FailureKind::Session(error.kind()),
        _ => return Error::Usage(reason),
    };
    Error::Gateway { kind, reason }
}

fn limits(args: &GatewayArgs, file: &GatewaySettings) -> Limits {
    let usual = Limits::default();
    Limits {
        clients: file.clients.unwrap_or(usual.clients),
        line: file.line_length.unwrap_or(usual.line),
        commands: file.commands_per_second.unwrap_or(usual.commands),
        login: file.login_timeout.unwrap_or(usual.login),
        idle: file.idle_timeout.unwrap_or(usual.idle),
        data: file.data_timeout.unwrap_or(usual.data),
        grace: args.grace.or(file.grace).unwrap_or(usual.grace),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_are_not_taken_are_not_called_read() {
        let (renew, mut renewed) = mpsc::channel(1);
        assert!(hand_over(&renew, 1).is_ok());
        assert!(hand_over(&renew, 2).unwrap_err().contains("old settings"));
        assert_eq!(renewed.try_recv(), Ok(1));
        assert!(hand_over(&renew, 3).is_ok());
        drop(renewed);
        assert!(hand_over(&renew, 4).is_err());
    }
}
