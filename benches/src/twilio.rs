//! Twilio's signature, and an inbound message of twenty fields as Twilio posts it.

use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;

/// The account and number of every run.
pub const ACCOUNT: &str = "AC00000000000000000000000000000001";
pub const TOKEN: &str = "benchtoken0123456789abcdef012345";
pub const NUMBER: &str = "+15005550006";
pub const PATH: &str = "/webhooks/bench-sms";

/// Base64 of HMAC-SHA1 over the URL and the sorted fields. Sorts them in place.
pub fn sign(token: &str, url: &str, fields: &mut [(String, String)]) -> String {
    fields.sort_unstable();
    let mut mac =
        Hmac::<Sha1>::new_from_slice(token.as_bytes()).expect("a key may have any length");
    mac.update(url.as_bytes());
    for (key, value) in fields.iter() {
        mac.update(key.as_bytes());
        mac.update(value.as_bytes());
    }
    STANDARD.encode(mac.finalize().into_bytes())
}

/// The whole HTTP request that brings message `n`, from one of so many phones.
pub fn request(address: SocketAddr, n: usize, phones: usize) -> Vec<u8> {
    let mut fields = fields(n, n % phones);
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&fields)
        .finish();
    let signature = sign(TOKEN, &format!("http://{address}{PATH}"), &mut fields);
    format!(
        "POST {PATH} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         x-twilio-signature: {signature}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn fields(n: usize, phone: usize) -> Vec<(String, String)> {
    // The ids of a provider come in no order.
    let sid = format!(
        "SM{:032x}",
        (n as u128 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
    );
    let from = format!("+1415{:07}", 5_550_000 + phone);
    let body = format!("message {n}: is the pump of last week still there?");
    [
        ("ToCountry", "US"),
        ("ToState", "CA"),
        ("SmsMessageSid", &sid),
        ("NumMedia", "0"),
        ("ToCity", "SAN FRANCISCO"),
        ("FromZip", "94107"),
        ("SmsSid", &sid),
        ("FromState", "CA"),
        ("SmsStatus", "received"),
        ("FromCity", "SAN FRANCISCO"),
        ("Body", &body),
        ("FromCountry", "US"),
        ("To", NUMBER),
        ("ToZip", "94105"),
        ("NumSegments", "1"),
        ("MessageSid", &sid),
        ("AccountSid", ACCOUNT),
        ("From", &from),
        ("ApiVersion", "2010-04-01"),
        ("AddOns", ""),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_twilios() {
        let mut fields = [("b", "2"), ("a", "1")].map(|(k, v)| (k.to_owned(), v.to_owned()));
        // echo -n 'https://gw.example/ina1b2' | openssl dgst -sha1 -hmac 12345 -binary | base64
        assert_eq!(
            sign("12345", "https://gw.example/in", &mut fields),
            "nal6Yg7RCnja0jMNtyVSgw6kips="
        );
    }

    #[test]
    fn a_message_has_twenty_fields_and_an_id_of_its_own() {
        assert_eq!(fields(1, 1).len(), 20);
        assert_ne!(fields(1, 1), fields(2, 1));
    }
}
