//! Faults in listings.

use towline_testkit::Fault;

use crate::faulty_client;

#[tokio::test]
async fn a_huge_listing_is_made_on_the_fly() {
    for (command, start) in [
        ("NLST", "file-000000000.dat\r\n"),
        ("MLSD", "modify=19700101"),
    ] {
        let (server, mut client) = faulty_client(Fault::HugeListing(50_000)).await;
        let listed = client.fetch(command).await;
        assert_eq!(
            listed.bytes.iter().filter(|&&byte| byte == b'\n').count(),
            50_000
        );
        assert!(listed.text().starts_with(start));
        assert!(listed.text().ends_with("file-000049999.dat\r\n"));
        server.shutdown().await;
    }
}

#[tokio::test]
async fn a_listing_without_end_can_be_left() {
    let (server, mut client) = faulty_client(Fault::HugeListing(u64::MAX)).await;
    let mut data = client.open("LIST").await;
    let mut buffer = vec![0; 65_536];
    for _ in 0..100 {
        assert_ne!(data.read(&mut buffer).await.unwrap(), 0);
    }
    data.reset();
    assert_eq!(client.reply().await.0, 426);
    server.shutdown().await;
}

#[tokio::test]
async fn hostile_names_are_written_as_they_are() {
    for command in ["LIST", "MLSD", "NLST"] {
        let (server, mut client) = faulty_client(Fault::hostile_names()).await;
        let bytes = client.fetch(command).await.bytes;
        for name in [
            &b"../escape"[..],
            b"a/b",
            b"nul\0byte",
            b"\x1b[31mred",
            b"\xff\xfe",
        ] {
            let line = [name, b"\r\n"].concat();
            assert!(
                bytes.windows(line.len()).any(|window| window == line),
                "{command} {name:?}"
            );
        }
        server.shutdown().await;
    }
}

#[tokio::test]
async fn lines_that_mean_nothing_are_added() {
    let lines = vec![b"what is this".to_vec(), b"total 12".to_vec()];
    let (server, mut client) = faulty_client(Fault::ListingLines(lines)).await;
    let text = client.fetch("LIST").await.text();
    assert!(
        text.ends_with(" f\r\nwhat is this\r\ntotal 12\r\n"),
        "{text}"
    );
    server.shutdown().await;
}
