//! Serialization of errors.

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::library_error::Error;

/// `message` is the `Display` text followed by the causes.
impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut error = serializer.serialize_struct("Error", 10)?;
        error.serialize_field("kind", &self.kind())?;
        error.serialize_field("detail", &self.detail())?;
        error.serialize_field("remains", self.remains())?;
        error.serialize_field("message", &with_causes(self))?;
        error.serialize_field("path", &self.path())?;
        error.serialize_field("reply", &self.reply())?;
        error.serialize_field("data_connection", &self.data_connection())?;
        error.serialize_field("fingerprint", &self.fingerprint())?;
        error.serialize_field("pin", &self.pin())?;
        error.serialize_field("target_may_exist", &self.target_may_exist())?;
        error.end()
    }
}

fn with_causes(error: &Error) -> String {
    let mut message = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        message = format!("{message}: {error}");
        cause = error.source();
    }
    message
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use towline_proto::path::RemotePath;
    use towline_proto::reply::{Reply, ReplyCode};

    use super::*;
    use crate::error::detail::ErrorDetail;
    use crate::error::kind::ErrorKind;
    use crate::error::remains::Remains;
    use crate::fingerprint::{Fingerprint, Pin};
    use crate::verdict::DataConnection;

    fn json(value: &impl Serialize) -> Value {
        serde_json::to_value(value).unwrap()
    }

    #[test]
    fn an_error_has_everything_that_a_program_may_ask() {
        let path = RemotePath::new("out/a.csv").unwrap();
        let at = RemotePath::new("out/.a.part").unwrap();
        let error = Error::new(ErrorKind::Incomplete, "40 of 50 bytes have come")
            .with_detail(ErrorDetail::WrongSize {
                expected: 50,
                actual: 40,
            })
            .with_path(&path)
            .with_reply(Reply::new(ReplyCode::TRANSFER_COMPLETE, "Done."))
            .with_data_connection(DataConnection::in_clear_text("out/a.csv".to_owned()))
            .with_source(std::io::Error::other("why"))
            .with_remains(Remains::Part { at });
        let shape = json!({
            "kind": "incomplete",
            "detail": {"name": "wrong_size", "expected": 50, "actual": 40},
            "remains": [{"what": "part", "at": "out/.a.part"}],
            "message": "out/a.csv: 40 of 50 bytes have come; a partial file may remain at out/.a.part: 226 Done.: why",
            "path": "out/a.csv",
            "reply": {"code": 226, "text": "Done."},
            "data_connection": {
                "path": "out/a.csv",
                "resumed": false,
                "protocol": "none",
                "cipher": "none",
                "ticket_source": "none",
                "ticket_age": null,
                "same_certificate": false,
            },
            "fingerprint": null,
            "pin": null,
            "target_may_exist": false,
        });
        assert_eq!(json(&error), shape);
    }

    #[test]
    fn what_is_not_known_is_null() {
        let error = Error::new(ErrorKind::Cancelled, "cancelled");
        assert_eq!(json(&error)["detail"], Value::Null);
        assert_eq!(json(&error)["kind"], "cancelled");
        assert_eq!(json(&error)["remains"], json!([]));
    }

    #[test]
    fn details_have_their_names_and_values() {
        let certificate = rcgen::generate_simple_self_signed(["a.test".to_owned()]).unwrap();
        let der = certificate.cert.der();
        let pin = Pin::of(der).unwrap();
        let mismatch = ErrorDetail::PinMismatch { pin };
        let shape = json!({"name": "pin_mismatch", "pin": pin.to_string()});
        assert_eq!(json(&mismatch), shape);
        let before = Fingerprint::of(der);
        let changed = ErrorDetail::CertificateChanged { before };
        assert_eq!(json(&changed)["before"], before.to_string());
        let at = "2026-11-21T09:08:07Z";
        let expired = ErrorDetail::Expired {
            at: at.parse().unwrap(),
        };
        assert_eq!(json(&expired), json!({"name": "expired", "at": at}));
        let plain = ErrorDetail::TlsRefused;
        assert_eq!(json(&plain), json!({"name": plain.name()}));
    }

    #[test]
    fn kinds_have_the_names_that_logs_use() {
        for kind in [ErrorKind::LoginRefused, ErrorKind::SessionReuseRefused] {
            assert_eq!(json(&kind), kind.name());
        }
    }
}
