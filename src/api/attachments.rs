//! Files that go with messages: bringing them, and having them.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::asker::Anybody;
use super::extract::{Id, Params};
use super::problem::ProblemBody;
use super::{Api, Present, Problem};
use crate::gateway::Fault;
use crate::gateway::attachments::Upload;
use crate::media::name::disposition;
use crate::media::range::{Wanted, wanted};
use crate::media::sniff::is_shown;
use crate::store::attachments::{Attachment, State as Fate};

/// The longest wait for more of an upload.
const STALL: Duration = Duration::from_secs(20);
/// A whole upload, however slowly it comes.
const WHOLE: Duration = Duration::from_secs(15 * 60);
/// Of a file that is too large so much is read and thrown away, so that its sender hears the answer.
const DISCARDED: u64 = 4 * 1024 * 1024;
/// What a browser may do with a file that it opens: nothing but show it.
const CAREFUL: &str = "sandbox; default-src 'none'";

/// What a file is called.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Called {
    /// Its name, as its owner knows it.
    name: Option<String>,
}

/// A file that is kept, to go with one message.
#[derive(Debug, Serialize, ToSchema)]
pub struct Uploaded {
    /// For the `attachments` of a message.
    id: String,
    /// What it is called.
    name: String,
    /// What its bytes show it to be.
    content_type: String,
    /// How many bytes it has.
    size: u64,
}

