//! What a request carries, read strictly: a field that we do not know is an error that names it.

use std::str::FromStr;
use std::time::Duration;

use axum::body::Body as Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use contract::nul;
use futures_util::StreamExt;
use serde::de::DeserializeOwned;

use super::Problem;

/// The longest body of a request, in bytes.
pub const BODY_LIMIT: usize = 64 * 1024;
/// Of a longer one so much is read and thrown away, so that its sender hears the answer.
const DISCARDED: usize = 4 * 1024 * 1024;
/// A body must have come within this.
const BODY_WITHIN: Duration = Duration::from_secs(20);

/// A JSON body.
#[derive(Debug)]
pub struct Body<T>(pub T);

/// No body, or an empty object.
#[derive(Debug)]
pub struct NoBody;

/// The id in the path. One that cannot be read is one that is not there.
#[derive(Debug)]
pub struct Id<T>(pub T);

/// The query.
#[derive(Debug)]
pub struct Params<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        is_json(&parts.headers)?;
        let bytes = read(body, BODY_LIMIT).await?;
        json(&bytes).map(Self)
    }
}

impl<S: Send + Sync> FromRequest<S> for NoBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Nothing {}
        let (parts, body) = request.into_parts();
        let bytes = read(body, BODY_LIMIT).await?;
        if !bytes.is_empty() {
            is_json(&parts.headers)?;
            json::<Nothing>(&bytes)?;
        }
        Ok(Self)
    }
}

impl<S: Send + Sync, T: FromStr + Send> FromRequestParts<S> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let text = Path::<String>::from_request_parts(parts, state)
            .await
            .map(|Path(text)| text);
        let id = text.ok().and_then(|text| text.parse().ok());
        id.map(Self).ok_or_else(|| {
            Problem::new(
                StatusCode::NOT_FOUND,
                "not_found",
                "there is nothing with this id",
            )
        })
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let given = parts.uri.query().unwrap_or_default();
        let mut pairs = url::form_urlencoded::parse(given.as_bytes());
        if let Some((field, _)) = pairs.find(|(_, value)| value.contains('\0')) {
            return Err(has_nul(&field));
        }
        let query = Query::<T>::try_from_uri(&parts.uri);
        query
            .map(|Query(params)| Self(params))
            .map_err(|rejection| {
                let reason = std::error::Error::source(&rejection)
                    .map_or_else(|| rejection.body_text(), ToString::to_string);
                match quoted(&reason).filter(|_| reason.contains("unknown field")) {
                    Some(field) => unknown_field(field),
                    None => Problem::new(
                        StatusCode::BAD_REQUEST,
                        "malformed",
                        format!("the query cannot be read: {reason}"),
                    ),
                }
            })
    }
}

/// Reads a body of at most `limit` bytes.
///
/// # Errors
/// When it is longer, slower, or breaks off.
pub async fn read(body: Bytes, limit: usize) -> Result<Vec<u8>, Problem> {
    let reading = async {
        let mut stream = body.into_data_stream();
        let (mut bytes, mut length) = (Vec::new(), 0_usize);
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|_| {
                Problem::new(StatusCode::BAD_REQUEST, "malformed", "the body broke off")
            })?;
            length = length.saturating_add(chunk.len());
            if length <= limit {
                bytes.extend_from_slice(&chunk);
            } else if length > DISCARDED {
                break;
            }
        }
        if length > limit {
            let detail = format!("the body is longer than {limit} bytes");
            return Err(
                Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
                    .with("limit", limit),
            );
        }
        Ok(bytes)
    };
    let slow = || {
        Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            "timeout",
            "the body did not come in time",
        )
    };
    tokio::time::timeout(BODY_WITHIN, reading)
        .await
        .map_err(|_| slow())?
}

fn is_json(headers: &HeaderMap) -> Result<(), Problem> {
    let given = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = given
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    if essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"))
    {
        return Ok(());
    }
    let detail = "the body must be JSON, sent as content-type application/json";
    Err(Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "not_json",
        detail,
    ))
}

fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    is_object(bytes)?;
    if let Some(field) = nul::field_with(bytes) {
        return Err(has_nul(&field));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        unreadable(error.inner(), Some(&path).filter(|path| *path != "."))
    })?;
    reader.end().map_err(|error| unreadable(&error, None))?;
    Ok(value)
}

/// A list of values would be taken for the fields of a body in their order: only an object says which is which.
fn is_object(bytes: &[u8]) -> Result<(), Problem> {
    if bytes.trim_ascii_start().starts_with(b"{") {
        return Ok(());
    }
    serde_json::from_slice::<serde::de::IgnoredAny>(bytes)
        .map_err(|error| unreadable(&error, None))?;
    Err(Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "invalid_field",
        "an object is needed: the body is another kind of JSON",
    ))
}

