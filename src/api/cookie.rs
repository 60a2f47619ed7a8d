//! The session cookie: for our own pages alone, and out of reach of their scripts.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::gateway::token::{Token, TokenKind};

const NAME: &str = "switchboard_session";
/// As long as a session lasts, in seconds.
const LASTS: u32 = 30 * 24 * 3_600;

/// The name; the prefix makes browsers refuse it over plain HTTP, from a subdomain, or for another path.
fn name(https: bool) -> String {
    if https {
        format!("__Host-{NAME}")
    } else {
        NAME.to_owned()
    }
}

/// The session token that came along, if one did.
#[must_use]
pub fn token(headers: &HeaderMap, https: bool) -> Option<Token> {
    let wanted = name(https);
    let lines = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok());
    let mut pairs = lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(name, _)| *name == wanted)?;
    Token::parse(value).filter(|token| token.kind() == TokenKind::Session)
}

/// Keeps the session in the browser.
#[must_use]
pub fn keep(token: &Token, https: bool) -> HeaderValue {
    cookie(token.expose(), LASTS, https)
}

/// Takes the session out of the browser.
#[must_use]
pub fn forget(https: bool) -> HeaderValue {
    cookie("", 0, https)
}

fn cookie(value: &str, max_age: u32, https: bool) -> HeaderValue {
    let secure = if https { "; Secure" } else { "" };
    let text = format!(
        "{}={value}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Strict{secure}",
        name(https)
    );
    HeaderValue::from_str(&text).expect("a token is plain text")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(cookie: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::COOKIE, cookie.parse().unwrap())])
    }

    #[test]
    fn the_cookie_is_read_back_among_others() {
        let session = Token::new("acme", TokenKind::Session);
        let headers = sent(&format!(
            "a=b; switchboard_session={}; c=d",
            session.expose()
        ));
        assert_eq!(token(&headers, false), Some(session));
        assert_eq!(
            token(&headers, true),
            None,
            "over TLS only the name with the prefix counts"
        );
    }

    #[test]
    fn a_visitors_token_is_no_session() {
        let visitor = Token::new("acme", TokenKind::Visitor);
        assert_eq!(
            token(
                &sent(&format!("switchboard_session={}", visitor.expose())),
                false
            ),
            None
        );
    }

    #[test]
    fn over_tls_the_cookie_is_bound_to_the_host() {
        let session = Token::new("acme", TokenKind::Session);
        let kept = keep(&session, true);
        let kept = kept.to_str().unwrap();
        assert!(
            kept.starts_with("__Host-switchboard_session=s.acme."),
            "{kept}"
        );
        for part in ["Path=/", "Secure", "HttpOnly", "SameSite=Strict"] {
            assert!(kept.contains(part), "{part} is not in {kept}");
        }
        assert!(!keep(&session, false).to_str().unwrap().contains("Secure"));
    }
}
