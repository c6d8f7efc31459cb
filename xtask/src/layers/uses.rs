//! Which file uses which, and which items.

use std::collections::BTreeMap;

use syn::visit::{self, Visit};
use syn::{
    Arm, Attribute, Block, Field, ImplItem, Item, Local, Macro, Stmt, StmtMacro, TraitItem,
    Visibility,
};

use super::path::{self, Binds, Import, Written};
use super::tree::{self, Target, Tree};

/// One file's use of another.
#[derive(Debug)]
pub(super) struct Edge {
    pub(super) from: usize,
    pub(super) to: usize,
    /// The first line that uses it.
    pub(super) line: usize,
    /// The items that it uses.
    pub(super) items: Vec<String>,
}

/// The first place in a file that names another crate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mention {
    pub(super) file: usize,
    pub(super) name: String,
    pub(super) line: usize,
}

/// Everything that the files of a crate use from each other and from other crates.
#[derive(Debug)]
pub(super) struct Uses {
    pub(super) edges: Vec<Edge>,
    pub(super) mentions: Vec<Mention>,
}

/// Finds what the files of a crate use.
pub(super) fn find(tree: &Tree) -> Uses {
    let mut finder = Finder {
        tree,
        module: 0,
        scopes: Vec::new(),
        edges: BTreeMap::new(),
        mentions: BTreeMap::new(),
    };
    for (id, module) in tree.modules.iter().enumerate() {
        finder.module = id;
        for item in &module.items {
            finder.visit_item(item);
        }
    }
    Uses {
        edges: finder.edges.into_values().collect(),
        mentions: finder
            .mentions
            .into_iter()
            .map(|((file, name), line)| Mention { file, name, line })
            .collect(),
    }
}

struct Finder<'a> {
    tree: &'a Tree,
    module: usize,
    /// The imports of each block around the current place.
    scopes: Vec<Vec<Import>>,
    edges: BTreeMap<(usize, usize), Edge>,
    mentions: BTreeMap<(usize, String), usize>,
}

impl Finder<'_> {
    fn import(&mut self, item: &Item) {
        let shows = matches!(item, Item::Use(item) if !matches!(item.vis, Visibility::Inherited));
        let file = self.file(self.module);
        for import in path::imports(item) {
            for target in self.tree.resolve(self.module, &import.path) {
                // A re-export of the module's own children uses nothing.
                if let Target::Item { module, .. } = &target
                    && shows
                    && self.tree.is_below(self.file(*module), file)
                {
                    continue;
                }
                self.add(target, &import.path);
            }
        }
    }

    fn path(&mut self, path: &Written) {
        for target in self.targets(path) {
            self.add(target, path);
        }
    }

    fn call(&mut self, path: &Written) {
        let targets = self.targets(path);
        if let ([name], [Target::Outside { through: None, .. }]) =
            (&path.segments[..], &targets[..])
            && let Some(module) = self.tree.defining_macro(name)
        {
            let name = name.clone();
            return self.add(Target::Item { module, name }, path);
        }
        self.path(path);
    }

    fn tokens(&mut self, tokens: proc_macro2::TokenStream) {
        for (path, called) in path::in_tokens(tokens) {
            match called {
                true => self.call(&path),
                false => self.path(&path),
            }
        }
    }

    /// What a path refers to, if blocks may have their own imports.
    fn targets(&self, path: &Written) -> Vec<Target> {
        let Some((first, rest)) = path.segments.split_first() else {
            return Vec::new();
        };
        let imported = self.scopes.iter().rev().flatten().find_map(|import| {
            let is_it = !path.global && matches!(&import.binds, Binds::Name(name) if name == first);
            is_it.then(|| Written {
                segments: [&import.path.segments, rest].concat(),
                ..import.path.clone()
            })
        });
        self.tree
            .resolve(self.module, imported.as_ref().unwrap_or(path))
    }

    fn add(&mut self, target: Target, path: &Written) {
        let from = self.file(self.module);
        let (module, name) = match target {
            // The item taken out of a module counts, not the module.
            Target::Module(_) => return,
            Target::Item { module, name } => (module, name),
            Target::Outside {
                name,
                through: None,
            } => {
                self.mentions.entry((from, name)).or_insert(path.line);
                return;
            }
            Target::Outside { name, .. } if is_standard(&name) => return,
            Target::Outside {
                through: Some(module),
                ..
            } => (module, path.segments.last().cloned().unwrap_or_default()),
        };
        let to = self.file(module);
        if from == to {
            return;
        }
        let edge = self.edges.entry((from, to)).or_insert_with(|| Edge {
            from,
            to,
            line: path.line,
            items: Vec::new(),
        });
        edge.line = edge.line.min(path.line);
        if !edge.items.contains(&name) {
            edge.items.push(name);
        }
    }

    fn file(&self, module: usize) -> usize {
        self.tree.modules[module].file
    }
}

fn is_standard(name: &str) -> bool {
    matches!(name, "std" | "core" | "alloc")
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if tree::is_for_tests(tree::attributes(item)) {
            return;
        }
        match item {
            Item::Use(_) | Item::ExternCrate(_) => self.import(item),
            _ => visit::visit_item(self, item),
        }
    }

    fn visit_block(&mut self, block: &'ast Block) {
        let imports = block.stmts.iter().flat_map(|statement| match statement {
            Stmt::Item(item) => path::imports(item),
            _ => Vec::new(),
        });
        self.scopes.push(imports.collect());
        visit::visit_block(self, block);
        self.scopes.pop();
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.path(&path.into());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.call(&(&call.path).into());
        self.tokens(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.tokens(list.tokens.clone());
        }
        visit::visit_attribute(self, attribute);
    }

    // `pub(in path)` uses nothing.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        let attributes = match item {
            ImplItem::Const(item) => &item.attrs,
            ImplItem::Fn(item) => &item.attrs,
            ImplItem::Type(item) => &item.attrs,
            ImplItem::Macro(item) => &item.attrs,
            _ => &Vec::new(),
        };
        if !tree::is_for_tests(attributes) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_trait_item(&mut self, item: &'ast TraitItem) {
        let attributes = match item {
            TraitItem::Const(item) => &item.attrs,
            TraitItem::Fn(item) => &item.attrs,
            TraitItem::Type(item) => &item.attrs,
            TraitItem::Macro(item) => &item.attrs,
            _ => &Vec::new(),
        };
        if !tree::is_for_tests(attributes) {
            visit::visit_trait_item(self, item);
        }
    }

    fn visit_field(&mut self, field: &'ast Field) {
        if !tree::is_for_tests(&field.attrs) {
            visit::visit_field(self, field);
        }
    }

    fn visit_arm(&mut self, arm: &'ast Arm) {
        if !tree::is_for_tests(&arm.attrs) {
            visit::visit_arm(self, arm);
        }
    }

    fn visit_local(&mut self, local: &'ast Local) {
        if !tree::is_for_tests(&local.attrs) {
            visit::visit_local(self, local);
        }
    }

    fn visit_stmt_macro(&mut self, statement: &'ast StmtMacro) {
        if !tree::is_for_tests(&statement.attrs) {
            visit::visit_stmt_macro(self, statement);
        }
    }
}
