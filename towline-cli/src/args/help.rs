//! Words that several commands share, and the closing part of each one's long help: rules and
//! examples.

pub(crate) const REMOTE: &str = "ftpes://[USER@]HOST[:PORT]/PATH, or SITE:PATH";

pub(crate) const TOWLINE: &str = "\
A remote operand is a URL or a path at a site of the configuration file:
  ftpes://[USER@]HOST[:PORT]/PATH   explicit TLS, port 21
  ftps://[USER@]HOST[:PORT]/PATH    implicit TLS, port 990
  ftp://...                         needs --tls to say how to encrypt, or that it may be left out
  SITE:PATH                         [site.SITE] of the file says how to get there
A URL's PATH is relative to the login directory; with a second slash (ftpes://host//srv/in) it is
absolute. PATH at a site is relative to the site's own path, or absolute with a slash in front.
Special characters are percent-encoded. A slash at the end means \"into this directory\". A local
name with a colon is written ./a:b.

Sites and defaults stand in towline/config.toml below the directory where the system keeps
configuration ($XDG_CONFIG_HOME or ~/.config), with one key for each option:
  [defaults]
  timeout = 60
  [site.vendor]
  host = \"files.example\"
  user = \"demo\"
  path = \"/out\"
  password-command = \"pass show vendor\"
An option beats an environment variable, which beats the site, which beats the defaults.

The password comes from the first of these that has one:
  1. --password-file or --password-command
  2. the environment variable TOWLINE_PASSWORD, unless it is empty
  3. password-file or password-command in the configuration file
  4. ~/.netrc (machine HOST login USER password PASSWORD), which also supplies the user
  5. a prompt, where standard error is a terminal
It is never taken from the command line, where everybody on the machine could read it.

JSON lines (--json) are told apart by their \"event\":
  data_connection  path, resumed, protocol, cipher, ticket_source, same_certificate
  entry            path, name, type, size, modified, permissions, owner, group, link_target;
                   name_base64 where the name is not UTF-8
  transfer         path, local, direction, bytes, seconds, result (verified, or complete where
                   the server gives no size to check), resumed_at, digest
  warning          message
  error            kind, path, reply_code, reply_text, message, hint
  setting          site, key, value, source (of `config show`)
  known_server     host, port, fingerprint, issuer, added (of `trust list`)
  summary          command, succeeded, failed, skipped, bytes, unknown_lines, seconds,
                   exit_code

Exit codes:
  0    done
  1    operands failed in different ways, or some of many files failed
  2    usage or configuration
  3    network
  4    TLS or certificate
  5    login refused
  6    refused by the server: not found, no permission, exists already
  7    session reuse refused
  8    incomplete, or verification failed
  9    local disk
  130  interrupted";

pub(crate) const LS: &str = "\
Prints one name per line, directories with a slash at the end, sorted. A large directory is shown
while it still comes: 1000 entries at a time as long as the server sends them sorted, else 50000 at
a time, sorted here. The last part of PATH may be a pattern (*, ?, [...]); then what matches is
listed.

With -l, times are in the local time zone; one with a question mark is by the server's own clock.
Without MLSD, a session's first listing shows only at its end how that clock is set; -l and --json
therefore wait for up to 50000 entries as well. Control characters in names are shown escaped, as
\\x1b. --json gives every entry exactly: `name` is the name as text, and where that is not UTF-8,
`name_base64` is its bytes.

Examples:
  towline ls ftpes://demo@files.example/
  towline ls -l ftpes://demo@files.example/out
  towline ls -R --json ftps://demo@files.example//srv/data | jq -r .path";

pub(crate) const GET: &str = "\
The last part of a PATH may be a pattern (*, ?, [...]), in quotes because of the shell; to mean
these characters themselves write %2A, %3F, %5B. A file is written beside its target under a
temporary name and takes the final name when it is complete, with the server's time. Standard
output stays empty unless --json is given.

Examples:
  towline get ftpes://demo@files.example/out/report.csv
  towline get ftpes://demo@files.example/out/a.csv ftpes://demo@files.example/out/b.csv in/
  towline get 'vendor:/out/*.csv' in/
  towline get -r ftpes://demo@files.example/out archive/
  towline get --resume --retries 10 --limit-rate 2M vendor:/big.iso
  towline get --session-reuse require --json ftps://demo@files.example/big.iso";

