//! Twilio's status words, in one table (its page "Message resource", *Message Status values*).

use contract::{Failure, Fate};

/// What a status word says became of a message that we sent; `failure` is asked where it says that nothing will.
pub(crate) fn fate(word: &str, failure: impl FnOnce() -> Failure) -> Fate {
    match word {
        "accepted" | "scheduled" | "queued" | "sending" => Fate::Accepted,
        "sent" | "partially_delivered" => Fate::Sent,
        "delivered" => Fate::Delivered,
        "read" => Fate::Read,
        "failed" | "undelivered" | "canceled" => Fate::Failed(failure()),
        _ => Fate::Unknown(word.to_owned()),
    }
}

/// The words of messages that people write to us.
pub(crate) fn is_inbound(word: &str) -> bool {
    matches!(word, "receiving" | "received")
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
            ("scheduled", Fate::Accepted),
            ("queued", Fate::Accepted),
            ("sending", Fate::Accepted),
            ("sent", Fate::Sent),
            ("partially_delivered", Fate::Sent),
            ("delivered", Fate::Delivered),
            ("read", Fate::Read),
            ("failed", Fate::Failed(failure())),
            ("undelivered", Fate::Failed(failure())),
            ("canceled", Fate::Failed(failure())),
        ] {
            assert_eq!(fate(word, failure), meaning, "{word}");
        }
    }

    #[test]
    fn any_other_word_is_kept_and_means_nothing() {
        for word in ["received", "Delivered", "teleported", ""] {
            assert_eq!(fate(word, failure), Fate::Unknown(word.to_owned()));
        }
    }
}
