//! Signatures made by Twilio's own libraries, where the folder that holds them is at hand.

use bytes::Bytes;
use contract::testing::{Request, by_others};
use contract::{Channel, Reject};
use http::{HeaderMap, HeaderValue};
use serde_json::Value;

use crate::cast::{config, connect};

/// Only one of Twilio's libraries takes it: the signature is over a re-encoded query. Our own URLs have no apostrophe.
const REFUSED_BY_US: &str = "tw-12-legacy-query-single-quote";

#[test]
fn signatures_of_twilios_own_libraries_are_taken_and_their_forgeries_refused() {
    let Some(file) = by_others("twilio_signature_vectors.json") else {
        return;
    };
    let vectors = file["vectors"].as_array().expect("a list");
    assert_eq!(vectors.len(), 42);
    for vector in vectors {
        let expected = vector["expect_valid"] == true && vector["id"] != REFUSED_BY_US;
        assert_eq!(is_taken(vector), expected, "{}", vector["id"]);
    }
}

/// Whether the signature is taken; that most vectors are no SMS is another matter.
fn is_taken(vector: &Value) -> bool {
    let mut account = config("https://api.twilio.com");
    account.auth_token = text(vector, "auth_token").to_owned();
    let result = connect(account).receive(&request(vector).webhook());
    !matches!(result, Err(Reject::Unsigned | Reject::BadSignature(_)))
}

fn request(vector: &Value) -> Request {
    let raw = vector["raw_body"].as_str();
    let kind = if raw.is_some_and(|raw| raw.starts_with('{')) {
        "application/json"
    } else {
        "application/x-www-form-urlencoded"
    };
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static(kind));
    headers.insert(
        "x-twilio-signature",
        text(vector, "signature").parse().expect("a header"),
    );
    Request {
        method: text(vector, "method").parse().expect("a method"),
        url: text(vector, "request_url").to_owned(),
        headers,
        body: raw.map_or_else(
            || encoded(&vector["params"]),
            |raw| Bytes::from(raw.to_owned()),
        ),
    }
}

fn encoded(params: &Value) -> Bytes {
    let mut form = form_urlencoded::Serializer::new(String::new());
    for pair in params.as_array().expect("a list") {
        form.append_pair(
            pair[0].as_str().expect("a name"),
            pair[1].as_str().expect("a value"),
        );
    }
    form.finish().into()
}

fn text<'a>(vector: &'a Value, name: &str) -> &'a str {
    vector[name].as_str().expect("text")
}
