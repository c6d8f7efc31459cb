//! What each command does.

use towline_proto::command::{Command, UnknownCommand};
use towline_proto::path::RemotePath;
use towline_proto::reply::ReplyCode;

use super::end::End;
use super::listing::Listed;
use super::store::Store;
use super::talk::Conversation;
use crate::behind::Repeat;

impl Conversation {
    /// Carries out `command`, which the client has written as `line`.
    pub(super) async fn obey(&mut self, command: Command, line: &[u8]) -> Result<(), End> {
        match command {
            Command::User(user) => self.user(user.as_bytes()).await,
            Command::Pass(password) => self.pass(&password).await,
            Command::Quit => {
                self.front.say(ReplyCode::CLOSING, "Goodbye.").await?;
                Err(End::Quit)
            }
            Command::Rein => self.rein().await,
            Command::Noop => self.front.say(ReplyCode::OKAY, "Done.").await,
            Command::Feat => self.feat().await,
            Command::Help(_) => self.help().await,
            Command::Host(_) => self.host().await,
            Command::Clnt(_) => self.front.say(ReplyCode::OKAY, "Noted.").await,
            Command::AuthTls | Command::AuthSsl => self.auth().await,
            Command::Pbsz0 => self.pbsz().await,
            Command::ProtP => self.prot(true).await,
            Command::ProtC => self.prot(false).await,
            Command::Ccc => self.ccc().await,
            command if self.visitor.route().is_none() => self.outside(&command).await,
            command if self.is_forbidden(&command) => {
                let text = "This route is read-only.";
                self.front.say(ReplyCode::FILE_UNAVAILABLE, text).await
            }
            command if self.visitor.depot.is_some() => self.obey_with_spool(command, line).await,
            command => self.obey_inside(command, line).await,
        }
    }

    /// Refuses a command that needs a login.
    async fn outside(&mut self, command: &Command) -> Result<(), End> {
        match command {
            Command::Other(other) => self.front.say(other.refusal(), not_known(other)).await,
            _ => {
                let text = "Log in with USER and PASS first.";
                self.front.say(ReplyCode::NOT_LOGGED_IN, text).await
            }
        }
    }

    /// Whether the route forbids a command because it changes something, or may do so.
    fn is_forbidden(&self, command: &Command) -> bool {
        if !self.visitor.route().is_some_and(|route| route.read_only) {
            return false;
        }
        match command {
            Command::Mdtm(path) => timed(path).is_some(),
            Command::Stor(_)
            | Command::Stou(_)
            | Command::Appe(_)
            | Command::Dele(_)
            | Command::Rmd(_)
            | Command::Mkd(_)
            | Command::Rnfr(_)
            | Command::Rnto(_)
            | Command::Mfmt(..)
            | Command::Site(_)
            | Command::SiteUtime(..) => true,
            // No other is passed on.
            Command::Other(other) => matches!(other.verb(), "MFCT" | "MFF"),
            _ => false,
        }
    }

    pub(super) async fn obey_inside(&mut self, command: Command, line: &[u8]) -> Result<(), End> {
        match command {
            Command::Acct(_) => {
                let text = "No account is needed.";
                self.front.say(ReplyCode::SUPERFLUOUS, text).await
            }
            Command::TypeImage => self.type_image().await,
            Command::TypeAscii => self.type_ascii().await,
            Command::StruFile => self.front.say(ReplyCode::OKAY, "Structure F.").await,
            Command::ModeStream => self.front.say(ReplyCode::OKAY, "Mode S.").await,
            Command::Allo(_) => {
                let text = "No storage is reserved.";
                self.front.say(ReplyCode::SUPERFLUOUS, text).await
            }
            Command::Pret(_) => self.front.say(ReplyCode::OKAY, "Noted.").await,
            Command::Rest(offset) => self.rest(offset).await,
            Command::Abor => {
                self.front.port = crate::data::DataPort::None;
                let text = "No transfer is running.";
                self.front.say(ReplyCode::TRANSFER_COMPLETE, text).await
            }
            Command::Pasv => self.pasv().await,
            Command::Epsv => self.epsv(None).await,
            Command::EpsvProtocol(protocol) => self.epsv(Some(protocol)).await,
            Command::EpsvAll => self.epsv_all().await,
            Command::Port(address) => self.active(address.into()).await,
            Command::Eprt(address) => self.active(address).await,
            Command::Retr(path) => self.retrieve(&path).await,
            Command::Stor(path) => self.store(Store::Replace(path)).await,
            Command::Appe(path) => self.store(Store::Append(path)).await,
            Command::Stou(path) => self.store(Store::unique(path.as_ref())).await,
            Command::List(path) => self.list(Listed::List, b"", path).await,
            Command::ListAll(path) => self.list(Listed::List, b"-a", path).await,
            Command::ListWith(flags, path) => self.list(Listed::List, flags.as_bytes(), path).await,
            Command::Nlst(path) => self.list(Listed::Nlst, b"", path).await,
            Command::NlstWith(flags, path) => self.list(Listed::Nlst, flags.as_bytes(), path).await,
            Command::Mlsd(path) => self.list(Listed::Mlsd, b"", path).await,
            command => self.obey_at_server(command, line).await,
        }
    }

