//! Names from a server.

use std::path::{Component, Path};

use towline_proto::name::{check_entry_name, escape, local_name};
use towline_proto::path::RemotePath;

use crate::terminal::is_safe_to_print;

/// Any bytes as a name: an accepted name is one component, locally and remotely, and the displayed
/// form cannot control a terminal.
pub fn name(data: &[u8]) {
    assert!(is_safe_to_print(&escape(data)));
    if let Ok(name) = local_name(data) {
        assert_eq!(check_entry_name(data), Ok(()));
        let mut components = Path::new(&name).components();
        assert_eq!(components.next(), Some(Component::Normal(&name)));
        assert_eq!(components.next(), None);
        assert_eq!(
            Path::new("/in").join(&name).parent(),
            Some(Path::new("/in"))
        );
    }
    for directory in ["", "/", "a", "/a/b"] {
        let Ok(directory) = RemotePath::new(directory) else {
            continue;
        };
        match directory.join(data) {
            Ok(path) => {
                assert_eq!(check_entry_name(data), Ok(()));
                assert_eq!(path.file_name(), Some(data));
                assert_eq!(path.parent(), Some(directory));
                assert_eq!(RemotePath::new(path.as_bytes()), Ok(path));
            }
            Err(_) => assert!(check_entry_name(data).is_err()),
        }
    }
    if let Ok(path) = RemotePath::new(data) {
        assert!(is_safe_to_print(&path.to_string()));
        assert!(
            path.parent()
                .is_none_or(|parent| parent.as_bytes().len() < data.len())
        );
    }
}
