//! The routes of the options and of the configuration file.

use std::collections::BTreeMap;
use std::ffi::OsStr;

use towline_gateway::{Access, AllowedHosts, Route, SpoolOptions};

use crate::args::gateway::GatewayArgs;
use crate::credentials::one_host::OneHost;
use crate::credentials::secret;
use crate::error::Error;
use crate::operand::server::Server;
use crate::operand::sites::Sites;
use crate::output::printer::Printer;
use crate::session::connect;
use crate::settings::gateway::{GatewaySettings, RouteAccess, RouteSettings};

/// Where logins lead.
pub(super) struct Routes {
    pub(super) routes: Vec<Route>,
    pub(super) default_route: Option<Route>,
    pub(super) hosts: Vec<AllowedHosts>,
}

/// Opens every route, the route of `--to`, and the servers that logins may name. With `--to`, those
/// of the file are left out.
///
/// # Errors
/// [`Error::Usage`] if there is no route, if a route leads to no site, or if a secret is missing.
pub(super) async fn open(
    args: &GatewayArgs,
    file: &GatewaySettings,
    sites: &mut Sites,
    printer: &Printer,
) -> Result<Routes, Error> {
    let mut one_host = OneHost::default();
    let default_route = match &args.to {
        None => None,
        Some(to) => {
            let server = sites.server(to)?.server;
            let config = connect::without_login(&server, &mut one_host, printer).await?;
            let name = name(&server);
            Some(Route::new(name, config, Access::PassThrough))
        }
    };
    let mut routes = Vec::new();
    for (name, settings) in chosen(args, file)? {
        let site = settings.site.as_deref().unwrap_or(&name);
        let server = sites.server(OsStr::new(site))?.server;
        routes.push(route(name, &settings, &server, &mut one_host, printer).await?);
    }
    let mut hosts = Vec::new();
    for rule in file.hosts.iter().filter(|_| args.to.is_none()) {
        let server = sites.unnamed(rule.host());
        let config = connect::without_login(&server, &mut one_host, printer).await?;
        let rule = rule.clone();
        hosts.push(AllowedHosts { rule, config });
    }
    if routes.is_empty() && default_route.is_none() && hosts.is_empty() {
        return Err(Error::usage(
            "there is no route; add [gateway.route.NAME] to the configuration file, or use --to or \
             --route",
        ));
    }
    Ok(Routes {
        routes,
        default_route,
        hosts,
    })
}

/// The routes of the file, with those of the options. With `--to` alone, those of the file are left
/// out.
pub(super) fn chosen(
    args: &GatewayArgs,
    file: &GatewaySettings,
) -> Result<BTreeMap<String, RouteSettings>, Error> {
    let mut routes = match args.to.is_some() {
        true => BTreeMap::new(),
        false => file.routes.clone(),
    };
    for given in &args.route {
        let Some((name, site)) = given.split_once('=') else {
            return Err(Error::usage("write --route NAME=SITE"));
        };
        let in_file = file.routes.get(name).cloned();
        let route = routes.entry(name.to_owned()).or_insert_with(|| {
            in_file.unwrap_or_else(|| RouteSettings {
                access: Some(RouteAccess::Any),
                ..RouteSettings::default()
            })
        });
        route.site = Some(site.to_owned());
    }
    Ok(routes)
}

async fn route(
    name: String,
    settings: &RouteSettings,
    server: &Server,
    one_host: &mut OneHost,
    printer: &Printer,
) -> Result<Route, Error> {
    let access = match &settings.access {
        None | Some(RouteAccess::Any) => Access::Any,
        Some(RouteAccess::PassThrough) => Access::PassThrough,
        Some(RouteAccess::Password(source)) => {
            let limit = server.settings.connection.timeout;
            Access::Password(secret::read(source, server, limit, printer).await?)
        }
    };
    let config = match access {
        Access::PassThrough => connect::without_login(server, one_host, printer).await?,
        _ => connect::with_login(server, one_host, printer).await?,
    };
    let mut route = Route::new(name, config, access);
    route.site = self::name(server);
    route.read_only = settings.read_only;
    route.atomic = settings.atomic;
    route.sessions = settings.sessions;
    route.spool = settings.spool.clone().map(|directory| SpoolOptions {
        limit: settings.spool_limit,
        ..SpoolOptions::new(directory)
    });
    if let Some(queue) = settings.queue {
        route.queue = queue;
    }
    Ok(route)
}

/// The name of a server in events.
fn name(server: &Server) -> String {
    match &server.site {
        Some(site) => site.name.clone(),
        None => server.host.clone(),
    }
}
