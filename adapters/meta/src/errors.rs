//! Meta's error codes, in one table (its page "Error codes"). The same codes stand in the answer to a call and in a status of
//! `failed`. Meta may add codes at any time: one that is not here keeps its number and is [`Reason::Other`].

use contract::{Failure, Reason};
use serde_json::Value;

use crate::json::Fields as _;

/// What a code means for the message it came with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// It will not be sent, or did not arrive.
    Refused(Reason),
    /// There is more than can be sent just now: not processed.
    Busy,
    /// There is more than one person can be sent just now: one message in six seconds, and a few in a row.
    PairBusy,
    /// Meta stumbled, and does not say whether before or after it took the message.
    Stumbled,
}

const TABLE: &[(Meaning, &[u32])] = &[
    (Meaning::Stumbled, &[1, 2]),
    (
        Meaning::Busy,
        &[
            4, 80007, 130429, 131000, 131016, 131048, 131057, 131064, 133004, 133016,
        ],
    ),
    (Meaning::PairBusy, &[131056]),
    (Meaning::Refused(Reason::BadRecipient), &[131021, 131026]),
    (Meaning::Refused(Reason::OptedOut), &[131050]),
    (
        Meaning::Refused(Reason::BadContent),
        &[100, 131008, 131009, 131051, 131053, 135000],
    ),
    // Meta keeps it from them for their own good, or we have blocked them.
    (
        Meaning::Refused(Reason::Filtered),
        &[130403, 130472, 131049],
    ),
    (Meaning::Refused(Reason::WindowClosed), &[470, 131047]),
    (
        Meaning::Refused(Reason::Template),
        &[
            132000, 132001, 132005, 132007, 132012, 132015, 132016, 132018, 132068, 132069,
        ],
    ),
    // Credentials, policy and billing.
    (
        Meaning::Refused(Reason::Misconfigured),
        &[
            0, 3, 10, 33, 190, 368, 130497, 131005, 131031, 131037, 131042, 131045, 133010,
        ],
    ),
];

/// Permissions that the token lacks or has lost.
const PERMISSIONS: std::ops::RangeInclusive<u32> = 200..=299;

/// The subcode by which a code of 100 says that the number's id is not one that the token may use.
const NO_SUCH_OBJECT: &str = "33";

/// What an error of Meta's means, if its code is known.
pub(crate) fn meaning(error: &Value) -> Option<Meaning> {
    let code: u32 = error.text("code")?.parse().ok()?;
    if PERMISSIONS.contains(&code)
        || (code == 100 && error.text("error_subcode").as_deref() == Some(NO_SUCH_OBJECT))
    {
        return Some(Meaning::Refused(Reason::Misconfigured));
    }
    TABLE
        .iter()
        .find(|(_, codes)| codes.contains(&code))
        .map(|(meaning, _)| *meaning)
}

/// Why a message that Meta had taken did not arrive.
pub(crate) fn failure(error: Option<&Value>, word: &str) -> Failure {
    let reason = match error.and_then(meaning) {
        Some(Meaning::Refused(reason)) => reason,
        Some(_) => Reason::Unreachable,
        None => Reason::Other,
    };
    Failure {
        reason,
        code: error.and_then(|error| error.text("code")),
        detail: error.and_then(detail).unwrap_or_else(|| word.to_owned()),
    }
}

/// Meta's own words, the most telling first.
pub(crate) fn detail(error: &Value) -> Option<String> {
    error
        .field("error_data")
        .and_then(|data| data.text("details"))
        .or_else(|| error.text("message"))
        .or_else(|| error.text("title"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_code_stands_in_one_class_only() {
        let mut codes: Vec<u32> = TABLE
            .iter()
            .flat_map(|(_, codes)| codes.iter().copied())
            .collect();
        let all = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), all);
        assert!(!codes.iter().any(|code| PERMISSIONS.contains(code)));
    }

    #[test]
    fn a_code_that_is_not_in_the_table_keeps_its_number() {
        let failure = failure(Some(&json!({ "code": 139_999, "title": "New" })), "failed");
        assert_eq!(
            (
                failure.reason,
                failure.code.as_deref(),
                failure.detail.as_str()
            ),
            (Reason::Other, Some("139999"), "New")
        );
    }

    #[test]
    fn a_permission_is_a_setting_and_so_is_a_number_that_is_not_ours() {
        for error in [
            json!({ "code": 200 }),
            json!({ "code": 299 }),
            json!({ "code": 100, "error_subcode": 33 }),
        ] {
            assert_eq!(
                meaning(&error),
                Some(Meaning::Refused(Reason::Misconfigured)),
                "{error}"
            );
        }
        assert_eq!(
            meaning(&json!({ "code": 100 })),
            Some(Meaning::Refused(Reason::BadContent))
        );
    }
}
