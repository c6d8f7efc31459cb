//! `towline check`: compares two directories.

use std::collections::BTreeSet;

use towline::Direction;
use towline_sync::{Carrier, Mirror, Plan, Rules, Step};

use crate::args::mirror::CheckArgs;
use crate::error::Error;
use crate::failure_kind::FailureKind;
use crate::operand::sites::Sites;
use crate::session::run::Run;
use crate::settings::paths;
use crate::sync::account::Account;
use crate::sync::drive::drive;
use crate::sync::filter::filter;
use crate::sync::pair::{Directed, Pair};
use crate::sync::{plan_output, told};

pub(crate) async fn run(args: &CheckArgs, sites: &mut Sites, run: &mut Run) -> Result<(), Error> {
    run.list_briefly();
    let rules = Rules::default()
        .filter(filter(&args.filter)?)
        .method(args.compare.into())
        .empty_directories(false)
        // This also finds what only the destination has.
        .only_compares(true);
    let pair = Pair::new(sites, &args.source, &args.destination)?;
    let follows = args.links.follow_links;
    let local = pair
        .local_tree(None)?
        .follow_links(follows && !pair.is_download);
    let server = pair.remote.server.clone();
    let pool = run.pool(&server, &pair.remote.path).await?;
    let account = Account::of(&pool).await?;
    let remote = pair
        .remote_tree(pool, &account, sites, None)?
        .follow_links(follows && pair.is_download);
    let connections = server.settings.connection.connections;
    let most = args.tree.max_entries;
    let plan = match pair.mirror(local, remote, &account, run) {
        Directed::Download(mirror) => {
            let mirror = mirror.connections(connections).max_entries(most);
            plan(run, mirror.rules(rules), Direction::Download).await?
        }
        Directed::Upload(mirror) => {
            let mirror = mirror.connections(connections).max_entries(most);
            plan(run, mirror.rules(rules), Direction::Upload).await?
        }
    };
    report(run, &plan)
}

async fn plan<C: Carrier>(
    run: &mut Run,
    mirror: Mirror<C>,
    direction: Direction,
) -> Result<Plan, Error> {
    let mirror = match paths::mirrors() {
        Some(directory) => mirror.state_directory(directory),
        None => mirror,
    };
    drive(run, mirror, direction, async |mirror: &Mirror<C>| {
        mirror.plan().await
    })
    .await
}

/// Prints each name that differs, once. An unknown part is a failure of its own.
fn report(run: &mut Run, plan: &Plan) -> Result<(), Error> {
    let mut differing = BTreeSet::new();
    for action in plan.all() {
        if matches!(action.step, Step::CreateDirectory) {
            continue;
        }
        // What is in the way of a file has its name, too.
        let is_new = differing.insert(&action.path);
        let line = match run.printer().is_json() {
            true => run.printer().line_of(&plan_output::event(action)),
            false if is_new => format!("{}\n", action.path),
            false => continue,
        };
        run.printer().data(&line)?;
    }
    told::problems(run, plan)?;
    let differing = differing.len();
    if differing == 0 {
        run.outcomes().succeed();
        return Ok(());
    }
    run.outcomes().fail(Error::Mirror {
        kind: FailureKind::Different,
        path: None,
        reason: match differing {
            1 => "one file differs".to_owned(),
            differing => format!("{differing} files differ"),
        },
    })
}
