//! Addresses of web servers: the base that paths are put behind, and the origin that browsers name.

use std::fmt;
use std::net::SocketAddr;

use url::Url;

use super::document::Value;
use super::values::{Parsed, invalid, text};

/// `https://chat.example/prefix`: an address that our paths, or a provider's, are put behind. It never ends in a slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(String);

impl BaseUrl {
    /// Reads an address: `http` or `https`, a host, perhaps a port and a path; no name, password, query or fragment.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let url = bare(text)?;
        Some(Self(url.as_str().trim_end_matches('/').to_owned()))
    }

    /// The address of a server of ours that listens here.
    #[must_use]
    pub fn of(listener: SocketAddr) -> Self {
        Self(format!("http://{listener}"))
    }

    /// The address as it is signed and called.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address of a path, which begins with a slash.
    #[must_use]
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// What a browser that has a page from here open calls it.
    #[must_use]
    pub fn origin(&self) -> Origin {
        Origin(origin_of(&self.0).unwrap_or_default())
    }

    /// Whether browsers come over TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https:")
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `https://acme.example`: scheme, host and port, in the one form that two can be compared in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin(String);

impl Origin {
    /// Reads what a person wrote or a browser sent. `null` and `*` are no origins.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let url = bare(text).filter(|url| url.path() == "/")?;
        Some(Self(url.origin().ascii_serialization()))
    }

    /// The origin as a browser sends it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The origins of a machine that talks to itself: its three names, with the listener's port.
pub(super) fn loopback_origins(port: u16) -> impl Iterator<Item = Origin> {
    ["localhost", "127.0.0.1", "[::1]"]
        .into_iter()
        .filter_map(move |host| Origin::parse(&format!("http://{host}:{port}")))
}

/// The address that a provider calls us by.
pub(super) fn public_url(value: &Value) -> Parsed<Option<BaseUrl>> {
    let written = text(value)?.trim();
    if written.is_empty() {
        return Ok(None);
    }
    let expected =
        "an address such as \"https://chat.example\", without name, path, query or fragment";
    let Some(base) = BaseUrl::parse(written) else {
        return invalid(expected, value);
    };
    // Cookies of one host hold for all of its paths, and pages ask for their parts from its root.
    if base.as_str() != base.origin().as_str() {
        return invalid(
            "an address without a path, such as \"https://chat.example\": the server needs a host name of its own",
            value,
        );
    }
    // Twilio refuses a StatusCallback whose host has an underscore in it.
    if base.origin().as_str().contains('_') {
        return invalid(
            "an address whose host has no underscore in it (providers refuse to call one)",
            value,
        );
    }
    Ok(Some(base))
}

/// A site that may show the chat window.
pub(super) fn origin(value: &Value) -> Parsed<Origin> {
    let expected = "origins such as \"https://acme.example\", each written out, without a path";
    Origin::parse(text(value)?).map_or_else(|| invalid(expected, value), Ok)
}

/// An `http` or `https` address with nothing but host, port and path.
fn bare(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.host_str().is_some_and(|host| !host.contains('*'))
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    plain.then_some(url)
}

fn origin_of(text: &str) -> Option<String> {
    Some(Url::parse(text).ok()?.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_keeps_its_path_and_loses_its_last_slash() {
        for (written, base, origin) in [
            (
                "https://chat.example",
                "https://chat.example",
                "https://chat.example",
            ),
            (
                "https://chat.example/",
                "https://chat.example",
                "https://chat.example",
            ),
            (
                "HTTPS://Chat.Example/help/",
                "https://chat.example/help",
                "https://chat.example",
            ),
            (
                "http://127.0.0.1:8080",
                "http://127.0.0.1:8080",
                "http://127.0.0.1:8080",
            ),
            (
                "https://chat.example:443/x",
                "https://chat.example/x",
                "https://chat.example",
            ),
            (
                "http://[::1]:9000/twilio",
                "http://[::1]:9000/twilio",
                "http://[::1]:9000",
            ),
        ] {
            let read = BaseUrl::parse(written).expect(written);
            assert_eq!((read.as_str(), read.origin().as_str()), (base, origin));
        }
        assert_eq!(
            BaseUrl::parse("https://x.example/a").map(|base| base.join("/b")),
            Some("https://x.example/a/b".to_owned())
        );
    }

    #[test]
    fn an_address_with_anything_else_in_it_is_none() {
        for written in [
            "",
            "chat.example",
            "ftp://chat.example",
            "https://",
            "https://ada@chat.example",
            "https://ada:pw@chat.example",
            "https://chat.example?x=1",
            "https://chat.example/#rc=5",
            "https://*.example",
            "https://chat.example:99999",
        ] {
            assert_eq!(BaseUrl::parse(written), None, "{written}");
        }
    }

    #[test]
    fn origins_are_compared_in_one_form() {
        let acme = Origin::parse("https://acme.example").expect("an origin");
        for same in [
            "https://acme.example:443",
            "https://ACME.example",
            "https://acme.example/",
        ] {
            assert_eq!(Origin::parse(same), Some(acme.clone()), "{same}");
        }
        for other in [
            "http://acme.example",
            "https://acme.example:8443",
            "https://acme.example.evil",
            "https://evilacme.example",
        ] {
            assert_ne!(Origin::parse(other), Some(acme.clone()), "{other}");
        }
        for none in [
            "null",
            "*",
            "acme.example",
            "https://acme.example/shop",
            "file:///x",
            "https://acme.example@evil.example",
        ] {
            assert_eq!(Origin::parse(none), None, "{none}");
        }
    }

    #[test]
    fn a_host_that_providers_refuse_to_call_is_refused_here() {
        let given = |text: &str| public_url(&Value::Text(text.to_owned()));
        assert!(given("https://my_chat.example").is_err());
        assert!(given("https://chat.example:8443/").is_ok());
        assert_eq!(given(""), Ok(None));
    }

    #[test]
    fn a_server_has_a_host_name_to_itself() {
        let given = |text: &str| public_url(&Value::Text(text.to_owned()));
        for written in ["https://chat.example/help", "https://chat.example/a/b/"] {
            let refused = given(written).expect_err(written);
            assert!(refused.expected.contains("without a path"), "{refused:?}");
        }
    }
}
