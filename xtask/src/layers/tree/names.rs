//! From a path to the item that it refers to.

use std::ptr;

use super::{Meaning, Tree};
use crate::layers::path::Written;

/// What a path refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Module(usize),
    /// An item, in the module that defines it.
    Item {
        module: usize,
        name: String,
    },
    /// An item of another crate, or a name that is no item.
    Outside {
        /// The name that the path begins with.
        name: String,
        /// The module that imports it, if it was found through an import.
        through: Option<usize>,
    },
}

/// The imports being followed: one may lead back to itself.
type Following<'a> = Vec<&'a Written>;

impl Tree {
    /// What `path` refers to, as written in a module. Returns several results if it has a meaning
    /// for each system, or is a function and a module at once.
    pub(crate) fn resolve(&self, module: usize, path: &Written) -> Vec<Target> {
        self.follow(module, path, &mut Vec::new())
    }

    /// The module that defines the macro with this name.
    pub(crate) fn defining_macro(&self, name: &str) -> Option<usize> {
        self.macros.get(name).copied()
    }

    fn follow<'a>(
        &'a self,
        module: usize,
        path: &Written,
        following: &mut Following<'a>,
    ) -> Vec<Target> {
        let Some((first, rest)) = path.segments.split_first() else {
            return Vec::new();
        };
        let mut found = match first.as_str() {
            _ if path.global => Vec::new(),
            "crate" => vec![Target::Module(0)],
            "self" => vec![Target::Module(module)],
            "super" => self.parent(module),
            name => self.look_up(module, name, following),
        };
        if found.is_empty() {
            found.push(Target::Outside {
                name: first.clone(),
                through: None,
            });
        }
        for segment in rest {
            found = self.step(&found, segment, following);
        }
        found
    }

    /// What `name` refers to in each of these modules.
    fn step<'a>(
        &'a self,
        inside: &[Target],
        name: &str,
        following: &mut Following<'a>,
    ) -> Vec<Target> {
        let modules = inside.iter().filter_map(|target| match target {
            Target::Module(module) => Some(*module),
            _ => None,
        });
        let mut found = Vec::new();
        let mut is_module = false;
        for module in modules {
            is_module = true;
            let targets = match name {
                "super" => self.parent(module),
                "self" => vec![Target::Module(module)],
                _ => self.look_up(module, name, following),
            };
            if targets.is_empty() {
                // A macro must have created it there.
                found.push(Target::Item {
                    module,
                    name: name.to_owned(),
                });
            }
            found.extend(targets);
        }
        // Variants, methods and the like belong to the item before them.
        if is_module { found } else { inside.to_vec() }
    }

    fn look_up<'a>(
        &'a self,
        module: usize,
        name: &str,
        following: &mut Following<'a>,
    ) -> Vec<Target> {
        let mut found = Vec::new();
        for meaning in self.modules[module].names.get(name).into_iter().flatten() {
            match meaning {
                Meaning::Module(child) => found.push(Target::Module(*child)),
                Meaning::Item => found.push(Target::Item {
                    module,
                    name: name.to_owned(),
                }),
                Meaning::Import(path) => {
                    let targets = self.follow_import(module, path, following);
                    found.extend(targets.into_iter().map(|target| match target {
                        Target::Outside { name, .. } => Target::Outside {
                            name,
                            through: Some(module),
                        },
                        target => target,
                    }));
                }
            }
        }
        if found.is_empty() {
            for glob in &self.modules[module].globs {
                for target in self.follow_import(module, glob, following) {
                    if let Target::Module(inside) = target {
                        following.push(glob);
                        found.extend(self.look_up(inside, name, following));
                        following.pop();
                    }
                }
            }
        }
        found
    }

    fn follow_import<'a>(
        &'a self,
        module: usize,
        path: &'a Written,
        following: &mut Following<'a>,
    ) -> Vec<Target> {
        if following.iter().any(|other| ptr::eq(*other, path)) {
            return Vec::new();
        }
        following.push(path);
        let targets = self.follow(module, path, following);
        following.pop();
        targets
    }

    fn parent(&self, module: usize) -> Vec<Target> {
        let parent = self.modules[module].parent;
        parent.map(Target::Module).into_iter().collect()
    }
}
