//! What a server does wrong when it lists a directory.

/// What a server does wrong with `LIST` and `MLSD`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListingFault {
    /// Lists the working directory, whatever the path in the command, as
    /// embedded servers do.
    IgnoresPath,
    /// The same, but refuses a path that does not exist.
    IgnoresExistingPath,
    /// Reads the path up to its first blank, as servers do that hand it to a
    /// program.
    SplitsPath,
    /// Lists the working directory if the path has a blank, and else the path.
    IgnoresPathWithBlank,
    /// Lists what the last part of the path names in the working directory.
    TakesLastPart,
    /// Lists what the first part of the path names.
    TakesFirstPart,
    /// Lists the directory above, if the path has more parts than this.
    ListsAbove(usize),
    /// Confirms `CWD` to a path that does not exist, and stays where it is. Lists
    /// the working directory for such a path.
    StaysIfMissing,
    /// Confirms `CWD`, and stays in the login directory.
    StaysAtLogin,
    /// Lets nobody enter directories of this name.
    ClosesDirectory(&'static str),
    /// Describes the working directory with `MLST`, whatever the path.
    DescribesWorkingDirectory,
    /// Sends `total 0` for a path that does not exist, and calls the listing
    /// complete.
    SendsTotalAlone,
    /// Lists nothing but `.` for a path that exists. Without MLSD.
    ShowsOnlyItself,
    /// Lists the name of a directory given by its path, not its contents.
    NamesDirectory,
    /// Sends bare names in answer to `LIST`.
    SendsBareNames,
    /// Writes every name with the path of its directory.
    WritesPaths,
    /// Answers the listing of an empty directory with this reply.
    RefusesEmpty(&'static str),
    /// Answers the listing of every directory with this reply.
    RefusesAll(&'static str),
    /// Sends the error text of `ls` for a path that does not exist, and calls the
    /// listing complete.
    SendsErrorText,
    /// Refuses to list unless the type is ASCII.
    OnlyInAscii,
    /// Announces the facts of `MLST`, but sends none before `OPTS MLST` selects
    /// them.
    FactsOff,
    /// Shows symbolic links as links. Without this fault, a link appears as what
    /// it points to. Unix only.
    ShowsLinks,
    /// Shows symbolic links as links with `LIST`, and as files of their own length
    /// with `MLSD` and `MLST`. Unix only.
    DisguisesLinks,
    /// Shows a symbolic link as what it points to, and removes none that points to
    /// a directory. `LIST` shows how many hard links each directory has. Unix only.
    HidesLinks,
    /// Answers `SIZE` of a symbolic link with the length of the link. Unix only.
    SizesLinks,
    /// Shows two directories in every directory, without end. Every path can be
    /// entered.
    EndlessTree,
}
