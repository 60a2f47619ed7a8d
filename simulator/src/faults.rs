//! What the carrier is told to do badly. A missing fault is off; whatever is accepted keeps the faults of that moment.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::message::{End, Provider};
use crate::span::Span;

/// The longest that one fault may hold up an answer or a report: a day of the simulator's clock for reports.
const LONGEST_DELAY: Span = Span::millis(60_000);
const LONGEST_REPORT: Span = Span::millis(24 * 3_600_000);
const UNREACHABLE_HANDSET: u32 = 30003;
/// The largest `batch`.
pub(crate) const MOST_IN_A_BATCH: usize = 100;

/// Meta's codes that are shorter than any of Twilio's.
const SHORT_CODES: [u32; 10] = [1, 2, 3, 4, 10, 33, 100, 190, 200, 368];

/// What both providers have a code for: Twilio's and Meta's. The first row that has the one says the other.
const SAME: [(u32, u32); 12] = [
    (30003, 131_026),
    (63024, 131_026),
    (21211, 131_009),
    (21610, 131_050),
    (21611, 130_429),
    (63016, 131_047),
    (63018, 131_056),
    (63033, 130_403),
    (30007, 131_049),
    (20003, 190),
    (63028, 132_000),
    (63027, 132_001),
];

/// The faults in force.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Faults {
    /// Create answers 400 with this error code of Twilio or Meta (the others say the like in their own words); nothing is accepted.
    pub(crate) refuse: Option<u32>,
    /// Create hangs, without or with having accepted the message.
    pub(crate) timeout: Option<Hang>,
    /// Create answers 429 (with `Retry-After`) or 500; nothing is accepted.
    pub(crate) status: Option<u16>,
    /// Create accepts at once and answers this much later.
    pub(crate) delay: Option<Span>,
    /// Create accepts, and answers, only this much later, whether or not its client still waits; until then no list has the message.
    pub(crate) slow: Option<Span>,
    /// Each webhook is posted twice.
    pub(crate) duplicate: bool,
    /// The status callbacks of a message are posted in reverse order.
    pub(crate) reorder: bool,
    /// No status callback is posted.
    pub(crate) drop_callbacks: bool,
    /// Accepted and sent, but never on the phone.
    pub(crate) undeliverable: Undeliverable,
    /// Each phone answers STOP to what it gets.
    pub(crate) stop: bool,
    /// Meta's webhooks wait until so many for one server have gathered, at most a second, and go in one body.
    pub(crate) batch: Option<usize>,
    /// WhatsApp takes from one number to one person a message each six seconds, 45 of them at once.
    pub(crate) pair_rate: bool,
}

/// When a hanging create request takes the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Hang {
    /// It hangs and the message is lost.
    Before,
    /// It hangs and the message is on its way.
    After,
}

/// Whether messages fail after they were accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(into = "Value")]
pub(crate) enum Undeliverable {
    #[default]
    Off,
    /// Reported with this code, this long after the message was sent (`None`: as soon as a delivery would be).
    On { code: u32, after: Option<Span> },
}

impl From<Undeliverable> for Value {
    fn from(fault: Undeliverable) -> Self {
        match fault {
            Undeliverable::Off => Self::Bool(false),
            Undeliverable::On { code, after: None } => code.into(),
            Undeliverable::On {
                code,
                after: Some(after),
            } => {
                serde_json::json!({ "code": code, "after": after.to_string() })
            }
        }
    }
}

/// Why a set of faults is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FaultError {
    #[error("there is no fault {0:?}")]
    Unknown(String),
    #[error("{field} must be {expected}")]
    BadValue {
        field: &'static str,
        expected: &'static str,
    },
}

impl Faults {
    /// The names of all faults.
    pub(crate) const FIELDS: [&str; 12] = [
        "refuse",
        "timeout",
        "status",
        "delay",
        "slow",
        "duplicate",
        "reorder",
        "drop_callbacks",
        "undeliverable",
        "stop",
        "batch",
        "pair_rate",
    ];

