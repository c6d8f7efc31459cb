//! Shows what the tests found out about the real servers, and writes it to the documentation.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use towline_interop::matrix::Matrix;

use crate::fleet::Fleet;
use crate::workspace;

const BEGIN: &str = "<!-- matrix: written by `cargo xtask matrix --write` -->\n";
const END: &str = "<!-- end of matrix -->\n";

/// What to do with the matrix.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Also write it to docs/servers.md.
    #[arg(long)]
    write: bool,
}

/// Prints the matrix of the last run.
pub(crate) fn run(options: &Options) -> Result<()> {
    let table = fs::read_to_string(kept()).context("no matrix yet: run `cargo xtask test`")?;
    print!("{table}");
    if options.write { write(&table) } else { Ok(()) }
}

/// Prints the matrix of a run, keeps it for [`run`], and reports its gaps.
pub(crate) fn report(fleet: &Fleet, write_docs: bool) -> Result<Vec<String>> {
    let matrix = Matrix::load(fleet.folder())?;
    let table = matrix.render(fleet.servers());
    println!("\n{table}");
    fs::write(kept(), &table)?;
    if write_docs {
        write(&table)?;
    }
    Ok(matrix.gaps(fleet.servers()))
}

fn kept() -> PathBuf {
    workspace::servers().join("matrix.md")
}

fn write(table: &str) -> Result<()> {
    let path = workspace::root().join("docs/servers.md");
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let text = replace(&text, table)
        .with_context(|| format!("{} lacks the lines\n{BEGIN}{END}", path.display()))?;
    Ok(fs::write(&path, text)?)
}

/// Returns `text` with `table` between the two marks.
fn replace(text: &str, table: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{table}\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_what_is_between_the_marks_and_nothing_else() {
        let text = format!("# Servers\n{BEGIN}old\n{END}after\n");
        let once = replace(&text, "new\n").unwrap();
        assert_eq!(once, format!("# Servers\n{BEGIN}\nnew\n\n{END}after\n"));
        assert_eq!(replace(&once, "new\n"), Some(once));
    }

    #[test]
    fn refuses_a_text_without_marks() {
        assert_eq!(replace("# Servers\n", "new\n"), None);
    }
}
