//! Words that several commands share, and the closing part of each one's long help: rules and
//! examples.

pub(crate) const REMOTE: &str = "ftpes://[USER@]HOST[:PORT]/PATH";

pub(crate) const TOWLINE: &str = "\
A remote operand is a URL:
  ftpes://[USER@]HOST[:PORT]/PATH   explicit TLS, port 21
  ftps://[USER@]HOST[:PORT]/PATH    implicit TLS, port 990
  ftp://...                         needs --tls explicit or --tls implicit
PATH is relative to the login directory; with a second slash (ftpes://host//srv/in) it is
absolute. Special characters are percent-encoded. A slash at the end means \"into this
directory\". A local name with a colon is written ./a:b.

The password comes from the first of these that has one:
  1. --password-file or --password-command
  2. the environment variable TOWLINE_PASSWORD, unless it is empty
  3. ~/.netrc (machine HOST login USER password PASSWORD), which also supplies the user
  4. a prompt, where standard error is a terminal
It is never taken from the command line, where everybody on the machine could read it.

JSON lines (--json) are told apart by their \"event\":
  data_connection  path, resumed, protocol, cipher, ticket_source, same_certificate
  entry            path, name, type, size, modified, permissions, owner, group, link_target;
                   name_base64 where the name is not UTF-8
  transfer         path, local, direction, bytes, seconds, result (verified, or complete where
                   the server gives no size to check), resumed_at
  error            kind, path, reply_code, reply_text, message, hint
  summary          command, succeeded, failed, skipped, bytes, seconds, exit_code

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
Prints one name per line, directories with a slash at the end. Control characters in names are
shown escaped, as \\x1b. --json gives every entry exactly: `name` is the name as text, and where
the name is not UTF-8, `name_base64` is its bytes.

Examples:
  towline ls ftpes://demo@files.example/
  towline ls -l ftpes://demo@files.example/out
  towline ls -R --json ftps://demo@files.example//srv/data | jq -r .path";

pub(crate) const GET: &str = "\
A file is written beside its target under a temporary name and takes the final name when it is
complete, with the server's time. Standard output stays empty unless --json is given.

Examples:
  towline get ftpes://demo@files.example/out/report.csv
  towline get ftpes://demo@files.example/out/a.csv ftpes://demo@files.example/out/b.csv in/
  towline get -r ftpes://demo@files.example/out archive/
  towline get --session-reuse require --json ftps://demo@files.example/big.iso";

pub(crate) const PUT: &str = "\
A file goes to a temporary name first and is renamed when the server has all of it. Where the
server does not allow renaming, --no-temp writes to the final name.

Examples:
  towline put report.csv ftpes://demo@files.example/in/
  towline put report.csv ftpes://demo@files.example/in/today.csv
  towline put -r site/ ftpes://demo@files.example//srv/www
  tar c data | towline put - ftpes://demo@files.example/backup/data.tar";

pub(crate) const CAT: &str = "\
Examples:
  towline cat ftpes://demo@files.example/out/report.csv | head";

pub(crate) const STAT: &str = "\
Examples:
  towline stat ftpes://demo@files.example/out/report.csv
  towline stat --json ftpes://demo@files.example/out/report.csv";

pub(crate) const RM: &str = "\
With -r, a link is removed and what it points to is kept. A directory whose listing has a line
that is not understood is refused.

Examples:
  towline rm ftpes://demo@files.example/out/report.csv
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

pub(crate) const DEMO: &str = "\
Starts an FTPS server on this machine's loopback interface that demands session reuse, uses it
over TLS 1.3 and TLS 1.2, shows the verdict of each data connection and the server's own count,
and shows what a client without reuse gets to hear. Leaves nothing behind.

Examples:
  towline demo
  towline demo --serve";
