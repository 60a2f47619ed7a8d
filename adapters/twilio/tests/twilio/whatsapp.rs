//! WhatsApp: what Twilio posts for it, and how a message goes out on it.

use std::borrow::Cow;

use contract::testing::{Gives, Hook, Reply, StandIn, failed, kept, receive_table};
use contract::{
    Address, Answer, Channel, ConsentWord, Fate, Inbound, MediaLink, Reason, Receipt, TemplateUse,
};
use serde_json::{Value, json};
use switchboard_twilio::{Config, Kind, Sender};

use crate::cast::{
    ACCOUNT, ACME_WA, MMS, SERVICE, SMS, USER_ID, VERA, config, connect, fixtures, outbound, vera,
    whatsapp,
};
use crate::send::{file, form};

const API: &str = "https://api.twilio.com";

#[test]
fn every_webhook_is_read_or_refused_as_its_row_says() {
    let rows = [messages(), consent_words(), callbacks()];
    let rows: Vec<Hook> = rows.into_iter().flatten().collect();
    receive_table(&whatsapp(API), &fixtures("whatsapp"), &rows);
}

fn messages() -> Vec<Hook> {
    let with = |name, value| Inbound {
        extra: kept(name, value),
        ..question()
    };
    let by_id = |also: &[&str]| Inbound {
        from: Address(USER_ID.into()),
        also: also.iter().map(|one| Address((*one).into())).collect(),
        ..question()
    };
    vec![
        said("text", question()),
        said("text_right_to_left", text("مرحبا، هل المضخة متوفرة؟")),
        said("text_from_a_number_with_a_user_id", by_id(&[VERA])),
        said("text_from_a_user_id_alone", by_id(&[])),
        said("text_from_a_number_without_prefix", question()),
        said("text_through_service", question()),
        said(
            "text_without_a_name",
            Inbound {
                name: None,
                ..question()
            },
        ),
        said("text_forwarded", with("Forwarded", json!("true"))),
        said(
            "text_from_an_advertisement",
            with("ReferralSourceUrl", json!("https://ads.example/1")),
        ),
        said(
            "text_in_reply",
            with(
                "OriginalRepliedMessageSid",
                json!("SM00000000000000000000000000000009"),
            ),
        ),
        said("button", text("Call me")),
        said("button_without_body", text("Call me")),
        said(
            "location",
            text("Pump House\n101 Forest Ave, Palo Alto\n37.44216, -122.16153"),
        ),
        said("location_bare", text("-33, 151.5")),
        said("media_with_caption", with_file("This one", "image/jpeg")),
        said("voice", with_file("", "audio/ogg")),
    ]
}

fn consent_words() -> Vec<Hook> {
    vec![
        said("stop", word("Stop!", ConsentWord::OptOut)),
        said("stop_in_arabic", word("إيقاف", ConsentWord::OptOut)),
        said(
            "stop_by_button",
            word("Keine Nachrichten mehr", ConsentWord::OptOut),
        ),
        said(
            "stop_by_advanced_opt_out",
            Inbound {
                word_answered: true,
                ..word("Assez", ConsentWord::OptOut)
            },
        ),
        said("cancel_is_about_an_order", text("Cancel")),
        said("start", word("START", ConsentWord::OptIn)),
        said("help", word("help", ConsentWord::Help)),
    ]
}

fn callbacks() -> Vec<Hook> {
    let became = |name, fate| told(name, VERA, fate);
    vec![
        became("status_sent", Fate::Sent),
        became("status_delivered", Fate::Delivered),
        became("status_read", Fate::Read),
        became("status_of_a_service", Fate::Sent),
        told("status_to_a_user_id", USER_ID, Fate::Delivered),
        became(
            "status_failed_window_closed",
            failed(
                Reason::WindowClosed,
                Some("63016"),
                "Failed to send freeform message because you are outside the allowed window.",
            ),
        ),
        became(
            "status_failed_blocked",
            failed(Reason::OptedOut, Some("63033"), "Recipient has blocked us"),
        ),
        became(
            "status_failed_template",
            failed(
                Reason::Template,
                Some("63028"),
                "Number of parameters provided does not match",
            ),
        ),
        became(
            "status_failed_busy",
            failed(Reason::Unreachable, Some("63018"), "failed"),
        ),
    ]
}

#[tokio::test]
async fn a_text_goes_out_from_and_to_whatsapp() {
    let twilio = StandIn::replying([file("created_on_whatsapp")]);
    let accepted = whatsapp(&twilio.base()).send(&outbound("hello")).await;
    assert_eq!(accepted.expect("it is taken").also, [vera()]);
    let sent = form(&twilio.requests()[0]);
    assert_eq!(sent["To"], "whatsapp:+14155550100");
    assert_eq!(sent["From"], "whatsapp:+15005550007");
    assert_eq!(sent["Body"], "hello");
}

