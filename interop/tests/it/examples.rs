//! Runs every example of the library against a real server, as its first lines describe.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use towline_interop::{Account, servers};

/// The examples that [`every_example_does_what_it_says`] runs.
const EXAMPLES: [&str; 9] = [
    "blocking",
    "custom_verifier",
    "download_stream",
    "list",
    "many_files",
    "probe",
    "resume",
    "two_servers",
    "upload_stream",
];

fn run(account: &Account, example: &str, args: &[&str], input: Option<&Path>) -> Output {
    let input = input.map_or_else(Stdio::null, |path| File::open(path).unwrap().into());
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--locked", "--package", "towline"])
        .args(["--example", example, "--"])
        .args(args)
        .env("FTP_PASSWORD", &account.server.password)
        .stdin(input)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{example}: {errors}");
    output
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn no_example_is_left_out() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../towline/examples");
    let files = fs::read_dir(folder).unwrap();
    let names = files.map(|file| file.unwrap().path());
    let names: BTreeSet<_> = names
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(names, EXAMPLES.map(str::to_owned).into());
}

#[test]
fn every_example_does_what_it_says() {
    let account = servers::by_name("vsftpd").account();
    let server = account.server;
    let (port, ca) = (server.port.to_string(), server.ca_file.to_str().unwrap());
    let here = ["localhost", &port, &account.user, ca];
    let with = |more: &[&'static str]| [here.as_slice(), more].concat();
    let local = tempfile::tempdir().unwrap();
    let file = local.path().join("july.csv");
    let contents = "a line of a report\n".repeat(10_000);
    fs::write(&file, &contents).unwrap();

    run(&account, "upload_stream", &with(&["july.csv"]), Some(&file));
    let stored = fs::read_to_string(account.home.join("july.csv")).unwrap();
    assert!(stored == contents);
    let output = run(&account, "download_stream", &with(&["july.csv"]), None);
    assert!(text(&output) == contents);
    assert!(String::from_utf8_lossy(&output.stderr).contains("resumed: true"));
    let listed = text(&run(&account, "list", &here, None));
    assert!(listed.contains("File july.csv"), "{listed}");

    let target = local.path().join("copy.csv");
    let args = [&here, ["july.csv", target.to_str().unwrap()].as_slice()].concat();
    let said = text(&run(&account, "resume", &args, None));
    assert_eq!(said, format!("{} bytes, from the start\n", contents.len()));
    assert!(fs::read_to_string(&target).unwrap() == contents);

    let args = [&here, [file.to_str().unwrap(), "august.csv"].as_slice()].concat();
    let said = text(&run(&account, "blocking", &args, None));
    let len = contents.len();
    assert_eq!(said, format!("{len} bytes there, {len} bytes back\n"));
    let said = text(&run(&account, "probe", &here, None));
    let steps: Vec<_> = said
        .lines()
        .filter_map(|line| line.split(':').next())
        .collect();
    let all = [
        "Resolve",
        "Connect",
        "Greet",
        "Secure",
        "LogIn",
        "ReachPort",
        "OpenData",
    ];
    assert_eq!(steps, all, "{said}");
    let args = [here, here].concat();
    let said = text(&run(&account, "two_servers", &args, None));
    assert_eq!(said, "2 entries, and 2 entries\n");

    let many = local.path().join("many");
    fs::create_dir(&many).unwrap();
    let args = [&here, [".", many.to_str().unwrap()].as_slice()].concat();
    let said = text(&run(&account, "many_files", &args, None));
    let mut said: Vec<_> = said.lines().collect();
    said.sort_unstable();
    let sizes = ["august.csv", "july.csv"].map(|name| format!("./{name} {len}"));
    assert_eq!(said, sizes);
    assert!(fs::read_to_string(many.join("july.csv")).unwrap() == contents);

    let pin = pin(&server.certificate);
    let args = ["localhost", &port, &account.user, &pin];
    let said = text(&run(&account, "custom_verifier", &args, None));
    assert_eq!(said, "connected to vsftpd\n");
}

fn pin(certificate: &Path) -> String {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject as _;
    let certificate = CertificateDer::from_pem_file(certificate).unwrap();
    towline::Pin::of(&certificate).unwrap().to_string()
}
