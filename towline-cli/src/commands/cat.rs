//! `towline cat`: a file, or all that match a pattern, to standard output.

use towline::Session;

use crate::args::commands::CatArgs;
use crate::context::Context;
use crate::error::Error;
use crate::operand::remote::Remote;
use crate::tree::expand::{Doubt, expand};

/// Bytes handed to standard output at a time.
const CHUNK: usize = 64 * 1024;

pub(crate) async fn run(args: &CatArgs, context: &mut Context) -> Result<(), Error> {
    let place = context.place(&args.remote)?;
    for remote in expand(context, &place, Doubt::Fails).await? {
        copy(context, &remote).await?;
    }
    Ok(())
}

async fn copy(context: &mut Context, remote: &Remote) -> Result<(), Error> {
    let printer = context.shared_printer();
    let copy = async |session: &mut Session| {
        let mut download = session.download(&remote.path).await?;
        let mut chunk = vec![0; CHUNK];
        loop {
            let len = download.read(&mut chunk).await?;
            if len == 0 {
                break;
            }
            if let Err(error) = printer.bytes(&chunk[..len]).await {
                let _ = download.abort().await;
                return Err(error);
            }
        }
        Ok(download.finish().await?)
    };
    let transferred = context.on(&remote.server, &remote.path, copy).await?;
    context.transferred(transferred.bytes);
    Ok(())
}
