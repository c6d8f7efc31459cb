//! Which files a mirror is about: patterns, ages and sizes.

use std::time::Duration;

use globset::{GlobBuilder, GlobMatcher};
use jiff::Timestamp;
use towline_proto::name::escape;

use crate::error::Error;
use crate::node::Version;
use crate::path::TreePath;

/// Which files a mirror is about. The default is all of them.
///
/// Patterns have the syntax of the crate `globset`: `*` and `?` do not match a slash, `**` does,
/// `[ab]` and `{a,b}` are alternatives. A pattern without a slash matches a name in any directory;
/// with one, it matches the path from the root of the tree. A slash at the end limits it to
/// directories. The first pattern that matches decides. If none does, a file is left out if the
/// last pattern includes, and taken otherwise; a directory is entered.
///
/// A directory that a pattern excludes is excluded with everything in it. What is excluded is
/// neither copied nor deleted, on either side.
///
/// ```
/// use towline_sync::{Filter, TreePath};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let filter = Filter::default().exclude("tmp/")?.include("*.{csv,txt}")?;
/// assert!(filter.takes(&TreePath::new(b"a/b.csv")?, false));
/// assert!(!filter.takes(&TreePath::new(b"a/b.zip")?, false));
/// assert!(!filter.takes(&TreePath::new(b"tmp")?, true));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Filter {
    rules: Vec<Rule>,
    /// The least and the greatest age.
    ages: (Option<Duration>, Option<Duration>),
    /// The least and the greatest size.
    sizes: (Option<u64>, Option<u64>),
}

#[derive(Clone, Debug)]
struct Rule {
    pattern: String,
    matcher: GlobMatcher,
    includes: bool,
    only_directories: bool,
    /// Matches the whole path, not the name alone.
    is_anchored: bool,
}

/// Why a filter leaves a file out, or takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FilterVerdict {
    /// No rule excludes it.
    Taken,
    /// This pattern includes it.
    Included {
        /// The pattern as it was written.
        pattern: String,
    },
    /// This pattern excludes it, or a directory above it.
    Excluded {
        /// The pattern as it was written.
        pattern: String,
    },
    /// No pattern matches, and the last one includes.
    NotIncluded,
    /// It is larger or smaller than allowed.
    Size,
    /// It is older or newer than allowed.
    Age,
    /// Its age is not known, but must be.
    AgeUnknown,
    /// Its size is not known, but must be.
    SizeUnknown,
}

impl FilterVerdict {
    /// Whether the filter takes the file.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        matches!(self, Self::Taken | Self::Included { .. })
    }

    /// Whether too little is known of the file to tell.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self, Self::AgeUnknown | Self::SizeUnknown)
    }
}

impl std::fmt::Display for FilterVerdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Taken => f.write_str("no filter excludes it"),
            Self::Included { pattern } => write!(f, "the pattern {pattern} includes it"),
            Self::Excluded { pattern } => write!(f, "the pattern {pattern} excludes it"),
            Self::NotIncluded => f.write_str("no pattern includes it"),
            Self::Size => f.write_str("its size is outside of the limits"),
            Self::Age => f.write_str("its age is outside of the limits"),
            Self::AgeUnknown => f.write_str("its age is not known, and there is a limit"),
            Self::SizeUnknown => f.write_str("its size is not known, and there is a limit"),
        }
    }
}

impl Filter {
    /// Adds a pattern for what is taken.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] if the pattern is empty or wrong.
    pub fn include(self, pattern: &str) -> Result<Self, Error> {
        self.rule(pattern, true)
    }

    /// Adds a pattern for what is left out.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] if the pattern is empty or wrong.
    pub fn exclude(self, pattern: &str) -> Result<Self, Error> {
        self.rule(pattern, false)
    }