pub(crate) const PUT: &str = "\
A file goes to a temporary name first and is renamed when the server has all of it. Where the
server does not allow renaming, --no-temp writes to the final name.

Examples:
  towline put report.csv ftpes://demo@files.example/in/
  towline put report.csv ftpes://demo@files.example/in/today.csv
  towline put -r site/ ftpes://demo@files.example//srv/www
  towline put --append today.log vendor:log/all.log
  tar c data | towline put - ftpes://demo@files.example/backup/data.tar";

pub(crate) const CAT: &str = "\
Where PATH ends in a pattern, all files that match are written one after the other.

Examples:
  towline cat ftpes://demo@files.example/out/report.csv | head";

pub(crate) const STAT: &str = "\
Examples:
  towline stat ftpes://demo@files.example/out/report.csv
  towline stat --json ftpes://demo@files.example/out/report.csv";

pub(crate) const RM: &str = "\
With -r, a link is removed and what it points to is kept. A directory whose listing has a line
that is not understood is refused, and so is a pattern (*, ?, [...]) for it. To mean these
characters themselves write %2A, %3F, %5B.

Examples:
  towline rm ftpes://demo@files.example/out/report.csv
  towline rm 'vendor:/out/*.csv'
  towline rm -r ftpes://demo@files.example/out/old";

pub(crate) const MV: &str = "\
PATH is read like the path of the URL: percent-encoded, relative to the login directory (with or
without a slash in front), absolute with two slashes. A slash at the end, or an existing
directory, means \"into this directory\".

Examples:
  towline mv ftpes://demo@files.example/in/a.csv done/a.csv
  towline mv ftpes://demo@files.example/in/a.csv done/
  towline mv ftpes://demo@files.example/in/a.csv //srv/archive/a.csv";

pub(crate) const MKDIR: &str = "\
Examples:
  towline mkdir ftpes://demo@files.example/in
  towline mkdir -p ftpes://demo@files.example/2026/11/21";

pub(crate) const RMDIR: &str = "\
Examples:
  towline rmdir ftpes://demo@files.example/in";

pub(crate) const TRUST: &str = "\
A server that is met with --trust-on-first-use is entered with the certificate that it shows.
From then on it is refused if it shows another one, until that one is accepted here. HOST without
a PORT means port 21; an IPv6 address stands in brackets.

Examples:
  towline trust list
  towline trust accept files.example 9F:86:D0:...
  towline trust remove files.example:990";

pub(crate) const TRUST_LIST: &str = "\
Examples:
  towline trust list
  towline trust list --json";

pub(crate) const TRUST_ACCEPT: &str = "\
Ask the server's owner for the fingerprint. What the network shows proves nothing.

Examples:
  towline trust accept files.example 9F:86:D0:81:88:4C:7D:65:9A:2F:EA:A0:C5:5A:D0:15:\\
A3:BF:4F:1B:2B:0B:82:2C:D1:5D:6C:15:B0:F0:0A:08";

pub(crate) const TRUST_REMOVE: &str = "\
Examples:
  towline trust remove files.example
  towline trust remove '[2001:db8::1]:990'";

pub(crate) const CONFIG: &str = "\
Examples:
  towline config check
  towline config show vendor";

pub(crate) const CONFIG_CHECK: &str = "\
Looks at every site as far as possible without connecting. Each mistake is named with its line;
the exit code is 2 if there are any.

Examples:
  towline config check
  towline config check --config vendors.toml";

pub(crate) const CONFIG_SHOW: &str = "\
Shows what holds after command line, environment, site and defaults have been put together, and
where each value comes from. Secrets are never shown, only where they are kept.

Examples:
  towline config show
  towline config show vendor
  towline config show --json vendor --timeout 5";

pub(crate) const COMPLETIONS: &str = "\
Examples:
  towline completions bash > ~/.local/share/bash-completion/completions/towline
  towline completions zsh > ~/.zfunc/_towline
  towline completions fish > ~/.config/fish/completions/towline.fish";

pub(crate) const MAN: &str = "\
Examples:
  towline man | man -l -
  towline man get | man -l -
  towline man --dir ~/.local/share/man/man1";

pub(crate) const DEMO: &str = "\
Starts an FTPS server on this machine's loopback interface that demands session reuse, uses it
over TLS 1.3 and TLS 1.2, shows the verdict of each data connection and the server's own count,
and shows what a client without reuse gets to hear. Leaves nothing behind.

Examples:
  towline demo
  towline demo --serve";