    /// How the faults make a message end, if they do.
    pub(crate) fn end(&self, provider: Provider) -> Option<End> {
        match self.undeliverable {
            Undeliverable::Off => None,
            Undeliverable::On { code, after } => Some(End::Undelivered {
                code: code_for(provider, code),
                after: after.map(Span::as_millis),
            }),
        }
    }

    /// Reads the faults of a `PUT`.
    pub(crate) fn read(given: &Map<String, Value>) -> Result<Self, FaultError> {
        if let Some(name) = given
            .keys()
            .find(|name| !Self::FIELDS.contains(&name.as_str()))
        {
            return Err(FaultError::Unknown(name.clone()));
        }
        let value = |field| given.get(field).unwrap_or(&Value::Null);
        Ok(Self {
            refuse: match value("refuse") {
                Value::Null => None,
                code => Some(error_code(code).ok_or(bad("refuse", "null or an error code of Twilio or Meta, such as 21610 or 131026"))?),
            },
            timeout: match value("timeout").as_str() {
                None if value("timeout").is_null() => None,
                Some("before") => Some(Hang::Before),
                Some("after") => Some(Hang::After),
                _ => return Err(bad("timeout", "null, \"before\" or \"after\"")),
            },
            status: match value("status") {
                Value::Null => None,
                Value::Number(n) if n.as_u64() == Some(429) => Some(429),
                Value::Number(n) if n.as_u64() == Some(500) => Some(500),
                _ => return Err(bad("status", "null, 429 or 500")),
            },
            delay: span(value("delay"), LONGEST_DELAY)
                .ok_or(bad("delay", "null, milliseconds or a length such as \"2s\", at most 60 s"))?
                .filter(|delay| !delay.is_zero()),
            slow: span(value("slow"), LONGEST_REPORT)
                .ok_or(bad("slow", "null, milliseconds or a length such as \"15s\", at most 24 h"))?
                .filter(|slow| !slow.is_zero()),
            duplicate: switch("duplicate", value("duplicate"))?,
            reorder: switch("reorder", value("reorder"))?,
            drop_callbacks: switch("drop_callbacks", value("drop_callbacks"))?,
            undeliverable: undeliverable(value("undeliverable")).ok_or(bad(
                "undeliverable",
                "true, false, an error code of Twilio or Meta, or {\"code\": 30003, \"after\": \"12s\"} with at most 24 h",
            ))?,
            stop: switch("stop", value("stop"))?,
            batch: match value("batch") {
                Value::Null => None,
                n => Some(n.as_u64().and_then(|n| usize::try_from(n).ok()).filter(|n| (2..=MOST_IN_A_BATCH).contains(n))
                    .ok_or(bad("batch", "null or a number from 2 to 100"))?),
            },
            pair_rate: switch("pair_rate", value("pair_rate"))?,
        })
    }
}

const fn bad(field: &'static str, expected: &'static str) -> FaultError {
    FaultError::BadValue { field, expected }
}

fn switch(field: &'static str, value: &Value) -> Result<bool, FaultError> {
    match value {
        Value::Null => Ok(false),
        Value::Bool(on) => Ok(*on),
        _ => Err(bad(field, "true or false")),
    }
}

fn error_code(value: &Value) -> Option<u32> {
    let code = u32::try_from(value.as_u64()?).ok()?;
    let known = (10_000..1_000_000).contains(&code) || SHORT_CODES.contains(&code);
    known.then_some(code)
}

