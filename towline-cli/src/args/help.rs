//! The closing part of each command's long help: rules and examples.

/// What a remote operand looks like.
pub(crate) const REMOTE: &str = "ftpes://[USER@]HOST[:PORT]/PATH, or SITE:PATH";

pub(crate) const TOWLINE: &str = "\
A remote operand is a URL, or a path at a site from the configuration file:
  ftpes://[USER@]HOST[:PORT]/PATH   explicit TLS, port 21
  ftps://[USER@]HOST[:PORT]/PATH    implicit TLS, port 990
  ftp://...                         requires --tls, which says whether and how to encrypt
  SITE:PATH                         uses the settings of [site.SITE]
In a URL, PATH is relative to the login directory; a second slash makes it absolute
(ftpes://host//srv/in). At a site, PATH is relative to the site's own path; a leading slash makes it
absolute. Percent-encode special characters. A trailing slash means \"into this directory\". Write a
local name that contains a colon as ./a:b.

The configuration file is towline/config.toml in $XDG_CONFIG_HOME or ~/.config. It has one key for
each option:
  [defaults]
  timeout = 60
  [site.vendor]
  host = \"files.example\"
  user = \"demo\"
  path = \"/out\"
  password-command = \"pass show vendor\"
Options override the site, which overrides environment variables, which override the defaults.

The password comes from the first of these sources that has one:
  1. --password-file or --password-command
  2. password-file or password-command of the site in the configuration file
  3. the environment variable TOWLINE_PASSWORD_NAME, for the site NAME (in capitals, with _ for
     hyphens and dots)
  4. the environment variable TOWLINE_PASSWORD, for the first host and port that need it
  5. password-file or password-command of the defaults in the configuration file
  6. ~/.netrc (machine HOST login USER password PASSWORD), which can also supply the user
  7. a prompt, if standard error is a terminal
Variables that are empty are ignored.
A password is never accepted on the command line, where every user of the machine could read it.

Options may come before or after the command. `towline COMMAND -h` shows the command's own options
on one screen; `towline COMMAND --help` and `towline help COMMAND` show all.

Each JSON line (--json) has an \"event\", its \"time\" in UTC, and the \"host\" that it is about:
  data_connection  path, resumed, protocol, cipher, ticket_source, same_certificate
  entry            path, name, type, size, modified, permissions, owner, group, link_target;
                   name_base64 if the name is not UTF-8
  transfer         path, local, direction, bytes, seconds, result (verified, or complete if the
                   server reports no size to check), resumed_at, digest
  retry            attempt, wait, kind, detail, path, message
  recovery         reason, step (after a refused data connection)
  reply            command, reply_code, reply_text (from `raw`)
  plan             action, path, reason, size, modified (from `mirror` and `check`)
  explanation      path, action, facts, text (from `mirror --explain`)
  step             step, verdict, evidence, exit_code (from `doctor`)
  finding          step, id, severity, side, title, evidence, meaning, cause, cure, hint, directives
                   (from `doctor` and `explain`)
  warning          message
  error            kind, detail, path, reply_code, reply_text, remains, message, finding, meaning,
                   hint
  setting          site, key, value, source (from `config show`)
  certificate      port, place, subject, issuer, names, valid_from, valid_until, fingerprint, pin,
                   trusted, refusal (from `trust show`)
  known_server     host, port, fingerprint, issuer, added (from `trust list`)
  summary          command, succeeded, failed, skipped, bytes, unknown_lines, seconds,
                   exit_code; unchanged and removed (from `mirror`)
--json-events transfer,error,summary prints only these.

Exit codes:
  0    done
  1    operands failed in different ways, or some of many files failed; `check` found a difference;
       explain: unknown
  2    usage or configuration
  3    network
  4    TLS or certificate
  5    login refused
  6    refused by the server: not found, no permission, already exists
  7    session reuse refused
  8    incomplete, or verification failed
  9    local disk
  130  interrupted";

pub(crate) const LS: &str = "\
Prints one name per line, sorted, with a slash after directories. The last part of PATH may be a
pattern (*, ?, [...]), which lists what matches.

Large directories are printed while they arrive: 1000 entries at a time if the server sends them in
order, or else 50000 at a time, sorted.

With -l, times are in the local time zone. A time followed by ? is on the server's clock, whose offset from UTC is unknown.
Without MLSD, the offset of that clock is known only after the first listing of a session, so -l and
--json hold back up to 50000 entries. Control characters in names are escaped, as \\x1b. With --json,
names are exact: `name` is the text, and `name_base64` has the bytes if they are not UTF-8.

-t, -S and -r hold back the entries of a directory until all have arrived.

Examples:
  towline ls ftpes://demo@files.example/
  towline ls -l ftpes://demo@files.example/out
  towline ls -lhS ftpes://demo@files.example/out vendor:/in
  towline ls -R --json ftps://demo@files.example//srv/data | jq -r .path";

pub(crate) const GET: &str = "\
The last part of PATH may be a pattern (*, ?, [...]); quote it to protect it from the shell. Write
%2A, %3F, %5B for the characters themselves. A file is written next to its target under a temporary
name. It takes its final name, and the server's modification time, when it is complete. Nothing is
printed on standard output without --json.

With -r, a link that is an operand is followed. A link in a directory is skipped, unless
--follow-links is given or the server shows it as the directory that it leads to. A directory that leads back to one of its parents is reported, not entered.

Examples:
  towline get ftpes://demo@files.example/out/report.csv
  towline get ftpes://demo@files.example/out/a.csv ftpes://demo@files.example/out/b.csv in/
  towline get 'vendor:/out/*.csv' in/
  towline get -r ftpes://demo@files.example/out archive/
  towline get --resume --retries 10 --limit-rate 2M vendor:/big.iso
  towline get --session-reuse require --json ftps://demo@files.example/big.iso";

pub(crate) const PUT: &str = "\
A file is uploaded under a temporary name and renamed when the server has all of it. If the server
does not allow renaming, use --no-temp to write to the final name.

Examples:
  towline put report.csv ftpes://demo@files.example/in/
  towline put report.csv ftpes://demo@files.example/in/today.csv
  towline put -r site/ ftpes://demo@files.example//srv/www
  towline put --append today.log vendor:log/all.log
  tar c data | towline put - ftpes://demo@files.example/backup/data.tar";

pub(crate) const MIRROR: &str = "\
Copies only the files that DEST lacks or has in another version. A second run of an unchanged
tree copies nothing. Nothing is deleted without --delete. Links are followed only with
--follow-links, and only those of SOURCE.

Patterns: * and ? do not match a slash, ** does; {a,b} and [ab] are alternatives. A pattern with
a slash matches the path below SOURCE, one without matches a name in any directory; a slash at the
end means directories. The first pattern that matches decides. If no pattern matches, a file is
left out if the last pattern is an --include, and copied otherwise. Files left out are never
deleted.

Files are compared by size and time. If a server does not keep the times of uploads, a copy is up
to date if it is not older than its source; if its times cannot be used at all, the size and the
journal decide. A warning says which comparison is in effect, and why.

With --no-clobber, a file that exists at DEST is up to date, as with --compare exists.

--delete deletes only what is known not to be in SOURCE: from listings that are complete, that a
second listing confirms, after everything was copied. If something cannot be copied, nothing is
deleted. If it would be more than a tenth of the files at DEST and more than 10, or if SOURCE has
no files at all, nothing is deleted; --max-delete changes that. Where SOURCE has a file and DEST a
directory, or the reverse, --delete makes room once everything else was copied.

--backup-dir may be inside DEST; it is then neither compared nor deleted. SOURCE must not have the
same path.

With --move, a source file is removed after its size was checked at both ends, the copy is on disk
and in the journal, and a second look shows that the source has not changed. If another program
writes to the file between that look and the removal, those changes are lost: use --stable-for or
--marker where that can happen. The marker of a file is removed before it. Leave the hidden parts
of a run that was killed to the next run: if a complete one is gone, its file counts as taken.

--plan carries out a saved plan with the same --move, --marker and --backup-dir that it was made
with. A file larger than --max-transfer is an error, and no run copies it.

The journal is in towline/mirrors in $XDG_STATE_HOME or ~/.local/state, a file for each pair of
SOURCE and DEST. It knows what was copied, so that a run that was killed is taken up again: parts
are removed, and a file is moved twice only if its upload was killed between its name at the server
and the journal, or if no time tells it from a new one. With --no-journal, parts of killed runs stay
unless their names carry a mark, a move that was killed may copy a file again or leave one without
its marker, and only changes that alter a size or time are found.

Examples:
  towline mirror vendor:/out /srv/vendor
  towline mirror --dry-run --delete /srv/www ftpes://demo@files.example//srv/www
  towline mirror --include '*.{csv,txt}' --move --stable-for 60s vendor:/out in
  towline mirror --delete --max-delete 5% --backup-dir ../old vendor:/out in
  towline mirror --explain 2026/a.csv vendor:/out in";

pub(crate) const CHECK: &str = "\
Compares as mirror does. Prints the files that are missing from DEST, differ, or exist only in DEST, one on each line. Exits with 1 if there are any.

Examples:
  towline check vendor:/out /srv/vendor
  towline check --json --compare size site ftpes://demo@files.example//srv/www";

pub(crate) const CAT: &str = "\
Several files are written one after the other. A file that fails is reported, and the next one
follows. If the last part of PATH is a pattern (*, ?, [...]), all matching files are written.

Examples:
  towline cat ftpes://demo@files.example/out/report.csv | head";

pub(crate) const STAT: &str = "\
Examples:
  towline stat ftpes://demo@files.example/out/report.csv
  towline stat --json ftpes://demo@files.example/out/report.csv";

pub(crate) const RM: &str = "\
The last part of PATH may be a pattern (*, ?, [...]). Write %2A, %3F, %5B for the characters
themselves. With -r, links are removed and their targets kept. On a server that shows a link to a
directory as a directory, and refuses to remove it, that is true only if the server says that it is
no directory (aioftp does not). If a line of a directory's listing is not understood, neither -r nor
a pattern removes anything from that directory.

Examples:
  towline rm ftpes://demo@files.example/out/report.csv
  towline rm 'vendor:/out/*.csv'
  towline rm -r ftpes://demo@files.example/out/old";

pub(crate) const MV: &str = "\
The second operand is a URL or SITE:PATH on the same server, or only its path, PATH. It is
percent-encoded and written like the path of REMOTE. With a URL, it is relative to the
login directory, with or without a leading slash; two slashes make it absolute. With a site, it is
relative to the site's path; a leading slash makes it absolute. If PATH ends in a slash or is an
existing directory, REMOTE moves into it.

Examples:
  towline mv ftpes://demo@files.example/in/a.csv done/a.csv
  towline mv vendor:in/a.csv vendor:done/
  towline mv ftpes://demo@files.example/in/a.csv done/
  towline mv ftpes://demo@files.example/in/a.csv //srv/archive/a.csv";

pub(crate) const MKDIR: &str = "\
Examples:
  towline mkdir ftpes://demo@files.example/in
  towline mkdir -p ftpes://demo@files.example/2026/11/21";

pub(crate) const RMDIR: &str = "\
Examples:
  towline rmdir ftpes://demo@files.example/in";

pub(crate) const RAW: &str = "\
Each COMMAND is one line for the server, so quote it if it has several words. Nothing is retried. The
first refusal ends the command with exit code 6. Commands that would change the login, the working
directory, the type, or how data is protected are not sent. Commands for transfers and listings are not
sent either.

Examples:
  towline raw vendor 'SITE CHMOD 640 out/a.csv'
  towline raw ftpes://demo@files.example 'SITE UMASK 027' STAT
  towline raw --json vendor FEAT";

pub(crate) const DOCTOR: &str = "\
Goes through a connection step by step: addresses, ports, TLS versions, certificate, login, features,
data ports, session reuse (with and without it, under TLS 1.3 and 1.2), active mode, listings, clock
and checksums. Each step has a verdict: good, warning, failed or skipped. At the end are a diagnosis,
what the server's administrator can change, and a [site] block for config.toml.

It logs in at most 5 times, and says so first. It never sends the password without TLS, or to a server
whose certificate is not trusted. It changes nothing unless --write is given, and removes what that
writes. Without a user or password, it examines what it can. The exit code is that of the first step
that failed, or 0.

Examples:
  towline doctor ftpes://demo@files.example/
  towline doctor vendor: --report vendor.html
  towline doctor --json --write in ftps://demo@files.example/ | jq -r 'select(.event==\"finding\").id'";

pub(crate) const EXPLAIN: &str = "\
Says what TEXT means, why it happens, what to do, and what the server's administrator can change.
TEXT is anything that a client or a server printed: a reply, a log, or a stack trace of Java, Python,
.NET or another language. If several parts are known, the most telling is explained, and the others
are named. If nothing is known, the exit code is 1.

Examples:
  towline explain '522 SSL connection failed: session reuse required'
  towline explain 'javax.net.ssl.SSLHandshakeException: Remote host closed connection'
  java -jar job.jar 2>&1 | towline explain";

pub(crate) const GATEWAY: &str = "\
Listens for programs that speak FTP, and passes everything on to an FTPS server over connections that
resume their TLS session. A transfer is answered with 226 only if the whole file has arrived. Runs until
Ctrl-C or SIGTERM. [gateway] and [gateway.route.NAME] in the configuration file say where to listen and
who may use which site; see docs/gateway.md. A route of --route that is not in the file asks for no
password, which is possible on loopback addresses alone.

Examples:
  towline gateway
  towline gateway --to vendor
  towline gateway --listen 127.0.0.1:2121 --to ftpes://files.example
  towline gateway --route scanner=vendor -v";

pub(crate) const GATEWAY_STATUS: &str = "\
Shows what waits in the spools of the configuration file: what is to be delivered, in this order, and what
the server has refused, with the reason. A gateway may run meanwhile.

Examples:
  towline gateway status
  towline gateway status vendor --json";

pub(crate) const GATEWAY_RETRY: &str = "\
The gateway notices within a second or two. If none runs, its next start delivers them. Files are
delivered in the order in which they arrived. A file that was set aside, and since when a newer one of its
name was delivered, is delivered only by its number: it replaces the newer one.

Examples:
  towline gateway retry vendor
  towline gateway retry vendor 7 9";

pub(crate) const TRUST: &str = "\
With --trust-on-first-use, the certificate of an unknown server is added to the known servers. From
then on, any other certificate is refused until you accept it here. HOST without PORT means port 21.
Put an IPv6 address in brackets.

Examples:
  towline trust list
  towline trust show files.example
  towline trust accept files.example 9F:86:D0:...
  towline trust remove files.example:990";

pub(crate) const TRUST_SHOW: &str = "\
Connects, and ends the connection after the TLS handshake. No user and no password is sent, and nothing
is remembered. Prints each certificate that the server shows, its names and validity, whether it is
trusted with the settings, and the pin for --pin. Ask the server's owner whether the fingerprint is
right: one from the network alone proves nothing.

Examples:
  towline trust show files.example
  towline trust show --tls implicit files.example:990
  towline trust show --json vendor";

pub(crate) const TRUST_LIST: &str = "\
Examples:
  towline trust list
  towline trust list --json";

pub(crate) const TRUST_ACCEPT: &str = "\
Ask the server's owner for the fingerprint. A fingerprint from the network proves nothing.

Examples:
  towline trust accept files.example 9F:86:D0:81:88:4C:7D:65:9A:2F:EA:A0:C5:5A:D0:15:\\
A3:BF:4F:1B:2B:0B:82:2C:D1:5D:6C:15:B0:F0:0A:08";

pub(crate) const TRUST_REMOVE: &str = "\
Examples:
  towline trust remove files.example
  towline trust remove '[2001:db8::1]:990'";

pub(crate) const CONFIG: &str = "\
Examples:
  towline config init
  towline config edit
  towline config check
  towline config show vendor";

pub(crate) const CONFIG_INIT: &str = "\
Creates the file that `towline config path` prints, with examples that are commented out. Only its
owner may read it. A file that exists is left alone.

Examples:
  towline config init
  towline config init --config vendors.toml";

pub(crate) const CONFIG_PATH: &str = "\
Prints the path of the configuration file, whether it exists or not: that of --config, of the variable
TOWLINE_CONFIG, or the usual one.

Examples:
  towline config path";

pub(crate) const CONFIG_EDIT: &str = "\
Opens the file in the editor of the variable VISUAL or EDITOR, or else in vi. Creates it first, if it
does not exist. Afterwards reports mistakes, as `towline config check` does.

Examples:
  towline config edit
  EDITOR=nano towline config edit";

pub(crate) const CONFIG_CHECK: &str = "\
Checks every site as far as possible without connecting. Reports each mistake with its line, and
exits with code 2 if there are any.

Examples:
  towline config check
  towline config check --config vendors.toml";

pub(crate) const CONFIG_SHOW: &str = "\
Shows each setting in effect, and whether it comes from the command line, the site, the environment, or the defaults. Secrets are not shown, only where they are kept.

Examples:
  towline config show
  towline config show vendor
  towline config show --json vendor --timeout 5";

pub(crate) const COMPLETIONS: &str = "\
The script asks towline itself, which also completes the names of sites, local files, and paths on
servers. For a path on a server it connects, for two seconds at most, and never prompts for a password.
Generate the script again after an update. With --static, the script knows commands and options only.

Examples:
  echo 'source <(towline completions bash)' >> ~/.bashrc
  echo 'source <(towline completions zsh)' >> ~/.zshrc
  towline completions fish > ~/.config/fish/completions/towline.fish";

pub(crate) const MAN: &str = "\
Examples:
  towline man | man -l -
  towline man get | man -l -
  towline man --dir ~/.local/share/man/man1";

pub(crate) const DEMO: &str = "\
Starts an FTPS server that requires session reuse, on the loopback interface. Transfers files over
TLS 1.3 and TLS 1.2, and shows the verdict on each data connection next to the server's own count.
Then shows how the server refuses a client without session reuse. Leaves nothing behind.

Examples:
  towline demo
  towline demo --serve
  towline demo --serve --fault reuse-refused-425";

pub(crate) const HELP: &str = "\
Examples:
  towline help
  towline help get
  towline help config show";
