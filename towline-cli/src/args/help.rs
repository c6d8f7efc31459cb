//! The closing part of each command's long help: rules and examples.

/// What a remote operand looks like.
pub(crate) const REMOTE: &str = "ftpes://[USER@]HOST[:PORT]/PATH, or SITE:PATH";

pub(crate) const TOWLINE: &str = "\
A remote operand is a URL, or a path at a site from the configuration file:
  ftpes://[USER@]HOST[:PORT]/PATH   explicit TLS, port 21
  ftps://[USER@]HOST[:PORT]/PATH    implicit TLS, port 990
  ftp://...                         requires --tls, which says how to encrypt
  SITE:PATH                         uses the settings of [site.SITE]
In a URL, PATH is relative to the login directory; a second slash makes it absolute (ftpes://host//srv/in). At a site, PATH is relative to the site's own path; a leading slash makes it absolute. Percent-encode special characters. A trailing slash means \"into this directory\". Write a local name that contains a colon as ./a:b.

The configuration file is towline/config.toml in $XDG_CONFIG_HOME or ~/.config. Most options have a key there:
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
  2. password-file or password-command of the site
  3. the environment variable TOWLINE_PASSWORD_NAME, for the site NAME (in
     capitals, with _ for hyphens and dots)
  4. the environment variable TOWLINE_PASSWORD, for the first host and port
     that need it
  5. password-file or password-command of the defaults
  6. ~/.netrc (machine HOST login USER password PASSWORD), which can also
     supply the user
  7. a prompt, if standard error is a terminal
Variables that are empty are ignored. A password is never accepted on the command line, where every user of the machine could read it.

Options may come before or after the command. `towline COMMAND -h` shows the command's own options on one screen; `towline COMMAND --help` and `towline help COMMAND` show all.

Each JSON line (--json) has an \"event\", its \"time\" in UTC, and the \"host\" that it is about:
  data_connection  path, resumed, protocol, cipher, ticket_source,
                   same_certificate
  entry            path, name, type, size, modified, permissions, owner, group,
                   link_target; name_base64 if the name is not UTF-8
  transfer         path, local, direction, bytes, seconds, resumed_at, digest,
                   result (verified, or complete if the server reports no size)
  retry            attempt, wait, kind, detail, path, message
  recovery         reason, step (after a refused data connection)
  reply            command, reply_code, reply_text (from `raw`)
  plan             action, path, reason, size, modified (from `mirror`,
                   `check`, and `get` and `put` with --dry-run)
  explanation      path, action, facts, text (from `mirror --explain`)
  step             step, verdict, evidence, exit_code (from `doctor`)
  finding          step, id, severity, side, title, evidence, meaning, cause,
                   cure, hint, directives (from `doctor` and `explain`)
  warning          message
  error            kind, detail, path, reply_code, reply_text, remains, message,
                   finding, meaning, hint
  setting          site, key, value, source (from `config show`)
  certificate      port, place, subject, issuer, names, valid_from, valid_until,
                   fingerprint, pin, trusted, refusal (from `trust show`)
  known_server     host, port, fingerprint, issuer, added (from `trust list`)
  summary          command, succeeded, failed, skipped, bytes, unknown_lines,
                   seconds, exit_code; unchanged and removed (from `mirror`)
--json-events transfer,error,summary prints only these.

Exit codes:
  0    done
  1    operands failed in different ways, or some of many files failed;
       `check` found a difference; `explain` knows nothing in the text;
       `mirror` left files for the next run, or another run is in
       progress; another `gateway` uses the spool
  2    usage or configuration
  3    network failure or timeout
  4    TLS or certificate
  5    login refused
  6    refused by the server: not found, no permission, already exists
  7    session reuse refused
  8    incomplete, or verification failed
  9    local disk or standard output
  130  interrupted";

pub(crate) const LS: &str = "\
Prints one name per line, sorted, with a slash after directories. The last part of PATH may be a pattern (*, ?, [...]), which lists what matches.

Prints large directories while they arrive: 1000 entries at a time if the server sends them in order, or else 50000 at a time, sorted.

With -l, times are in the local time zone. A ? after a time marks the server's own clock, whose offset from UTC is unknown. On a server without MLSD, Towline learns that offset from the first listing of a session, so -l and --json hold back up to 50000 entries. Control characters in names are escaped, as \\x1b. With --json, names are exact: `name` is the text, and `name_base64` has the bytes if they are not UTF-8.

-t, -S and -r hold back the entries of a directory until all have arrived.

Examples:
  towline ls ftpes://demo@files.example/
  towline ls -l ftpes://demo@files.example/out
  towline ls -lhS ftpes://demo@files.example/out vendor:/in
  towline ls -R --json ftps://demo@files.example//srv/data | jq -r .path";

pub(crate) const GET: &str = "\
The last part of PATH may be a pattern (*, ?, [...]); quote it to protect it from the shell. Write %2A, %3F, %5B for the characters themselves. Each file is written under a temporary name next to its target. It gets its final name, and the server's modification time, when it is complete. Without --json, nothing is printed on standard output.

With -r, a link that is an operand is followed. A link inside a directory is skipped, unless --follow-links is given or the server shows the link as a directory. A link that leads back to one of its parent directories is reported and not entered.

Examples:
  towline get ftpes://demo@files.example/out/report.csv
  towline get ftpes://demo@files.example/out/a.csv ftpes://demo@files.example/out/b.csv in/
  towline get 'vendor:/out/*.csv' in/
  towline get -r ftpes://demo@files.example/out archive/
  towline get --resume --retries 10 --limit-rate 2M vendor:/big.iso
  towline get --session-reuse require --json ftps://demo@files.example/big.iso";

pub(crate) const PUT: &str = "\
Each file is uploaded under a temporary name and renamed when the server has all of it. If the server does not allow renaming, use --no-temp to write to the final name.

Examples:
  towline put report.csv ftpes://demo@files.example/in/
  towline put report.csv ftpes://demo@files.example/in/today.csv
  towline put -r site/ ftpes://demo@files.example//srv/www
  towline put --append today.log vendor:log/all.log
  tar c data | towline put - ftpes://demo@files.example/backup/data.tar";

pub(crate) const MIRROR: &str = "\
Copies only the files that DEST lacks or has in another version. A second run of an unchanged tree copies nothing. Nothing is deleted without --delete. Links are followed only with --follow-links, and only those of SOURCE.

Patterns: * and ? do not match a slash, ** does; {a,b} and [ab] are alternatives. A pattern with a slash matches the path below SOURCE, one without matches a name in any directory; a slash at the end means directories. The first pattern that matches decides. A file that no pattern matches is left out if the last pattern is an --include, and copied otherwise. Files are left out on both sides, so excluded files are never deleted.

Files are compared by size and time. If the server does not keep the times of uploads, a copy is up to date if its size agrees and it is not older than its source. If the server's times cannot be used at all, the size and the journal decide. A warning then says which comparison is in effect, and why.

With --no-clobber, every file that exists at DEST is up to date, as with --compare exists.

--delete deletes a file only if a complete listing of SOURCE, confirmed by a second one, lacks it. Deletions come last. Nothing is deleted if something cannot be copied, if more than 10 files and more than a tenth of the files at DEST would go, or if SOURCE has no files at all; --max-delete changes the limit. Where SOURCE has a file and DEST a directory, or the reverse, --delete makes room once everything else was copied.

A --backup-dir inside DEST is neither compared nor deleted. SOURCE must not have the same path.

--move removes a source file only when the sizes agree at both ends, the copy is on disk and in the journal, and a second look shows that the source has not changed. Changes that another program makes between that look and the removal are lost: use --stable-for or --marker where that can happen. The marker of a file is removed before the file. Do not remove the hidden files of a killed run: if a complete one is gone, the next run assumes that another program has taken it, and removes the file from SOURCE.

--plan requires the same --move, --marker and --backup-dir with which the plan was made. A file larger than --max-transfer is an error, and no run copies it.

The journal has one file for each pair of SOURCE and DEST, in towline/mirrors in $XDG_STATE_HOME or ~/.local/state. It records what was copied, so that the next run completes a killed one and removes its partial files. A killed move copies a file twice only if an upload was killed just after it got its final name, or if no time tells the file from a new one. With --no-journal, partial files of killed runs stay unless their names carry a mark, a killed move may copy a file again or leave one without its marker, and only changes that alter a size or time are found.

Examples:
  towline mirror vendor:/out /srv/vendor
  towline mirror --dry-run --delete /srv/www ftpes://demo@files.example//srv/www
  towline mirror --include '*.{csv,txt}' --move --stable-for 60s vendor:/out in
  towline mirror --delete --max-delete 5% --backup-dir ../old vendor:/out in
  towline mirror --explain 2026/a.csv vendor:/out in";

pub(crate) const CHECK: &str = "\
Compares as mirror does. Prints each file that is missing from DEST, differs, or exists only in DEST. Exits with 1 if there are any.

Examples:
  towline check vendor:/out /srv/vendor
  towline check --json --compare size site ftpes://demo@files.example//srv/www";

pub(crate) const CAT: &str = "\
Writes the files one after the other. If one fails, reports it and continues with the next. If the last part of PATH is a pattern (*, ?, [...]), all matching files are written.

Examples:
  towline cat ftpes://demo@files.example/out/report.csv | head";

pub(crate) const STAT: &str = "\
Examples:
  towline stat ftpes://demo@files.example/out/report.csv
  towline stat --json ftpes://demo@files.example/out/report.csv";

pub(crate) const RM: &str = "\
The last part of PATH may be a pattern (*, ?, [...]). Write %2A, %3F, %5B for the characters themselves. With -r, links are removed and their targets kept. Some servers show a link as a directory and refuse to remove it. Its target is then kept only if the server says that the link is not a directory, or if hard link counts give the link away (see docs/mirror.md). If a line of a directory's listing is not understood, neither -r nor a pattern removes anything in it.

Examples:
  towline rm ftpes://demo@files.example/out/report.csv
  towline rm 'vendor:/out/*.csv'
  towline rm -r ftpes://demo@files.example/out/old";

pub(crate) const MV: &str = "\
The second operand is a URL or SITE:PATH on the same server, or PATH alone. PATH is percent-encoded, like the path of REMOTE. After a URL, PATH is relative to the login directory, with or without a leading slash; two slashes make it absolute. After a site, PATH is relative to the site's path; a leading slash makes it absolute. If PATH ends in a slash or is an existing directory, REMOTE moves into it.

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
Each COMMAND is one line for the server, so quote it if it has several words. Nothing is retried. The first refusal ends the command with exit code 6. Towline does not send commands that transfer or list, or that would change the login, the working directory, the type, or the protection of data.

Examples:
  towline raw vendor 'SITE CHMOD 640 out/a.csv'
  towline raw ftpes://demo@files.example 'SITE UMASK 027' STAT
  towline raw --json vendor FEAT";

pub(crate) const DOCTOR: &str = "\
Goes through a connection step by step: addresses, ports, TLS versions, certificate, login, features, data ports, session reuse (with and without it, under TLS 1.3 and 1.2), active mode, listings, clock and checksums. Each step gets a verdict: good, warning, failed or skipped. The end is a diagnosis, what the server's administrator can change, and a [site] block for config.toml.

Logs in at most 5 times (9 with --write, more with --slow), and says so first. Never sends the password without TLS, or to a server whose certificate is not trusted. Changes nothing without --write, which removes what it wrote. Without a user or password, examines what it can. The exit code is that of the first step that failed, or 0.

Examples:
  towline doctor ftpes://demo@files.example/
  towline doctor vendor: --report vendor.html
  towline doctor --json --write in ftps://demo@files.example/ | jq -r 'select(.event==\"finding\").id'";

pub(crate) const EXPLAIN: &str = "\
Says what TEXT means, why it happens, what to do, and what the server's administrator can change. TEXT is anything that a client or a server printed: a reply, a log, or a stack trace of Java, Python, .NET or another language. If several parts of the text are known, the most telling one is explained, and the others are named. If none is known, the exit code is 1.

Examples:
  towline explain '522 SSL connection failed: session reuse required'
  towline explain 'javax.net.ssl.SSLHandshakeException: Remote host closed connection'
  java -jar job.jar 2>&1 | towline explain";

pub(crate) const GATEWAY: &str = "\
Listens for programs that speak FTP, and passes everything on to an FTPS server over connections that resume their TLS session. Answers a transfer with 226 only if the whole file has arrived. Runs until Ctrl-C or SIGTERM. [gateway] and [gateway.route.NAME] in the configuration file say where to listen and who may use which site; see docs/gateway.md. A --route that the file does not have accepts any password, and is possible only on loopback addresses.

Examples:
  towline gateway
  towline gateway --to vendor
  towline gateway --listen 127.0.0.1:2121 --to ftpes://files.example
  towline gateway --route scanner=vendor -v";

pub(crate) const GATEWAY_STATUS: &str = "\
Shows the uploads in the spools of the configuration file: those that wait, in the order of delivery, and those that the server has refused, with the reason. Also shows files that newer ones have replaced, and those in spools that no route uses any more, unless a ROUTE is given. A gateway may run meanwhile.

Examples:
  towline gateway status
  towline gateway status vendor --json";

pub(crate) const GATEWAY_RETRY: &str = "\
A running gateway begins within two seconds; otherwise the next start of the gateway delivers the files. Files are delivered in the order in which they got their names. If a newer file of the same name was delivered after a file was set aside, only its number delivers the older one, which then replaces the newer one.

Examples:
  towline gateway retry vendor
  towline gateway retry vendor 7 9";

pub(crate) const TRUST: &str = "\
With --trust-on-first-use, the certificate of an unknown server is added to the known servers. From then on, any other certificate is refused until you accept it here. HOST without PORT means port 21. Put an IPv6 address in brackets.

Examples:
  towline trust list
  towline trust show files.example
  towline trust accept files.example 9F:86:D0:...
  towline trust remove files.example:990";

pub(crate) const TRUST_SHOW: &str = "\
Connects, and ends the connection after the TLS handshake. Sends no user and no password, and does not add the server to those that you trust. Prints each certificate of the server with its names and validity, whether the settings trust it, and the pin for --pin. Ask the server's owner whether the fingerprint is right: one from the network alone proves nothing.

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
Creates the file that `towline config path` prints, with examples that are commented out. Only its owner can read it. An existing file stays as it is.

Examples:
  towline config init
  towline config init --config vendors.toml";

pub(crate) const CONFIG_PATH: &str = "\
Prints the path of the configuration file, whether or not the file exists: from --config, from the variable TOWLINE_CONFIG, or the default.

Examples:
  towline config path";

pub(crate) const CONFIG_EDIT: &str = "\
Opens the file in the editor that VISUAL or EDITOR names, otherwise in vi. Creates the file if it does not exist. Afterwards reports mistakes, as `towline config check` does.

Examples:
  towline config edit
  EDITOR=nano towline config edit";

pub(crate) const CONFIG_CHECK: &str = "\
Checks every site as far as possible without connecting. Reports each mistake with its line, and exits with code 2 if there are any.

Examples:
  towline config check
  towline config check --config vendors.toml";

pub(crate) const CONFIG_SHOW: &str = "\
Shows each setting in effect, and whether it comes from the command line, the site, the environment, or the defaults. Shows where secrets are kept, never the secrets.

Examples:
  towline config show
  towline config show vendor
  towline config show --json vendor --timeout 5";

pub(crate) const COMPLETIONS: &str = "\
The script asks towline, which also completes names of sites, local files, and paths on servers. To complete a path on a server, towline connects for at most two seconds, and never prompts for a password. Generate the script again after an update of towline. With --static, the script knows commands and options only.

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
Starts an FTPS server that requires session reuse, on the loopback interface. Transfers files over TLS 1.3 and TLS 1.2, and shows the verdict on each data connection next to the server's own count. Then shows how the server refuses a client without session reuse. Leaves nothing behind.

Examples:
  towline demo
  towline demo --serve
  towline demo --serve --fault reuse-refused-425";

pub(crate) const HELP: &str = "\
Examples:
  towline help
  towline help get
  towline help config show";
