//! Who is asking: a bearer token, for the numbers and the business account that it opens.

use axum::http::{HeaderMap, header};

use crate::MetaNumber;
use crate::books::Books;
use crate::meta::error::MetaError;

/// The token, if it opens anything here.
pub(super) fn token<'a>(books: &Books, headers: &'a HeaderMap) -> Result<&'a str, MetaError> {
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    token
        .filter(|token| books.accounts.opens(token, None))
        .ok_or_else(MetaError::bad_token)
}

/// The number of this id, if the token opens it.
pub(super) fn number<'a>(
    books: &'a Books,
    headers: &HeaderMap,
    id: &str,
) -> Result<&'a MetaNumber, MetaError> {
    let token = token(books, headers)?;
    books
        .accounts
        .meta(id)
        .filter(|number| {
            books
                .accounts
                .opens(token, Some(&number.business_account_id))
        })
        .ok_or_else(|| MetaError::no_object(id))
}

/// Checks that the token opens a business account.
pub(super) fn account(books: &Books, headers: &HeaderMap, id: &str) -> Result<(), MetaError> {
    let token = token(books, headers)?;
    if books.accounts.opens(token, Some(id)) {
        Ok(())
    } else {
        Err(MetaError::no_object(id))
    }
}
