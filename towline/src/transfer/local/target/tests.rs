use super::*;

const MARK: &str = "0123abcd";

/// Begins a download to `local`, of which `contents` have arrived.
fn begun(local: &Path, contents: &[u8], options: &DownloadOptions) -> Target {
    let (version, mark) = (FileVersion::default(), Some(MARK.to_owned()));
    let target = Target::create(local, version, mark, options).unwrap();
    target.write(contents).unwrap();
    target
}

#[tokio::test]
async fn a_part_is_not_kept_in_the_place_of_a_longer_one() {
    let directory = tempfile::tempdir().unwrap();
    let local = directory.path().join("a");
    let options = DownloadOptions::default();
    for (contents, kept) in [("12", "12"), ("1", "12"), ("", "12"), ("123", "123")] {
        let mut part = begun(&local, contents.as_bytes(), &options);
        part.keep().await.unwrap();
        drop(part);
        let part = fs::read_to_string(marked_name(&local, MARK));
        assert_eq!(part.unwrap(), kept, "{contents}");
    }
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn a_part_is_not_kept_in_the_place_of_one_that_is_being_written() {
    let directory = tempfile::tempdir().unwrap();
    let local = directory.path().join("a");
    let resuming = DownloadOptions::default().resume(true);
    let other = begun(&local, b"1", &resuming);
    let mut ours = begun(&local, b"12", &DownloadOptions::default());
    ours.keep().await.unwrap();
    assert_eq!(ours.unfinished(), None);
    other.write(b"23").unwrap();
    other.publish(None).unwrap();
    assert_eq!(fs::read_to_string(&local).unwrap(), "123");
}
