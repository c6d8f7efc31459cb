//! What may differ between a server and its personality.
//!
//! | difference | reason | becomes |
//! | --- | --- | --- |
//! | the text of the greeting | names, versions, addresses | only the code |
//! | ports in replies to `EPSV` and `PASV` | new each time | `#` |
//! | the client's port in Pure-FTPd's replies in active mode | new each time | `#` |
//! | the order of the lines in reply to `FEAT` | the features are a set | sorted |
//! | languages in ProFTPD's `FEAT` | environment-dependent | `*` |
//! | seconds and rates in Pure-FTPd's replies to transfers | measured | `#` |
//! | "The computer is your friend" in Pure-FTPd's 150 to some downloads | random | removed |
//! | 125 or 150 of pyftpdlib | a race between the data connection and the command | 150 |
//! | listings: order, owners, links, directory sizes, `unique` | system-dependent | sorted, `*` |
//!
//! If a command crosses the end of a control connection, traces do not distinguish FIN from a
//! reset. If an upload ends without `close_notify`, OpenSSL sends the alert `decode_error` before
//! the FIN. `rustls` cannot send this alert, so traces show only `FIN`.
//!
//! The comparison leaves out what the personality does not claim. ProFTPD's `mod_digest` announces
//! `XSHA`, another name for `XSHA1`, and its `mod_site_misc` announces more `SITE` commands.
//! pyftpdlib answers `RETR` without a data port with 150, and starts once a port is opened.

/// What ProFTPD announces and its personality does not.
const UNCLAIMED: [&str; 4] = [" SITE MKDIR", " SITE RMDIR", " SITE SYMLINK", " XSHA"];

/// Normalises the lines of a reply to `command`.
pub(crate) fn reply(command: &str, lines: &[String]) -> Vec<String> {
    let mut lines = lines.to_vec();
    // It comes before the size of a large file.
    lines.retain(|line| !line.starts_with("150-The computer is your friend."));
    if lines[lines.len() - 1].starts_with("150 The computer is your friend.") {
        lines = vec![lines[0].replacen("150-", "150 ", 1)];
    }
    match command {
        "EPSV" | "PASV" => lines = lines.iter().map(|line| ports(line)).collect(),
        "FEAT" => {
            lines.retain(|line| !UNCLAIMED.contains(&line.as_str()));
            let end = lines.len() - 1;
            for line in &mut lines {
                if line.starts_with(" LANG ") {
                    *line = " LANG *".to_owned();
                }
            }
            lines[1.min(end)..end].sort();
        }
        _ if command.starts_with("MLST") => {
            for line in &mut lines {
                if let Some(entry) = line.strip_prefix(' ') {
                    *line = format!(" {}", fact_line(entry));
                }
            }
        }
        _ => {
            lines = lines
                .iter()
                .map(|line| client_port(&measures(line)))
                .collect()
        }
    }
    if lines[0].starts_with("125 Data connection already open.") {
        lines[0] = "150 File status okay. About to open data connection.".to_owned();
    }
    lines
}

/// Normalises the lines of `LIST`.
pub(crate) fn list(bytes: &[u8]) -> Vec<String> {
    sorted(bytes, |line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [mode, _, _, _, size, rest @ ..] = fields.as_slice() else {
            return line.to_owned();
        };
        let size = if mode.starts_with('d') { "*" } else { size };
        format!("{mode} {size} {}", rest.join(" "))
    })
}

/// Normalises the lines of `MLSD`.
pub(crate) fn mlsd(bytes: &[u8]) -> Vec<String> {
    sorted(bytes, fact_line)
}

