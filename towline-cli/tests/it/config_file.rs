//! Creating, finding and editing the configuration file.

use std::fs;

use crate::support::{Harness, Run};

const SITE: &str = "[site.vendor]\nhost = \"files.example\"\n";

#[tokio::test]
async fn init_writes_a_file_that_is_right_and_leaves_an_existing_one_alone() {
    let h = Harness::start().await;
    let path = h.home().join(".config/towline/config.toml");
    let shown = format!("{}\n", path.display());
    let asked = Run::of(h.bare(&["config", "path"])).await;
    assert_eq!((asked.code, &asked.stdout), (0, &shown));
    assert!(!path.exists());
    let made = Run::of(h.bare(&["config", "init"])).await;
    assert_eq!((made.code, &made.stdout), (0, &shown), "{made:?}");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("[site.vendor]"), "{text}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let checked = Run::of(h.bare(&["config", "check"])).await;
    assert_eq!(checked.code, 0, "{checked:?}");
    fs::write(&path, SITE).unwrap();
    let again = Run::of(h.bare(&["config", "init"])).await;
    assert_eq!(again.code, 2, "{again:?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), SITE);
    let other = Run::of(h.bare(&["config", "init", "--config", "new/own.toml"])).await;
    assert_eq!(other.code, 0, "{other:?}");
    assert!(h.local("new/own.toml").exists());
}

#[tokio::test]
async fn a_variable_names_the_file_and_an_option_beats_it() {
    let h = Harness::start().await;
    h.write_local("own.toml", SITE);
    h.write_local("other.toml", "[site.other]\nhost = \"h\"\n");
    let run = async |arguments: &[&str], variable: &str| {
        let mut command = h.bare(arguments);
        command.env("TOWLINE_CONFIG", variable);
        Run::of(command).await
    };
    let path = run(&["config", "path"], "own.toml").await;
    assert_eq!(path.stdout, "own.toml\n");
    assert_eq!(run(&["config", "show", "vendor"], "own.toml").await.code, 0);
    assert_eq!(run(&["config", "show", "other"], "own.toml").await.code, 2);
    let option = ["--config", "other.toml", "config", "show", "other"];
    assert_eq!(run(&option, "own.toml").await.code, 0);
    let missing = run(&["config", "show"], "missing.toml").await;
    assert_eq!(missing.code, 2, "{missing:?}");
    assert!(missing.stderr.contains("missing.toml"), "{missing:?}");
    // An empty variable is none.
    assert_eq!(run(&["config", "show"], "").await.code, 0);
}

#[cfg(unix)]
#[tokio::test]
async fn edit_opens_the_users_editor_and_reports_mistakes_afterwards() {
    let h = Harness::start().await;
    let edit = async |visual: Option<&str>, editor: &str| {
        let mut command = h.bare(&["config", "edit", "--config", "a b.toml"]);
        command.env_remove("VISUAL").env("EDITOR", editor);
        if let Some(visual) = visual {
            command.env("VISUAL", visual);
        }
        Run::of(command).await
    };
    // A command with an option of its own, as `code --wait`.
    let added = edit(None, "sed -i '$a[site.vendor]\\nhost = \"files.example\"'").await;
    assert_eq!(added.code, 0, "{added:?}");
    assert!(added.stdout.contains("1 site, no mistakes"), "{added:?}");
    let wrong = edit(Some("sed -i '$anonsense = 1'"), "false").await;
    assert_eq!(wrong.code, 2, "{wrong:?}");
    assert!(wrong.stderr.contains("nonsense"), "{wrong:?}");
    let failed = edit(None, "false").await;
    assert_eq!(failed.code, 2, "{failed:?}");
    assert!(failed.stderr.contains("the editor false"), "{failed:?}");
}