/// The code in a provider's own words: Meta's have six digits, or one to three, or are the throttles of its older APIs. Telegram has
/// none, and says in sentences what Twilio's mean.
pub(crate) fn code_for(provider: Provider, code: u32) -> u32 {
    let is_metas = !(1_000..100_000).contains(&code) || code == 80_007;
    match (provider, is_metas) {
        (Provider::Twilio | Provider::Telegram, false) | (Provider::Meta, true) => code,
        (Provider::Meta, false) => SAME
            .iter()
            .find(|(twilio, _)| *twilio == code)
            .map_or(131_026, |(_, meta)| *meta),
        (Provider::Twilio | Provider::Telegram, true) => SAME
            .iter()
            .find(|(_, meta)| *meta == code)
            .map_or(UNREACHABLE_HANDSET, |(twilio, _)| *twilio),
    }
}

/// `Some(None)` for no length at all, `None` for one that cannot be read or is too long.
fn span(value: &Value, longest: Span) -> Option<Option<Span>> {
    let span = match value {
        Value::Null => return Some(None),
        Value::Number(millis) => Span::millis(millis.as_u64()?),
        Value::String(text) => text.parse().ok()?,
        _ => return None,
    };
    (span <= longest).then_some(Some(span))
}

fn undeliverable(value: &Value) -> Option<Undeliverable> {
    let on = |code, after| Some(Undeliverable::On { code, after });
    match value {
        Value::Null | Value::Bool(false) => Some(Undeliverable::Off),
        Value::Bool(true) => on(UNREACHABLE_HANDSET, None),
        Value::Number(_) => on(error_code(value)?, None),
        Value::Object(fields) if fields.keys().all(|name| name == "code" || name == "after") => {
            let code = fields
                .get("code")
                .map_or(Some(UNREACHABLE_HANDSET), error_code)?;
            on(
                code,
                span(fields.get("after").unwrap_or(&Value::Null), LONGEST_REPORT)?,
            )
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: Value) -> Result<Faults, FaultError> {
        Faults::read(value.as_object().expect("an object"))
    }

    #[test]
    fn what_is_not_named_is_off() {
        assert_eq!(read(json!({})), Ok(Faults::default()));
    }

    #[test]
    fn what_is_shown_can_be_put_back() {
        let faults = read(json!({
            "refuse": 21610, "timeout": "after", "status": 429, "delay": "2s", "slow": "15s", "duplicate": true, "reorder": true,
            "drop_callbacks": true, "undeliverable": {"code": 30005, "after": "12s"}, "stop": true, "batch": 3, "pair_rate": true,
        }))
        .expect("all faults at once");
        let shown = serde_json::to_value(&faults).expect("faults are JSON");
        assert_eq!(read(shown), Ok(faults));
        let off = serde_json::to_value(Faults::default()).expect("faults are JSON");
        assert_eq!(off.as_object().map(Map::len), Some(Faults::FIELDS.len()));
        assert_eq!(read(off), Ok(Faults::default()));
    }

    #[test]
    fn an_unknown_fault_is_named() {
        assert_eq!(
            read(json!({"refuze": 1})),
            Err(FaultError::Unknown("refuze".into()))
        );
    }

    #[test]
    fn a_fault_with_a_senseless_value_is_refused() {
        for (field, value) in [
            ("refuse", json!("no")),
            ("refuse", json!(12)),
            ("timeout", json!("later")),
            ("timeout", json!(true)),
            ("status", json!(418)),
            ("delay", json!("2h")),
            ("delay", json!(-1)),
            ("slow", json!("2d")),
            ("duplicate", json!(1)),
            ("undeliverable", json!("yes")),
            ("undeliverable", json!({"code": 30003, "when": "later"})),
            ("undeliverable", json!({"after": "2d"})),
        ] {
            let refused = read(json!({ field: value }));
            assert!(
                matches!(refused, Err(FaultError::BadValue { field: named, .. }) if named == field),
                "{field} {refused:?}"
            );
        }
    }

    #[test]
    fn a_delay_is_given_in_milliseconds_or_in_words() {
        assert_eq!(read(json!({"delay": 2000})), read(json!({"delay": "2s"})));
        assert_eq!(read(json!({"delay": 0})), Ok(Faults::default()));
    }
}
