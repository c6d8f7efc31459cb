//! The steps of a session: listings, times, names and checksums.

use towline::{
    Completeness, DataConnection, EntryKind, ErrorKind, Feature, ListFlags, ListingCommand,
    Modified, ProtocolVersion, RemotePath, Session, TicketSource, Zone,
};

use super::examination::{Examination, failed};
use super::logging_in::verdict_line;
use super::recorder::{CONNECTION_LOST, Recorder};
use super::step::Step;

const MLSD_BROKEN: &str = "mlsd-advertised-but-broken";

/// Further listings, to see whether session reuse lasts.
const AGAIN: usize = 3;

/// How many subdirectories are listed to find one that has entries.
const MOST_SUBDIRECTORIES: usize = 5;

/// Whether reuse lasts over several data connections, and where tickets come from. Returns whether
/// every data connection resumed.
pub(super) async fn reuse(
    exam: &mut Examination,
    session: &mut Session,
    recorder: &Recorder,
) -> bool {
    let mut verdicts = recorder.take_verdicts();
    let mut failure = None;
    for _ in 0..AGAIN {
        if !recorder.is_first_session() {
            break;
        }
        let command = listing_command(exam, session);
        if let Err(error) = session
            .raw_listing(&command, &RemotePath::login_directory())
            .await
        {
            failure = Some(error);
            break;
        }
    }
    verdicts.extend(recorder.take_verdicts());
    let resumed = verdicts.iter().filter(|verdict| verdict.resumed).count();
    let all_resumed = failure.is_none() && resumed > 0 && resumed == verdicts.len();
    let counted = format!("{resumed} of {} data connections resumed", verdicts.len());
    let mut step = match failure {
        None => Step::good("session-reuse", counted),
        Some(error) if super::logging_in::requires_reuse(&error) => failed("session-reuse", &error),
        // A listing that broke off for another reason is reported by its own step.
        Some(error) => Step::good("session-reuse", counted).and(format!(
            "one further listing failed for another reason: {error}"
        )),
    };
    let mut lines: Vec<_> = verdicts.iter().map(verdict_line).collect();
    lines.dedup();
    step = lines.into_iter().fold(step, Step::and);
    if exam.protocol == Some(ProtocolVersion::Tls13) {
        step = step.and(tickets(exam.tickets_at_login, session.tickets(), &verdicts));
    }
    if resumed == 0 && !verdicts.is_empty() && step.findings.is_empty() {
        let offered = |verdict: &DataConnection| verdict.ticket_source != TicketSource::None;
        let id = match verdicts.iter().any(offered) {
            true => "offered-session-refused",
            false => "nothing-to-resume",
        };
        step = step
            .shows(id, "no data connection resumed")
            .at_most_warning();
    }
    exam.add(step);
    all_resumed
}

/// How many TLS 1.3 tickets came, and when. Each data connection takes one that is `left`, if there
/// is one.
fn tickets(at_login: usize, left: usize, verdicts: &[DataConnection]) -> String {
    let from = |source| {
        let verdicts = verdicts.iter();
        let taken = verdicts.filter(|verdict| verdict.ticket_source == source);
        taken.count()
    };
    let taken = from(TicketSource::Control) + from(TicketSource::Data);
    let since = (left + taken).saturating_sub(at_login);
    let serves_again = match from(TicketSource::ControlCopy) {
        0 => "",
        _ => "; a used one works again",
    };
    format!(
        "tickets: {at_login} with the login, {since} with {} data connections{serves_again}",
        verdicts.len()
    )
}

/// The command of a listing that changes nothing in the session.
fn listing_command(exam: &Examination, session: &Session) -> ListingCommand {
    match session.features().has(Feature::Mlst) && !exam.has_found(MLSD_BROKEN) {
        true => ListingCommand::Mlsd,
        false => ListingCommand::List(ListFlags::default()),
    }
}

