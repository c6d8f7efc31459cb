//! `towline raw`: sends commands of the user to the server, and prints the replies.

use towline::{Reply, Session};
use towline_proto::command::{Argument, Command};
use towline_proto::name::escape;

use crate::args::commands::RawCommandArgs;
use crate::error::Error;
use crate::operand::remote::Remote;
use crate::operand::sites::Sites;
use crate::output::json;
use crate::session::run::Run;

pub(crate) async fn run(
    args: &RawCommandArgs,
    sites: &mut Sites,
    run: &mut Run,
) -> Result<(), Error> {
    let remote = sites.server(&args.server)?;
    for command in &args.commands {
        let reply = send(run, &remote, command.as_encoded_bytes()).await?;
        print(run, command.as_encoded_bytes(), &reply)?;
        if is_refusal(&reply) {
            // What follows may rely on it.
            return Err(Error::Raw { reply });
        }
        run.outcomes().succeed();
    }
    Ok(())
}

/// Sends a command, which is never repeated.
async fn send(run: &mut Run, remote: &Remote, command: &[u8]) -> Result<Reply, Error> {
    let send = async |session: &mut Session| session.raw(command).await;
    run.on(&remote.server, &remote.path, send).await
}

fn print(run: &Run, command: &[u8], reply: &Reply) -> Result<(), Error> {
    let printer = run.printer();
    if printer.is_json() {
        let masked = Argument::new(command).map(Command::Raw);
        printer.event(&json::Event::Reply {
            command: masked.map_or_else(|_| String::new(), |command| command.to_string()),
            reply_code: reply.code().as_u16(),
            reply_text: reply.text(),
        });
        return Ok(());
    }
    let text = reply.text();
    let lines = text.split('\n').map(|line| escape(line.as_bytes()));
    let lines = lines.map(|line| format!("{} {line}\n", reply.code()));
    printer.data(&lines.collect::<String>())
}

/// Whether the first digit says that the server refuses.
fn is_refusal(reply: &Reply) -> bool {
    use towline_proto::reply::ReplyClass::{Permanent, Transient};
    matches!(reply.code().class(), Permanent | Transient)
}
