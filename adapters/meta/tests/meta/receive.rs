//! Webhooks: what Meta posts, and what we make of it.

use contract::testing::{Gives, Hook, Refusal, Request, failed, kept, receive_table};
use contract::{
    Address, Channel, ConsentWord, Fate, Inbound, MediaLink, Millis, Move, Reason, Receipt,
};
use serde_json::{Map, Value, json};

use crate::cast::{
    GRAPH, HERS, NUMBER_ID, OTHER_NUMBER_ID, OURS, USER_ID, VERA, acme, fixtures, vera,
};

/// When everything here was written.
const AT: Millis = 1_795_255_200_000;

const PICTURE: &str = "https://graph.facebook.com/v23.0/1003383421387256";
const LOOKASIDE: &str =
    "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1003383421387256&ext=1&hash=x";

#[test]
fn every_webhook_is_read_or_refused_as_its_row_says() {
    receive_table(&acme(GRAPH), &fixtures("webhooks"), &rows());
}

fn rows() -> Vec<Hook> {
    [
        texts(),
        media(),
        things_without_words(),
        consent_words(),
        odd_ones(),
        moves(),
        batches(),
        statuses(),
        signatures(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn texts() -> Vec<Hook> {
    let id = || Address(USER_ID.into());
    let by_id = |also: &[&str]| Inbound {
        from: id(),
        also: also.iter().map(|one| Address((*one).into())).collect(),
        ..question()
    };
    let at = |at| Inbound {
        at,
        extra: Map::new(),
        ..question()
    };
    let nobody_named = |message: Inbound| Inbound {
        name: None,
        ..message
    };
    let contact = json!({ "profile": { "name": "Vera" }, "wa_id": "14155550100" });
    vec![
        said(
            "text",
            text("¿Is the 9″ pump in stock? 😀 +1 & 50% off https://acme.example/a"),
        ),
        said("text_in_plain_utf8", text("¿Is the 9″ pump in stock? 😀")),
        said("text_right_to_left", text("مرحبا، هل المضخة متوفرة؟")),
        said("text_with_blanks_around", text("  hello \r\n")),
        said("text_that_is_empty", text("")),
        said(
            "text_with_new_field",
            keeping(kept("something_new", json!({ "a": [1] })), question()),
        ),
        said(
            "text_in_reply",
            keeping(
                kept("context", json!({ "from": "15005550007", "id": OURS })),
                question(),
            ),
        ),
        said("text_from_an_advertisement", question()),
        said("text_without_contacts", nobody_named(question())),
        said(
            "text_from_a_user_id_alone",
            keeping(kept("from_user_id", json!(USER_ID)), by_id(&[])),
        ),
        said("text_from_a_number_with_a_user_id", by_id(&[VERA])),
        said("text_from_a_user_id_in_place_of_the_number", by_id(&[VERA])),
        said(
            "text_from_a_user_id_with_a_shared_one",
            Inbound {
                name: Some("Vera V.".into()),
                ..by_id(&["US.ENT.11815799212886844830"])
            },
        ),
        said(
            "text_from_a_user_name",
            Inbound {
                name: Some("vera.v".into()),
                ..by_id(&[])
            },
        ),
        said("text_with_a_time_in_milliseconds", at(Some(AT))),
        said("text_with_a_time_that_is_none", at(None)),
        said(
            "text_whose_sender_stands_in_the_contact",
            keeping(kept("contact", contact), question()),
        ),
        said(
            "text_from_a_number_written_as_a_number",
            nobody_named(question()),
        ),
    ]
}

fn media() -> Vec<Hook> {
    let voice = "audio/ogg; codecs=opus";
    vec![
        said(
            "image_with_caption",
            file("This one, 9″", PICTURE, "image/jpeg"),
        ),
        said("image_alone", file("", PICTURE, "image/jpeg")),
        said("video_with_caption", file("It leaks", PICTURE, "video/mp4")),
        said(
            "document_with_caption",
            named(
                "Manual 9″.pdf",
                file("The manual", PICTURE, "application/pdf"),
            ),
        ),
        said(
            "document_alone",
            named("Manual.pdf", file("", PICTURE, "application/pdf")),
        ),
        said("audio_voice", file("", PICTURE, voice)),
        said("audio_of_the_old_type", file("", PICTURE, voice)),
        said("sticker", file("", PICTURE, "image/webp")),
        said("image_by_address_alone", file("", LOOKASIDE, "image/jpeg")),
        said("image_without_id_or_address", text("[image]\nx")),
        said("image_whose_id_is_a_path", text("[image]")),
    ]
}

fn things_without_words() -> Vec<Hook> {
    let reacted = json!({ "message_id": OURS, "emoji": "👍" });
    vec![
        said(
            "location_named",
            text(
                "Pump House\n101 Forest Ave, Palo Alto, CA\n37.44216251868683, -122.16153582049394\nhttps://pumphouse.example/",
            ),
        ),
        said("location_bare", text("-33, 151.5")),
        said(
            "contacts",
            text("Lucía Gómez, +1 (983) 555-2319, lucia@pumps.example\nBen, 19835550100"),
        ),
        said("button", text("Is it in stock?")),
        said("interactive_button", text("Call me")),
        said("interactive_list", text("9″ pump")),
        said("interactive_form", text("Sent")),
        said("interactive_of_a_new_kind", text("[dance_reply]")),
        said("reaction", keeping(kept("reaction", reacted), text("👍"))),
        nothing("reaction_taken_back"),
        said("order", text("2 × pump-9\n1 × hose-3")),
        said("order_of_nothing", text("[order]")),
        said("unsupported", text("[unsupported]")),
        said("text_without_body", text("[text]")),
        said("text_with_half_a_sign", text("[text]")),
        said("location_without_place", text("[location]")),
        said("contacts_without_any", text("[contacts]")),
        said("type_that_is_new", text("[poll]")),
        said("type_that_is_missing", text("[unknown]")),
    ]
}

fn consent_words() -> Vec<Hook> {
    vec![
        said("stop", word("Stop!", ConsentWord::OptOut)),
        said(
            "stop_by_button",
            word("Keine Nachrichten mehr", ConsentWord::OptOut),
        ),
        said("stop_in_a_sentence", text("please stop the pump")),
        said("cancel_is_about_an_order", text("Cancel")),
        said("stop_in_arabic", word("إيقاف", ConsentWord::OptOut)),
        said("start", word("START", ConsentWord::OptIn)),
        said("start_in_arabic", word("ابدأ", ConsentWord::OptIn)),
        said("help", word("help", ConsentWord::Help)),
    ]
}

fn odd_ones() -> Vec<Hook> {
    let mut rows: Vec<Hook> = [
        "odd_system_of_a_new_kind",
        "odd_system_to_the_same_number",
        "odd_system_without_content",
        "odd_template_status_update",
        "odd_quality_update",
        "odd_edit",
        "odd_revoke",
        "odd_request_welcome",
        "odd_in_a_group",
        "odd_without_sender",
        "odd_with_two_possible_senders",
        "odd_without_id",
        "odd_to_no_number",
        "odd_error_of_the_account",
        "odd_field_that_is_not_read",
        "odd_object_of_another_product",
        "odd_status_without_id",
    ]
    .map(odd)
    .into();
    rows.push(Hook::gives(
        "odd_lists_that_are_none",
        Gives {
            odd: 3,
            ..Gives::default()
        },
    ));
    rows.push(nothing("nothing_in_it"));
    rows
}

fn moves() -> Vec<Hook> {
    let moved = |name, moves: &[(&str, &str)]| {
        let moves = moves.iter().map(|(from, to)| Move {
            from: Address((*from).into()),
            to: Address((*to).into()),
            own: NUMBER_ID.into(),
        });
        Hook::gives(
            name,
            Gives {
                moves: moves.collect(),
                ..Gives::default()
            },
        )
    };
    vec![
        moved("moved_to_another_number", &[(VERA, "+14155550199")]),
        moved(
            "moved_to_another_number_with_an_id",
            &[(USER_ID, "US.2"), (VERA, "US.2")],
        ),
        moved("moved_to_another_id", &[("US.1", "US.2")]),
        moved(
            "moved_to_an_id_that_replaces_one_told_in_words",
            &[("US.1", "US.2")],
        ),
        moved("moved_to_an_id_from_a_number_alone", &[(VERA, "US.2")]),
    ]
}

fn batches() -> Vec<Hook> {
    let with = |number: usize, message: Inbound| Inbound {
        provider_id: format!("{HERS}{number}"),
        ..message
    };
    let ben = Inbound {
        from: Address("+14155550199".into()),
        name: Some("Ben".into()),
        ..text("second")
    };
    let elsewhere = Inbound {
        to: OTHER_NUMBER_ID.into(),
        ..text("to the other number")
    };
    let read = Receipt {
        provider_id: format!("{OURS}2"),
        own: Some(NUMBER_ID.into()),
        also: vec![vera()],
        delivery: Some("d-2".into()),
        fate: Fate::Read,
    };
    vec![
        Hook::gives(
            "batch_of_accounts_numbers_messages_and_statuses",
            Gives {
                messages: vec![with(1, text("first")), with(2, ben), with(3, elsewhere)],
                receipts: vec![receipt(Fate::Sent, Some("d-1")), read],
                ..Gives::default()
            },
        ),
        // Half an emoji stands for itself; a number, and one that names nobody; of the statuses nothing at all, and one without id.
        Hook::gives(
            "batch_with_odd_ones_among_good",
            Gives {
                messages: vec![
                    Inbound {
                        provider_id: format!("{HERS}9"),
                        ..text("[text]")
                    },
                    question(),
                ],
                receipts: vec![receipt(Fate::Sent, Some("d-1"))],
                odd: 4,
                ..Gives::default()
            },
        ),
        Hook::gives(
            "batch_with_a_field_that_is_not_read",
            Gives {
                messages: vec![question()],
                odd: 1,
                ..Gives::default()
            },
        ),
    ]
}

fn statuses() -> Vec<Hook> {
    vec![
        became("status_sent", Fate::Sent),
        became("status_sent_with_a_number_for_a_time", Fate::Sent),
        became("status_delivered", Fate::Delivered),
        became("status_read", Fate::Read),
        became("status_played", Fate::Read),
        became("status_of_a_new_word", Fate::Unknown("deleted".into())),
        to(&[USER_ID], became("status_to_a_user_id", Fate::Delivered)),
        to(
            &[USER_ID, VERA],
            became("status_to_a_number_with_a_user_id", Fate::Delivered),
        ),
        Hook::gives(
            "status_without_delivery",
            Gives {
                receipts: vec![receipt(Fate::Sent, None)],
                ..Gives::default()
            },
        ),
        became(
            "status_failed_window_closed",
            failed(
                Reason::WindowClosed,
                Some("131047"),
                "Message failed to send because more than 24 hours have passed since the customer last replied to this number.",
            ),
        ),
        became(
            "status_failed_undeliverable",
            failed(
                Reason::BadRecipient,
                Some("131026"),
                "Message Undeliverable.",
            ),
        ),
        became(
            "status_failed_opted_out",
            failed(
                Reason::OptedOut,
                Some("131050"),
                "User has stopped marketing messages",
            ),
        ),
        became(
            "status_failed_too_many_for_one_person",
            failed(
                Reason::Unreachable,
                Some("131056"),
                "(Business Account, Consumer Account) pair rate limit hit",
            ),
        ),
        became(
            "status_failed_kept_from_them",
            failed(
                Reason::Filtered,
                Some("131049"),
                "This message was not delivered to maintain healthy ecosystem engagement.",
            ),
        ),
        became(
            "status_failed_template_paused",
            failed(Reason::Template, Some("132015"), "Template is Paused"),
        ),
        became(
            "status_failed_template_parameters",
            failed(
                Reason::Template,
                Some("132000"),
                "body: number of localizable_params (0) does not match the expected number of params (1)",
            ),
        ),
        became(
            "status_failed_payment",
            failed(
                Reason::Misconfigured,
                Some("131042"),
                "Business eligibility payment issue",
            ),
        ),
        became(
            "status_failed_new_code",
            failed(Reason::Other, Some("139999"), "Something new"),
        ),
        became(
            "status_failed_without_errors",
            failed(Reason::Other, None, "failed"),
        ),
    ]
}

fn signatures() -> Vec<Hook> {
    use Refusal::{BadSignature, Malformed, Unsigned};
    vec![
        said("signed_with_the_second_secret", question()),
        said("signed_in_capitals", question()),
        said("signed_without_the_old_header", question()),
        Hook::refused("refused_unsigned", Unsigned),
        Hook::refused("refused_signed_by_the_old_header_alone", Unsigned),
        Hook::refused("refused_sha1_in_place_of_sha256", BadSignature),
        Hook::refused("refused_without_prefix", BadSignature),
        Hook::refused("refused_truncated", BadSignature),
        Hook::refused("refused_of_odd_length", BadSignature),
        Hook::refused("refused_not_hexadecimal", BadSignature),
        Hook::refused("refused_empty", BadSignature),
        Hook::refused("refused_other_secret", BadSignature),
        Hook::refused("refused_other_body", BadSignature),
        Hook::refused("refused_written_anew", BadSignature),
        Hook::refused("malformed_text", Malformed),
        Hook::refused("malformed_list", Malformed),
        Hook::refused("malformed_empty", Malformed),
        Hook::refused("malformed_without_object", Malformed),
    ]
}

#[test]
fn what_has_a_place_of_its_own_is_not_kept_twice() {
    let message = receive("text").messages.remove(0);
    let kept: Vec<&str> = message.extra.keys().map(String::as_str).collect();
    assert_eq!(
        kept,
        ["contact", "display_phone_number", "timestamp", "type"]
    );
    assert_eq!(message.extra["display_phone_number"], "15005550007");
}

#[test]
fn what_is_odd_is_told_without_its_words_or_its_sender() {
    let meta = acme(GRAPH);
    for file in std::fs::read_dir(fixtures("webhooks")).expect("the folder") {
        let path = file.expect("a file").path();
        let request = Request::read(&path);
        let Ok(received) = meta.receive(&request.webhook()) else {
            continue;
        };
        for odd in received.odd {
            for secret in ["4155550", "wamid", "stock", "half a face", "Vera", "US."] {
                assert!(!odd.contains(secret), "{}: {odd}", path.display());
            }
        }
    }
}

fn receive(file: &str) -> contract::Received {
    let request = Request::read(&fixtures("webhooks").join(format!("{file}.http")));
    acme(GRAPH)
        .receive(&request.webhook())
        .expect("it is Meta's")
}

fn said(name: &str, message: Inbound) -> Hook {
    Hook::gives(
        name,
        Gives {
            messages: vec![message],
            ..Gives::default()
        },
    )
}

fn became(name: &str, fate: Fate) -> Hook {
    Hook::gives(
        name,
        Gives {
            receipts: vec![receipt(fate, Some("d-1"))],
            ..Gives::default()
        },
    )
}

/// The same, of a message that went to these.
fn to(names: &[&str], mut hook: Hook) -> Hook {
    let gives = hook.gives.as_mut().expect("it is taken");
    gives.receipts[0].also = names.iter().map(|name| Address((*name).into())).collect();
    hook
}

fn odd(name: &str) -> Hook {
    Hook::gives(
        name,
        Gives {
            odd: 1,
            ..Gives::default()
        },
    )
}

fn nothing(name: &str) -> Hook {
    Hook::gives(name, Gives::default())
}

fn receipt(fate: Fate, delivery: Option<&str>) -> Receipt {
    Receipt {
        provider_id: OURS.into(),
        own: Some(NUMBER_ID.into()),
        also: vec![vera()],
        delivery: delivery.map(str::to_owned),
        fate,
    }
}

fn text(text: &str) -> Inbound {
    Inbound {
        provider_id: HERS.into(),
        from: vera(),
        name: Some("Vera".into()),
        at: Some(AT),
        to: NUMBER_ID.into(),
        text: text.into(),
        extra: kept("timestamp", json!("1795255200")),
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

fn file(caption: &str, url: &str, content_type: &str) -> Inbound {
    Inbound {
        media: vec![MediaLink {
            url: url.into(),
            content_type: content_type.into(),
            name: None,
        }],
        ..text(caption)
    }
}

fn named(name: &str, mut message: Inbound) -> Inbound {
    message.media[0].name = Some(name.into());
    message
}

fn keeping(extra: Map<String, Value>, message: Inbound) -> Inbound {
    Inbound { extra, ..message }
}
