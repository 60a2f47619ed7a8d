//! Twilio's error codes, in one table (its page "Error and Warning Dictionary"). Twilio may add codes at any time: one that is
//! not here keeps its number and is [`Reason::Other`].

use contract::{Failure, Reason};

/// What a code means for the message it came with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// It will not be sent, or did not arrive.
    Refused(Reason),
    /// There is more than can be sent just now: not processed.
    Busy,
}

const TABLE: &[(Meaning, &[u32])] = &[
    (
        Meaning::Busy,
        &[14107, 20429, 21611, 30001, 30022, 30023, 63017, 63018],
    ),
    (
        Meaning::Refused(Reason::BadRecipient),
        &[
            21211, 21214, 21217, 21408, 21612, 21614, 30005, 30006, 63003, 63024,
        ],
    ),
    (Meaning::Refused(Reason::OptedOut), &[21610, 63033]),
    (
        Meaning::Refused(Reason::Unreachable),
        &[30003, 30008, 30017, 30410, 63010, 63012],
    ),
    (
        Meaning::Refused(Reason::BadContent),
        &[
            11751, 21602, 21617, 21620, 21623, 30019, 63005, 63013, 63021,
        ],
    ),
    (
        Meaning::Refused(Reason::Template),
        &[21654, 21655, 21656, 63027, 63028],
    ),
    (Meaning::Refused(Reason::Filtered), &[30004, 30007, 63014]),
    (Meaning::Refused(Reason::WindowClosed), &[63016]),
    (
        Meaning::Refused(Reason::Misconfigured),
        &[
            20003, 20404, 21212, 21603, 21606, 21608, 21609, 21701, 21703, 21704, 21705, 30002,
            30032, 30034, 63001, 63002, 63007,
        ],
    ),
];

/// What a code means, if it is known.
pub(crate) fn meaning(code: &str) -> Option<Meaning> {
    let code: u32 = code.parse().ok()?;
    TABLE
        .iter()
        .find(|(_, codes)| codes.contains(&code))
        .map(|(meaning, _)| *meaning)
}

/// Why a message that Twilio had taken did not arrive.
pub(crate) fn failure(code: Option<String>, detail: String) -> Failure {
    let reason = match code.as_deref().and_then(meaning) {
        Some(Meaning::Refused(reason)) => reason,
        Some(Meaning::Busy) => Reason::Unreachable,
        None => Reason::Other,
    };
    Failure {
        reason,
        code,
        detail,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    }

    #[test]
    fn a_code_that_is_not_in_the_table_keeps_its_number() {
        let failure = failure(Some("39999".into()), String::new());
        assert_eq!(
            (failure.reason, failure.code.as_deref()),
            (Reason::Other, Some("39999"))
        );
    }
}
