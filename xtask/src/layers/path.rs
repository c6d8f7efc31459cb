//! Paths as written in `use`, in code, and in a macro's arguments.

use proc_macro2::{TokenStream, TokenTree};
use syn::{Item, ItemUse, UseTree};

/// A path such as `crate::error::Error`, and its location.
#[derive(Debug, Clone)]
pub(super) struct Written {
    /// It begins with `::`.
    pub(super) global: bool,
    pub(super) segments: Vec<String>,
    pub(super) line: usize,
}

impl From<&syn::Path> for Written {
    fn from(path: &syn::Path) -> Self {
        let idents = || path.segments.iter().map(|segment| &segment.ident);
        Self {
            global: path.leading_colon.is_some(),
            segments: idents().map(name).collect(),
            line: idents().next().map_or(0, line),
        }
    }
}

/// One path that a `use` brings into scope.
#[derive(Debug)]
pub(super) struct Import {
    pub(super) path: Written,
    pub(super) binds: Binds,
}

/// The name that an [`Import`] has in its scope.
#[derive(Debug)]
pub(super) enum Binds {
    /// This name.
    Name(String),
    /// Every item in it, under its own name.
    Glob,
    /// Nothing: `as _`.
    Nothing,
}

/// Every path of a `use`, or of an `extern crate`.
pub(super) fn imports(item: &Item) -> Vec<Import> {
    let mut found = Vec::new();
    match item {
        Item::Use(ItemUse {
            leading_colon,
            tree,
            ..
        }) => flatten(tree, leading_colon.is_some(), &[], &mut found),
        Item::ExternCrate(item) => found.push(Import {
            path: Written {
                global: true,
                segments: vec![name(&item.ident)],
                line: line(&item.ident),
            },
            binds: Binds::Name(name(
                item.rename.as_ref().map_or(&item.ident, |(_, new)| new),
            )),
        }),
        _ => {}
    }
    found
}

fn flatten(tree: &UseTree, global: bool, before: &[String], found: &mut Vec<Import>) {
    let mut take = |last: Option<&syn::Ident>, line: usize, binds: Binds| {
        let mut segments = before.to_vec();
        // `a::{self}` is `a`.
        segments.extend(
            last.filter(|ident| *ident != "self" || before.is_empty())
                .map(name),
        );
        let path = Written {
            global,
            segments,
            line,
        };
        found.push(Import { path, binds });
    };
    match tree {
        UseTree::Name(leaf) => {
            let bound = match before.last() {
                Some(parent) if leaf.ident == "self" => parent.clone(),
                _ => name(&leaf.ident),
            };
            take(Some(&leaf.ident), line(&leaf.ident), Binds::Name(bound));
        }
        UseTree::Rename(leaf) => {
            let bound = match name(&leaf.rename) {
                name if name == "_" => Binds::Nothing,
                name => Binds::Name(name),
            };
            take(Some(&leaf.ident), line(&leaf.ident), bound);
        }
        UseTree::Glob(glob) => take(None, glob.star_token.span.start().line, Binds::Glob),
        UseTree::Path(path) => {
            let before = [before, &[name(&path.ident)]].concat();
            flatten(&path.tree, global, &before, found);
        }
        UseTree::Group(group) => {
            for tree in &group.items {
                flatten(tree, global, before, found);
            }
        }
    }
}

/// Every path in tokens of unknown grammar, and whether it calls a macro.
pub(super) fn in_tokens(tokens: TokenStream) -> Vec<(Written, bool)> {
    let tokens: Vec<_> = tokens.into_iter().collect();
    let mut found = Vec::new();
    let mut next = 0;
    while let Some(token) = tokens.get(next) {
        let (before, after) = (&tokens[..next], &tokens[next + 1..]);
        next += 1;
        match token {
            TokenTree::Group(group) => found.extend(in_tokens(group.stream())),
            TokenTree::Ident(ident) if !is_no_path(before) => {
                let mut path = Written {
                    global: ends_with(before, "::"),
                    segments: vec![name(ident)],
                    line: line(ident),
                };
                let rest = rest_of_path(after);
                next += 3 * rest.len();
                path.segments.extend(rest);
                let called = matches!(
                    &tokens[next..],
                    [TokenTree::Punct(mark), TokenTree::Group(_), ..] if mark.as_char() == '!'
                );
                found.push((path, called));
            }
            _ => {}
        }
    }
    found
}

/// The leading names of `::name::name`.
fn rest_of_path(mut tokens: &[TokenTree]) -> Vec<String> {
    let mut names = Vec::new();
    while let [marks @ .., TokenTree::Ident(ident)] = tokens.get(..3).unwrap_or_default()
        && ends_with(marks, "::")
    {
        names.push(name(ident));
        tokens = &tokens[3..];
    }
    names
}

/// Whether what follows is a field, a method, the rest of a path such as
/// `<T>::name`, or a lifetime.
fn is_no_path(before: &[TokenTree]) -> bool {
    let is_member = ends_with(before, ".") && !ends_with(before, "..");
    is_member || ends_with(before, ">::") || ends_with(before, "'")
}

fn ends_with(tokens: &[TokenTree], marks: &str) -> bool {
    let mut tokens = tokens.iter().rev();
    marks.chars().rev().all(|mark| match tokens.next() {
        Some(TokenTree::Punct(punct)) => punct.as_char() == mark,
        _ => false,
    })
}

/// An identifier without its `r#`.
pub(super) fn name(ident: &syn::Ident) -> String {
    let name = ident.to_string();
    name.strip_prefix("r#").map(str::to_owned).unwrap_or(name)
}

fn line(ident: &syn::Ident) -> usize {
    ident.span().start().line
}
