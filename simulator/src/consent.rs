//! The words by which a phone opts out, opts in or asks for help, and what the carrier answers to them.
//!
//! Twilio's default for long codes and toll-free numbers: the carrier answers and blocks by itself, and the webhook comes all
//! the same, without `OptOutType`.

const STOP: [&str; 8] = [
    "STOP",
    "UNSUBSCRIBE",
    "END",
    "QUIT",
    "STOPALL",
    "REVOKE",
    "OPTOUT",
    "CANCEL",
];
const START: [&str; 3] = ["START", "UNSTOP", "YES"];
const HELP: [&str; 2] = ["HELP", "INFO"];
const TOLL_FREE: [&str; 7] = [
    "+1800", "+1833", "+1844", "+1855", "+1866", "+1877", "+1888",
];

/// What a text means for consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    Stop,
    Start,
    Help,
}

impl Word {
    /// The word that a text to `number` is, if it is nothing but that word.
    pub(crate) fn read(text: &str, number: &str) -> Option<Self> {
        let word = text.trim().to_ascii_uppercase();
        let among = |words: &[&str]| words.contains(&word.as_str());
        match () {
            () if among(&STOP) => Some(Self::Stop),
            // "YES" is too common an answer on a toll-free number: there it opts nobody in.
            () if word == "YES" && TOLL_FREE.iter().any(|prefix| number.starts_with(prefix)) => {
                None
            }
            () if among(&START) => Some(Self::Start),
            () if among(&HELP) => Some(Self::Help),
            () => None,
        }
    }

    /// What the carrier answers in the number's name.
    pub(crate) const fn answer(self) -> &'static str {
        match self {
            Self::Stop => {
                "You are unsubscribed and get no more messages from this number. Reply START to get them again."
            }
            Self::Start => {
                "You are subscribed again to messages from this number. Reply HELP for help, STOP to unsubscribe."
            }
            Self::Help => {
                "Reply STOP to get no more messages from this number. Your carrier may charge for messages."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG_CODE: &str = "+15005550006";

    #[test]
    fn a_word_alone_counts_in_any_case() {
        assert_eq!(Word::read(" stop\n", LONG_CODE), Some(Word::Stop));
        assert_eq!(Word::read("OptOut", LONG_CODE), Some(Word::Stop));
        assert_eq!(Word::read("Start", LONG_CODE), Some(Word::Start));
        assert_eq!(Word::read("info", LONG_CODE), Some(Word::Help));
    }

    #[test]
    fn a_word_in_a_sentence_is_only_text() {
        assert_eq!(Word::read("please stop", LONG_CODE), None);
        assert_eq!(Word::read("STOP.", LONG_CODE), None);
    }

    #[test]
    fn yes_opts_in_on_a_long_code_but_not_on_a_toll_free_number() {
        assert_eq!(Word::read("yes", LONG_CODE), Some(Word::Start));
        assert_eq!(Word::read("yes", "+18005550006"), None);
    }
}
