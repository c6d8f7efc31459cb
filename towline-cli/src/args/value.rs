//! Parsers for the values of options.

use std::fmt::Display;
use std::num::NonZeroU64;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use towline::{Charset, Proxy, TlsVersion};
use towline_sync::{Marker, MaxDelete};

/// A proxy and the user to log in as.
#[derive(Clone, Debug)]
pub(crate) struct ProxyUrl {
    pub(crate) proxy: Proxy,
    pub(crate) user: Option<String>,
}

/// What `--proxy` says.
#[derive(Clone, Debug)]
pub(crate) enum ProxyChoice {
    Url(ProxyUrl),
    /// As the variables `ALL_PROXY` and `NO_PROXY` say.
    Environment,
}

/// `1.2` or `1.3`.
pub(super) fn tls_version(text: &str) -> Result<TlsVersion, String> {
    match text {
        "1.2" => Ok(TlsVersion::Tls12),
        "1.3" => Ok(TlsVersion::Tls13),
        "1.0" | "1.1" => Err(format!(
            "TLS {text} is not supported because it is insecure; the minimum is 1.2"
        )),
        _ => Err("the TLS version must be 1.2 or 1.3".to_owned()),
    }
}

/// `env`, or the URL of a proxy.
pub(super) fn proxy(text: &str) -> Result<ProxyChoice, String> {
    match text {
        "env" => Ok(ProxyChoice::Environment),
        _ => proxy_url(text).map(ProxyChoice::Url),
    }
}

/// `http://[USER@]HOST:PORT` or `socks5://[USER@]HOST:PORT`. No message contains a password.
fn proxy_url(text: &str) -> Result<ProxyUrl, String> {
    let (user, url) = match text.rsplit_once('@') {
        None => (None, text.to_owned()),
        Some((front, address)) => {
            let (scheme, user) = front
                .split_once("://")
                .ok_or("write a proxy as http://HOST:PORT or socks5://HOST:PORT, or env")?;
            if user.contains(':') {
                return Err(
                    "do not put a password in the URL; use TOWLINE_PROXY_PASSWORD or \
                     proxy-password-file"
                        .to_owned(),
                );
            }
            let user = percent_decode_str(user).decode_utf8();
            let user = user.map_err(|_| "the user is not UTF-8")?.into_owned();
            (Some(user), format!("{scheme}://{address}"))
        }
    };
    let proxy = url
        .parse()
        .map_err(|error: towline::Error| error.to_string())?;
    Ok(ProxyUrl { proxy, user })
}

/// `FIRST-LAST`.
pub(crate) fn ports(text: &str) -> Result<RangeInclusive<u16>, String> {
    let wrong = || "write a range of ports as FIRST-LAST, such as 50000-50100".to_owned();
    let (first, last) = text.split_once('-').ok_or_else(wrong)?;
    let port = |digits: &str| digits.parse::<u16>().ok().filter(|&port| port != 0);
    match (port(first), port(last)) {
        (Some(first), Some(last)) if first <= last => Ok(first..=last),
        _ => Err(wrong()),
    }
}

/// Bytes per second: a size, which may be followed by `/s`.
pub(super) fn rate(text: &str) -> Result<NonZeroU64, String> {
    let rate = amount(text.strip_suffix("/s").unwrap_or(text));
    rate.and_then(NonZeroU64::new).ok_or_else(|| {
        "write a rate in bytes per second, such as 500k, 2MiB or 10M/s; units are k, M, G and T, \
         powers of 1024"
            .to_owned()
    })
}

/// The size of a file.
pub(crate) fn size(text: &str) -> Result<NonZeroU64, String> {
    let size = amount(text).and_then(NonZeroU64::new);
    size.ok_or_else(|| wrong_size("more than 0"))
}

/// A whole number from `least` to `most`.
pub(super) fn whole<T>(text: &str, least: T, most: T) -> Result<T, String>
where
    T: FromStr + PartialOrd + Display,
{
    let number = text.parse().ok();
    let number = number.filter(|number| *number >= least && *number <= most);
    number.ok_or_else(|| format!("write a whole number from {least} to {most}"))
}

