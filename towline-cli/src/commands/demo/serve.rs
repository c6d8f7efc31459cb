//! `towline demo --serve`: runs the server alone, to try commands on.

use std::env;
use std::path::Path;

use towline_testkit::{NamedFault, TlsMode};

use super::server::{DemoServer, PASSWORD, USER};
use crate::error::Error;
use crate::output::printer::Printer;
use crate::output::shell::quoted;
use crate::session::interrupt::Interrupt;

pub(super) async fn run(
    demo: &DemoServer,
    fault: Option<&NamedFault>,
    printer: &Printer,
    interrupt: &Interrupt,
) -> Result<(), Error> {
    let address = demo.server.address();
    let program = env::args_os().next().unwrap_or_else(|| "towline".into());
    let program = quoted(Path::new(&program));
    let ca_file = quoted(&demo.ca_file());
    let password_file = quoted(&demo.password_file());
    let options = format!("--ca-file {ca_file} --password-file {password_file}");
    let is_implicit = fault.is_some_and(|fault| fault.client_mode() == TlsMode::Implicit);
    let (scheme, tls) = match is_implicit {
        false => ("ftpes", "explicit"),
        true => ("ftps", "implicit"),
    };
    let url = format!("{scheme}://{USER}@{address}");
    let what = match fault {
        None => "It requires session reuse.".to_owned(),
        Some(fault) => format!("Its fault is {}:\n{}", fault.name(), fault.about()),
    };
    printer.data(&format!(
        "An FTPS server that behaves like {name} is running. {what}\n\
         \n\
         address   {address} ({tls} TLS, 1.2 and 1.3)\n\
         user      {USER}\n\
         password  {PASSWORD}\n\
         CA file   {ca_file}\n\
         files     {root}\n\
         \n\
         Try these commands in another terminal:\n\
         \n\
         {program} ls -l {options} {url}/out\n\
         {program} get -r -v {options} {url}/out .\n\
         {program} put -v {options} /etc/hostname {url}/in/\n\
         {program} ls --session-reuse off {options} {url}/out\n\
         {program} doctor --write in {options} {url}/out\n\
         \n\
         Ctrl-C ends it and removes its files.\n",
        name = demo.server.personality().name(),
        root = quoted(demo.server.root()),
    ))?;
    interrupt.requested().await;
    Ok(())
}
