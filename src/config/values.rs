//! Reads single values: a number, a duration, a list. Each says what would have been right.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

use super::document::Value;
use super::error::Invalid;
use super::{Bus, Store};
use crate::phone;

pub(super) type Parsed<T> = Result<T, Invalid>;

/// Says that something else was expected.
pub(super) fn invalid<T>(expected: impl Into<String>, found: &Value) -> Parsed<T> {
    Err(Invalid {
        expected: expected.into(),
        found: found.shown(),
    })
}

pub(super) fn text(value: &Value) -> Parsed<&str> {
    match value {
        Value::Text(text) if text.contains('\0') => invalid("a text without NUL characters", value),
        Value::Text(text) => Ok(text),
        other => invalid("a text in quotes", other),
    }
}

pub(super) fn flag(value: &Value) -> Parsed<bool> {
    match value {
        Value::Flag(flag) => Ok(*flag),
        other => invalid("true or false", other),
    }
}

/// A limit: 0 switches it off.
pub(super) fn count(value: &Value) -> Parsed<u32> {
    match value {
        Value::Whole(number) => {
            u32::try_from(*number).or_else(|_| invalid("a number from 0 to 4294967295", value))
        }
        other => invalid("a whole number from 0 up", other),
    }
}

/// How large a file may be, in bytes.
pub(super) fn file_size(value: &Value) -> Parsed<u32> {
    const LEAST: u32 = 1024;
    const MOST: u32 = 1024 * 1024 * 1024;
    match count(value)? {
        size @ LEAST..=MOST => Ok(size),
        _ => invalid("a number of bytes from 1024 to 1073741824", value),
    }
}

/// A folder; empty: none is named.
pub(super) fn folder(value: &Value) -> Parsed<Option<PathBuf>> {
    let written = text(value)?;
    Ok((!written.is_empty()).then(|| PathBuf::from(written)))
}

/// An amount of money, in whatever unit the prices are.
pub(super) fn amount(value: &Value) -> Parsed<f64> {
    let number = match value {
        // Exact up to 2^53, which no day's spending reaches.
        Value::Whole(number) => *number as f64,
        Value::Fraction(number) => *number,
        other => return invalid("a number from 0 up", other),
    };
    if number.is_finite() && number >= 0.0 {
        Ok(number)
    } else {
        invalid("a number from 0 up", value)
    }
}

/// A whole number and its unit: `500ms`, `10s`, `5m`, `72h`, `2d`.
pub(super) fn duration(value: &Value) -> Parsed<Duration> {
    let expected =
        "a whole number and its unit, such as \"500ms\", \"10s\", \"5m\", \"72h\" or \"2d\"";
    let written = match value {
        Value::Text(written) => written.trim(),
        other => return invalid(expected, other),
    };
    let digits = written.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = written.split_at(digits);
    let milliseconds: u64 = match unit.trim_start() {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return invalid(expected, value),
    };
    match number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(milliseconds))
    {
        Some(total) => Ok(Duration::from_millis(total)),
        None => invalid(expected, value),
    }
}

/// A duration that is neither none nor longer than makes sense.
pub(super) fn duration_up_to(longest: Duration) -> impl Fn(&Value) -> Parsed<Duration> {
    move |value| match duration(value)? {
        ok if ok > Duration::ZERO && ok <= longest => Ok(ok),
        _ => invalid(
            format!(
                "longer than nothing and at most {} hours",
                longest.as_secs() / 3600
            ),
            value,
        ),
    }
}

/// An address and a port to listen on.
pub(super) fn listen(value: &Value) -> Parsed<SocketAddr> {
    let written = text(value)?;
    let written = written
        .strip_prefix("localhost:")
        .map_or(written.to_owned(), |port| format!("127.0.0.1:{port}"));
    written.parse().or_else(|_| {
        invalid(
            "an IP address and a port, such as \"127.0.0.1:8080\" or \"[::]:8080\"",
            value,
        )
    })
}