/// `MLSD` against `LIST`, and whether a listing is of the path asked for.
pub(super) async fn listings(
    exam: &mut Examination,
    session: &mut Session,
    recorder: &Recorder,
    path: &RemotePath,
) {
    let listing = match session.list(path).await {
        Ok(listing) => listing,
        Err(error) => {
            exam.add(failed("listing", &error));
            return;
        }
    };
    let what = if path.is_login_directory() {
        "the login directory".to_owned()
    } else {
        path.to_string()
    };
    let count = match listing.entries.len() {
        1 => "1 entry".to_owned(),
        count => format!("{count} entries"),
    };
    let mut step = Step::good("listing", format!("{what}: {count}"));
    match listing.summary.completeness() {
        Completeness::Complete => {}
        doubt => {
            step = step
                .and(doubt.to_string())
                .shows("listing-incomplete", doubt.to_string())
        }
    }
    let refused = |entry: &&towline::Entry| path.join(&entry.name).is_err();
    if let Some(entry) = listing.entries.iter().find(refused) {
        let line = format!(
            "a name that Towline does not use: {}",
            entry.name.escape_ascii()
        );
        step = step.and(line.clone()).shows("dangerous-name", line);
    }
    if !recorder.is_first_session() {
        exam.add(step.and(CONNECTION_LOST));
        return;
    }
    if session.features().has(Feature::Mlst) {
        step = match session
            .raw_listing(&ListingCommand::List(ListFlags::default()), path)
            .await
        {
            Ok(list) => {
                let lines = list
                    .split(|&b| b == b'\n')
                    .filter(|line| is_entry(line))
                    .count();
                step.and(format!("MLSD: {}, LIST: {lines}", listing.entries.len()))
            }
            Err(error) => {
                let line = format!("MLSD works, LIST does not: {error}");
                step.also_failed(line, &error)
            }
        };
        if !recorder.has_sent(0, "MLSD") {
            let line = "FEAT lists MLST, and LIST is used";
            step = step.and(line).shows(MLSD_BROKEN, line);
        }
    }
    if recorder.is_first_session() {
        step = of_the_path(step, session, recorder, path, &listing.entries).await;
    }
    exam.add(step);
    if recorder.is_first_session() {
        clock(exam, session, path, &listing.entries).await;
    } else {
        exam.skip(&["clock"], CONNECTION_LOST);
    }
    if recorder.is_first_session() {
        sizes(exam, session, path, &listing.entries).await;
    } else {
        exam.skip(&["sizes"], CONNECTION_LOST);
    }
}

fn is_entry(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    !line.is_empty()
        && !line.starts_with(b"total ")
        && !line.ends_with(b" .")
        && !line.ends_with(b" ..")
}

/// Lists a subdirectory with entries twice. If the second listing still enters it first, the server
/// ignores paths. An empty directory is entered on every server, to tell it from a missing one.
async fn of_the_path(
    step: Step,
    session: &mut Session,
    recorder: &Recorder,
    path: &RemotePath,
    entries: &[towline::Entry],
) -> Step {
    let directories = entries
        .iter()
        .filter(|entry| entry.kind == EntryKind::Directory)
        .filter_map(|entry| path.join(&entry.name).ok());
    let mut nothing_to_compare = "no subdirectory to compare".to_owned();
    let mut filled = None;
    for below in directories.take(MOST_SUBDIRECTORIES) {
        match session.list(&below).await {
            Ok(listing) if listing.entries.is_empty() => {
                "no subdirectory with entries to compare".clone_into(&mut nothing_to_compare);
            }
            Ok(_) => {
                filled = Some(below);
                break;
            }
            Err(error) => return step.also_failed(error.to_string(), &error),
        }
    }
    let Some(below) = filled else {
        return step.and(nothing_to_compare);
    };
    let mark = recorder.mark();
    if session.list(&below).await.is_ok() && recorder.has_sent(mark, "CWD") {
        let line = format!("the server ignores the path {below}; it must be entered first");
        return step
            .and(line.clone())
            .shows("listing-of-another-path", line);
    }
    step.and(format!(
        "{below}: the server lists the path that it is asked for"
    ))
}

/// The first file in the listing of `path` for which `fact` returns something, and what it returns.
fn first_file<T>(
    path: &RemotePath,
    entries: &[towline::Entry],
    fact: impl Fn(&towline::Entry) -> Option<T>,
) -> Option<(RemotePath, T)> {
    let mut files = entries.iter().filter(|entry| entry.kind == EntryKind::File);
    files.find_map(|entry| Some((path.join(&entry.name).ok()?, fact(entry)?)))
}

