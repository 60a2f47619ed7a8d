//! STOP, START and HELP: the words that Twilio acts on by itself (its pages "Advanced Opt-Out" and "Support for opt-out keywords").

use contract::ConsentWord;

/// What Twilio says that a text was to it. It says so only where Advanced Opt-Out is switched on.
pub(crate) fn said(opt_out_type: &str) -> Option<ConsentWord> {
    match opt_out_type {
        "STOP" => Some(ConsentWord::OptOut),
        "START" => Some(ConsentWord::OptIn),
        "HELP" => Some(ConsentWord::Help),
        _ => None,
    }
}

/// What a text is to Twilio by its default list: a single word, in any case. Blanks and punctuation round it are forgiven,
/// since whoever writes "Stop!" means it.
pub(crate) fn meant(text: &str) -> Option<ConsentWord> {
    let word = text.trim_matches(|c: char| {
        c.is_whitespace() || c.is_ascii_punctuation() || matches!(c, '…' | '“' | '”' | '’')
    });
    let is_one_of = |words: &[&str]| words.iter().any(|other| word.eq_ignore_ascii_case(other));
    if is_one_of(&[
        "STOP",
        "STOPALL",
        "UNSUBSCRIBE",
        "END",
        "QUIT",
        "REVOKE",
        "OPTOUT",
        "CANCEL",
    ]) {
        Some(ConsentWord::OptOut)
    } else if is_one_of(&["START", "UNSTOP", "YES"]) {
        Some(ConsentWord::OptIn)
    } else if is_one_of(&["HELP", "INFO"]) {
        Some(ConsentWord::Help)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{ConsentWord, meant};

    #[test]
    fn a_single_word_in_any_case_is_a_consent_word() {
        for text in [
            "STOP",
            "stop",
            "Stop!",
            "  stopall \n",
            "Unsubscribe.",
            "\"quit\"",
            "OptOut",
            "REVOKE",
            "cancel",
            "End",
        ] {
            assert_eq!(meant(text), Some(ConsentWord::OptOut), "{text:?}");
        }
        for text in ["START", "unstop", "Yes."] {
            assert_eq!(meant(text), Some(ConsentWord::OptIn), "{text:?}");
        }
        for text in ["help", "INFO?"] {
            assert_eq!(meant(text), Some(ConsentWord::Help), "{text:?}");
        }
    }

    #[test]
    fn a_sentence_with_the_word_in_it_is_only_a_sentence() {
        for text in [
            "",
            "!",
            "please stop",
            "stop it",
            "don't stop!",
            "st op",
            "stopp",
            "yes please",
            "¿stop?",
            "قف",
        ] {
            assert_eq!(meant(text), None, "{text:?}");
        }
    }
}
