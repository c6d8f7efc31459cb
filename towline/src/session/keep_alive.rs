//! What an idle control connection does: it is kept alive, or watched.

use std::future::Future;
use std::pin::pin;

use tokio::time::timeout;
use towline_proto::command::Command;

use super::Session;
use crate::error::Error;

impl Session {
    /// Runs `work`, which must not need the server, and sends nothing meanwhile. Fails as soon as
    /// the server ends the session, which shows how long it lets one be idle.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable) if the server ends the session
    /// with 421, [`ErrorKind::Network`](crate::ErrorKind::Network) if it only closes the
    /// connection, [`ErrorKind::Protocol`](crate::ErrorKind::Protocol) if it sends anything else.
    pub async fn idle_while<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Error> {
        self.ensure_usable().await?;
        self.link.control.watch(work).await
    }

    /// Runs `work`, which must not need the server. Meanwhile sends `NOOP` at the interval of
    /// [`Config::keep_alive`](crate::Config::keep_alive), so that the server does not close the
    /// session as idle. No transfer can run in the meantime, because the session is borrowed. Every
    /// `NOOP` is answered, or its connection given up, before this returns. Nothing is sent while a
    /// [raw command](Self::raw) awaits another one, which a `NOOP` would prevent.
    ///
    /// ```no_run
    /// # async fn example(session: &mut towline::Session) {
    /// let digest = session.keep_alive_while(async {
    ///     // Something that takes minutes, such as unpacking what came.
    /// }).await;
    /// # }
    /// ```
    pub async fn keep_alive_while<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            let interval = self.shared.config().keep_alive;
            if let Ok(done) = timeout(interval, work.as_mut()).await {
                return done;
            }
            if !self.is_usable() {
                return work.await;
            }
            if self.awaits_rest_of_sequence() {
                // A NOOP would end it.
                continue;
            }
            // If no reply arrives, the connection is given up, and the next operation opens
            // another.
            let mut noop = pin!(self.link.control.command(&Command::Noop));
            tokio::select! {
                done = work.as_mut() => {
                    let _ = noop.await;
                    return done;
                }
                _ = noop.as_mut() => {}
            }
        }
    }
}