/// A whole number that is not 0.
pub(super) fn count(text: &str) -> Result<u64, String> {
    let digits = Some(text).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let number = digits.and_then(|digits| digits.parse().ok());
    let number = number.filter(|number| *number > 0);
    number.ok_or_else(|| "write a whole number of 1 or more".to_owned())
}

/// How long nothing may move.
pub(super) fn timeout(text: &str) -> Result<Duration, String> {
    let allowed = Duration::from_secs(1)..=Duration::from_secs(86_400);
    let time = duration(text).ok().filter(|time| allowed.contains(time));
    time.ok_or_else(|| "write a time from 1s to 24h, such as 30s, 5m or 1h".to_owned())
}

/// How often something is done.
pub(super) fn interval(text: &str) -> Result<Duration, String> {
    let time = duration(text).ok().filter(|time| !time.is_zero());
    time.ok_or_else(|| "write a time of 1s or more, such as 30s, 5m or 1h".to_owned())
}

/// A length of time: a number with a unit `s`, `m`, `h` or `d`, such as `90s`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let seconds = match &text[digits.len()..] {
        "s" | "" => Some(1),
        "m" => Some(60),
        "h" => Some(3600),
        "d" => Some(86_400),
        "w" => Some(604_800),
        _ => None,
    };
    let number = digits.parse::<u64>().ok();
    let time = seconds.zip(number);
    let time = time.and_then(|(seconds, number)| number.checked_mul(seconds));
    time.map(Duration::from_secs)
        .ok_or_else(|| "write a time as a number with a unit, such as 30s, 5m, 2h or 7d".to_owned())
}

/// A number of bytes, with an optional unit.
pub(super) fn size_or_zero(text: &str) -> Result<u64, String> {
    amount(text).ok_or_else(|| wrong_size("0 or more"))
}

fn wrong_size(range: &str) -> String {
    format!(
        "write a size in bytes, such as 500k, 2M or 2MiB, {range}; units are k, M, G and T, \
         powers of 1024"
    )
}

/// A number with an optional unit `k`, `M`, `G` or `T`, which may be followed by `B` or `iB`:
/// powers of 1024.
fn amount(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text[digits.len()..].to_ascii_lowercase();
    let power = match unit.as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 1,
        "m" | "mb" | "mib" => 2,
        "g" | "gb" | "gib" => 3,
        "t" | "tb" | "tib" => 4,
        _ => return None,
    };
    // `+5` is a number for Rust.
    let is_number = digits.bytes().all(|digit| digit.is_ascii_digit());
    let number = is_number.then(|| digits.parse::<u64>().ok()).flatten();
    number.and_then(|number| number.checked_mul(1 << (10 * power)))
}

/// A number of files, or a part of them in per cent.
pub(super) fn max_delete(text: &str) -> Result<MaxDelete, String> {
    let limit = match text.strip_suffix('%') {
        Some(percent) => {
            let percent = percent.parse::<u8>().ok().filter(|percent| *percent <= 100);
            percent.map(MaxDelete::Percent)
        }
        None => text.parse::<u64>().ok().map(MaxDelete::Files),
    };
    limit.ok_or_else(|| "write a number of files, such as 50, or a part, such as 10%".to_owned())
}

/// The name of a marker, with `{name}` for the name of its file.
pub(super) fn marker(text: &str) -> Result<Marker, String> {
    Marker::new(text).map_err(|error| error.to_string())
}