/// What is wrong with a JSON text: not JSON at all (400), or not what is asked for (422).
pub fn unreadable(error: &serde_json::Error, path: Option<&String>) -> Problem {
    let reason = error.to_string();
    if !error.is_data() {
        return Problem::new(
            StatusCode::BAD_REQUEST,
            "malformed",
            format!("the body is not JSON: {reason}"),
        );
    }
    let field = quoted(&reason);
    match field {
        Some(field) if reason.starts_with("unknown field") => unknown_field(field),
        Some(field) if reason.starts_with("missing field") => {
            let detail = format!("the field {field} is missing");
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "missing_field", detail)
                .with("field", field)
        }
        Some(field) if reason.ends_with(nul::REFUSED) => has_nul(field),
        _ => {
            let problem = Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid_field",
                reason.clone(),
            );
            match path {
                Some(path) => problem.with("field", path),
                None => problem,
            }
        }
    }
}

fn has_nul(field: &str) -> Problem {
    Problem::field(field, format!("{field} {}", nul::REFUSED))
}

fn unknown_field(field: &str) -> Problem {
    let detail = format!("there is no field {field} here");
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "unknown_field", detail).with("field", field)
}

fn quoted(text: &str) -> Option<&str> {
    text.split('`').nth(1)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::Value;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Words {
        client_id: String,
        text: Option<String>,
    }

    fn problem(text: &str) -> Value {
        serde_json::to_value(json::<Words>(text.as_bytes()).unwrap_err().body()).unwrap()
    }

    #[test]
    fn an_unknown_field_is_named() {
        let problem = problem(r#"{"client_id":"1","colour":"red"}"#);
        assert_eq!(
            (&problem["status"], &problem["code"], &problem["field"]),
            (&422.into(), &"unknown_field".into(), &"colour".into())
        );
    }

    #[test]
    fn a_missing_field_and_one_of_another_type_are_named() {
        assert_eq!(problem("{}")["field"], "client_id");
        let wrong = problem(r#"{"client_id":"1","text":7}"#);
        assert_eq!(
            (&wrong["status"], &wrong["code"], &wrong["field"]),
            (&422.into(), &"invalid_field".into(), &"text".into())
        );
    }

    #[test]
    fn a_field_with_a_nul_in_it_is_named() {
        for body in [
            r#"{"client_id":"1","text":"a\u0000"}"#,
            r#"{"text":"\u0000","client_id":"1"}"#,
        ] {
            let problem = problem(body);
            assert_eq!(
                (&problem["status"], &problem["code"], &problem["field"]),
                (&422.into(), &"invalid_field".into(), &"text".into())
            );
        }
        assert!(json::<Words>(br#"{"client_id":"\\u0000"}"#).is_ok());
    }

    #[test]
    fn a_body_is_an_object_and_no_list_of_its_values() {
        for text in [r#"["1",null]"#, r#" ["1","hello"]"#, "7", "null", "[]"] {
            let problem = problem(text);
            assert_eq!(
                (&problem["status"], &problem["code"]),
                (&422.into(), &"invalid_field".into()),
                "{text}"
            );
            let detail = problem["detail"].as_str().unwrap();
            assert!(detail.starts_with("an object is needed"), "{detail}");
        }
        for text in ["[", "nul", "[1] x"] {
            assert_eq!(problem(text)["status"], 400, "{text}");
        }
    }

    #[test]
    fn what_is_not_json_is_malformed() {
        for text in [
            "",
            "{",
            "{\"client_id\":\"\\ud800\"}",
            "{\"client_id\":\"1\"} x",
            "{\"client_id\":\"1\"",
            "\u{feff}{}",
        ] {
            assert_eq!(problem(text)["status"], 400, "{text}");
        }
        assert!(
            json::<Words>(b"{\"client_id\":\"\xff\"}")
                .is_err_and(|problem| problem.status() == 400)
        );
    }

    #[tokio::test]
    async fn a_body_is_taken_up_to_its_limit_and_not_a_byte_further() {
        assert_eq!(
            read(Bytes::from(vec![b'x'; 100]), 100).await.unwrap().len(),
            100
        );
        let refused = read(Bytes::from(vec![b'x'; 101]), 100).await.unwrap_err();
        assert_eq!(refused.status(), StatusCode::PAYLOAD_TOO_LARGE);
    }
}
