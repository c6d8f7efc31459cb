//! Marks that show which file a part belongs to.

use jiff::Timestamp;
use towline_proto::path::RemotePath;

use super::file_version::FileVersion;
use crate::part_key::PartKey;
use crate::session::Session;

/// Marks the parts of one remote file, as one user of one server sees it.
#[derive(Clone, Debug)]
pub(crate) struct PartMarks {
    key: PartKey,
    /// Host, port, user and path.
    remote: [Vec<u8>; 4],
}

impl PartMarks {
    /// Returns the marks of the parts of `remote`. Without the secret of this machine there are
    /// none, so that no part is kept or found.
    pub(crate) async fn of(session: &Session, remote: &RemotePath) -> Option<Self> {
        match session.part_key().await {
            Ok(key) => Some(Self::new(key, session, remote)),
            Err(why) => {
                let what = "no partial file is kept, because there is no key to mark it with";
                session.warn(&format!("{what}: {why}"));
                None
            }
        }
    }

    fn new(key: &PartKey, session: &Session, remote: &RemotePath) -> Self {
        let config = session.config();
        Self {
            key: key.clone(),
            remote: [
                config.host.to_ascii_lowercase().into_bytes(),
                config.effective_port().to_string().into_bytes(),
                config.user.clone().into_bytes(),
                remote.as_bytes().to_vec(),
            ],
        }
    }

    /// Returns eight hexadecimal digits that are the same for a part of the same file, of this
    /// version, that will get the same `name`. Returns `None` without a size, because a time alone
    /// is not enough. The name is included because long names are shortened where the mark is used.
    pub(crate) fn mark(&self, version: FileVersion, name: &[u8]) -> Option<String> {
        let size = version.size?.to_le_bytes();
        let time = version.modified.map_or(i128::MIN, Timestamp::as_nanosecond);
        let [host, port, user, path] = &self.remote;
        let time = time.to_le_bytes();
        let fields: [&[u8]; 7] = [host, port, user, path, &size, &time, name];
        Some(self.key.mark(&fields))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn marks(host: &str, port: u16, user: &str, path: &str) -> PartMarks {
        let remote = [
            host.to_owned(),
            port.to_string(),
            user.to_owned(),
            path.to_owned(),
        ];
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("part-key");
        std::fs::write(&file, [7; 32]).unwrap();
        PartMarks {
            key: PartKey::load(&file).unwrap(),
            remote: remote.map(String::into_bytes),
        }
    }

    fn version(size: u64, second: i64) -> FileVersion {
        FileVersion {
            size: Some(size),
            modified: Timestamp::from_second(second).ok(),
        }
    }

    #[test]
    fn a_mark_is_that_of_one_file_at_one_server() {
        let of = |marks: PartMarks| marks.mark(version(1, 1), b"a").unwrap();
        let one = of(marks("a.example", 21, "jo", "out/a"));
        assert_eq!(one, of(marks("a.example", 21, "jo", "out/a")));
        for other in [
            marks("b.example", 21, "jo", "out/a"),
            marks("a.example", 2121, "jo", "out/a"),
            marks("a.example", 21, "al", "out/a"),
            marks("a.example", 21, "jo", "in/a"),
        ] {
            assert_ne!(one, of(other));
        }
    }

    proptest! {
        #[test]
        fn a_mark_is_that_of_one_version(size: u64, second in 0_i64..4_000_000_000) {
            let marks = marks("a.example", 21, "jo", "a");
            let mark = |size, second, name: &[u8]| marks.mark(version(size, second), name).unwrap();
            let one = mark(size, second, b"a");
            prop_assert_eq!(one.len(), 8);
            prop_assert!(one.bytes().all(|byte| byte.is_ascii_hexdigit()));
            prop_assert_eq!(&one, &mark(size, second, b"a"));
            prop_assert_ne!(&one, &mark(size, second, b"b"));
            prop_assert_ne!(&one, &mark(size ^ 1, second, b"a"));
            prop_assert_ne!(&one, &mark(size, second + 1, b"a"));
        }
    }

    #[test]
    fn nothing_is_recognised_by_its_time_alone() {
        let version = FileVersion {
            size: None,
            ..version(1, 1)
        };
        assert_eq!(marks("h", 21, "u", "a").mark(version, b"a"), None);
    }
}
