//! Webhooks: what Telegram posts, and what we make of it.

use contract::testing::{Gives, Hook, Refusal, Request, kept, receive_table};
use contract::{Address, Channel, ConsentWord, Inbound, MediaLink, Millis};
use serde_json::{Map, Value, json};

use crate::cast::{ACME, API, HERS, acme, fixtures, vera};

/// When everything here was written.
const AT: Millis = 1_795_255_200_000;

const PICTURE: &str = "https://api.telegram.org/file/AgACAgIAAxkBAAIB-large";

#[test]
fn every_webhook_is_read_or_refused_as_its_row_says() {
    receive_table(&acme(API), &fixtures("webhooks"), &rows());
}

fn rows() -> Vec<Hook> {
    [
        texts(),
        media(),
        things_without_words(),
        consent_words(),
        odd_ones(),
        secrets(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn texts() -> Vec<Hook> {
    let named = |name: Option<&str>| Inbound {
        name: name.map(str::to_owned),
        ..question()
    };
    let keeping = |extra, message| Inbound { extra, ..message };
    let id = "4503599627370495";
    let command = json!([{ "offset": 0, "length": 6, "type": "bot_command" }]);
    vec![
        said(
            "text",
            text("¿Is the 9″ pump in stock? 😀 +1 & 50% off https://acme.example/a"),
        ),
        said("text_in_plain_utf8", text("¿Is the 9″ pump in stock? 😀")),
        said("text_right_to_left", text("مرحبا، هل المضخة متوفرة؟")),
        said(
            "text_with_new_field",
            keeping(kept("something_new", json!({ "a": [1] })), question()),
        ),
        said("text_in_reply", question()),
        said(
            "text_with_entities",
            keeping(kept("entities", command), text("/order 9")),
        ),
        said("text_from_a_first_name_alone", named(Some("Vera"))),
        said("text_without_a_sender", question()),
        said("text_from_nobody_named", named(None)),
        said(
            "text_from_an_id_of_52_bits",
            Inbound {
                provider_id: format!("{id}:41"),
                from: Address(id.into()),
                ..question()
            },
        ),
        said(
            "text_with_a_time_that_is_none",
            Inbound {
                at: None,
                extra: Map::new(),
                ..question()
            },
        ),
    ]
}

fn media() -> Vec<Hook> {
    let at = |id: &str| format!("https://api.telegram.org/file/{id}");
    let file = |name, caption, id: &str, content_type, called| {
        said(name, brought(caption, &at(id), content_type, called))
    };
    vec![
        said(
            "photo_with_caption",
            brought("This one, 9″", PICTURE, "image/jpeg", None),
        ),
        said(
            "photo_whose_largest_is_not_last",
            brought("", PICTURE, "image/jpeg", None),
        ),
        file(
            "document_with_caption",
            "The manual",
            "BQACAgI-1",
            "application/pdf",
            Some("Manual 9″.pdf"),
        ),
        file(
            "document_of_no_type",
            "",
            "BQACAgI-2",
            "application/octet-stream",
            Some("pump.bin"),
        ),
        file("voice", "", "AwACAgI-1", "audio/ogg", None),
        file("audio", "", "CQACAgI-1", "audio/mpeg", Some("pump.mp3")),
        file(
            "video_with_caption",
            "It leaks",
            "BAACAgI-1",
            "video/mp4",
            Some("leak.mp4"),
        ),
        file("video_note", "", "DQACAgI-1", "video/mp4", None),
        file(
            "animation_is_told_once",
            "",
            "CgACAgI-1",
            "video/mp4",
            Some("turn.mp4"),
        ),
        file("sticker", "", "CAACAgI-1", "image/webp", None),
        file(
            "sticker_that_moves",
            "",
            "CAACAgI-1",
            "application/x-tgsticker",
            None,
        ),
        file("sticker_of_video", "", "CAACAgI-1", "video/webm", None),
    ]
}

fn things_without_words() -> Vec<Hook> {
    vec![
        said("location", text("-33, 151.5")),
        said(
            "venue",
            text(
                "Pump House\n101 Forest Ave, Palo Alto, CA\n37.44216251868683, -122.16153582049394",
            ),
        ),
        said("contact", text("Lucía Gómez, +19835552319")),
        said("dice", text("🎲")),
        said("poll", text("[poll]")),
    ]
}

fn consent_words() -> Vec<Hook> {
    vec![
        said("stop", word("Stop!", ConsentWord::OptOut)),
        said("stop_as_a_command", word("/stop", ConsentWord::OptOut)),
        said("stop_in_arabic", word("إيقاف", ConsentWord::OptOut)),
        said("stop_in_a_sentence", text("please stop the pump")),
        said(
            "start_by_link",
            word("/start Chat-K7Q2X-9F3HM", ConsentWord::OptIn),
        ),
        said("start_alone", word("/start", ConsentWord::OptIn)),
        said("help", word("help", ConsentWord::Help)),
    ]
}

fn odd_ones() -> Vec<Hook> {
    [
        "odd_edited",
        "odd_channel_post",
        "odd_in_a_group",
        "odd_in_a_supergroup",
        "odd_blocked_us",
        "odd_unblocked_us",
        "odd_of_a_new_kind",
        "odd_update_of_nothing",
        "odd_service_message",
        "odd_message_that_is_none",
        "odd_half_an_emoji",
        "odd_text_that_is_empty",
        "odd_photo_whose_id_is_a_path",
        "odd_photo_of_no_size",
        "odd_location_without_place",
        "odd_contact_without_any",
        "odd_without_a_chat",
        "odd_without_an_id",
        "odd_without_an_id_of_the_chat",
    ]
    .map(|name| {
        let odd = Gives {
            odd: 1,
            ..Gives::default()
        };
        Hook::gives(name, odd)
    })
    .into()
}

fn secrets() -> Vec<Hook> {
    use Refusal::{BadSignature, Malformed, Unsigned};
    vec![
        Hook::refused("refused_unsigned", Unsigned),
        Hook::refused("refused_other_secret", BadSignature),
        Hook::refused("refused_empty", BadSignature),
        Hook::refused("refused_truncated", BadSignature),
        Hook::refused("refused_longer", BadSignature),
        Hook::refused("refused_in_capitals", BadSignature),
        Hook::refused("malformed_text", Malformed),
        Hook::refused("malformed_list", Malformed),
        Hook::refused("malformed_empty", Malformed),
        Hook::refused("malformed_cut_off", Malformed),
        Hook::refused("malformed_without_number", Malformed),
    ]
}

#[test]
fn what_has_a_place_of_its_own_is_not_kept_twice() {
    let request = Request::read(&fixtures("webhooks").join("text.http"));
    let mut received = acme(API)
        .receive(&request.webhook())
        .expect("it is Telegram's");
    let message = received.messages.remove(0);
    let kept: Vec<&str> = message.extra.keys().map(String::as_str).collect();
    assert_eq!(kept, ["date", "from"]);
    assert_eq!(message.extra["from"]["language_code"], "en");
}

#[test]
fn what_is_odd_is_told_without_its_words_or_its_sender() {
    let telegram = acme(API);
    for file in std::fs::read_dir(fixtures("webhooks")).expect("the folder") {
        let path = file.expect("a file").path();
        let request = Request::read(&path);
        let Ok(received) = telegram.receive(&request.webhook()) else {
            continue;
        };
        for odd in received.odd {
            for secret in ["100000001", "stock", "half a face", "Vera", "vera", "Pumps"] {
                assert!(!odd.contains(secret), "{}: {odd}", path.display());
            }
        }
    }
}

fn said(name: &str, message: Inbound) -> Hook {
    let gives = Gives {
        messages: vec![message],
        ..Gives::default()
    };
    Hook::gives(name, gives)
}

fn text(text: &str) -> Inbound {
    Inbound {
        provider_id: HERS.into(),
        from: vera(),
        name: Some("Vera Visitor".into()),
        at: Some(AT),
        to: ACME.into(),
        text: text.into(),
        extra: kept("date", Value::from(AT / 1000)),
        ..Inbound::default()
    }
}

fn question() -> Inbound {
    text("Hi, is it in stock?")
}

fn word(said: &str, word: ConsentWord) -> Inbound {
    Inbound {
        word: Some(word),
        ..text(said)
    }
}

fn brought(caption: &str, url: &str, content_type: &str, name: Option<&str>) -> Inbound {
    Inbound {
        media: vec![MediaLink {
            url: url.into(),
            content_type: content_type.into(),
            name: name.map(str::to_owned),
        }],
        ..text(caption)
    }
}