/// Brings a file: the body is the file as it is, `Content-Type` what it is said to be. It goes with one message of whoever brought it, or is taken
/// away after a day. Too large: 413 with `limit`.
#[utoipa::path(post, path = "/v1/attachments", tag = "attachments", params(Called),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "the file"),
    security(("visitor" = []), ("operator" = []), ("session" = [])), responses(
    (status = 201, body = Uploaded, description = "kept"),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn upload(
    State(api): State<Arc<Api>>,
    Anybody(caller): Anybody,
    Params(called): Params<Called>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Uploaded>), Problem> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let said = text(header::CONTENT_TYPE).unwrap_or_default();
    let limit = api.gateway.media.terms.max_bytes;
    let length = text(header::CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
    let mut upload = api.gateway.begin_upload(&caller).await?;
    let too_large = length.is_some_and(|length| length > limit);
    let taking = take(&mut upload, body, too_large.then_some(limit));
    let taken = tokio::time::timeout(WHOLE, taking).await;
    taken.unwrap_or_else(|_| Err(slow()))?;
    let name = called.name.unwrap_or_default();
    let kept = api
        .gateway
        .finish_upload(&caller, upload, &name, said)
        .await?;
    let uploaded = Uploaded {
        id: kept.id,
        name: kept.name,
        content_type: kept.content_type,
        size: kept.size.unwrap_or_default(),
    };
    Ok((StatusCode::CREATED, Json(uploaded)))
}

/// Takes the bytes as they come. Of what is known to be too large a little is read all the same.
async fn take(upload: &mut Upload, body: Body, too_large: Option<u64>) -> Result<(), Problem> {
    let mut refused = too_large.map(|limit| Fault::TooLarge { limit });
    let mut discarded = 0;
    let mut stream = body.into_data_stream();
    while let Some(chunk) = tokio::time::timeout(STALL, stream.next())
        .await
        .map_err(|_| slow())?
    {
        let chunk = chunk.map_err(|_| {
            Problem::new(StatusCode::BAD_REQUEST, "malformed", "the body broke off")
        })?;
        if refused.is_some() {
            discarded += chunk.len() as u64;
            if discarded > DISCARDED {
                break;
            }
        } else if let Err(fault) = upload.write(&chunk).await {
            refused = Some(fault);
        }
    }
    refused.map_or(Ok(()), |fault| Err(fault.into()))
}

fn slow() -> Problem {
    let detail = "the file did not come in time";
    Problem::new(StatusCode::REQUEST_TIMEOUT, "timeout", detail)
}

/// A file's bytes, for who may see the message that it goes with. A part of it can be asked for with `Range`. Not here (yet, or any more): 409 with
/// `state`.
#[utoipa::path(get, operation_id = "read_attachment", path = "/v1/attachments/{id}", tag = "attachments", params(("id" = String, Path)),
    security(("visitor" = []), ("operator" = []), ("session" = [])), responses(
    (status = 200, content_type = "application/octet-stream", description = "the file"),
    (status = 206, content_type = "application/octet-stream", description = "a part of it"),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn read(
    State(api): State<Arc<Api>>,
    Anybody(caller): Anybody,
    Id(id): Id<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (file, shown_in) = api.gateway.attachment(&caller, &id).await?;
    if let Some((stored, seq)) = shown_in {
        // What goes with an entry that is not theirs to see is not theirs either.
        let entry = api.gateway.entry(&stored, seq).await?;
        entry
            .and_then(|entry| api.event(&caller, &stored, &entry, &Present::default()))
            .ok_or_else(|| Problem::not_found("attachment"))?;
    }
    let state = match file.state {
        Fate::Here => None,
        Fate::Waiting => Some("fetching"),
        Fate::Gone | Fate::Refused => Some("gone"),
    };
    if let Some(state) = state {
        let detail = "the bytes of this file are not here";
        return Err(Problem::new(StatusCode::CONFLICT, "not_here", detail).with("state", state));
    }
    let answer = serve(&api, &file, &headers, "private, no-cache".to_owned()).await;
    answer.ok_or_else(|| Problem::not_found("attachment"))
}

/// A file's bytes, for who has a link that is still good. Whatever is wrong with a link, the answer is the same.
#[utoipa::path(get, path = "/f/{token}", tag = "attachments", params(("token" = String, Path)), responses(
    (status = 200, content_type = "application/octet-stream", description = "the file"),
    (status = 206, content_type = "application/octet-stream", description = "a part of it"),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn linked(
    State(api): State<Arc<Api>>,
    Id(token): Id<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let nothing = || Problem::not_found("file, or the link to it is no longer good");
    let (file, left) = api.gateway.linked(&token).await?.ok_or_else(nothing)?;
    let cache = format!("private, max-age={}", left.as_secs());
    let mut response = serve(&api, &file, &headers, cache)
        .await
        .ok_or_else(nothing)?;
    // Windows stand on other sites, which may let in only what says that it may.
    response.headers_mut().insert(
        "cross-origin-resource-policy",
        HeaderValue::from_static("cross-origin"),
    );
    Ok(response)
}

/// The bytes, or the part that is asked for. None: they are not here.
async fn serve(api: &Api, file: &Attachment, asked: &HeaderMap, cache: String) -> Option<Response> {
    let (key, size) = (file.key.as_deref()?, file.size?);
    let tag = format!("\"{}\"", file.sha256.as_deref().unwrap_or_default());
    let text = |name| asked.get(name).and_then(|value| value.to_str().ok());
    // A part of another version is of no use; the bytes never change here, so that any other tag is not ours.
    let same = text(header::IF_RANGE).is_none_or(|known| known == tag);
    let wanted = wanted(text(header::RANGE).filter(|_| same), size);
    let (status, from, length) = match wanted {
        Wanted::Whole => (StatusCode::OK, 0, size),
        Wanted::Part(from, to) => (StatusCode::PARTIAL_CONTENT, from, to - from + 1),
        Wanted::Nothing => (StatusCode::RANGE_NOT_SATISFIABLE, 0, 0),
    };
    let bytes = match api.gateway.media.folder.get(key, from, length).await {
        Ok(bytes) => Body::from_stream(bytes),
        Err(error) => {
            tracing::error!(%error, attachment = %file.id, "the bytes of a file cannot be read");
            return None;
        }
    };
    let mut response = (status, bytes).into_response();
    let shown = is_shown(&file.content_type);
    let range = match wanted {
        Wanted::Whole => None,
        Wanted::Part(from, to) => Some(format!("bytes {from}-{to}/{size}")),
        Wanted::Nothing => Some(format!("bytes */{size}")),
    };
    let said = [
        (header::CONTENT_TYPE, Some(content_type(&file.content_type))),
        (header::CONTENT_LENGTH, Some(length.to_string())),
        (header::CONTENT_RANGE, range),
        (
            header::CONTENT_DISPOSITION,
            Some(disposition(shown, &file.name)),
        ),
        (header::ACCEPT_RANGES, Some("bytes".to_owned())),
        (header::ETAG, Some(tag)),
        (header::CACHE_CONTROL, Some(cache)),
        (header::CONTENT_SECURITY_POLICY, Some(CAREFUL.to_owned())),
        (header::X_CONTENT_TYPE_OPTIONS, Some("nosniff".to_owned())),
    ];
    for (name, value) in said {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            response.headers_mut().insert(name, value);
        }
    }
    Some(response)
}

/// Words are in UTF-8 here: as such they were recognised.
fn content_type(known: &str) -> String {
    if known.starts_with("text/") {
        format!("{known}; charset=utf-8")
    } else {
        known.to_owned()
    }
}
