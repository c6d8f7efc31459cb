//! `towline mirror`: keeps a directory in step with another one.

use std::fs;
use std::io;
use std::path::Path;

use towline::Direction;
use towline_sync::{
    Carrier, DeleteWhen, Ended, Explanation, MaxDelete, Method, Mirror, Plan, Report, Rules,
    TreePath,
};

use crate::args::mirror::{MirrorArgs, WhatArgs};
use crate::error::{Error, quote_path};
use crate::failure_kind::FailureKind;
use crate::operand::sites::Sites;
use crate::output::closing::TreeCounts;
use crate::output::json;
use crate::session::run::Run;
use crate::settings::paths;
use crate::sync::account::Account;
use crate::sync::drive::drive;
use crate::sync::filter::filter;
use crate::sync::pair::{Directed, Pair};
use crate::sync::{plan_output, told};

pub(crate) async fn run(args: &MirrorArgs, sites: &mut Sites, run: &mut Run) -> Result<(), Error> {
    run.list_briefly();
    let rules = rules(args)?;
    let pair = Pair::new(sites, &args.source, &args.destination)?;
    let backup = args.delete.backup_dir.as_deref();
    if args.how.no_listing && pair.is_download {
        return Err(Error::usage("--no-listing is for uploads"));
    }
    let rules = match pair.remote.server.settings.transfer.overwrite {
        true => rules,
        // What exists is left alone.
        false => rules.method(Method::Exists),
    };
    let follows = args.links.follow_links;
    if follows && args.delete.moves {
        return Err(Error::usage(
            "--move with --follow-links would remove links, or what they lead to",
        ));
    }
    let local = pair
        .local_tree(backup)?
        .follow_links(follows && !pair.is_download);
    let server = pair.remote.server.clone();
    let pool = run.pool(&server, &pair.remote.path).await?;
    let account = Account::of(&pool).await?;
    let remote = pair
        .remote_tree(pool, &account, sites, backup)?
        .follow_links(follows && pair.is_download);
    let connections = server.settings.connection.connections;
    let resumes = server.settings.transfer.resume;
    match pair.mirror(local, remote, &account, run) {
        Directed::Download(mirror) => {
            let mirror = mirror
                .connections(connections)
                .resumes(resumes)
                .rules(rules);
            let mirror = prepared(args, run, mirror)?;
            Box::pin(go(args, run, mirror, Direction::Download)).await
        }
        Directed::Upload(mirror) => {
            let mirror = mirror
                .connections(connections)
                .resumes(resumes)
                .rules(rules);
            let mirror = prepared(args, run, mirror)?;
            Box::pin(go(args, run, mirror, Direction::Upload)).await
        }
    }
}

fn rules(args: &MirrorArgs) -> Result<Rules, Error> {
    let mut rules = Rules::default()
        .filter(filter(&args.filter)?)
        .method(args.comparison.compare.into())
        .update(args.comparison.update)
        .immutable(args.comparison.immutable)
        .moves(args.delete.moves)
        .empty_directories(args.how.empty_dirs)
        .lists_destination(!args.how.no_listing);
    if args.delete.delete || args.delete.delete_before || args.delete.delete_during {
        rules = rules.delete(args.delete.max_delete.unwrap_or(MaxDelete::Default));
    } else if args.delete.max_delete.is_some() {
        return Err(Error::usage("--max-delete has no effect without --delete"));
    }
    Ok(match &args.how.marker {
        Some(marker) => rules.marker(marker.clone()),
        None => rules,
    })
}

/// Sets how the mirror runs.
fn prepared<C: Carrier>(
    args: &MirrorArgs,
    run: &Run,
    mirror: Mirror<C>,
) -> Result<Mirror<C>, Error> {
    let no_place = || Error::usage("there is no home directory for the journal; use --no-journal");
    let mut mirror = match paths::mirrors() {
        Some(directory) => match is_usable(&args.what, &directory) {
            Ok(()) => mirror.state_directory(directory),
            Err(error) if args.how.no_journal => {
                let directory = quote_path(&directory);
                run.printer().warning(&format!(
                    "other runs of this mirror can start meanwhile, because {directory} cannot be \
                     used for the lock: {error}"
                ));
                mirror
            }
            Err(error) => {
                let directory = quote_path(&directory);
                return Err(Error::Mirror {
                    kind: FailureKind::Journal,
                    path: None,
                    reason: format!(
                        "the journal cannot be kept in {directory}: {error}; use --no-journal, or \
                         set XDG_STATE_HOME to a directory that can be written"
                    ),
                });
            }
        },
        None if args.how.no_journal => mirror,
        None => return Err(no_place()),
    };
    mirror = mirror
        .max_entries(args.tree.max_entries)
        .journal(!args.how.no_journal)
        .wait(args.how.wait)
        .keep_backup(args.delete.backup_dir.is_some());
    if args.delete.delete_before {
        mirror = mirror.delete_when(DeleteWhen::Before);
    } else if args.delete.delete_during {
        mirror = mirror.delete_when(DeleteWhen::During);
    }
    if let Some(time) = args.how.stable_for {
        mirror = mirror.stable_for(time);
    }
    if let Some(errors) = args.how.max_errors {
        mirror = mirror.max_errors(errors);
    }
    Ok(match args.how.max_transfer {
        Some(bytes) => mirror.max_transfer(bytes),
        None => mirror,
    })
}

