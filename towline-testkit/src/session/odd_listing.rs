//! Listings that are not of the path in the command, or of another form.

use super::Session;
use crate::ListingFault;
use crate::fault::Fault;
use crate::listing::Item;
use crate::tree::VirtualPath;

impl Session {
    /// Returns the directory that a listing command with this argument shows.
    pub(super) fn listed_path(&self, mut argument: &[u8]) -> VirtualPath {
        if self.faults.lists(&ListingFault::SplitsPath) {
            argument = argument
                .split(|byte| *byte == b' ')
                .next()
                .unwrap_or(argument);
        }
        let parts = || argument.split(|byte| *byte == b'/');
        if self.faults.lists(&ListingFault::TakesLastPart) {
            argument = parts().next_back().unwrap_or(argument);
        }
        if self.faults.lists(&ListingFault::TakesFirstPart) {
            let first = argument
                .split(|byte| *byte == b'/')
                .find(|it| !it.is_empty());
            argument = first.unwrap_or(argument);
        }
        let has_blank = argument.contains(&b' ');
        let path = self.directory.resolve(argument);
        let exists = self.shared.tree.metadata(&path).is_ok();
        if self.faults.lists(&ListingFault::IgnoresPath)
            || self.faults.lists(&ListingFault::IgnoresExistingPath) && exists
            || self.faults.lists(&ListingFault::IgnoresPathWithBlank) && has_blank
            || self.faults.lists(&ListingFault::StaysIfMissing) && !exists
            || self.faults.lists(&ListingFault::StaysAtLogin)
        {
            return self.directory.clone();
        }
        let most = self.faults.strike(|fault| match fault {
            Fault::Listing(ListingFault::ListsAbove(most)) => Some(*most),
            _ => None,
        });
        let named = argument
            .split(|byte| *byte == b'/')
            .filter(|part| !part.is_empty());
        if most.is_some_and(|most| named.count() > most) {
            return path.parent();
        }
        path
    }

    /// Returns the reply that refuses a listing of `path`.
    pub(super) fn odd_refusal(&self, path: &VirtualPath) -> Option<&'static str> {
        if self.faults.lists(&ListingFault::OnlyInAscii) && self.binary {
            return Some("550 Listings require TYPE A");
        }
        let is_empty = self
            .shared
            .tree
            .names(path)
            .is_ok_and(|names| names.is_empty());
        let is_directory = self.shared.tree.metadata(path).is_ok_and(|it| it.is_dir());
        self.faults.strike(|fault| match fault {
            Fault::Listing(ListingFault::RefusesEmpty(reply)) if is_empty => Some(*reply),
            Fault::Listing(ListingFault::RefusesAll(reply)) if is_directory => Some(*reply),
            _ => None,
        })
    }

    /// Returns the items of `path`, as the server's faults show them.
    pub(super) fn odd_items(
        &self,
        command: &str,
        path: &VirtualPath,
        argument: &[u8],
        mut items: Vec<Item>,
    ) -> Vec<Item> {
        let metadata = self.shared.tree.metadata(path);
        let Some(metadata) = metadata.ok().filter(std::fs::Metadata::is_dir) else {
            return items;
        };
        let name = path.name().unwrap_or_default();
        if self.faults.lists(&ListingFault::NamesDirectory) && !argument.is_empty() {
            return vec![Item::new(name.to_vec(), &metadata)];
        }
        if self.faults.lists(&ListingFault::ShowsLinks) {
            for item in &mut items {
                if let Some(target) = self.shared.tree.link_target(&path.child(&item.name)) {
                    *item = item.clone().linked_to(target);
                }
            }
        }
        if self.faults.lists(&ListingFault::DisguisesLinks) {
            for item in &mut items {
                if let Some(target) = self.shared.tree.link_target(&path.child(&item.name)) {
                    let shown = item.clone();
                    *item = match command {
                        "MLSD" => shown.disguised(&target),
                        _ => shown.linked_to(target),
                    };
                }
            }
        }
        if self.faults.lists(&ListingFault::HidesLinks) {
            for item in &mut items {
                item.links = self.shared.tree.hard_links(&path.child(&item.name));
            }
        }
        if self.faults.lists(&ListingFault::WritesPaths) && !argument.is_empty() {
            for item in &mut items {
                item.name = [argument, b"/", &item.name].concat();
            }
        }
        items
    }

    /// Returns whether the server's faults keep it from removing the link at `path`.
    pub(super) fn keeps_link(&self, path: &VirtualPath) -> bool {
        let tree = &self.shared.tree;
        self.faults.lists(&ListingFault::HidesLinks)
            && tree.link_target(path).is_some()
            && tree.metadata(path).is_ok_and(|it| it.is_dir())
    }

    /// Returns whether nobody may enter the directory `path`.
    pub(super) fn is_closed(&self, path: &VirtualPath) -> bool {
        let name = path.name().unwrap_or_default();
        self.faults.any(|fault| {
            matches!(fault, Fault::Listing(ListingFault::ClosesDirectory(closed))
                if closed.as_bytes() == name)
        })
    }

    /// Returns the items that an endless tree shows in `path`.
    pub(super) fn endless_items(&self, path: &VirtualPath) -> Option<Vec<Item>> {
        if !self.faults.lists(&ListingFault::EndlessTree) {
            return None;
        }
        let depth = path.depth();
        let metadata = self.shared.tree.metadata(&VirtualPath::default()).ok()?;
        let names = ["left", "right"].map(|side| format!("{side}-{depth}").into_bytes());
        Some(names.map(|name| Item::new(name, &metadata)).into())
    }
}
