//! The results as one page of HTML that needs nothing else: `--report FILE`.

use std::fmt::Write as _;

use towline_proto::name::escape as printable;

use super::certificate::date;
use super::examination::Examination;
use super::recorder::Line;
use super::step::{Shown, Step};
use crate::explain::finding::ServerSoftware;
use crate::operand::server::Server;
use crate::output::certificate::Described;
use crate::words::Words;

/// The results of an examination.
pub(crate) struct Examined {
    pub(crate) examination: Examination,
    pub(super) site_block: String,
    pub(super) dialogue: Vec<Line>,
}

/// No script, and nothing from elsewhere.
const HEAD: &str = "\
<!DOCTYPE html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">
<title>towline doctor</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; color: #222; }
h1, h2, h3 { line-height: 1.2; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; vertical-align: top; padding: .3em .6em; border-bottom: 1px solid #ddd; }
code, pre { font: 14px/1.4 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
.good { color: #17692b; } .warning { color: #8a5a00; } .failed, .error { color: #a4161a; }
.skipped, .note { color: #666; }
.good, .warning, .failed, .skipped, .error, .note { font-weight: 600; }
@media (prefers-color-scheme: dark) { body { background: #161616; color: #ddd; } td, th { border-color: #333; }
.good { color: #6fcf87; } .warning { color: #e5b567; } .failed, .error { color: #ff8a80; } .skipped, .note { color: #999; } }
</style>
</head>
<body>
";

/// The page.
pub(crate) fn page(examined: &Examined, server: &Server) -> String {
    let exam = &examined.examination;
    let mut page = HEAD.to_owned();
    let _ = write!(
        page,
        "<h1>towline doctor</h1>\n<p><code>{}</code>, {}, server software: {}</p>\n",
        text(&server.to_string()),
        text(&format!("{:.0}", jiff::Timestamp::now())),
        text(exam.software.name())
    );
    page.push_str("<h2>Findings</h2>\n");
    let findings = exam.findings();
    if findings.is_empty() {
        page.push_str("<p>Everything that was tried works.</p>\n");
    }
    for shown in &findings {
        add_finding(&mut page, shown, exam.software);
    }
    page.push_str("<h2>Steps</h2>\n<table>\n<tr><th>after</th><th>step</th><th>verdict</th><th>seen</th></tr>\n");
    for step in &exam.steps {
        add_step(&mut page, step);
    }
    page.push_str("</table>\n");
    if !exam.chain.is_empty() {
        page.push_str("<h2>Certificates</h2>\n<table>\n");
        for certificate in &exam.chain {
            add_certificate(&mut page, certificate);
        }
        page.push_str("</table>\n");
    }
    let _ = write!(
        page,
        "<h2>Settings for towline</h2>\n<pre>{}</pre>\n",
        text(&examined.site_block)
    );
    page.push_str("<h2>Dialogue</h2>\n<p>Secrets are masked.</p>\n<table>\n");
    for line in &examined.dialogue {
        add_line(&mut page, line);
    }
    page.push_str("</table>\n</body>\n</html>\n");
    page
}

fn add_finding(page: &mut String, shown: &Shown, software: ServerSoftware) {
    let finding = shown.finding;
    let severity = shown.severity.name();
    let _ = write!(
        page,
        "<h3><span class=\"{severity}\">{severity}</span> {} <small><code>{}</code></small></h3>\n\
         <p><code>{}</code></p>\n<p>{}</p>\n<p><b>Why:</b> {}</p>\n<p><b>What to do:</b> {}</p>\n\
         <p><b>Where the fault lies:</b> {}.</p>\n",
        text(finding.title),
        finding.id,
        text(&shown.evidence),
        text(finding.meaning),
        text(finding.cause),
        text(finding.cure),
        finding.side.told(Words::english())
    );
    let directives = finding.directives_for(software);
    if !directives.is_empty() {
        page.push_str("<table>\n");
        for directive in directives {
            let _ = writeln!(
                page,
                "<tr><td>{}</td><td><code>{}</code></td></tr>",
                text(directive.software.name()),
                text(directive.setting)
            );
        }
        page.push_str("</table>\n");
    }
}

fn add_step(page: &mut String, step: &Step) {
    let evidence: Vec<_> = step.evidence.iter().map(|line| text(line)).collect();
    let verdict = step.verdict.name();
    let _ = writeln!(
        page,
        "<tr><td>{:.3}&nbsp;s</td><td>{}</td><td class=\"{verdict}\">{verdict}</td><td><code>{}</code></td></tr>",
        step.at.as_secs_f64(),
        step.id,
        evidence.join("<br>")
    );
}

fn add_certificate(page: &mut String, certificate: &Described) {
    let mut row = |name: &str, value: &str| {
        let _ = writeln!(
            page,
            "<tr><th>{name}</th><td><code>{}</code></td></tr>",
            text(value)
        );
    };
    row("subject", &certificate.subject);
    row("names", &certificate.names.join(", "));
    row("issuer", &certificate.issuer);
    if let (Some(from), Some(until)) = (certificate.valid_from, certificate.valid_until) {
        row("valid", &format!("{} to {}", date(from), date(until)));
    }
    row("key", &certificate.key);
    row("signature", &certificate.signature);
    row("SHA-256", &certificate.fingerprint);
    row("pin", certificate.pin.as_deref().unwrap_or_default());
}

fn add_line(page: &mut String, line: &Line) {
    let direction = if line.sent { "&rarr;" } else { "&larr;" };
    let _ = writeln!(
        page,
        "<tr><td>{:.3}&nbsp;s</td><td>{}</td><td>{direction}</td><td><code>{}</code></td></tr>",
        line.at.as_secs_f64(),
        line.connection,
        text(&line.text)
    );
}

/// Text for HTML: control characters as escapes, and no markup.
fn text(raw: &str) -> String {
    let mut escaped = String::new();
    for (number, line) in raw.split('\n').enumerate() {
        if number > 0 {
            escaped.push('\n');
        }
        for c in printable(line.as_bytes()).chars() {
            match c {
                '&' => escaped.push_str("&amp;"),
                '<' => escaped.push_str("&lt;"),
                '>' => escaped.push_str("&gt;"),
                '"' => escaped.push_str("&quot;"),
                '\'' => escaped.push_str("&#39;"),
                c => escaped.push(c),
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_server_says_becomes_markup() {
        assert_eq!(
            text("220 <script>alert('x')</script> & \"\u{1b}[2J\u{202e}"),
            "220 &lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;\\x1b[2J\\u{202e}"
        );
    }
}
