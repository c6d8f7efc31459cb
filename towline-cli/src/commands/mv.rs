//! `towline mv`: renames or moves a file or directory.

use std::ffi::OsStr;

use towline::{ErrorKind, RemotePath, Session};

use crate::args::commands::MvArgs;
use crate::error::Error;
use crate::operand::address::is_url;
use crate::operand::remote::Remote;
use crate::operand::sites::Sites;
use crate::output::entry;
use crate::session::run::Run;
use crate::tree::lookup;

pub(crate) async fn run(args: &MvArgs, sites: &mut Sites, run: &mut Run) -> Result<(), Error> {
    let from = sites.remote(&args.remote)?;
    let to = match names_a_server(sites, &args.path) {
        true => other_place(&from, sites.remote(&args.path)?)?,
        false => from.on_same_server(&args.path)?,
    };
    let overwrite = from.server.settings.transfer.overwrite;
    let Some(target) = target(run, &from, &to, overwrite).await? else {
        return Ok(());
    };
    let rename = async |session: &mut Session| session.rename(&from.path, &target).await;
    run.on(&from.server, &from.path, rename).await?;
    run.outcomes().succeed();
    Ok(())
}

/// Whether the second operand is a URL, or is written as a path at a site is. The name of a site
/// that does not exist is a mistake, and not the beginning of a file name, unless it is a number,
/// as in `12:30.csv`.
fn names_a_server(sites: &Sites, operand: &OsStr) -> bool {
    let bytes = operand.as_encoded_bytes();
    let first = bytes.split(|&byte| byte == b'/').next().unwrap_or_default();
    let mut parts = first.split(|&byte| byte == b':');
    let is_word = !parts
        .next()
        .unwrap_or_default()
        .iter()
        .all(u8::is_ascii_digit);
    let has_colon = parts.next().is_some();
    is_url(bytes) || sites.begins_with_site(operand) || (has_colon && is_word)
}

/// The new place, which must be on the same server.
fn other_place(from: &Remote, to: Remote) -> Result<Remote, Error> {
    match from.server == to.server {
        true => Ok(to),
        false => Err(Error::usage(
            "mv moves within one server: both operands must name the same site, or the same user, \
             host and port; write a name with a colon as ./a:b",
        )),
    }
}

/// The new path. Returns `None` if it exists and is left alone.
async fn target(
    run: &mut Run,
    from: &Remote,
    to: &Remote,
    overwrite: bool,
) -> Result<Option<RemotePath>, Error> {
    let server = &from.server;
    let existing = if to.is_top() || to.trailing_slash {
        None
    } else {
        lookup::find(run, server, &to.path).await?
    };
    let into = match &existing {
        Some(entry) => entry::is_directory(entry),
        None => to.is_top() || to.trailing_slash,
    };
    if !into {
        return match existing {
            Some(_) if !overwrite => Ok(left_alone(run, &to.path)),
            _ => Ok(Some(to.path.clone())),
        };
    }
    let target = join(&to.path, &from.path)?;
    if !overwrite && lookup::find(run, server, &target).await?.is_some() {
        return Ok(left_alone(run, &target));
    }
    Ok(Some(target))
}

fn join(directory: &RemotePath, from: &RemotePath) -> Result<RemotePath, Error> {
    let name = from.file_name().unwrap_or_default();
    directory
        .join(name)
        .map_err(|error| Error::remote(ErrorKind::Usage, from, format!("cannot be moved: {error}")))
}

fn left_alone(run: &mut Run, path: &RemotePath) -> Option<RemotePath> {
    run.outcomes().leave_existing(&path.to_string(), true);
    None
}
