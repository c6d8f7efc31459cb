//! TLS in front: AUTH, PBSZ, PROT and CCC (RFC 4217).

use tokio::time::Instant;
use towline_proto::reply::ReplyCode;

use super::end::End;
use super::talk::Conversation;

impl Conversation {
    pub(super) async fn auth(&mut self) -> Result<(), End> {
        if self.front.shared.tls.is_none() {
            let text = "TLS is not offered here.";
            return self.front.say(ReplyCode::NOT_IMPLEMENTED, text).await;
        }
        if self.front.control.is_tls() {
            let text = "TLS has begun already.";
            return self.front.say(ReplyCode::BAD_SEQUENCE, text).await;
        }
        // An attacker may have logged in before TLS.
        self.leave().await;
        self.front.reset();
        let text = "Ready for TLS.";
        self.front.say(ReplyCode::SECURITY_ACCEPTED, text).await?;
        self.secure().await
    }

    /// Begins TLS on the control connection.
    pub(super) async fn secure(&mut self) -> Result<(), End> {
        let tls = self.front.shared.tls.as_ref().ok_or(End::NoTls)?;
        let tls = tls.for_client().map_err(|_| End::NoTls)?;
        let limit = self.login_by.saturating_duration_since(Instant::now());
        let secured = self.front.control.secure(&tls, limit).await;
        secured.map_err(|_| End::NoTls)?;
        self.front.tls = Some(tls);
        self.front.protected = false;
        Ok(())
    }

    pub(super) async fn pbsz(&mut self) -> Result<(), End> {
        match self.front.tls {
            Some(_) => self.front.say(ReplyCode::OKAY, "PBSZ=0").await,
            None => self.needs_tls().await,
        }
    }

    pub(super) async fn prot(&mut self, protected: bool) -> Result<(), End> {
        if self.front.tls.is_none() {
            return self.needs_tls().await;
        }
        if !protected && self.front.shared.require_tls {
            let text = "Data connections need TLS here.";
            let code = ReplyCode::POLICY_REQUIRES_PROTECTION;
            return self.front.say(code, text).await;
        }
        self.front.protected = protected;
        let text = match protected {
            true => "Data connections are protected.",
            false => "Data connections are in clear text.",
        };
        self.front.say(ReplyCode::OKAY, text).await
    }

    pub(super) async fn ccc(&mut self) -> Result<(), End> {
        if !self.front.control.is_tls() {
            let text = "The control connection is in clear text already.";
            return self.front.say(ReplyCode::BAD_SEQUENCE, text).await;
        }
        if self.front.shared.require_tls {
            let text = "The control connection needs TLS here.";
            let code = ReplyCode::POLICY_REQUIRES_PROTECTION;
            return self.front.say(code, text).await;
        }
        let text = "In clear text from now on.";
        self.front.say(ReplyCode::OKAY, text).await?;
        self.front.control.clear().await.map_err(|_| End::NoTls)
    }

    async fn needs_tls(&mut self) -> Result<(), End> {
        let text = "Send AUTH TLS first.";
        self.front.say(ReplyCode::BAD_SEQUENCE, text).await
    }
}
