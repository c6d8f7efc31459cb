//! The options of `towline gateway`.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::time::Duration;

use super::help;
use super::json::JsonArgs;
use super::options::ConnectionArgs;
use super::raw::RawArgs;
use super::value;

#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct GatewayArgs {
    #[command(subcommand)]
    pub(crate) command: Option<GatewayCommand>,
    /// Address and port to listen on; may be repeated [default: 127.0.0.1:2121]
    #[arg(long, value_name = "ADDRESS", help_heading = "Gateway")]
    pub(crate) listen: Vec<SocketAddr>,
    /// Let clients that log in as NAME use SITE; may be repeated
    #[arg(long, value_name = "NAME=SITE", help_heading = "Gateway")]
    pub(crate) route: Vec<String>,
    /// Connect every client to this site or URL, with the client's own user and password
    #[arg(long, value_name = "SITE|URL", help_heading = "Gateway")]
    pub(crate) to: Option<OsString>,
    /// When stopped, wait this long for running transfers [default: 30s]
    #[arg(long, value_name = "TIME", value_parser = value::duration, help_heading = "Gateway")]
    pub(crate) grace: Option<Duration>,
    #[command(flatten)]
    pub(crate) connection: RawArgs<ConnectionArgs>,
    #[command(flatten)]
    pub(crate) output: JsonArgs,
}

#[derive(clap::Subcommand)]
pub(crate) enum GatewayCommand {
    /// Show the uploads that wait for delivery
    #[command(after_long_help = help::GATEWAY_STATUS)]
    Status {
        /// Routes to show [default: all that have a spool]
        #[arg(value_name = "ROUTE")]
        routes: Vec<String>,
        #[command(flatten)]
        output: JsonArgs,
    },
    /// Deliver now the uploads that wait for another attempt or were set aside
    #[command(after_long_help = help::GATEWAY_RETRY)]
    Retry {
        /// A route with a spool
        #[arg(value_name = "ROUTE")]
        route: String,
        /// Numbers of uploads, as `towline gateway status` shows them [default: all of the route]
        #[arg(value_name = "UPLOAD")]
        uploads: Vec<i64>,
        #[command(flatten)]
        output: JsonArgs,
    },
}

impl GatewayCommand {
    pub(crate) fn output(&self) -> &JsonArgs {
        match self {
            Self::Status { output, .. } | Self::Retry { output, .. } => output,
        }
    }
}
