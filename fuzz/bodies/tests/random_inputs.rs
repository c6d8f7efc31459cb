//! Every body, with random bytes and with mutations of what servers send.
//!
//! `TOWLINE_SEED` repeats a run whose seed was printed.

#![expect(clippy::expect_used, reason = "helpers of a test")]

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use towline_fuzz_bodies::{ALL, Body, gateway_session};

/// Inputs for each body.
const ROUNDS: usize = 4000;

/// Sessions with a gateway.
const SESSIONS: usize = 300;

const SAMPLES: &[&[u8]] = &[
    b"220 (vsFTPd 3.0.3)\r\n",
    b"220-FileZilla Server 1.9.4\r\n220 Please visit\r\n331 Password\r\n230-\r\n 230 x\r\n230\r\n",
    b"211-Features:\r\n AUTH TLS\r\n EPSV\r\n MLST type*;size*;modify*;perm*;\r\n REST STREAM\r\n UTF8\r\n211 End\r\n",
    b"Extensions:\n AUTH TLS;SSL\n MLST type*;perm;\n ESTA\n ESTP\n REST STREAM\nEnd",
    b"229 Entering Extended Passive Mode (|||6446|)\r\n",
    b"Entering Extended Passive Mode (|||6446|)",
    b"Entering Passive Mode (127,0,0,1,195,149).",
    b"213 20261120225741.796\r\n",
    b"\"/a\"\"b\" created",
    b"150 Opening\r\n426 Aborted\r\n226 Done\r\n421 Bye\r\n",
    b"-rw-r--r--   1 jo       staff        1234 Nov 20 22:57 plain.txt\r\ntotal 12\r\n",
    b"lrwxrwxrwx   1 jo       staff           1 Feb 29  2024 a -> b -> c\r\n",
    b"crw-rw----+  1 root     tty         4,  0 2026-11-21 00:24 tty0\r\n",
    b"10-23-26  03:25PM       <DIR>          Program Files\r\n12-31-2026  23:59   12 a\r\n",
    b"05-24-26  08:00AM       <JUNCTION>     data [\\??\\D:\\data]\r\n",
    b"type=file;size=1234;modify=20261120225741.796;perms=adfr; na;me\r\n",
    b"type=OS.unix=slink:/x;UNIX.mode=0777;UNIX.ownername=jo; link\r\ntype=cdir; .\r\n",
    b"USER jo\r\nPASS secret\r\nPBSZ 0\r\nPROT P\r\nOPTS UTF8 ON\r\nTYPE A N\r\nALLO 5 R 5\r\n",
    b"RETR big\r\n\xff\xf4\xff\xf2ABOR\r\nSTAT -l a b\r\nLIST -a\nxpwd\r\n",
    b"EPRT |2|::1|5282|",
    b"PASV\r\nSTOR a\r\nNOOP\r\nABOR\r\nSIZE a\r\nRNFR a\r\nRNTO b\r\nDELE b\r\nQUIT\r\n",
    b"EPSV ALL\r\nPORT 127,9,8,7,200,1\r\nEPRT |1|127.9.8.7|60000|\r\nLIST\r\nMLSD\r\nREIN\r\nFEAT\r\n",
    b"PORT 127,0,0,1,195,149",
    b"MFMT 20261120225741 a",
    b"PRET SITE UTIME 20261120225741 a b",
    b"XCRC \"a b\"",
    b"../../etc/passwd",
    b"a\x1b[2J\xe2\x80\xaegpj.exe",
    b"\x02\x00\x03\x01\x19\x40\x40\xfa\x04\x00",
];

/// Fragments that some parser treats specially.
const TOKENS: &[&[u8]] = &[
    b"\r\n",
    b"\n",
    b"\r",
    b"\0",
    b" ",
    b"-",
    b"/",
    b"..",
    b"; ",
    b"=",
    b"\"",
    b" -> ",
    b"220 ",
    b"220-",
    b"421 x\r\n",
    b"(|||",
    b"|)",
    b",",
    b"0",
    b"65536",
    b"18446744073709551616",
    b"Feb 29",
    b"Dec 31 23:59",
    b"<DIR>",
    b"\x1b[",
    b"\xff",
    b"\xff\xf4",
    b"\xff\xf2",
    b"\xff\xfb",
    b"LIST -",
    b"EPSV ",
    b"OPTS ",
    b"\xe2\x80\xae",
    b"type=",
    b"OS.unix=slink:",
    b"99999999999999",
];

#[test]
fn hold_for_random_inputs() {
    let seed = seed();
    for (name, body) in ALL {
        println!("{name}");
        run(*body, ROUNDS, &mut StdRng::seed_from_u64(seed));
    }
}

#[test]
fn hold_for_the_samples_and_their_beginnings() {
    for (name, body) in ALL {
        println!("{name}");
        for sample in SAMPLES {
            for end in 0..=sample.len() {
                body(&sample[..end]);
                // The bodies that begin with a choice.
                for choice in 0..20 {
                    body(&[&[choice, choice], &sample[..end]].concat());
                }
            }
        }
    }
}

/// Fewer inputs than for the others, since each takes sockets.
#[test]
fn sessions_with_a_gateway_end_in_order() {
    let seed = seed();
    run(gateway_session, SESSIONS, &mut StdRng::seed_from_u64(seed));
    for sample in SAMPLES {
        for choice in 0..4 {
            gateway_session(&[&[choice, 40], *sample].concat());
        }
    }
}

fn seed() -> u64 {
    let seed = std::env::var("TOWLINE_SEED")
        .map_or_else(|_| rand::random(), |seed| seed.parse().expect("a number"));
    println!("TOWLINE_SEED={seed}");
    seed
}

fn run(body: Body, rounds: usize, random: &mut StdRng) {
    for _ in 0..rounds {
        let mut input = if random.random_bool(0.2) {
            noise(random)
        } else {
            sample(random)
        };
        if random.random_bool(0.8) {
            input.splice(0..0, [random.random(), random.random()]);
        }
        for _ in 0..random.random_range(0..8) {
            mutate(&mut input, random);
        }
        body(&input);
    }
}

fn noise(random: &mut StdRng) -> Vec<u8> {
    (0..random.random_range(0..100))
        .map(|_| random.random())
        .collect()
}

fn sample(random: &mut StdRng) -> Vec<u8> {
    let mut input = Vec::new();
    for _ in 0..random.random_range(1..4) {
        input.extend_from_slice(SAMPLES.choose(random).expect("samples"));
    }
    input
}

fn mutate(input: &mut Vec<u8>, random: &mut StdRng) {
    let at = random.random_range(0..=input.len());
    let end = random.random_range(at..=input.len().min(at + 12));
    match random.random_range(0..4) {
        0 => drop(input.drain(at..end)),
        1 => drop(input.splice(
            at..end,
            TOKENS.choose(random).expect("tokens").iter().copied(),
        )),
        2 => drop(input.splice(at..at, input[at..end].to_vec())),
        _ => input[at..end]
            .iter_mut()
            .take(1)
            .for_each(|byte| *byte ^= 1 << random.random_range(0..8)),
    }
}
