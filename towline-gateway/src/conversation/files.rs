//! Commands about files and directories that need no data connection.

use towline::Error;
use towline_proto::path::RemotePath;
use towline_proto::reply::{Reply, ReplyCode};

use super::end::End;
use super::talk::Conversation;
use crate::behind::{Behind, Repeat};
use crate::reply::refusal;

impl Conversation {
    /// Returns the session with the server. Every caller runs after the login.
    pub(super) fn inside(&mut self) -> Result<&mut Behind, End> {
        self.visitor.behind_mut().ok_or(End::NoService)
    }

    /// Sends the server's reply, or the reason why there is none.
    pub(super) async fn answer(&mut self, reply: Result<Reply, Error>) -> Result<(), End> {
        let reply = match reply {
            Ok(reply) if reply.code() == ReplyCode::SERVICE_UNAVAILABLE => {
                let text = format!("The server has ended its session: {}", reply.text());
                Reply::new(ReplyCode::LOCAL_ERROR, text)
            }
            Ok(reply) => reply,
            Err(error) => refusal(&error),
        };
        self.front.reply(&reply).await
    }

    pub(super) async fn pwd(&mut self) -> Result<(), End> {
        let reply = self.inside()?.working_directory();
        self.front.reply(&reply).await
    }

    pub(super) async fn cwd(&mut self, path: &RemotePath) -> Result<(), End> {
        let reply = self.inside()?.enter(path).await;
        self.answer(reply).await
    }

    pub(super) async fn ask(
        &mut self,
        verb: &str,
        path: &RemotePath,
        repeat: Repeat,
    ) -> Result<(), End> {
        let reply = self.inside()?.ask(verb, path, repeat).await;
        self.answer(reply).await
    }

    /// Passes a line on as it is, in the client's working directory.
    pub(super) async fn pass_on(&mut self, line: &[u8], repeat: Repeat) -> Result<(), End> {
        let reply = self.inside()?.ask_here(line, repeat).await;
        self.answer(reply).await
    }

    pub(super) async fn option(&mut self, command: &'static str, line: &[u8]) -> Result<(), End> {
        let reply = self.inside()?.set_option(command, line).await;
        self.answer(reply).await
    }

    pub(super) async fn mlst(&mut self, path: Option<RemotePath>) -> Result<(), End> {
        let path = path.unwrap_or_default();
        let reply = self.inside()?.ask_with_option("MLST", &path).await;
        self.answer(reply).await
    }

    pub(super) async fn hash(&mut self, path: &RemotePath) -> Result<(), End> {
        let reply = self.inside()?.ask_with_option("HASH", path).await;
        self.answer(reply).await
    }

    pub(super) async fn rename_from(&mut self, path: &RemotePath) -> Result<(), End> {
        let reply = self.inside()?.rename_from(path).await;
        self.answer(reply).await
    }

    pub(super) async fn rename_to(&mut self, path: &RemotePath) -> Result<(), End> {
        match self.inside()?.rename_to(path).await.transpose() {
            Some(reply) => self.answer(reply).await,
            None => self.no_rename_begun().await,
        }
    }

    pub(super) async fn no_rename_begun(&mut self) -> Result<(), End> {
        let text = "Send RNFR first.";
        self.front.say(ReplyCode::BAD_SEQUENCE, text).await
    }
}
