//! STOP, START and HELP in the languages that people are written to in: one table for all channels.
//!
//! They are the words that a welcome offers and that every texting service knows. `END`, `QUIT`, `CANCEL` and `YES`, which carriers act
//! on too, are what people say of an order: who has such a carrier adds them.

use crate::ConsentWord;

/// Words and what they mean. Latin ones in capitals.
pub type Words = &'static [(ConsentWord, &'static [&'static str])];

/// English and Arabic, as the widget's and the console's locales are: a language that is added there is added here.
const OURS: Words = &[
    (
        ConsentWord::OptOut,
        &[
            "STOP",
            "STOPALL",
            "UNSUBSCRIBE",
            "REVOKE",
            "OPTOUT",
            "OPT OUT",
            "OPT-OUT",
            "قف",
            "توقف",
            "توقّف",
            "إيقاف",
            "ايقاف",
            "أوقف",
            "اوقف",
            "إلغاء الاشتراك",
            "الغاء الاشتراك",
        ],
    ),
    (
        ConsentWord::OptIn,
        &["START", "UNSTOP", "ابدأ", "ابدا", "إبدأ", "اشتراك"],
    ),
    (ConsentWord::Help, &["HELP", "INFO", "مساعدة", "مساعده"]),
];

/// What a text means by our words.
#[must_use]
pub fn meant(text: &str) -> Option<ConsentWord> {
    meant_by(OURS, text)
}

/// What a text means by these words: nothing else stands in it, in any case. Blanks and punctuation round it are forgiven, since whoever
/// writes "Stop!" means it.
#[must_use]
pub fn meant_by(words: Words, text: &str) -> Option<ConsentWord> {
    let word = text.trim_matches(|c: char| {
        c.is_whitespace()
            || c.is_ascii_punctuation()
            || matches!(
                c,
                '…' | '“' | '”' | '’' | '¡' | '¿' | '؟' | '،' | '\u{200e}' | '\u{200f}'
            )
    });
    let found = words
        .iter()
        .find(|(_, words)| words.iter().any(|other| word.eq_ignore_ascii_case(other)));
    found.map(|(meaning, _)| *meaning)
}

#[cfg(test)]
mod tests {
    use super::{ConsentWord, meant};

    #[test]
    fn a_word_alone_in_any_case_is_a_consent_word() {
        for text in [
            "STOP",
            "stop",
            "Stop!",
            "¡Stop!",
            "  stopall \n",
            "Unsubscribe.",
            "\"revoke\"",
            "Opt out",
            "توقف",
            " قف! ",
            "\u{200f}إيقاف\u{200f}",
            "إلغاء الاشتراك",
        ] {
            assert_eq!(meant(text), Some(ConsentWord::OptOut), "{text:?}");
        }
        for text in ["START", "unstop", "ابدأ"] {
            assert_eq!(meant(text), Some(ConsentWord::OptIn), "{text:?}");
        }
        for text in ["help", "INFO?", "مساعدة؟"] {
            assert_eq!(meant(text), Some(ConsentWord::Help), "{text:?}");
        }
    }

    #[test]
    fn a_sentence_with_the_word_in_it_and_what_is_said_of_an_order_are_only_said() {
        for text in [
            "",
            "!",
            "please stop",
            "don't stop!",
            "stop it",
            "st op",
            "stopp",
            "Cancel",
            "yes",
            "end",
            "quit",
            "إلغاء",
            "لا تتوقف",
            "👍",
        ] {
            assert_eq!(meant(text), None, "{text:?}");
        }
    }
}
