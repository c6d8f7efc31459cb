//! `towline stat`: what the server knows of one path.

use towline::Session;
use towline_proto::name::escape;

use crate::args::StatArgs;
use crate::context::Context;
use crate::error::Error;
use crate::json;
use crate::listing;
use crate::table::{Align, Table};

pub(crate) async fn run(args: &StatArgs, context: &mut Context) -> Result<(), Error> {
    let remote = context.remote(&args.remote)?;
    let path = &remote.path;
    let stat = async |session: &mut Session| session.stat(path).await;
    let mut entry = context.on(&remote.server, path, stat).await?;
    if entry.name.is_empty() {
        // The login directory has no name of its own.
        entry.name = b".".to_vec();
    }
    let printer = context.printer();
    if printer.is_json() {
        printer.event(&json::Event::entry(Some(path), &entry));
    } else {
        let mut table = Table::new([Align::Left, Align::Left]);
        let mut row = |label: &str, value: Option<String>| {
            if let Some(value) = value {
                table.row([format!("{label}:"), value]);
            }
        };
        let text = |text: &Option<String>| text.as_ref().map(|text| escape(text.as_bytes()));
        row("name", Some(escape(&entry.name)));
        row("type", Some(listing::kind(entry.kind).to_owned()));
        row("size", entry.size.map(|size| size.to_string()));
        row("modified", entry.modified.as_ref().map(listing::time));
        row("permissions", text(&entry.permissions));
        row("owner", text(&entry.owner));
        row("group", text(&entry.group));
        row("points to", entry.link_target.as_deref().map(escape));
        printer.data(&table.to_string())?;
    }
    context.succeed();
    Ok(())
}
