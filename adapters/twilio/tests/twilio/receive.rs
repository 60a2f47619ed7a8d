//! Webhooks: what Twilio posts, and what we make of it.

use std::borrow::Cow;

use contract::testing::{Gives, Hook, Refusal, Request, failed, kept, receive_table};
use contract::{Address, Answer, Channel, ConsentWord, Fate, Inbound, MediaLink, Reason, Receipt};
use serde_json::json;

use crate::cast::{ACCOUNT, ACME, MMS, SERVICE, SMS, acme, by_service, fixtures, vera};

const API: &str = "https://api.twilio.com";

#[test]
fn every_webhook_is_read_or_refused_as_its_row_says() {
    receive_table(&acme(API), &fixtures("webhooks"), &rows());
}

fn rows() -> Vec<Hook> {
    [
        messages(),
        consent_words(),
        spellings_of_the_url(),
        callbacks(),
        refusals(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn messages() -> Vec<Hook> {
    vec![
        said("text", text("Hi, is the 9″ pump in stock? 😀 +1 & 50% off")),
        said("text_with_blanks_around", text("  hello \r\n")),
        said("text_right_to_left", text("مرحبا، هل المضخة متوفرة؟")),
        said(
            "text_of_1600_characters",
            text(&format!("{}😀", "ÿ".repeat(1599))),
        ),
        said(
            "text_of_1601_characters",
            text(&format!("{}😀", "ÿ".repeat(1600))),
        ),
        said(
            "text_with_new_field",
            Inbound {
                extra: kept("SomethingNew", json!("x")),
                ..question()
            },
        ),
        said(
            "text_with_repeated_field",
            Inbound {
                extra: kept("Tag", json!(["first", "second"])),
                ..question()
            },
        ),
        said(
            "text_from_short_code",
            Inbound {
                from: Address("24273".into()),
                ..question()
            },
        ),
        said(
            "text_from_name",
            Inbound {
                from: Address("ParcelCo".into()),
                ..question()
            },
        ),
        said(
            "text_through_service",
            Inbound {
                extra: kept("MessagingServiceSid", json!(SERVICE)),
                ..question()
            },
        ),
        said(
            "text_with_message_status",
            Inbound {
                extra: kept("MessageStatus", json!("received")),
                ..question()
            },
        ),
        said("text_by_get", question()),
        said(
            "media_alone",
            picture(
                "",
                vec![media(1, "image/jpeg"), media(2, "application/pdf")],
            ),
        ),
        said(
            "media_eleven_of_ten",
            Inbound {
                extra: kept("MediaUrl10", json!(media(10, "image/jpeg").url)),
                ..picture(
                    "",
                    (0..10).map(|number| media(number, "image/jpeg")).collect(),
                )
            },
        ),
        Hook::gives(
            "media_not_on_the_web",
            Gives {
                odd: 1,
                ..message(picture("look", vec![media(2, "image/jpeg")]))
            },
        ),
    ]
}

fn consent_words() -> Vec<Hook> {
    vec![
        said("stop_by_default", word("Stop", ConsentWord::OptOut)),
        said(
            "stop_by_advanced_opt_out",
            word("Assez", ConsentWord::OptOut),
        ),
        // Twilio does not act on it: whoever does, answers.
        said(
            "stop_in_arabic",
            Inbound {
                word_answered: false,
                ..word("إيقاف", ConsentWord::OptOut)
            },
        ),
        said("stop_in_a_sentence", text("please stop the pump")),
        said("start_by_default", word("START", ConsentWord::OptIn)),
        said(
            "start_by_advanced_opt_out",
            word("encore", ConsentWord::OptIn),
        ),
        said("help_by_default", word("help", ConsentWord::Help)),
        said("help_by_advanced_opt_out", word("aide", ConsentWord::Help)),
    ]
}

fn spellings_of_the_url() -> Vec<Hook> {
    [
        "signed_with_the_second_token",
        "signed_with_port",
        "signed_without_port",
        "signed_with_default_port",
        "signed_with_default_http_port",
        "signed_without_user",
        "signed_without_fragment",
    ]
    .map(|file| said(file, question()))
    .into()
}

fn callbacks() -> Vec<Hook> {
    vec![
        became("status_queued", Fate::Accepted),
        became("status_sent", Fate::Sent),
        became("status_delivered", Fate::Delivered),
        became("status_read", Fate::Read),
        became(
            "status_undelivered",
            failed(Reason::Unreachable, Some("30003"), "undelivered"),
        ),
        became(
            "status_failed_opted_out",
            failed(
                Reason::OptedOut,
                Some("21610"),
                "Attempt to send to unsubscribed recipient",
            ),
        ),
        became(
            "status_failed_busy",
            failed(Reason::Unreachable, Some("30001"), "failed"),
        ),
        became(
            "status_failed_new_code",
            failed(Reason::Other, Some("39999"), "failed"),
        ),
        became(
            "status_failed_without_code",
            failed(Reason::Other, None, "failed"),
        ),
        became("status_canceled", failed(Reason::Other, None, "canceled")),
        became("status_of_a_new_word", Fate::Unknown("teleported".into())),
        became("status_by_sms_status_alone", Fate::Delivered),
        became("status_by_get", Fate::Sent),
        Hook::gives("status_without_delivery", receipt(Fate::Sent, None)),
        Hook::gives(
            "status_with_encoded_delivery",
            receipt(Fate::Sent, Some("d&1")),
        ),
    ]
}

fn refusals() -> Vec<Hook> {
    use Refusal::{BadSignature, Malformed, Unsigned};
    vec![
        Hook::refused("refused_unsigned", Unsigned),
        Hook::refused("refused_forged", BadSignature),
        Hook::refused("refused_not_base64", BadSignature),
        Hook::refused("refused_truncated", BadSignature),
        Hook::refused("refused_other_account", BadSignature),
        Hook::refused("refused_other_url", BadSignature),
        Hook::refused("refused_other_body", BadSignature),
        Hook::refused("refused_added_field", BadSignature),
        Hook::refused("refused_dropped_field", BadSignature),
        Hook::refused("refused_joined_order", BadSignature),
        Hook::refused("refused_json_without_hash", BadSignature),
        Hook::refused("refused_json_of_other_hash", BadSignature),
        Hook::refused("malformed_json", Malformed),
        Hook::refused("malformed_empty", Malformed),
        Hook::refused("malformed_too_many_fields", Malformed),
        Hook::refused("malformed_without_message_sid", Malformed),
        Hook::refused("malformed_without_from", Malformed),
        Hook::refused("malformed_with_empty_from", Malformed),
        Hook::refused("malformed_without_to", Malformed),
        Hook::refused("malformed_from_our_own_number", Malformed),
        Hook::refused("malformed_of_another_channel", Malformed),
        Hook::refused("malformed_status_without_message_sid", Malformed),
    ]
}

#[test]
fn fields_that_have_a_place_of_their_own_are_not_kept_twice() {
    let message = receive("media_alone").messages.remove(0);
    let kept: Vec<&str> = message.extra.keys().map(String::as_str).collect();
    let geography = [
        "FromCity",
        "FromCountry",
        "FromState",
        "FromZip",
        "ToCity",
        "ToCountry",
        "ToState",
        "ToZip",
    ];
    let rest = [
        "AccountSid",
        "ApiVersion",
        "NumMedia",
        "NumSegments",
        "SmsMessageSid",
        "SmsSid",
        "SmsStatus",
    ];
    let mut expected = [&geography[..], &rest].concat();
    expected.sort_unstable();
    assert_eq!(kept, expected);
    assert_eq!(message.extra["AccountSid"], ACCOUNT);
}

#[test]
fn a_text_to_a_number_of_our_service_is_written_to_the_service() {
    let request = Request::read(&fixtures("webhooks").join("text_through_service.http"));
    let received = by_service(API)
        .receive(&request.webhook())
        .expect("it is Twilio's");
    assert_eq!(received.messages[0].to, SERVICE);
}

#[test]
fn a_text_to_a_number_outside_our_service_keeps_its_number() {
    let request = Request::read(&fixtures("webhooks").join("text.http"));
    let received = by_service(API)
        .receive(&request.webhook())
        .expect("it is Twilio's");
    assert_eq!(received.messages[0].to, ACME);
}

fn receive(file: &str) -> contract::Received {
    let request = Request::read(&fixtures("webhooks").join(format!("{file}.http")));
    acme(API)
        .receive(&request.webhook())
        .expect("it is Twilio's")
}

fn said(name: &str, inbound: Inbound) -> Hook {
    Hook::gives(name, message(inbound))
}

fn became(name: &str, fate: Fate) -> Hook {
    Hook::gives(name, receipt(fate, Some("d-1")))
}

fn message(inbound: Inbound) -> Gives {
    let answer = Answer {
        content_type: Cow::Borrowed("text/xml"),
        body: Cow::Borrowed(r#"<?xml version="1.0" encoding="UTF-8"?><Response/>"#),
    };
    Gives {
        messages: vec![inbound],
        answer,
        ..Gives::default()
    }
}

fn receipt(fate: Fate, delivery: Option<&str>) -> Gives {
    let receipt = Receipt {
        provider_id: SMS.into(),
        own: Some(ACME.into()),
        also: vec![vera()],
        delivery: delivery.map(str::to_owned),
        fate,
    };
    Gives {
        receipts: vec![receipt],
        ..Gives::default()
    }
}

fn text(text: &str) -> Inbound {
    Inbound {
        provider_id: SMS.into(),
        from: vera(),
        to: ACME.into(),
        text: text.into(),
        extra: kept("FromCity", json!("SAN FRANCISCO")),
        ..Inbound::default()
    }
}

fn question() -> Inbound {
    text("Hi, is it in stock?")
}

fn word(said: &str, word: ConsentWord) -> Inbound {
    Inbound {
        word: Some(word),
        word_answered: true,
        ..text(said)
    }
}

fn picture(said: &str, media: Vec<MediaLink>) -> Inbound {
    Inbound {
        provider_id: MMS.into(),
        media,
        ..text(said)
    }
}

fn media(number: usize, content_type: &str) -> MediaLink {
    let url = format!("{API}/2010-04-01/Accounts/{ACCOUNT}/Messages/{MMS}/Media/ME{number:032x}");
    MediaLink {
        url,
        content_type: content_type.into(),
        name: None,
    }
}