    /// Carries out a command that needs no data connection and that the server answers.
    async fn obey_at_server(&mut self, command: Command, line: &[u8]) -> Result<(), End> {
        use Repeat::{Never, Safe};
        match command {
            Command::Pwd => self.pwd().await,
            Command::Cwd(path) => self.cwd(&path).await,
            Command::Cdup => self.cwd(&RemotePath::new("..").unwrap_or_default()).await,
            Command::Dele(path) => self.ask("DELE", &path, Never).await,
            Command::Mkd(path) => self.ask("MKD", &path, Never).await,
            Command::Rmd(path) => self.ask("RMD", &path, Never).await,
            Command::Size(path) => self.ask("SIZE", &path, Safe).await,
            Command::Mdtm(path) => match timed(&path) {
                Some((time, path)) => self.ask(&format!("MDTM {time}"), &path, Safe).await,
                None => self.ask("MDTM", &path, Safe).await,
            },
            Command::Mfmt(_, path) => {
                let time = line.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
                let verb = format!("MFMT {}", String::from_utf8_lossy(time));
                self.ask(&verb, &path, Safe).await
            }
            Command::Mlst(path) => self.mlst(path).await,
            Command::Hash(path) => self.hash(&path).await,
            Command::Rnfr(path) => self.rename_from(&path).await,
            Command::Rnto(path) => self.rename_to(&path).await,
            Command::Stat(None) => self.status().await,
            Command::Syst
            | Command::XDigest(..)
            | Command::Md5(_)
            | Command::Lang(_)
            | Command::Stat(Some(_))
            | Command::StatWith(..)
            | Command::OptsUtf8On => self.pass_on(line, Safe).await,
            Command::Site(_) | Command::SiteUtime(..) => self.pass_on(line, Never).await,
            Command::OptsMlst(_) => self.option("MLST", line).await,
            Command::OptsHash(_) | Command::OptsHashQuery => self.option("HASH", line).await,
            Command::OptsUtf8Off | Command::Opts(_) => {
                let text = "This option cannot be changed.";
                self.front
                    .say(ReplyCode::ARGUMENT_NOT_IMPLEMENTED, text)
                    .await
            }
            Command::Other(other) if matches!(other.verb(), "MFCT" | "MFF" | "AVBL") => {
                self.pass_on(line, Safe).await
            }
            Command::Other(other) => self.front.say(other.refusal(), not_known(&other)).await,
            other => {
                let text = format!("{} is not implemented.", other.verb());
                self.front.say(ReplyCode::NOT_IMPLEMENTED, text).await
            }
        }
    }
}

/// Refuses a command, whose verb may be PASS and a password.
fn not_known(command: &UnknownCommand) -> String {
    match command.verb() {
        verb if verb.starts_with("PAS") => "The command is not known.".to_owned(),
        verb => format!("{verb} is not known."),
    }
}

/// Returns the time and the path of an MDTM that sets a time, as some old clients do.
fn timed(path: &RemotePath) -> Option<(String, RemotePath)> {
    let (time, path) = path.as_bytes().split_at_checked(14)?;
    let path = path.strip_prefix(b" ").filter(|path| !path.is_empty())?;
    if !time.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let time = String::from_utf8_lossy(time).into_owned();
    Some((time, RemotePath::new(path).ok()?))
}
