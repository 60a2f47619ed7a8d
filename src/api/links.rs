//! Going on by the visitor's own hand: links by which they write first, and links that lead back to a browser.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::asker::{Network, Visitor, bearer};
use super::extract::{Body, Id};
use super::origins::Of;
use super::problem::ProblemBody;
use super::view::time;
use super::{Api, Problem};
use crate::core::ConversationId;
use crate::gateway::token::{Token, TokenKind};
use crate::gateway::{Caller, Fault};

/// The channel to go on on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkTo {
    channel: String,
}

/// A link by which the visitor writes first.
#[derive(Debug, Serialize, ToSchema)]
pub struct WritingLink {
    channel: String,
    /// Opens their own program with the text written.
    url: String,
    /// What it writes: they may send it by hand as well.
    text: String,
    /// The link as a QR code: an SVG document, for a phone beside this screen.
    qr: String,
    /// The code in it works once, until then, for this conversation.
    expires_at: String,
}

/// Makes a link, with a one-time code, by which the visitor goes on with this conversation on a channel: they write first, so that no
/// welcome is needed and nobody has to be asked for a number.
#[utoipa::path(post, path = "/v1/conversations/{id}/links", tag = "switch", params(("id" = String, Path)),
    request_body = LinkTo, security(("visitor" = [])), responses(
    (status = 201, body = WritingLink),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn write_first(
    State(api): State<Arc<Api>>,
    Visitor(visitor): Visitor,
    Id(id): Id<ConversationId>,
    Body(asked): Body<LinkTo>,
) -> Result<(StatusCode, Json<WritingLink>), Problem> {
    let made = api
        .gateway
        .invite_to_write(&visitor, id, &asked.channel)
        .await?;
    let link = WritingLink {
        qr: qr(&made.url)?,
        channel: made.channel,
        url: made.url,
        text: made.text,
        expires_at: time(made.expires_at),
    };
    Ok((StatusCode::CREATED, Json(link)))
}

/// A link as a QR code, dark on light whatever the theme: phones read nothing else reliably.
fn qr(url: &str) -> Result<String, Problem> {
    let code = QrCode::with_error_correction_level(url, EcLevel::M).map_err(|_| {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "the link is too long for a QR code; use it as it is",
        )
    })?;
    Ok(code
        .render::<svg::Color<'_>>()
        .quiet_zone(true)
        .min_dimensions(180, 180)
        .build())
}

/// A link that was sent to a phone.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnLink {
    /// What stands behind `#return=` in it.
    token: String,
}

/// A browser that came by a link.
#[derive(Debug, Serialize, ToSchema)]
pub struct CameBack {
    visitor: Ref,
    /// To be kept by the browser, and sent as bearer token.
    token: String,
    conversation: Ref,
}

/// An id.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ref {
    id: String,
}

/// Opens a conversation by a link that was sent to a phone, once, and goes on with it here. It shows the log from where that phone joined,
/// or all of it where the phone or this browser (by its bearer token) is known to be the visitor's.
#[utoipa::path(post, path = "/v1/visitors/return", tag = "visitors", request_body = ReturnLink,
    security((), ("visitor" = [])), responses(
    (status = 201, body = CameBack),
    (status = "default", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn come_back(
    State(api): State<Arc<Api>>,
    Network(network): Network,
    headers: HeaderMap,
    Body(asked): Body<ReturnLink>,
) -> Result<Response, Problem> {
    let link = Token::parse(&asked.token)
        .filter(|token| token.kind() == TokenKind::Return)
        .ok_or(Fault::LinkGone)?;
    let known = match bearer(&headers).and_then(Token::parse) {
        Some(token) => api.gateway.authenticate(&token, &network).await?,
        None => None,
    };
    let known = match known {
        // A pass shows less than all: it proves nothing.
        Some(Caller::Visitor(visitor)) if visitor.pass.is_none() => Some(visitor.id),
        _ => None,
    };
    let back = api.gateway.return_by(&link, known).await?;
    let organization = Of(Arc::from(link.organization()));
    let body = CameBack {
        visitor: Ref {
            id: back.visitor.to_string(),
        },
        token: back.token.expose().to_owned(),
        conversation: Ref {
            id: back.conversation.to_string(),
        },
    };
    Ok((StatusCode::CREATED, Extension(organization), Json(body)).into_response())
}
