//! `towline stat`: shows the details of paths.

use jiff::tz::TimeZone;
use towline::Session;
use towline_proto::name::escape;

use crate::args::commands::StatArgs;
use crate::error::Error;
use crate::operand::remote::Remote;
use crate::operand::sites::Sites;
use crate::output::entry;
use crate::output::json;
use crate::output::table::{Align, Table};
use crate::session::run::Run;

pub(crate) async fn run(args: &StatArgs, sites: &mut Sites, run: &mut Run) -> Result<(), Error> {
    let mut remotes = Vec::new();
    for operand in &args.remotes {
        remotes.push(sites.remote(operand)?);
    }
    let mut gap = "";
    for remote in &remotes {
        match show(run, remote, gap).await {
            Ok(()) => gap = "\n",
            Err(error) => run.outcomes().fail(error)?,
        }
    }
    Ok(())
}

/// Shows what is at `remote`, after the text `gap`.
async fn show(run: &mut Run, remote: &Remote, gap: &str) -> Result<(), Error> {
    let path = &remote.path;
    let stat = async |session: &mut Session| session.stat(path).await;
    let mut entry = run.on(&remote.server, path, stat).await?;
    if entry.name.is_empty() {
        // The login directory has no name of its own.
        entry.name = b".".to_vec();
    }
    let codec = remote.server.name_codec();
    let printer = run.printer();
    if printer.is_json() {
        printer.event(&json::Event::entry(Some(path), &entry, codec));
    } else {
        let zone = TimeZone::system();
        let mut table = Table::new([Align::Left, Align::Left]);
        let mut row = |label: &str, value: Option<String>| {
            if let Some(value) = value {
                table.row([format!("{label}:"), value]);
            }
        };
        let text = |text: &Option<String>| text.as_ref().map(|text| escape(text.as_bytes()));
        row("name", Some(codec.shown(&entry.name)));
        row("type", Some(entry::kind(entry.kind).to_owned()));
        row("size", entry.size.map(|size| size.to_string()));
        row(
            "modified",
            entry.modified.as_ref().map(|time| entry::time(time, &zone)),
        );
        row("permissions", text(&entry.permissions));
        row("owner", text(&entry.owner));
        row("group", text(&entry.group));
        let target = entry.link_target.as_deref();
        row("points to", target.map(|target| codec.shown(target)));
        printer.data(&format!("{gap}{table}"))?;
    }
    run.outcomes().succeed();
    Ok(())
}
