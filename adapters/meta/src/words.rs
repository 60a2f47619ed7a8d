//! STOP, START and HELP. WhatsApp acts on no word by itself, so that these are ours: the ones that a welcome message offers and that
//! every texting service knows. `END`, `QUIT`, `CANCEL` and `YES`, which carriers act on too, are what people say of an order.

use contract::ConsentWord;

const TABLE: &[(ConsentWord, &[&str])] = &[
    (
        ConsentWord::OptOut,
        &["STOP", "STOPALL", "UNSUBSCRIBE", "REVOKE", "OPTOUT"],
    ),
    (ConsentWord::OptIn, &["START", "UNSTOP"]),
    (ConsentWord::Help, &["HELP", "INFO"]),
];

/// What a text means: a single word, in any case. Blanks and punctuation round it are forgiven, since whoever writes "Stop!" means it.
pub(crate) fn meant(text: &str) -> Option<ConsentWord> {
    let word = text.trim_matches(|c: char| {
        c.is_whitespace() || c.is_ascii_punctuation() || matches!(c, '…' | '“' | '”' | '’')
    });
    let found = TABLE
        .iter()
        .find(|(_, words)| words.iter().any(|other| word.eq_ignore_ascii_case(other)));
    found.map(|(meaning, _)| *meaning)
}

#[cfg(test)]
mod tests {
    use super::{ConsentWord, meant};

    #[test]
    fn a_single_word_in_any_case_is_a_consent_word() {
        for text in ["STOP", "stop", "Stop!", "  stopall \n", "Unsubscribe."] {
            assert_eq!(meant(text), Some(ConsentWord::OptOut), "{text:?}");
        }
        for text in ["START", "unstop"] {
            assert_eq!(meant(text), Some(ConsentWord::OptIn), "{text:?}");
        }
        for text in ["help", "INFO?"] {
            assert_eq!(meant(text), Some(ConsentWord::Help), "{text:?}");
        }
    }

    #[test]
    fn what_people_say_of_an_order_is_only_said() {
        for text in [
            "",
            "!",
            "please stop",
            "don't stop!",
            "Cancel",
            "yes",
            "end",
            "quit",
            "👍",
        ] {
            assert_eq!(meant(text), None, "{text:?}");
        }
    }
}