/// Checks that files can be created in the state directory, if the run will do so.
fn is_usable(what: &WhatArgs, directory: &Path) -> io::Result<()> {
    if what.dry_run || what.plan_out.is_some() || what.explain.is_some() {
        return Ok(());
    }
    fs::create_dir_all(directory)?;
    tempfile::tempfile_in(directory).map(drop)
}

async fn go<C: Carrier>(
    args: &MirrorArgs,
    run: &mut Run,
    mirror: Mirror<C>,
    direction: Direction,
) -> Result<(), Error> {
    if let Some(path) = &args.what.explain {
        let path = TreePath::new(path.as_encoded_bytes()).map_err(|error| {
            Error::usage(format!("--explain: write a path below SOURCE: {error}"))
        })?;
        if path.is_root() {
            return Err(Error::usage(
                "--explain: write the path of a file below SOURCE",
            ));
        }
        let explain = async |mirror: &Mirror<C>| mirror.explain(&path).await;
        let explanation = drive(run, mirror, direction, explain).await?;
        return print_explanation(run, &explanation);
    }
    if args.what.dry_run || args.what.plan_out.is_some() {
        let plan = async |mirror: &Mirror<C>| mirror.plan().await;
        let plan = drive(run, mirror, direction, plan).await?;
        if let Some(file) = &args.what.plan_out {
            plan.save(file)?;
        }
        if args.what.dry_run {
            plan_output::print(run, &plan)?;
            run.outcomes().plan(TreeCounts {
                unchanged: plan.counts.unchanged,
                removed: 0,
            });
        }
        return told::problems(run, &plan);
    }
    let report = match &args.what.plan {
        Some(file) => {
            let plan = Plan::load(Path::new(file))?;
            let carry_out = async |mirror: &Mirror<C>| mirror.run_plan(plan).await;
            drive(run, mirror, direction, carry_out).await?
        }
        None => {
            let go = async |mirror: &Mirror<C>| mirror.run().await;
            drive(run, mirror, direction, go).await?
        }
    };
    ended(run, &report)
}

fn print_explanation(run: &Run, explanation: &Explanation) -> Result<(), Error> {
    if !run.printer().is_json() {
        return run.printer().data(&format!("{explanation}\n"));
    }
    let facts = explanation.facts.iter().map(|fact| json::Fact {
        about: fact.about,
        what: fact.what.clone(),
    });
    let event = json::Event::Explanation {
        path: String::from_utf8_lossy(explanation.path.as_bytes()).into_owned(),
        action: explanation.step.map(towline_sync::Step::name),
        reason: explanation.reason,
        facts: facts.collect(),
        text: explanation.to_string(),
    };
    run.printer().data(&run.printer().line_of(&event))
}

/// Reports why the run ended early, if it did.
fn ended(run: &mut Run, report: &Report) -> Result<(), Error> {
    let (kind, reason) = match report.ended {
        None => return Ok(()),
        Some(Ended::Cancelled) => return Err(Error::Interrupted),
        Some(Ended::DiskFull) => {
            run.leave_out_for_disk(report.left_out);
            return Ok(());
        }
        Some(Ended::MaxErrors) => (
            FailureKind::MaxErrors,
            "ended after as many failures as --max-errors allows",
        ),
        Some(Ended::MaxTransfer) => {
            let rest = report.left_out;
            let reason = match rest {
                1 => "ended at the limit of --max-transfer; one file is left for the next run"
                    .to_owned(),
                rest => format!(
                    "ended at the limit of --max-transfer; {rest} files are left for the next run"
                ),
            };
            return run.outcomes().fail(Error::Mirror {
                kind: FailureKind::MaxTransfer,
                path: None,
                reason,
            });
        }
        // And what a later version of the library adds.
        Some(_) => {
            let text = "not everything was attempted after the failures above";
            run.printer().warning(text);
            return Ok(());
        }
    };
    run.outcomes().fail(Error::Mirror {
        kind,
        path: None,
        reason: reason.to_owned(),
    })
}