fn fact_line(line: &str) -> String {
    let Some((facts, name)) = line.split_once(' ') else {
        return line.to_owned();
    };
    let lower = facts.to_ascii_lowercase();
    // `.` and `..` have the times and modes of the home and its parent.
    let home = lower.contains("type=cdir;") || lower.contains("type=pdir;");
    let facts = facts.split_inclusive(';').map(|fact| {
        let key = fact.split('=').next().unwrap_or_default();
        let differs = match key.to_ascii_lowercase().as_str() {
            "unique" | "sizd" => true,
            "size" => !lower.contains("type=file;"),
            "modify" | "unix.mode" => home,
            other => other.starts_with("unix."),
        };
        if differs {
            format!("{key}=*;")
        } else {
            fact.to_owned()
        }
    });
    format!("{} {name}", facts.collect::<String>())
}

fn sorted(bytes: &[u8], line: impl Fn(&str) -> String) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let mut lines: Vec<String> = text.lines().map(line).collect();
    lines.sort();
    lines
}

/// Replaces ports: `(|||#|)` and `(127,0,0,1,#,#)`.
fn ports(line: &str) -> String {
    let Some((before, rest)) = line.split_once('(') else {
        return line.to_owned();
    };
    let Some((inside, after)) = rest.split_once(')') else {
        return line.to_owned();
    };
    let inside = match inside.rsplitn(3, ',').collect::<Vec<_>>()[..] {
        [_, _, host] => format!("{host},#,#"),
        _ => inside
            .replace(|c: char| c.is_ascii_digit(), "")
            .replace("||||", "|||#|"),
    };
    format!("{before}({inside}){after}")
}

/// Replaces the port: `150 Connecting to port #`.
fn client_port(line: &str) -> String {
    let text = "150 Connecting to port ";
    match line.strip_prefix(text) {
        Some(_) => format!("{text}#"),
        None => line.to_owned(),
    }
}

/// Replaces what was measured: `226 # seconds (measured here), # per second`.
fn measures(line: &str) -> String {
    match line.split_once(" seconds (measured here), ") {
        Some((before, after)) if after.ends_with("bytes per second") => {
            let code = &before[..4.min(before.len())];
            format!("{code}# seconds (measured here), # per second")
        }
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(command: &str, line: &str) -> String {
        reply(command, &[line.to_owned()]).join("\n")
    }

    #[test]
    fn ports_go_and_hosts_stay() {
        assert_eq!(
            one("EPSV", "229 Passive (|||54321|)."),
            "229 Passive (|||#|)."
        );
        assert_eq!(
            one("LIST", "150 Connecting to port 39947"),
            "150 Connecting to port #"
        );
        assert_eq!(
            one("PASV", "227 Passive (127,0,0,1,4,210)."),
            "227 Passive (127,0,0,1,#,#)."
        );
    }

    #[test]
    fn a_150_is_the_same_whatever_chance_and_races_make_of_it() {
        let joke = [
            "150-Accepted".to_owned(),
            "150 The computer is your friend. Trust the computer".to_owned(),
        ];
        assert_eq!(reply("RETR x", &joke), ["150 Accepted"]);
        let port = ["150-Connecting to port 37331".to_owned(), joke[1].clone()];
        assert_eq!(reply("RETR x", &port), ["150 Connecting to port #"]);
        assert_eq!(
            one(
                "LIST",
                "125 Data connection already open. Transfer starting."
            ),
            "150 File status okay. About to open data connection."
        );
    }

    #[test]
    fn measures_go() {
        let line = "226 0.003 seconds (measured here), 3.26 Kbytes per second";
        assert_eq!(
            one("RETR x", line),
            "226 # seconds (measured here), # per second"
        );
    }

    #[test]
    fn names_times_and_sizes_of_files_stay_in_listings() {
        let line = b"-rw-r--r--   1 1000  users   10 Mar  2  2024 a file\r\n";
        assert_eq!(list(line), ["-rw-r--r-- 10 Mar 2 2024 a file"]);
        let line = b"modify=20240302040506;size=10;type=file;unique=1U2;UNIX.owner=0; a file\r\n";
        assert_eq!(
            mlsd(line),
            ["modify=20240302040506;size=10;type=file;unique=*;UNIX.owner=*; a file"]
        );
    }
}