#[tokio::test]
async fn a_person_without_a_number_is_written_to_by_their_id_and_a_service_picks_its_sender() {
    let twilio = StandIn::replying([file("created_on_whatsapp")]);
    let by_service = connect(Config {
        kind: Kind::WhatsApp,
        sender: Sender::Service(SERVICE.to_owned()),
        ..config(&twilio.base())
    });
    let mut message = outbound("hello");
    message.to = Address(USER_ID.into());
    by_service.send(&message).await.expect("it is taken");
    let sent = form(&twilio.requests()[0]);
    assert_eq!(sent["To"], format!("whatsapp:{USER_ID}"));
    assert_eq!(
        (sent["MessagingServiceSid"].as_str(), sent.get("From")),
        (SERVICE, None)
    );
}

#[tokio::test]
async fn a_template_goes_out_by_its_sid_without_a_text_beside_it() {
    let twilio = StandIn::replying([file("created_on_whatsapp"), file("created_on_whatsapp")]);
    let channel = whatsapp(&twilio.base());
    let mut message = outbound("Hello Vera, 9″");
    for variables in [vec![], vec![("1", "Vera"), ("2", "9″")]] {
        let named = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        message.template = Some(TemplateUse {
            id: "HX00000000000000000000000000000001".into(),
            language: String::new(),
            variables: variables.into_iter().map(named).collect(),
        });
        channel.send(&message).await.expect("it is taken");
    }
    let requests = twilio.requests();
    let (bare, filled) = (form(&requests[0]), form(&requests[1]));
    assert_eq!(bare["ContentSid"], "HX00000000000000000000000000000001");
    assert_eq!(
        (bare.get("Body"), bare.get("ContentVariables")),
        (None, None)
    );
    let variables: Value = serde_json::from_str(&filled["ContentVariables"]).expect("JSON");
    assert_eq!(variables, json!({ "1": "Vera", "2": "9″" }));
}

#[tokio::test]
async fn a_closed_window_is_refused_at_once_where_twilio_says_so() {
    let twilio = StandIn::replying([Reply::json(400, &json!({ "code": 63016, "message": "…" }))]);
    let refused = whatsapp(&twilio.base()).send(&outbound("hello")).await;
    assert!(
        matches!(&refused, Err(contract::SendError::Rejected(failure)) if failure.reason == Reason::WindowClosed),
        "{refused:?}"
    );
}

#[test]
fn whatsapp_has_a_window_templates_and_receipts_of_reading() {
    let twilio = whatsapp(API);
    let capabilities = serde_json::to_value(twilio.capabilities()).expect("plain data");
    let expected = json!({
        "channel": "whatsapp", "asks": "phone", "text_limit": 1600, "reports_delivered": true, "reports_read": true, "finds": true,
        "counts_segments": false, "window": 86_400_000, "opens_with": "template", "links": true, "lists_templates": true,
        "lists_inbound": true, "marks": true, "uploads": false,
    });
    for (name, value) in expected.as_object().expect("an object") {
        assert_eq!(&capabilities[name], value, "{name}");
    }
}

#[test]
fn what_people_type_and_an_id_are_addresses_on_whatsapp() {
    let (whatsapp, sms) = (whatsapp(API), crate::cast::acme(API));
    assert_eq!(whatsapp.address(" +1 (415) 555-0100"), Ok(vera()));
    assert_eq!(whatsapp.address(USER_ID), Ok(Address(USER_ID.to_owned())));
    assert!(sms.address(USER_ID).is_err());
}

fn said(name: &str, message: Inbound) -> Hook {
    let answer = Answer {
        content_type: Cow::Borrowed("text/xml"),
        body: Cow::Borrowed(r#"<?xml version="1.0" encoding="UTF-8"?><Response/>"#),
    };
    let gives = Gives {
        messages: vec![message],
        answer,
        ..Gives::default()
    };
    Hook::gives(name, gives)
}

fn told(name: &str, to: &str, fate: Fate) -> Hook {
    let receipt = Receipt {
        provider_id: SMS.into(),
        own: Some(ACME_WA.into()),
        also: vec![Address(to.into())],
        delivery: Some("d-1".into()),
        fate,
    };
    let gives = Gives {
        receipts: vec![receipt],
        ..Gives::default()
    };
    Hook::gives(name, gives)
}

fn text(text: &str) -> Inbound {
    Inbound {
        provider_id: SMS.into(),
        from: vera(),
        name: Some("Vera".into()),
        to: ACME_WA.into(),
        text: text.into(),
        extra: kept("AccountSid", json!(ACCOUNT)),
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

fn with_file(said: &str, content_type: &str) -> Inbound {
    let url = format!(
        "{API}/2010-04-01/Accounts/{ACCOUNT}/Messages/{MMS}/Media/ME{:032x}",
        0
    );
    Inbound {
        provider_id: MMS.into(),
        media: vec![MediaLink {
            url,
            content_type: content_type.into(),
            name: None,
        }],
        ..text(said)
    }
}
