//! `Serialize` for the values that a server sends, with names in snake case.
//!
//! Bytes become text. If the conversion loses information, a second field contains the bytes.

use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::digest::DigestAlgorithm;
use crate::listing::{Entry, EntryKind, Modified, Precision, Zone};
use crate::path::RemotePath;
use crate::quirks::Software;
use crate::reply::{Reply, ReplyClass, ReplyCode};

/// Serializes the path as `Display` writes it.
impl Serialize for RemotePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Serializes the code as a number.
impl Serialize for ReplyCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u16(self.as_u16())
    }
}

impl Serialize for ReplyClass {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::Preliminary => "preliminary",
            Self::Completion => "completion",
            Self::Intermediate => "intermediate",
            Self::Transient => "transient",
            Self::Permanent => "permanent",
        })
    }
}

/// Serializes `code` and `text`.
impl Serialize for Reply {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut reply = serializer.serialize_struct("Reply", 2)?;
        reply.serialize_field("code", &self.code())?;
        reply.serialize_field("text", &self.text())?;
        reply.end()
    }
}

/// Serializes the name as `HASH` writes it.
impl Serialize for DigestAlgorithm {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl Serialize for EntryKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::File => "file",
            Self::Directory => "directory",
            Self::Link => "link",
            Self::CurrentDirectory => "current_directory",
            Self::ParentDirectory => "parent_directory",
            Self::Other => "other",
            Self::Unknown => "unknown",
        })
    }
}

impl Serialize for Software {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl Serialize for Precision {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::Day => "day",
            Self::Minute => "minute",
            Self::Second => "second",
        })
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::Utc => "utc",
            Self::Server => "server",
        })
    }
}

/// Serializes `time` (ISO 8601, without a zone), `precision` and `zone`.
impl Serialize for Modified {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut modified = serializer.serialize_struct("Modified", 3)?;
        modified.serialize_field("time", &format_args!("{}", self.time))?;
        modified.serialize_field("precision", &self.precision)?;
        modified.serialize_field("zone", &self.zone)?;
        modified.end()
    }
}

/// Serializes the public fields except the raw line. `name_bytes` is `null` if the name is
/// UTF-8.
impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let is_text = std::str::from_utf8(&self.name).is_ok();
        let name_bytes = (!is_text).then_some(&self.name);
        let link_target = self.link_target.as_deref().map(String::from_utf8_lossy);
        let mut entry = serializer.serialize_struct("Entry", 10)?;
        entry.serialize_field("name", &String::from_utf8_lossy(&self.name))?;
        entry.serialize_field("name_bytes", &name_bytes)?;
        entry.serialize_field("kind", &self.kind)?;
        entry.serialize_field("size", &self.size)?;
        entry.serialize_field("allocated", &self.allocated)?;
        entry.serialize_field("modified", &self.modified)?;
        entry.serialize_field("permissions", &self.permissions)?;
        entry.serialize_field("owner", &self.owner)?;
        entry.serialize_field("group", &self.group)?;
        entry.serialize_field("link_target", &link_target)?;
        entry.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_entry_has_its_name_as_text_and_where_need_be_as_bytes() {
        let mut entry = Entry::new(*b"caf\xe9", EntryKind::File);
        entry.size = Some(7);
        entry.modified = Some(Modified {
            time: jiff::civil::date(2026, 11, 21).at(9, 8, 7, 0),
            precision: Precision::Second,
            zone: Zone::Utc,
        });
        let shape = json!({
            "name": "caf\u{fffd}",
            "name_bytes": [99, 97, 102, 233],
            "kind": "file",
            "size": 7,
            "allocated": null,
            "modified": {"time": "2026-11-21T09:08:07", "precision": "second", "zone": "utc"},
            "permissions": null,
            "owner": null,
            "group": null,
            "link_target": null,
        });
        assert_eq!(serde_json::to_value(&entry).unwrap(), shape);
        let plain = serde_json::to_value(Entry::new("a", EntryKind::Link)).unwrap();
        assert_eq!(plain["name_bytes"], json!(null));
    }

    #[test]
    fn a_reply_is_a_code_and_its_text() {
        let reply = Reply::new(ReplyCode::FILE_UNAVAILABLE, "no\nsuch file");
        let shape = json!({"code": 550, "text": "no\nsuch file"});
        assert_eq!(serde_json::to_value(&reply).unwrap(), shape);
    }
}
