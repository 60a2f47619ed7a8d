//! Meta's status words, in one table (its page "Status messages webhook reference").

use contract::{Failure, Fate};

/// What a status word says became of a message that we sent; `failure` is asked where it says that nothing will. `accepted` and
/// `held_for_quality_assessment` stand in the answer to a send.
pub(crate) fn fate(word: &str, failure: impl FnOnce() -> Failure) -> Fate {
    match word {
        "accepted" | "held_for_quality_assessment" => Fate::Accepted,
        "sent" => Fate::Sent,
        "delivered" => Fate::Delivered,
        "read" | "played" => Fate::Read,
        "failed" => Fate::Failed(failure()),
        _ => Fate::Unknown(word.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::fate;
    use contract::{Failure, Fate, Reason};

    fn failure() -> Failure {
        Failure {
            reason: Reason::Other,
            code: None,
            detail: String::new(),
        }
    }

    #[test]
    fn every_word_of_a_message_that_we_sent_has_a_meaning() {
        for (word, meaning) in [
            ("accepted", Fate::Accepted),
            ("held_for_quality_assessment", Fate::Accepted),
            ("sent", Fate::Sent),
            ("delivered", Fate::Delivered),
            ("read", Fate::Read),
            ("played", Fate::Read),
            ("failed", Fate::Failed(failure())),
        ] {
            assert_eq!(fate(word, failure), meaning, "{word}");
        }
    }

    #[test]
    fn any_other_word_is_kept_and_means_nothing() {
        for word in ["deleted", "paused", "Delivered", ""] {
            assert_eq!(fate(word, failure), Fate::Unknown(word.to_owned()));
        }
    }
}
