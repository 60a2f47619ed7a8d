//! Who is asking: HTTP Basic with the account's sid and token, for that account's own resources.

use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::books::Books;
use crate::twilio::error::TwilioError;

/// Checks that the caller may use the account in the path.
pub(super) fn check(books: &Books, headers: &HeaderMap, account: &str) -> Result<(), TwilioError> {
    let sid = caller(books, headers)?;
    if sid != account {
        return Err(TwilioError::NotFound(format!(
            "/2010-04-01/Accounts/{account}"
        )));
    }
    Ok(())
}

/// The account that is asking, where the path names none.
pub(super) fn caller(books: &Books, headers: &HeaderMap) -> Result<String, TwilioError> {
    let (sid, token) = credentials(headers).ok_or(TwilioError::Unauthorized)?;
    if !books.accounts.knows(&sid, &token) {
        return Err(TwilioError::Unauthorized);
    }
    Ok(sid)
}

fn credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let (scheme, encoded) = headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (sid, token) = decoded.split_once(':')?;
    Some((sid.to_owned(), token.to_owned()))
}
