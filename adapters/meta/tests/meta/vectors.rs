//! Signatures, handshakes and payloads made by others, where the folder that holds them is at hand.

use bytes::Bytes;
use contract::testing::{Request, by_others};
use contract::{Channel, Received, Reject};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::Value;
use sha2::Sha256;
use switchboard_meta::Config;

use crate::cast::{GRAPH, SECRET, config, connect};

const URL: &str = "https://gw.example/webhooks/acme-wa";

#[test]
fn signatures_made_by_others_are_taken_and_their_forgeries_refused() {
    let Some(file) = by_others("meta_signature_vectors.json") else {
        return;
    };
    let vectors = file["vectors"].as_array().expect("a list");
    assert_eq!(vectors.len(), 10);
    for vector in vectors {
        let body = text(vector, "raw_body").to_owned().into();
        let result = receive(text(vector, "app_secret"), body, text(vector, "header"));
        let taken = !matches!(result, Err(Reject::Unsigned | Reject::BadSignature(_)));
        // Capitals are anyone's choice: we take them.
        let expected = vector["expect_valid"].as_bool().unwrap_or(true);
        assert_eq!(taken, expected, "{}", vector["id"]);
    }
}

#[test]
fn handshakes_written_by_others_are_answered_as_they_say() {
    let Some(file) = by_others("meta_verify_handshake.json") else {
        return;
    };
    let meta = connect(Config {
        verify_token: text(&file, "configured_verify_token").to_owned(),
        ..config(GRAPH)
    });
    let cases = file["cases"].as_array().expect("a list");
    assert_eq!(cases.len(), 6);
    for case in cases {
        let request = Request {
            method: Method::GET,
            url: format!("{URL}?{}", text(case, "query")),
            headers: HeaderMap::new(),
            body: Bytes::new(),
        };
        let (status, body) = match meta.receive(&request.webhook()) {
            Ok(received) => (200, Some(received.answer.body.into_owned())),
            Err(Reject::Malformed(_)) => (400, None),
            Err(_) => (403, None),
        };
        assert_eq!(case["status"], status, "{case}");
        assert_eq!(case["body"].as_str(), body.as_deref(), "{case}");
    }
}

#[test]
fn payloads_written_by_others_are_read_for_what_they_are() {
    /// Each file's messages, their media, receipts and odd elements.
    const PAYLOADS: [(&str, [usize; 4]); 18] = [
        ("01_text", [1, 0, 0, 0]),
        ("02_text_context_product", [1, 0, 0, 0]),
        ("03_text_ctwa_referral", [1, 0, 0, 0]),
        ("04_reaction", [1, 0, 0, 0]),
        ("05_image", [1, 1, 0, 0]),
        ("06_location", [1, 0, 0, 0]),
        ("07_contacts", [1, 0, 0, 0]),
        ("08_unsupported", [1, 0, 0, 0]),
        ("09_button", [1, 0, 0, 0]),
        ("10_interactive_list_reply", [1, 0, 0, 0]),
        ("11_interactive_button_reply", [1, 0, 0, 0]),
        ("12_order", [1, 0, 0, 0]),
        ("13_system_number_change", [0, 0, 0, 0]),
        ("14_group_create", [0, 0, 0, 1]),
        ("20_status_sent_v23", [0, 0, 1, 0]),
        ("22_status_read_without_delivered", [0, 0, 1, 0]),
        ("26_text_bsuid_only", [1, 0, 0, 0]),
        ("28_audio_voice_with_url", [1, 1, 0, 0]),
    ];
    for (name, expected) in PAYLOADS {
        let Some(file) = by_others(&format!("payloads/meta_{name}.json")) else {
            return;
        };
        let body = escaped(&file["json"].to_string());
        let received = receive(SECRET, body.clone().into(), &signed(body.as_bytes()));
        let received = received.expect("it is Meta's");
        assert_eq!(counts(&received), expected, "{name}: {received:?}");
        let mut said = received.messages.iter();
        assert!(
            said.all(|message| !message.text.is_empty() || !message.media.is_empty()),
            "{name}"
        );
    }
}

fn counts(received: &Received) -> [usize; 4] {
    let media = received.messages.iter().map(|message| message.media.len());
    [
        received.messages.len(),
        media.sum(),
        received.receipts.len(),
        received.odd.len(),
    ]
}

/// As Meta writes JSON: in ASCII, and with slashes escaped.
fn escaped(json: &str) -> String {
    let mut escaped = String::new();
    for c in json.chars() {
        match c {
            '/' => escaped.push_str("\\/"),
            _ if c.is_ascii() => escaped.push(c),
            _ => c
                .encode_utf16(&mut [0; 2])
                .iter()
                .for_each(|unit| escaped.push_str(&format!("\\u{unit:04x}"))),
        }
    }
    escaped
}

fn signed(body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any key will do");
    mac.update(body);
    let hex = mac.finalize().into_bytes();
    let hex: String = hex.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={hex}")
}

fn receive(secret: &str, body: Bytes, signature: &str) -> Result<Received, Reject> {
    let meta = connect(Config {
        app_secret: secret.to_owned(),
        app_secret_2: None,
        ..config(GRAPH)
    });
    let header = HeaderName::from_static("x-hub-signature-256");
    let value = HeaderValue::from_str(signature).expect("a header");
    let request = Request {
        method: Method::POST,
        url: URL.to_owned(),
        headers: HeaderMap::from_iter([(header, value)]),
        body,
    };
    meta.receive(&request.webhook())
}

fn text<'a>(vector: &'a Value, name: &str) -> &'a str {
    vector[name].as_str().expect("text")
}
