//! The size behind a link, for servers whose `SIZE` gives the length of the link itself.

use towline_proto::listing::EntryKind;
use towline_proto::path::RemotePath;

use super::Session;
use crate::error::Error;

impl Session {
    /// Returns whether `given`, the server's answer to `SIZE`, is the length of a link: the size of
    /// what the link leads to, if `MLST` or the `SIZE` of its target gives it. Returns `None` if
    /// `path` is no link, or its size has changed.
    pub(crate) async fn size_behind_link(
        &mut self,
        path: &RemotePath,
        given: u64,
    ) -> Result<Option<Option<u64>>, Error> {
        if self.ask_size(path).await? != Some(given) {
            return Ok(None);
        }
        let entry = self.describe(path).await?;
        match entry.kind {
            // MLST follows the link.
            EntryKind::File => Ok(entry.size.filter(|size| *size != given).map(Some)),
            EntryKind::Link => {
                let target = entry.link_target;
                match target.and_then(|target| resolve(path, &target)) {
                    Some(target) => self.ask_size(&target).await.map(Some),
                    None => Ok(Some(None)),
                }
            }
            _ => Ok(None),
        }
    }
}

/// Returns the path that the link `path` points to with the text `target`.
fn resolve(path: &RemotePath, target: &[u8]) -> Option<RemotePath> {
    let parent = path.parent()?;
    let resolved = match (target, parent.as_bytes()) {
        ([b'/', ..], _) | (_, []) => target.to_vec(),
        (_, [.., b'/']) => [parent.as_bytes(), target].concat(),
        (_, _) => [parent.as_bytes(), b"/", target].concat(),
    };
    RemotePath::new(resolved).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_relative_to_the_directory_of_its_link() {
        for (link, target, expected) in [
            ("link", "a", "a"),
            ("sub/link", "a", "sub/a"),
            ("sub/link", "../a", "sub/../a"),
            ("/link", "a", "/a"),
            ("sub/link", "/a", "/a"),
        ] {
            let resolved = resolve(&RemotePath::new(link).unwrap(), target.as_bytes());
            assert_eq!(resolved, RemotePath::new(expected).ok(), "{link} {target}");
        }
    }
}
