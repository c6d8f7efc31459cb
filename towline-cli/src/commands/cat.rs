//! `towline cat`: copies files, or all that match a pattern, to standard output.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, duplex};
use towline::Session;

use crate::args::commands::CatArgs;
use crate::error::Error;
use crate::operand::parse::Place;
use crate::operand::remote::Remote;
use crate::operand::sites::Sites;
use crate::session::run::Run;
use crate::tree::expand::{IfIncomplete, expand};

/// Bytes to write to standard output at a time.
const CHUNK: usize = 64 * 1024;

pub(crate) async fn run(args: &CatArgs, sites: &mut Sites, run: &mut Run) -> Result<(), Error> {
    let mut places = Vec::new();
    for operand in &args.remotes {
        places.push(sites.place(operand)?);
    }
    run.outcomes().store_nothing();
    for place in &places {
        if let Err(error) = copy_all(run, place).await {
            run.outcomes().fail(error)?;
        }
    }
    Ok(())
}

/// Copies what an operand names. The first failure ends it.
async fn copy_all(run: &mut Run, place: &Place) -> Result<(), Error> {
    for remote in expand(run, place, IfIncomplete::Fail).await? {
        copy(run, &remote).await?;
    }
    Ok(())
}

async fn copy(run: &mut Run, remote: &Remote) -> Result<(), Error> {
    let printer = Arc::clone(run.printer());
    let options = remote.server.settings.transfer.stream(run.cancel());
    let options = &options;
    let copy = async |session: &mut Session| {
        let (mut sink, mut source) = duplex(CHUNK);
        let receiving = async move {
            let received = session.download_to(&remote.path, &mut sink, options).await;
            // The end of the output.
            drop(sink);
            received
        };
        let printer = &printer;
        // Drops its end if it fails, so that the download stops.
        let printing = async move {
            let mut chunk = vec![0; CHUNK];
            loop {
                match source.read(&mut chunk).await {
                    Ok(len @ 1..) => printer.bytes(&chunk[..len]).await?,
                    Ok(0) | Err(_) => return Ok::<_, Error>(()),
                }
            }
        };
        let (received, printed) = tokio::join!(receiving, printing);
        printed?;
        received.map_err(Error::from)
    };
    let transferred = run.on(&remote.server, &remote.path, copy).await?;
    run.outcomes().copied(&transferred);
    Ok(())
}