    /// Adds the patterns of a file: lines that begin with `+ ` include, lines that begin with `- `
    /// exclude. Empty lines, lines that begin with `#`, and a byte order mark are ignored.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`], with the number of the line that is wrong.
    pub fn lines(mut self, text: &str) -> Result<Self, Error> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (index, line) in text.lines().enumerate() {
            let line = line.trim_end();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let wrong = |what: &str| Error::Usage(format!("line {}: {what}", index + 1));
            let rule = match line.split_at_checked(2) {
                Some(("+ ", pattern)) => (pattern, true),
                Some(("- ", pattern)) => (pattern, false),
                _ if matches!(line, "+" | "-") => return Err(wrong("the pattern is missing")),
                _ => {
                    return Err(wrong(
                        "begin a line with \"+ \" to include or \"- \" to exclude",
                    ));
                }
            };
            let added = self.rule(rule.0.trim(), rule.1);
            self = added.map_err(|error| wrong(&error.to_string()))?;
        }
        Ok(self)
    }

    /// Leaves out files that were changed less than this ago.
    #[must_use]
    pub fn min_age(mut self, age: Duration) -> Self {
        self.ages.0 = Some(age);
        self
    }

    /// Leaves out files that were changed longer ago than this.
    #[must_use]
    pub fn max_age(mut self, age: Duration) -> Self {
        self.ages.1 = Some(age);
        self
    }

    /// Leaves out files of fewer bytes.
    #[must_use]
    pub fn min_size(mut self, bytes: u64) -> Self {
        self.sizes.0 = Some(bytes);
        self
    }

    /// Leaves out files of more bytes.
    #[must_use]
    pub fn max_size(mut self, bytes: u64) -> Self {
        self.sizes.1 = Some(bytes);
        self
    }

    fn rule(mut self, pattern: &str, includes: bool) -> Result<Self, Error> {
        let wrong = |what: &str| {
            let pattern = escape(pattern.as_bytes());
            Error::Usage(format!("the pattern \"{pattern}\" {what}"))
        };
        let only_directories = pattern.ends_with('/');
        let plain = pattern.trim_end_matches('/');
        let is_anchored = plain.contains('/');
        let plain = plain.strip_prefix('/').unwrap_or(plain);
        // Braces around nothing match nothing but an empty name.
        let is_blank = |c: char| c.is_whitespace() || matches!(c, '/' | '{' | '}');
        let alternatives = plain.replace(',', if plain.contains('{') { "" } else { "," });
        if alternatives.chars().all(is_blank) {
            return Err(wrong("is empty"));
        }
        if plain.split('/').any(|name| matches!(name, "" | "." | "..")) {
            return Err(wrong(
                "has an empty name, . or .. in it, which nothing matches",
            ));
        }
        let glob = GlobBuilder::new(plain)
            .literal_separator(true)
            .backslash_escape(true)
            .build()
            .map_err(|error| wrong(&format!("is not valid: {}", error.kind())))?;
        self.rules.push(Rule {
            pattern: pattern.to_owned(),
            matcher: glob.compile_matcher(),
            includes,
            only_directories,
            is_anchored,
        });
        Ok(self)
    }

    /// Whether the patterns take a file or directory that is not in an excluded directory.
    #[must_use]
    pub fn takes(&self, path: &TreePath, is_directory: bool) -> bool {
        self.judge_name(path, is_directory).is_taken()
    }

    /// Returns the verdict of the patterns on an entry that is not in an excluded directory.
    #[must_use]
    pub fn judge_name(&self, path: &TreePath, is_directory: bool) -> FilterVerdict {
        let matching = self
            .rules
            .iter()
            .find(|rule| rule.matches(path, is_directory));
        let pattern = matching.map(|rule| rule.pattern.clone());
        match (matching, pattern) {
            (Some(rule), Some(pattern)) if rule.includes => FilterVerdict::Included { pattern },
            (Some(_), Some(pattern)) => FilterVerdict::Excluded { pattern },
            _ if !is_directory && self.is_selective() => FilterVerdict::NotIncluded,
            _ => FilterVerdict::Taken,
        }
    }

    /// Returns the verdict of the limits of age and size on a file.
    #[must_use]
    pub fn judge_version(&self, version: &Version, now: Timestamp) -> FilterVerdict {
        if let (Some(_), _) | (_, Some(_)) = self.sizes {
            let Some(size) = version.size else {
                return FilterVerdict::SizeUnknown;
            };
            let (least, most) = self.sizes;
            if least.is_some_and(|least| size < least) || most.is_some_and(|most| size > most) {
                return FilterVerdict::Size;
            }
        }
        if let (Some(_), _) | (_, Some(_)) = self.ages {
            let Some((youngest, oldest)) = version.modified.and_then(|modified| modified.age(now))
            else {
                return FilterVerdict::AgeUnknown;
            };
            let seconds = |age: Duration| i64::try_from(age.as_secs()).unwrap_or(i64::MAX);
            let (least, most) = self.ages;
            if least.is_some_and(|least| oldest < seconds(least))
                || most.is_some_and(|most| youngest > seconds(most))
            {
                return FilterVerdict::Age;
            }
            if least.is_some_and(|least| youngest < seconds(least))
                || most.is_some_and(|most| oldest > seconds(most))
            {
                return FilterVerdict::AgeUnknown;
            }
        }
        FilterVerdict::Taken
    }

    /// Returns the verdict of the whole filter on the file at `path`, including the directories
    /// above it.
    #[must_use]
    pub fn judge(
        &self,
        path: &TreePath,
        version: Option<&Version>,
        now: Timestamp,
    ) -> FilterVerdict {
        let mut above = TreePath::root();
        for name in path.names() {
            let Ok(next) = above.join(name) else { break };
            above = next;
            if above != *path {
                let verdict = self.judge_name(&above, true);
                if !verdict.is_taken() {
                    return verdict;
                }
            }
        }
        match (self.judge_name(path, false), version) {
            (taken, Some(version)) if taken.is_taken() => match self.judge_version(version, now) {
                FilterVerdict::Taken => taken,
                refused => refused,
            },
            (verdict, _) => verdict,
        }
    }

    /// Whether files that no pattern matches are left out.
    pub(crate) fn is_selective(&self) -> bool {
        self.rules.last().is_some_and(|rule| rule.includes)
    }

    /// Whether the filter takes everything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.ages == (None, None) && self.sizes == (None, None)
    }
}

