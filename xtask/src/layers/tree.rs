//! The modules of a crate: the file of each, and what its names refer to.

mod attribute;
mod names;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, ensure};
use syn::{Attribute, Item, ItemMod};

pub(super) use self::attribute::{is_for_tests, of as attributes};
pub(super) use self::names::Target;
use super::path::{Binds, Written, imports, name};

/// All modules of a crate except its tests.
pub(super) struct Tree {
    root: PathBuf,
    pub(super) files: Vec<SourceFile>,
    pub(super) modules: Vec<Module>,
    /// The module of each `macro_rules!`, whose name is visible in more places than paths show.
    macros: HashMap<String, usize>,
}

/// A source file.
#[derive(Debug)]
pub(super) struct SourceFile {
    /// Relative to the root of the workspace.
    pub(super) path: PathBuf,
    /// The path of its module, empty for the crate root.
    pub(super) place: Vec<String>,
}

/// A module, in its own file or inline in another.
pub(super) struct Module {
    pub(super) file: usize,
    /// Its items, without modules and tests.
    pub(super) items: Vec<Item>,
    parent: Option<usize>,
    names: HashMap<String, Vec<Meaning>>,
    globs: Vec<Written>,
}

/// What a name refers to. It may be a function and a module at once.
#[derive(Debug)]
enum Meaning {
    Module(usize),
    Item,
    Import(Written),
}

impl Tree {
    /// Reads the file `first` and all files of its crate. File names are relative to `root`.
    pub(super) fn load(root: &Path, first: &Path) -> Result<Self> {
        let mut tree = Self {
            root: root.to_path_buf(),
            files: Vec::new(),
            modules: Vec::new(),
            macros: HashMap::new(),
        };
        let folder = first.parent().unwrap_or(root);
        tree.read(first, folder, None, Vec::new())?;
        Ok(tree)
    }

    /// Whether a file is in another file's folder, at any depth.
    pub(super) fn is_below(&self, file: usize, above: usize) -> bool {
        let (place, above) = (&self.files[file].place, &self.files[above].place);
        place.len() > above.len() && place.starts_with(above)
    }

    /// Adds the module in the file `path`, whose children are in `folder`.
    fn read(
        &mut self,
        path: &Path,
        folder: &Path,
        parent: Option<usize>,
        place: Vec<String>,
    ) -> Result<usize> {
        let shown = path.strip_prefix(&self.root).unwrap_or(path).to_path_buf();
        let text = fs::read_to_string(path).with_context(|| shown.display().to_string())?;
        let parsed = syn::parse_file(&text).map_err(|error| {
            let line = error.span().start().line;
            anyhow!("{}:{line}: {error}", shown.display())
        })?;
        let file = self.files.len();
        self.files.push(SourceFile { path: shown, place });
        self.add(parsed.items, file, folder, parent)
    }

    fn add(
        &mut self,
        items: Vec<Item>,
        file: usize,
        folder: &Path,
        parent: Option<usize>,
    ) -> Result<usize> {
        let id = self.modules.len();
        self.modules.push(Module {
            file,
            items: Vec::new(),
            parent,
            names: HashMap::new(),
            globs: Vec::new(),
        });
        for item in items {
            if is_for_tests(attributes(&item)) {
                continue;
            }
            if let Item::Mod(item) = item {
                let name = name(&item.ident);
                let child = self.child(item, &name, id, folder)?;
                self.modules[id].means(name, Meaning::Module(child));
                continue;
            }
            self.learn_names(id, &item);
            self.modules[id].items.push(item);
        }
        Ok(id)
    }

    /// Adds a module that is declared in `parent`.
    fn child(&mut self, item: ItemMod, name: &str, parent: usize, folder: &Path) -> Result<usize> {
        let below = folder.join(name);
        let file = self.modules[parent].file;
        if let Some((_, items)) = item.content {
            return self.add(items, file, &below, Some(parent));
        }
        let declaration = &self.files[file];
        let shown = declaration.path.display();
        let is_path = |attribute: &Attribute| attribute.path().is_ident("path");
        ensure!(
            !item.attrs.iter().any(is_path),
            "{shown}: `#[path]` is not followed"
        );
        let candidates = [below.with_extension("rs"), below.join("mod.rs")];
        let path = candidates.iter().find(|path| path.exists());
        let path = path.with_context(|| format!("{shown}: `mod {name}` has no file"))?;
        let place = [&declaration.place[..], &[name.to_owned()]].concat();
        self.read(path, &below, Some(parent), place)
    }

    fn learn_names(&mut self, id: usize, item: &Item) {
        let module = &mut self.modules[id];
        for import in imports(item) {
            match import.binds {
                Binds::Name(name) => module.means(name, Meaning::Import(import.path)),
                Binds::Glob => module.globs.push(import.path),
                Binds::Nothing => {}
            }
        }
        let ident = match item {
            Item::Const(item) => Some(&item.ident),
            Item::Enum(item) => Some(&item.ident),
            Item::Fn(item) => Some(&item.sig.ident),
            Item::Static(item) => Some(&item.ident),
            Item::Struct(item) => Some(&item.ident),
            Item::Trait(item) => Some(&item.ident),
            Item::TraitAlias(item) => Some(&item.ident),
            Item::Type(item) => Some(&item.ident),
            Item::Union(item) => Some(&item.ident),
            Item::Macro(item) => {
                let defined = item.ident.as_ref();
                self.macros.extend(defined.map(|ident| (name(ident), id)));
                None
            }
            _ => None,
        };
        if let Some(ident) = ident {
            self.modules[id].means(name(ident), Meaning::Item);
        }
    }
}

impl Module {
    fn means(&mut self, name: String, meaning: Meaning) {
        self.names.entry(name).or_default().push(meaning);
    }
}
