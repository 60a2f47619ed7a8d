//! Is this request Twilio's? `X-Twilio-Signature` is the Base64 of an HMAC-SHA1, keyed with the account's auth token, over the
//! URL and, for a form, every name and value in order (Twilio's page "Validate incoming requests").

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use contract::{Reject, WebhookRequest};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, Method, header};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use crate::form::Form;

/// Where the signature stands.
const HEADER: &str = "x-twilio-signature";

/// The query parameter that ties a body which is not a form to the signed URL.
const BODY_HASH: &str = "bodySHA256";

/// What to look at where it is wrong.
const CHECK: &str = "its signature does not match this body and URL; is public_url what Twilio calls, and auth_token the account's?";

type Key = Hmac<Sha1>;

/// Knows the account's tokens, as ready HMAC states: keying costs as much as signing a short message.
pub(crate) struct Verifier {
    keys: Vec<Key>,
}

impl Verifier {
    pub(crate) fn new(token: &str, other: Option<&str>) -> Self {
        let keys = std::iter::once(token).chain(other).map(key).collect();
        Self { keys }
    }

    /// The request's parameters, once they are proven to be Twilio's.
    pub(crate) fn verify<'a>(&self, request: &WebhookRequest<'a>) -> Result<Form<'a>, Reject> {
        let signature = signature(request.headers)?;
        let url = Url::split(request.url).ok_or(Reject::BadSignature(CHECK))?;
        let form = Form::parse(payload(request, &url)?)
            .ok_or(Reject::Malformed("more fields than Twilio sends".into()))?;
        // A GET's parameters stand in the URL already.
        let signed = (*request.method != Method::GET).then_some(&form);
        match url
            .spellings()
            .any(|url| self.signed(&url, signed, &signature))
        {
            true => Ok(form),
            false => Err(Reject::BadSignature(CHECK)),
        }
    }

    /// Whether one of the tokens signed this, in constant time.
    fn signed(&self, url: &[&str], form: Option<&Form<'_>>, signature: &[u8]) -> bool {
        self.keys.iter().any(|key| {
            let mut mac = key.clone();
            url.iter().for_each(|part| mac.update(part.as_bytes()));
            for (name, value) in form.into_iter().flat_map(Form::pairs) {
                mac.update(name.as_bytes());
                mac.update(value.as_bytes());
            }
            mac.verify_slice(signature).is_ok()
        })
    }
}

fn key(token: &str) -> Key {
    Key::new_from_slice(token.as_bytes()).expect("HMAC takes keys of any length")
}

fn signature(headers: &HeaderMap) -> Result<Vec<u8>, Reject> {
    let given = headers.get(HEADER).ok_or(Reject::Unsigned)?;
    BASE64
        .decode(given)
        .map_err(|_| Reject::BadSignature(CHECK))
}

/// The bytes that hold the parameters. A body that is no form holds none: it is proven by its hash in the URL.
fn payload<'a>(request: &WebhookRequest<'a>, url: &Url<'a>) -> Result<&'a [u8], Reject> {
    if *request.method == Method::GET {
        Ok(url.query().as_bytes())
    } else if is_form(request.headers) {
        Ok(request.body)
    } else if hash_matches(url.query(), request.body) {
        Ok(&[])
    } else {
        Err(Reject::BadSignature(CHECK))
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(header::CONTENT_TYPE) else {
        return true;
    };
    let essence = kind
        .as_bytes()
        .split(|byte| *byte == b';')
        .next()
        .unwrap_or_default();
    essence
        .trim_ascii()
        .eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
}

fn hash_matches(query: &str, body: &[u8]) -> bool {
    let claimed = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == BODY_HASH);
    claimed.is_some_and(|(_, hash)| hash == hex(&Sha256::digest(body)))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A URL in the parts that Twilio spells in more than one way.
struct Url<'a> {
    /// `https://`
    scheme: &'a str,
    /// `user:password@`, or nothing.
    user: &'a str,
    host: &'a str,
    /// `:8443`, or nothing.
    port: &'a str,
    /// Path and query. A fragment steers Twilio's retries and is never signed.
    rest: &'a str,
}

impl<'a> Url<'a> {
    fn split(url: &'a str) -> Option<Self> {
        let url = url.split_once('#').map_or(url, |(signed, _)| signed);
        let (scheme, after) = url.split_at(url.find("://")? + 3);
        let (authority, rest) = after.split_at(after.find(['/', '?']).unwrap_or(after.len()));
        let (user, host) = authority.split_at(authority.rfind('@').map_or(0, |at| at + 1));
        let past_brackets = host.rfind(']').unwrap_or(0);
        let port = host[past_brackets..]
            .find(':')
            .map_or(host.len(), |at| past_brackets + at);
        let (host, port) = host.split_at(port);
        Some(Self {
            scheme,
            user,
            host,
            port,
            rest,
        })
    }

    fn query(&self) -> &'a str {
        self.rest.split_once('?').map_or("", |(_, query)| query)
    }

    /// As configured, and with the port left out or, where there is none, with the scheme's own: "signature generation on the
    /// back end is inconsistent", say Twilio's own validators. Its pages say that the user is dropped; its validators keep it.
    fn spellings(&self) -> impl Iterator<Item = [&'a str; 5]> {
        let other_port = match (self.port, self.scheme) {
            ("", "http://") => ":80",
            ("", _) => ":443",
            _ => "",
        };
        let users = std::iter::once(self.user).chain((!self.user.is_empty()).then_some(""));
        let (scheme, host, port, rest) = (self.scheme, self.host, self.port, self.rest);
        users.flat_map(move |user| [port, other_port].map(|port| [scheme, user, host, port, rest]))
    }
}

#[cfg(test)]
mod tests {
    use super::Url;

    fn spellings(url: &str) -> Vec<String> {
        Url::split(url)
            .expect("a URL")
            .spellings()
            .map(|parts| parts.concat())
            .collect()
    }

    #[test]
    fn a_url_is_tried_as_configured_first_then_with_its_other_port() {
        assert_eq!(
            spellings("https://gw.example/in?a=1"),
            ["https://gw.example/in?a=1", "https://gw.example:443/in?a=1"]
        );
        assert_eq!(
            spellings("http://gw.example"),
            ["http://gw.example", "http://gw.example:80"]
        );
        assert_eq!(
            spellings("https://gw.example:8443/in"),
            ["https://gw.example:8443/in", "https://gw.example/in"]
        );
        assert_eq!(
            spellings("https://[2001:db8::1]/in"),
            ["https://[2001:db8::1]/in", "https://[2001:db8::1]:443/in"]
        );
        assert_eq!(
            spellings("http://[::1]:8080?a=:1"),
            ["http://[::1]:8080?a=:1", "http://[::1]?a=:1"]
        );
    }

    #[test]
    fn a_user_is_dropped_and_a_fragment_never_tried() {
        assert_eq!(
            spellings("https://ada:secret@gw.example:8443/in#rc=5"),
            [
                "https://ada:secret@gw.example:8443/in",
                "https://ada:secret@gw.example/in",
                "https://gw.example:8443/in",
                "https://gw.example/in"
            ]
        );
    }

    #[test]
    fn what_is_no_url_has_no_spelling() {
        assert!(Url::split("/webhooks/acme-sms").is_none());
    }
}