/// Each item of a list, read by `parse`.
pub(super) fn list<T>(parse: impl Fn(&Value) -> Parsed<T>) -> impl Fn(&Value) -> Parsed<Vec<T>> {
    move |value| match value {
        Value::List(nodes) => nodes.iter().map(|node| parse(&node.value)).collect(),
        other => invalid("a list, such as [\"…\"]", other),
    }
}

/// One, or a list of them.
pub(super) fn one_or_list<T>(
    parse: impl Fn(&Value) -> Parsed<T>,
) -> impl Fn(&Value) -> Parsed<Vec<T>> {
    move |value| match value {
        Value::List(nodes) => nodes.iter().map(|node| parse(&node.value)).collect(),
        one => parse(one).map(|one| vec![one]),
    }
}

/// A network such as `10.0.0.0/8`, or one address.
pub(super) fn network(value: &Value) -> Parsed<IpNet> {
    let written = text(value)?;
    written
        .parse()
        .or_else(|_| {
            written
                .parse()
                .map(|address: std::net::IpAddr| address.into())
        })
        .or_else(|_| invalid("networks or addresses, such as \"10.0.0.0/8\"", value))
}

/// An ISO 3166 code, upper case from here on.
pub(super) fn country(value: &Value) -> Parsed<String> {
    let code = text(value)?.to_ascii_uppercase();
    if phone::is_country(&code) {
        Ok(code)
    } else {
        invalid("ISO codes of countries, such as \"US\" or \"GB\"", value)
    }
}

/// Where everything is kept.
pub(super) fn store(value: &Value) -> Parsed<Store> {
    let url = text(value)?;
    if url.starts_with("postgres:") || url.starts_with("postgresql:") {
        return invalid(
            "\"sqlite:\" and a file (this version does not have PostgreSQL yet)",
            value,
        );
    }
    let file = url
        .strip_prefix("sqlite://")
        .or_else(|| url.strip_prefix("sqlite:"))
        .unwrap_or_default();
    if file.is_empty() || file.contains(['?', '\0']) || file == ":memory:" {
        return invalid(
            "\"sqlite:\" and a file, such as \"sqlite:switchboard.db\"",
            value,
        );
    }
    Ok(Store::Sqlite(PathBuf::from(file)))
}

/// How nodes hear of each other.
pub(super) fn bus(value: &Value) -> Parsed<Bus> {
    match text(value)? {
        "memory:" => Ok(Bus::Memory),
        url if url.starts_with("redis:") || url.starts_with("rediss:") => {
            invalid("\"memory:\" (this version does not have Redis yet)", value)
        }
        _ => invalid("\"memory:\"", value),
    }
}

