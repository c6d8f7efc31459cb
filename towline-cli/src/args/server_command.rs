//! What every command that works on servers tells the program.

use super::commands::ServerCommand;
use super::json::JsonArgs;

impl ServerCommand {
    /// The name.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Ls(_) => "ls",
            Self::Get(_) => "get",
            Self::Put(_) => "put",
            Self::Mirror(_) => "mirror",
            Self::Check(_) => "check",
            Self::Cat(_) => "cat",
            Self::Stat(_) => "stat",
            Self::Rm(_) => "rm",
            Self::Mv(_) => "mv",
            Self::Mkdir(_) => "mkdir",
            Self::Rmdir(_) => "rmdir",
            Self::Raw(_) => "raw",
        }
    }

    /// The options for JSON lines.
    pub(crate) fn json(&self) -> &JsonArgs {
        match self {
            Self::Ls(args) => &args.output,
            Self::Get(args) => &args.output,
            Self::Put(args) => &args.output,
            Self::Mirror(args) => &args.output,
            Self::Check(args) => &args.output,
            Self::Cat(_) => JsonArgs::none(),
            Self::Stat(args) => &args.output,
            Self::Rm(args) => &args.output,
            Self::Mv(args) => &args.output,
            Self::Mkdir(args) => &args.output,
            Self::Rmdir(args) => &args.output,
            Self::Raw(args) => &args.output,
        }
    }

    /// Whether to show progress.
    pub(crate) fn shows_progress(&self) -> bool {
        // It would appear between the lines of the file.
        !matches!(self, Self::Cat(_))
    }
}
