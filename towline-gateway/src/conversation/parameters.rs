//! What the gateway says about itself, and the parameters of transfers.

use towline_proto::features::feat_reply;
use towline_proto::reply::{Reply, ReplyCode};

use super::end::End;
use super::talk::Conversation;

/// The features that the gateway has of its own.
const OWN_FEATURES: [&[u8]; 4] = [b"EPRT", b"EPSV", b"CLNT", b"PRET"];

/// The features of a gateway with a certificate.
const TLS_FEATURES: [&[u8]; 5] = [b"AUTH TLS", b"AUTH SSL", b"PBSZ", b"PROT", b"CCC"];

/// The features that depend on the server: whose commands are passed on.
const PASSED_ON: [&[u8]; 17] = [
    b"AVBL", b"HASH", b"LANG", b"MD5", b"MDTM", b"MFCT", b"MFF", b"MFMT", b"MLST", b"REST",
    b"SITE", b"SIZE", b"TVFS", b"UTF8", b"XCRC", b"XMD5", b"XSHA",
];

/// The commands, for HELP.
const COMMANDS: [&str; 6] = [
    "USER PASS ACCT REIN QUIT NOOP SYST FEAT HELP STAT OPTS",
    "TYPE MODE STRU ALLO PWD CWD CDUP MKD RMD DELE RNFR RNTO",
    "SIZE MDTM MFMT MLST MLSD LIST NLST RETR STOR APPE STOU",
    "REST ABOR PASV EPSV PORT EPRT SITE HASH MD5 XCRC XMD5",
    "XSHA1 XSHA256 XSHA512 HOST CLNT LANG PRET MFCT MFF AVBL",
    "XPWD XCWD XCUP XMKD XRMD AUTH PBSZ PROT CCC",
];

impl Conversation {
    pub(super) async fn feat(&mut self) -> Result<(), End> {
        let mut lines: Vec<Vec<u8>> = OWN_FEATURES.iter().map(|line| line.to_vec()).collect();
        if self.front.shared.tls.is_some() {
            lines.extend(TLS_FEATURES.iter().map(|line| line.to_vec()));
        }
        if let Some(behind) = self.visitor.behind() {
            let of_server = behind.session.features().lines().iter();
            lines.extend(of_server.filter(|line| is_passed_on(line)).cloned());
        }
        self.front.reply(&feat_reply(lines)).await
    }

    pub(super) async fn help(&mut self) -> Result<(), End> {
        let first = "These commands are known:";
        let reply = Reply::list(ReplyCode::HELP, first, COMMANDS, "End");
        self.front.reply(&reply).await
    }

    /// Answers HOST (RFC 7151): the user name chooses the server, whatever the host.
    pub(super) async fn host(&mut self) -> Result<(), End> {
        match self.visitor.route() {
            None => {
                let text = "The user name chooses the server.";
                self.front.say(ReplyCode::SERVICE_READY, text).await
            }
            Some(_) => {
                let text = "HOST must be sent before the login.";
                self.front.say(ReplyCode::BAD_SEQUENCE, text).await
            }
        }
    }

    pub(super) async fn type_image(&mut self) -> Result<(), End> {
        self.front.ascii = false;
        self.front.say(ReplyCode::OKAY, "Type I.").await
    }

    pub(super) async fn type_ascii(&mut self) -> Result<(), End> {
        self.front.ascii = true;
        self.front.say(ReplyCode::OKAY, "Type A.").await
    }

    pub(super) async fn rest(&mut self, offset: u64) -> Result<(), End> {
        if let Some(refusal) = self.front.check_offset(offset) {
            return self.front.reply(&refusal).await;
        }
        self.front.offset = offset;
        let text = format!("The next transfer begins at byte {offset}.");
        self.front.say(ReplyCode::PENDING, text).await
    }

    pub(super) async fn status(&mut self) -> Result<(), End> {
        let route = self.visitor.route();
        let route = route.map_or("none", |route| route.name.as_str());
        let lines = [
            format!("Client {} at {}", self.front.id, self.front.control.peer()),
            format!("Route {route}"),
            format!("Type {}", if self.front.ascii { 'A' } else { 'I' }),
        ];
        let reply = Reply::list(ReplyCode::SYSTEM_STATUS, "Towline gateway", lines, "End");
        self.front.reply(&reply).await
    }
}

fn is_passed_on(line: &[u8]) -> bool {
    let word = line.split(|byte| *byte == b' ').next().unwrap_or_default();
    let word = word.to_ascii_uppercase();
    word.starts_with(b"XSHA") || PASSED_ON.contains(&word.as_slice())
}
