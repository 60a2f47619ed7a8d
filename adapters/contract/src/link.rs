//! Links that open a person's own program with a text written.

use std::fmt::Write as _;

/// Opens WhatsApp (WhatsApp's page "How to use click to chat").
#[must_use]
pub fn whatsapp(number: &str, text: &str) -> String {
    let digits = number.trim_start_matches('+');
    format!("https://wa.me/{digits}?text={}", percent(text))
}

/// Opens the program for text messages. RFC 5724 has `?body=`; iPhones have long wanted `&body=`: with both, each finds its own.
#[must_use]
pub fn sms(number: &str, text: &str) -> String {
    format!("sms:{number}?&body={}", percent(text))
}

/// A text as it may stand in a query: unreserved characters as they are (RFC 3986, 2.3), a blank never as `+`.
fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(byte.into());
        } else {
            // Writing to a text cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_has_its_text_unchanged_whatever_stands_in_it() {
        assert_eq!(
            whatsapp("+15005550007", "Chat K7Q2&x=1 +50% é\n😀"),
            "https://wa.me/15005550007?text=Chat%20K7Q2%26x%3D1%20%2B50%25%20%C3%A9%0A%F0%9F%98%80"
        );
        assert_eq!(
            sms("+15005550006", "K7Q2 #1"),
            "sms:+15005550006?&body=K7Q2%20%231"
        );
    }
}