/// The zone of the listed times.
async fn clock(
    exam: &mut Examination,
    session: &mut Session,
    path: &RemotePath,
    entries: &[towline::Entry],
) {
    let Some((file, listed)) = first_file(path, entries, |entry| entry.modified) else {
        exam.add(Step::skipped("clock", "no file with a time to compare"));
        return;
    };
    let step = match session.modified(&file).await {
        Ok(Some(exact)) => {
            let corrected = session.in_utc(listed);
            let step = Step::good("clock", format!("{file}: {exact} by MDTM"));
            offset(step, listed, corrected, exact)
        }
        Ok(None) => Step::good("clock", "no MDTM; times are those of the listing"),
        Err(error) => failed("clock", &error)
            .and("asked with MDTM")
            .at_most_warning(),
    };
    exam.add(step);
}

fn offset(step: Step, listed: Modified, corrected: Modified, exact: jiff::Timestamp) -> Step {
    if listed.zone == Zone::Utc {
        return step.and("the listing has the same clock: UTC");
    }
    let zone = jiff::tz::TimeZone::UTC;
    let Ok(shown) = listed.time.to_zoned(zone) else {
        return step;
    };
    let minutes = (shown.timestamp().as_second() - exact.as_second() + 450).div_euclid(900) * 15;
    if minutes == 0 || corrected == listed {
        return step.and("the listing shows the server's own clock");
    }
    let line = format!("LIST is {minutes} minutes ahead of UTC");
    step.and(line.clone()).shows("clock-offset", line)
}

/// Whether `SIZE` works, and agrees with the listing.
async fn sizes(
    exam: &mut Examination,
    session: &mut Session,
    path: &RemotePath,
    entries: &[towline::Entry],
) {
    let Some((file, listed)) = first_file(path, entries, |entry| Some(entry.size)) else {
        exam.add(Step::skipped("sizes", "no file to compare"));
        return;
    };
    let step = match (session.size(&file).await, listed) {
        (Ok(Some(size)), Some(listed)) if size != listed => {
            let line = format!("{file}: {size} bytes by SIZE, and {listed} in the listing");
            Step::good("sizes", line.clone())
                .shows("wrong-size", line)
                .at_most_warning()
        }
        (Ok(Some(size)), _) => Step::good("sizes", format!("{file}: {size} bytes by SIZE")),
        (Ok(None), _) if session.features().has(Feature::Size) => {
            let line = format!("{file}: FEAT lists SIZE, and the server gives no size");
            Step::good("sizes", line.clone()).shows("no-size", line)
        }
        (Ok(None), _) => Step::good("sizes", "no SIZE; sizes are those of the listing"),
        (Err(error), _) => {
            let step = failed("sizes", &error).and("asked with SIZE");
            // An answer that is no size.
            let step = match error.kind() {
                ErrorKind::Protocol => step.shows("no-size", error.to_string()),
                _ => step,
            };
            step.at_most_warning()
        }
    };
    exam.add(step);
}

/// What the features say about resuming, names and checksums.
pub(super) fn announced(exam: &mut Examination, session: &Session) {
    let features = session.features();
    exam.add(match features.has(Feature::RestStream) {
        true => Step::good("restart", "FEAT lists REST STREAM"),
        false => {
            let line = "FEAT does not list REST STREAM";
            Step::good("restart", line).shows("features-missing", line)
        }
    });
    exam.add(match features.has(Feature::Utf8) {
        true => Step::good("utf8", "FEAT lists UTF8"),
        false => {
            let line = "FEAT does not list UTF8";
            Step::good("utf8", line).shows("utf8-refused", line)
        }
    });
    let hashes = features
        .hash_algorithms()
        .iter()
        .map(|hash| hash.algorithm.to_string());
    let mut digests: Vec<_> = hashes.collect();
    for (feature, name) in [
        (Feature::XSha512, "XSHA512"),
        (Feature::XSha256, "XSHA256"),
        (Feature::XSha1, "XSHA1"),
        (Feature::XMd5, "XMD5"),
        (Feature::Md5, "MD5"),
        (Feature::XCrc, "XCRC"),
    ] {
        if features.has(feature) {
            digests.push(name.to_owned());
        }
    }
    exam.add(if digests.is_empty() {
        Step::good("checksums", "FEAT lists none").shows("no-checksum", "FEAT lists no checksums")
    } else {
        Step::good("checksums", format!("FEAT lists {}", digests.join(", ")))
    });
}