impl Rule {
    fn matches(&self, path: &TreePath, is_directory: bool) -> bool {
        let subject = match self.is_anchored {
            true => path.as_bytes(),
            false => path.name(),
        };
        (is_directory || !self.only_directories) && self.matcher.is_match(as_path(subject))
    }
}

#[cfg(unix)]
fn as_path(bytes: &[u8]) -> std::borrow::Cow<'_, std::path::Path> {
    use std::os::unix::ffi::OsStrExt as _;
    std::path::Path::new(std::ffi::OsStr::from_bytes(bytes)).into()
}

#[cfg(not(unix))]
fn as_path(bytes: &[u8]) -> std::borrow::Cow<'_, std::path::Path> {
    std::path::PathBuf::from(String::from_utf8_lossy(bytes).into_owned()).into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stamp::Stamp;

    fn path(text: &str) -> TreePath {
        TreePath::new(text.as_bytes()).unwrap()
    }

    fn filter(rules: &[&str]) -> Filter {
        Filter::default().lines(&rules.join("\n")).unwrap()
    }

    #[test]
    fn the_first_pattern_that_matches_decides_and_the_last_one_says_what_else_happens() {
        let keep = filter(&["+ keep.tmp", "- *.tmp"]);
        let takes = |filter: &Filter, text| filter.takes(&path(text), false);
        assert!(takes(&keep, "a/keep.tmp") && !takes(&keep, "b.tmp") && takes(&keep, "c"));
        let only = filter(&["- old.csv", "+ *.csv"]);
        assert!(takes(&only, "a/b.csv") && !takes(&only, "old.csv") && !takes(&only, "c"));
        assert!(
            only.takes(&path("directory"), true),
            "it may have what is wanted"
        );
    }

    #[test]
    fn a_slash_anchors_a_pattern_and_one_at_the_end_means_directories() {
        let anchored = filter(&["- a/*.x", "- /top", "- deep/**/y", "- only/"]);
        let takes = |text, is_directory| anchored.takes(&path(text), is_directory);
        assert!(!takes("a/b.x", false) && takes("c/a/b.x", false) && takes("a/b/c.x", false));
        assert!(!takes("top", false) && takes("a/top", false));
        assert!(!takes("deep/a/b/y", false) && !takes("deep/y", false));
        assert!(!takes("z/only", true) && takes("only", false));
    }

    #[test]
    fn braces_and_brackets_are_alternatives() {
        let filter = filter(&["- *.{a,bc}", "- [xy]"]);
        for (name, taken) in [("1.a", false), ("1.bc", false), ("1.b", true), ("x", false)] {
            assert_eq!(filter.takes(&path(name), false), taken, "{name}");
        }
    }

    #[test]
    fn empty_and_senseless_patterns_are_refused() {
        for pattern in [
            "", "/", "//", " ", "\t", "{}", "{,}", "{,}/", "..", "a/../b", "./a", "[", "{a",
        ] {
            let refused = Filter::default().exclude(pattern);
            assert!(matches!(refused, Err(Error::Usage(_))), "{pattern:?}");
        }
        let refused = Filter::default().lines("# fine\n\n- a\nb\n").unwrap_err();
        assert!(refused.to_string().starts_with("line 4: "), "{refused}");
        let refused = Filter::default().lines("+ \n").unwrap_err();
        assert_eq!(refused.to_string(), "line 1: the pattern is missing");
    }

    #[test]
    fn a_file_of_patterns_may_come_from_windows() {
        let filter = Filter::default()
            .lines("\u{feff}+ *.csv\r\n- *\r\n")
            .unwrap();
        assert!(filter.takes(&path("a.csv"), false) && !filter.takes(&path("b"), false));
    }

    #[test]
    fn ages_and_sizes_have_limits() {
        let limits = Filter::default()
            .min_age(Duration::from_secs(60))
            .max_age(Duration::from_secs(600))
            .min_size(10)
            .max_size(20);
        let now = Timestamp::from_second(1000).unwrap();
        let judge = |size, second| {
            let version = Version {
                size: Some(size),
                modified: Some(Stamp::second(second)),
            };
            limits.judge_version(&version, now)
        };
        assert_eq!(judge(10, 900), FilterVerdict::Taken);
        assert_eq!(judge(21, 900), FilterVerdict::Size);
        assert_eq!(judge(9, 900), FilterVerdict::Size);
        assert_eq!(judge(15, 990), FilterVerdict::Age);
        assert_eq!(judge(15, 10), FilterVerdict::Age);
        let unknown = limits.judge_version(&Version::default(), now);
        assert_eq!(unknown, FilterVerdict::SizeUnknown);
    }

    #[test]
    fn what_is_below_an_excluded_directory_is_excluded() {
        let filter = filter(&["- private/", "+ *.csv"]);
        let now = Timestamp::UNIX_EPOCH;
        let verdict = filter.judge(&path("a/private/b.csv"), None, now);
        let pattern = "private/".to_owned();
        assert_eq!(verdict, FilterVerdict::Excluded { pattern });
        assert!(filter.judge(&path("a/b.csv"), None, now).is_taken());
    }

    proptest! {
        #[test]
        fn any_pattern_is_refused_or_matches_without_a_panic(
            pattern in "\\PC{0,12}", bytes in proptest::collection::vec(1u8.., 1..12)
        ) {
            if let (Ok(filter), Ok(path)) =
                (Filter::default().exclude(&pattern), TreePath::new(&bytes))
            {
                let _ = filter.takes(&path, false);
            }
        }
    }
}
