//! One module per verb, and what they share.

pub(crate) mod cat;
pub(crate) mod config;
pub(crate) mod demo;
pub(crate) mod get;
pub(crate) mod ls;
pub(crate) mod manual;
pub(crate) mod mkdir;
pub(crate) mod mv;
pub(crate) mod put;
pub(crate) mod rm;
pub(crate) mod rmdir;
pub(crate) mod stat;
pub(crate) mod trust;

use towline::{Job, Outcome, RemotePath, Transferred};

use crate::context::Context;
use crate::output::json;

/// Reports and counts a queued file that was moved.
pub(crate) fn moved(context: &mut Context, job: &Job, transferred: &Transferred) {
    let direction = if job.is_upload() {
        "upload"
    } else {
        "download"
    };
    let local = job.local().to_string_lossy();
    report_moved(context, job.remote(), &local, direction, transferred);
}

/// Reports and counts a file that was moved.
fn report_moved(
    context: &mut Context,
    path: &RemotePath,
    local: &str,
    direction: &'static str,
    transferred: &Transferred,
) {
    let printer = context.printer();
    let seconds = transferred.elapsed.as_secs_f64();
    let result = match transferred.outcome {
        Outcome::Verified => "verified",
        // The weaker claim.
        _ => "complete",
    };
    let digest = transferred.digest;
    let digest = digest.map_or_else(String::new, |digest| format!(", {digest} equal"));
    printer.status(&format!(
        "File transfer successful, transferred {} bytes in {seconds:.1} seconds ({result}{digest}): {path}",
        transferred.bytes
    ));
    printer.event(&json::Event::Transfer {
        path: json::path(path),
        local: local.to_owned(),
        direction,
        bytes: transferred.bytes,
        seconds,
        result,
        resumed_at: transferred.resumed_at,
        digest: transferred.digest.map(towline::DigestAlgorithm::name),
    });
    context.transferred(transferred.bytes);
}
