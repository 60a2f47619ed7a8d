//! Telegram's refusals, in one table. It has no codes but HTTP's, and says the rest in a sentence (page "Bot API", *Making requests*),
//! which may change: one that is not here is judged by its code alone.

use contract::Reason;
use contract::call::by_status;
use http::StatusCode;

/// What stands in the sentence, in lower case, by the code it comes with. The sentences are those of Telegram's own server
/// (`tdlib/telegram-bot-api`) and of what it passes on in capitals.
const TABLE: &[(u16, Reason, &[&str])] = &[
    (
        400,
        Reason::BadRecipient,
        &[
            "chat not found",
            "user not found",
            "chat_id is empty",
            "peer_id_invalid",
            "input_user_deactivated",
        ],
    ),
    (
        400,
        Reason::BadContent,
        &[
            "message is too long",
            "caption is too long",
            "message text is empty",
            "file is too big",
            "file must be non-empty",
            "photo_invalid_dimensions",
            "photo_ext_invalid",
            "image_process_failed",
            "wrong type of the web page content",
            "failed to get http url content",
            "voice_messages_forbidden",
        ],
    ),
    (
        403,
        Reason::OptedOut,
        &["bot was blocked by the user", "user is deactivated"],
    ),
    (
        403,
        Reason::BadRecipient,
        &[
            "bot can't initiate conversation",
            "bot can't send messages to bots",
        ],
    ),
];

/// Why a call was refused.
pub(crate) fn reason(code: StatusCode, sentence: &str) -> Reason {
    let sentence = sentence.to_lowercase();
    let known = TABLE.iter().find(|(of, _, parts)| {
        *of == code.as_u16() && parts.iter().any(|part| sentence.contains(part))
    });
    match (known, code) {
        (Some((_, reason, _)), _) => *reason,
        (None, StatusCode::PAYLOAD_TOO_LARGE) => Reason::BadContent,
        // It is about one chat: who may not call at all is answered 401 or, the token being in the path, 404.
        (None, StatusCode::FORBIDDEN) => Reason::Other,
        (None, code) => by_status(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_stands_in_the_table_once_and_in_lower_case() {
        let mut all: Vec<&str> = TABLE
            .iter()
            .flat_map(|(_, _, parts)| parts.iter().copied())
            .collect();
        let rows = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), rows);
        assert!(all.iter().all(|part| *part == part.to_lowercase()));
    }

    #[test]
    fn a_sentence_means_something_only_with_its_code() {
        let said = "Forbidden: bot was blocked by the user";
        for (code, means) in [(403, Reason::OptedOut), (400, Reason::Other)] {
            let code = StatusCode::from_u16(code).expect("a status");
            assert_eq!(reason(code, said), means);
        }
    }
}