/// One of a few words.
pub(super) fn one_of<T: Copy>(words: &'static [(&'static str, T)]) -> impl Fn(&Value) -> Parsed<T> {
    move |value| {
        let written = text(value)?;
        let all = || {
            words
                .iter()
                .map(|(word, _)| format!("{word:?}"))
                .collect::<Vec<_>>()
                .join(" or ")
        };
        words
            .iter()
            .find(|(word, _)| *word == written)
            .map(|(_, means)| *means)
            .map_or_else(|| invalid(all(), value), Ok)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn a_duration_is_a_whole_number_and_its_unit() {
        for (written, milliseconds) in [
            ("500ms", 500),
            ("10s", 10_000),
            ("5m", 300_000),
            ("72h", 259_200_000),
            ("2d", 172_800_000),
            ("10 s", 10_000),
            ("0s", 0),
        ] {
            assert_eq!(
                duration(&given(written)),
                Ok(Duration::from_millis(milliseconds)),
                "{written}"
            );
        }
        for written in [
            "",
            "10",
            "s",
            "1.5h",
            "-1s",
            "10S",
            "10 seconds",
            "1h30m",
            "99999999999999999d",
            "١s",
        ] {
            let error = duration(&given(written)).expect_err(written).to_string();
            assert!(
                error.contains("\"72h\"") && error.contains(written),
                "{error}"
            );
        }
        assert!(duration(&Value::Whole(10)).is_err(), "ten of what?");
    }

    #[test]
    fn a_window_is_neither_none_nor_endless() {
        let window = duration_up_to(Duration::from_secs(3600));
        assert!(window(&given("1ms")).is_ok() && window(&given("1h")).is_ok());
        assert!(window(&given("0s")).is_err() && window(&given("2h")).is_err());
    }

    #[test]
    fn a_limit_is_a_whole_number_from_nought_up() {
        assert_eq!(count(&Value::Whole(0)), Ok(0));
        for wrong in [
            Value::Whole(-1),
            Value::Whole(1 << 32),
            Value::Fraction(1.5),
            given("12"),
        ] {
            assert!(count(&wrong).is_err(), "{}", wrong.shown());
        }
    }

    #[test]
    fn a_file_has_at_least_a_kibibyte_and_at_most_a_gibibyte() {
        assert_eq!(file_size(&Value::Whole(16 << 20)), Ok(16 << 20));
        for wrong in [0, 1023, (1 << 30) + 1] {
            assert!(file_size(&Value::Whole(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_amount_may_have_a_fraction_and_no_sign() {
        assert_eq!(amount(&Value::Fraction(12.5)), Ok(12.5));
        assert_eq!(amount(&Value::Whole(3)), Ok(3.0));
        for wrong in [
            Value::Fraction(-0.1),
            Value::Fraction(f64::NAN),
            Value::Fraction(f64::INFINITY),
        ] {
            assert!(amount(&wrong).is_err(), "{}", wrong.shown());
        }
    }

    #[test]
    fn the_store_is_a_file_and_never_a_memory_that_forgets() {
        for (url, file) in [
            ("sqlite:switchboard.db", "switchboard.db"),
            ("sqlite://switchboard.db", "switchboard.db"),
            (
                "sqlite:///var/lib/switchboard.db",
                "/var/lib/switchboard.db",
            ),
            ("sqlite:/var/lib/switchboard.db", "/var/lib/switchboard.db"),
        ] {
            assert_eq!(
                store(&given(url)),
                Ok(Store::Sqlite(PathBuf::from(file))),
                "{url}"
            );
        }
        for url in [
            "",
            "sqlite:",
            "sqlite::memory:",
            "sqlite:x.db?mode=ro",
            "switchboard.db",
            "mysql://x",
        ] {
            assert!(store(&given(url)).is_err(), "{url}");
        }
    }

    #[test]
    fn what_this_version_does_not_have_is_said() {
        let error = store(&given("postgres://ada:hunter2@db/x"))
            .expect_err("not yet")
            .to_string();
        assert!(
            error.contains("does not have PostgreSQL yet") && !error.contains("hunter2"),
            "{error}"
        );
        let error = bus(&given("redis://localhost"))
            .expect_err("not yet")
            .to_string();
        assert!(error.contains("does not have Redis yet"), "{error}");
    }

    #[test]
    fn a_listening_address_is_an_ip_address_and_a_port() {
        for (written, address) in [
            ("127.0.0.1:8080", "127.0.0.1:8080"),
            ("localhost:0", "127.0.0.1:0"),
            ("[::]:80", "[::]:80"),
        ] {
            assert_eq!(
                listen(&given(written)).map(|address| address.to_string()),
                Ok(address.to_owned())
            );
        }
        for written in [
            "8080",
            ":8080",
            "localhost",
            "example.com:80",
            "127.0.0.1:99999",
            "localhost:x",
        ] {
            assert!(listen(&given(written)).is_err(), "{written}");
        }
    }

    #[test]
    fn a_proxy_is_a_network_or_one_address() {
        assert_eq!(
            network(&given("10.1.2.3")).map(|net| net.to_string()),
            Ok("10.1.2.3/32".to_owned())
        );
        assert_eq!(
            network(&given("fd00::/8")).map(|net| net.to_string()),
            Ok("fd00::/8".to_owned())
        );
        assert!(
            network(&given("proxy.example")).is_err() && network(&given("10.0.0.0/33")).is_err()
        );
    }
}
