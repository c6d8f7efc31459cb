# English. The explanations are in explain/catalogue.
# Each text is on one line: a line end would be a blank.

prefix-error = error:
prefix-meaning = meaning:
prefix-hint = hint:
prefix-warning = warning:
prefix-alarm = WARNING:
prefix-status = Status:
prefix-command = Command:
prefix-response = Response:

resolving = Resolving address of { $host }
connecting = Connecting to { $address }...
awaiting-welcome = Connection established, waiting for welcome message...
initializing-tls = Initializing TLS...
verifying-certificate = Verifying certificate...
tls-established = TLS connection established ({ $protocol }, { $cipher })
logged-in = Logged in
retrieving-listing = Retrieving directory listing...
retrieving-listing-of = Retrieving directory listing of "{ $path }"...
listing-successful = Directory listing successful
listing-of-successful = Directory listing of "{ $path }" successful
data-in-clear-text = Data connection in clear text
data-connection = Data connection { $session ->
        [control] resumed with a session from the control connection
        [data] resumed with a session from an earlier data connection
        [resumed] resumed
        [none] not resumed, because no session was offered
       *[refused] not resumed, although a session was offered
    } ({ $protocol }, { $cipher }, { $certificate ->
        [same] same certificate
       *[other] another certificate
    })
starting-download = Starting download of { $path }
starting-upload = Starting upload of { $path }
data-refused = Data connection refused: { $reason }
trying-again = Trying again: { $step }
another-ticket = offering another ticket
new-connection = opening a new control connection
new-connection-tls12 = opening a new control connection with TLS 1.2
waiting-to-retry = Waiting to retry... (attempt { $attempt } in { $seconds } seconds)
greeting-late = waiting for the greeting: the server has sent nothing for { $seconds } seconds
stray-reply = ignoring a reply that belongs to no command, before the reply to { $command }: { $reply }
waiting-for-address = Still looking up the address of { $what }
waiting-for-connection = Still connecting to { $what }
waiting-for-tls = Still waiting for the server in the TLS handshake
waiting-for-reply = Still waiting for the reply to { $what }
waiting-for-listing = Still waiting for the end of the listing ({ $what })
waiting-for-data = Still waiting: no data has moved for { $seconds } seconds ({ $what })
downgrading = the server accepts no data connection with TLS 1.3, so TLS 1.2 is tried; an on-path attacker can cause this, and --tls-min 1.3 rules it out
downgrading-by-own-choice = no data connection has resumed a TLS 1.3 session, as this program requires, so TLS 1.2 is tried; an on-path attacker can cause this, and --tls-min 1.3 rules it out
clear-text = clear text: { $reason }
trusted-on-first-use = trusting { $server } on first use: { $fingerprint }
trusted-on-first-use-issued = trusting { $server } on first use: { $fingerprint }, issued by { $issuer }

what-it-means = What it means
why = Why
what-to-do = What to do
with-towline = With towline
where-the-fault-lies = Where the fault lies
for-the-administrator = For the server's administrator
also-points-to = The text also points to:
part = { $title }: { $text }
side-server = the server or its settings
side-client = the program that connects, or its settings
side-network = the network between the two
side-account = the account on the server
side-computer = this computer
nothing-known = nothing in this text is known; try the whole stack trace, the server's replies around it, or towline doctor
only-the-code = These words are not known. By its code ({ $code }, { $source }), the reply means: { $meaning }.

doctor-logs-in = Examining { $server }: doctor logs in at most { $count } times.
doctor-stays-out = Examining { $server }: doctor does not log in, because there is no user or password.
doctor-lists = It lists, and changes nothing.
doctor-writes = It writes below { $directory }, and removes what it has written.
doctor-takes-long = The limits take up to five minutes more.

verdict-good = good
verdict-warning = warning
verdict-failed = failed
verdict-skipped = skipped

diagnosis = Diagnosis
everything-works = Everything that was tried works.
works-with-warnings = { $count ->
        [one] Everything works; one step has a warning.
       *[other] Everything works; { $count } steps have warnings.
    }
steps-failed = { $count ->
        [one] One step failed.
       *[other] { $count } steps failed.
    }
severity-note = note
severity-warning = warning
severity-error = error
for-config-file = For config.toml

explain-left-out = the text is long, so { $size } in its middle were left out

hint-file-to-explain = to explain the contents of a file, give it on standard input: towline explain < FILE
hint-resume = the same command with --resume continues from there
hint-already-exists = to replace the target, leave out --no-clobber
hint-another-way = the server may start TLS in another way: ftpes:// starts it with a command on port 21, ftps:// immediately on port 990; -vv shows the dialogue
hint-timeout = the server or a firewall does not answer; --timeout allows more time, and -vv shows where it stops
hint-paths-of-site = paths are relative to the site's path; SITE:/path is absolute
hint-paths = paths are relative to the login directory; ftpes://host//path is absolute
hint-target-changed = inspect the file before you retry; it has been changed but is not complete
hint-safe-to-retry = nothing was stored under the final name; it is safe to retry
hint-same-end = nothing was stored under the final name; another attempt would end in the same way
hint-certificate-changed = if the server's owner confirms the new certificate, run: { $command }
hint-reuse-resumed = the data connection did resume, and the server refused it nevertheless, so no option helps; its administrator can find the reason in the server's log; towline doctor examines the server
hint-reuse-early = Towline offers to resume on every data connection, and the server refused this one before its handshake was over, so no option helps; the reason is in the server's log
hint-reuse-off = this server requires each data connection to resume the control connection's TLS session; remove --session-reuse off
hint-reuse-require = --session-reuse require accepts no other data connection; auto accepts one if the server does not require reuse
hint-reuse-tls13 = new tickets and a new control connection were tried; --tls-min 1.2 would also allow TLS 1.2, where some servers resume sessions although they do not in TLS 1.3
hint-reuse-tried = every recovery that the settings allow was tried; -vv shows the server's replies
hint-reuse-tried-tls13 = every recovery that the settings allow was tried; if TLS 1.3 sessions resumed here in the past, TLS 1.2 was not: --tls-max 1.2 tries it, and so does towline trust remove HOST:PORT, which forgets what is known of the server; -vv shows the server's replies
hint-on-data = TLS works on the control connection, so port and TLS mode are right; -vv shows what happens on the data connection
hint-proxy-closed = nothing listens at the address of the proxy; check --proxy
hint-refused-after-login = the server accepted a connection before, and refuses this one; try again later
hint-data-port-closed = the login works, so host and port are right; a firewall may block the server's passive ports, and --active connects the other way
hint-data-in-clear = the server sends in clear text although it agreed to TLS (PROT P); its owner must correct that; -vv shows the dialogue