/// A character set, by one of its labels.
pub(super) fn charset(text: &str) -> Result<Charset, String> {
    Charset::for_label(text).ok_or_else(|| {
        "unknown or unsuitable character set; examples are windows-1252, shift_jis and gbk"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn old_versions_of_tls_are_refused_with_the_reason() {
        for text in ["1.0", "1.1"] {
            assert!(tls_version(text).unwrap_err().contains("is not supported"));
        }
        assert_eq!(tls_version("1.3"), Ok(TlsVersion::Tls13));
        assert!(tls_version("1.4").is_err());
    }

    #[test]
    fn a_proxy_has_a_user_but_never_a_password() {
        let read = proxy_url("socks5://jo%40corp@proxy.example:1080").unwrap();
        assert_eq!(read.user.as_deref(), Some("jo@corp"));
        assert_eq!(read.proxy.to_string(), "socks5://proxy.example:1080");
        assert_eq!(proxy_url("http://h:8080").unwrap().user, None);
        for text in [
            "http://jo:hunter2@h:1",
            "jo:hunter2@h:1",
            "http://h:hunter2@",
            "ftp://jo:hunter2@h:1",
        ] {
            let refused = proxy_url(text).unwrap_err();
            assert!(!refused.contains("hunter2"), "{refused}");
        }
    }

    #[test]
    fn character_sets_have_names() {
        assert_eq!(charset("latin1").unwrap().name(), "windows-1252");
        assert!(charset("klingon").is_err());
    }

    #[test]
    fn rates_have_units() {
        let read = |text| rate(text).ok().map(NonZeroU64::get);
        assert_eq!(read("1000"), Some(1000));
        assert_eq!(read("500k"), Some(512_000));
        assert_eq!(read("2M"), Some(2_097_152));
        assert_eq!(read("1G"), Some(1 << 30));
        assert_eq!(read("2MiB"), read("2M"));
        assert_eq!(read("10M/s"), Some(10 << 20));
        assert_eq!(read("500kB/s"), read("500k"));
        for text in [
            "",
            "k",
            "0",
            "-1",
            "+1",
            "1.5M",
            "2Mbit",
            "2 M",
            "2M/h",
            "/s",
            "99999999999999999999",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_size_that_is_none_is_told_how_to_write_one() {
        assert_eq!(size("2G").map(NonZeroU64::get), Ok(2 << 30));
        assert!(size("0").unwrap_err().contains("such as 500k"));
    }

    #[test]
    fn what_is_allowed_is_said_of_a_wrong_value() {
        for (answer, part) in [
            (rate("fast").unwrap_err(), "10M/s"),
            (size("big").unwrap_err(), "2MiB"),
            (timeout("0").unwrap_err(), "from 1s to 24h"),
            (timeout("25h").unwrap_err(), "from 1s to 24h"),
            (interval("0s").unwrap_err(), "1s or more"),
            (duration("soon").unwrap_err(), "30s"),
            (whole("65", 1, 64).unwrap_err(), "from 1 to 64"),
            (count("0").unwrap_err(), "1 or more"),
            (count("abc").unwrap_err(), "1 or more"),
            (count("+1").unwrap_err(), "1 or more"),
            (whole("x", 0, 1000).unwrap_err(), "from 0 to 1000"),
        ] {
            assert!(answer.contains(part), "{answer}");
        }
        assert_eq!(whole("64", 1, 64), Ok(64));
        assert_eq!(timeout("5m"), Ok(Duration::from_secs(300)));
    }

    #[test]
    fn times_have_units() {
        let read = |text| duration(text).ok().map(|time| time.as_secs());
        assert_eq!(
            ["30", "30s", "5m", "2h", "7d"].map(read),
            [30, 30, 300, 7200, 604_800].map(Some)
        );
        for text in ["", "s", "-1s", "1.5h", "5 m", "5y", "99999999999999999999s"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn sizes_have_units() {
        let read = |text| size_or_zero(text).ok();
        assert_eq!(["0", "7", "7B"].map(read), [0, 7, 7].map(Some));
        assert_eq!(["2k", "2KiB", "2kB"].map(read), [Some(2048); 3]);
        assert_eq!(["1M", "1MiB", "1m"].map(read), [Some(1 << 20); 3]);
        for text in ["", "M", "-1", "1.5M", "2 M", "2iB2", "99999999999T"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_limit_of_deletions_is_a_number_or_a_part() {
        assert_eq!(max_delete("50"), Ok(MaxDelete::Files(50)));
        assert_eq!(max_delete("5%"), Ok(MaxDelete::Percent(5)));
        for text in ["", "%", "101%", "-1", "5 %"] {
            assert!(max_delete(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn ports_that_were_written_read_back(first in 1u16.., last in 1u16..) {
            let read = ports(&format!("{first}-{last}"));
            prop_assert_eq!(read.ok(), (first <= last).then_some(first..=last));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC*") {
            let _ = (duration(&text), size_or_zero(&text), max_delete(&text), marker(&text));
            let _ = (rate(&text), ports(&text), proxy(&text), charset(&text), tls_version(&text));
        }
    }
}
