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
