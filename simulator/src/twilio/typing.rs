//! `POST v3/Indicators/Typing.json`: the account is writing an answer to a WhatsApp message, which thereby is read.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use bytes::Bytes;
use serde_json::{Value, json};

use crate::carrier::Carrier;
use crate::message::{Channel, Direction};
use crate::twilio::auth;
use crate::twilio::error::TwilioError;

pub(super) async fn indicate(
    State(carrier): State<Arc<Carrier>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, TwilioError> {
    let body = body.map_err(|_| TwilioError::BodyTooLarge)?;
    let account = auth::caller(&carrier.books(), &headers)?;
    let given: Value =
        serde_json::from_slice(&body).map_err(|_| TwilioError::InvalidParameter("body"))?;
    if !given["channel"]
        .as_str()
        .is_some_and(|channel| channel.eq_ignore_ascii_case("whatsapp"))
    {
        return Err(TwilioError::InvalidParameter("channel"));
    }
    let sid = given["messageId"]
        .as_str()
        .ok_or(TwilioError::InvalidParameter("messageId"))?;
    let message = carrier
        .books()
        .message(&account, sid)
        .map(|message| message.clone());
    let message = message
        .filter(|message| {
            message.channel == Channel::WhatsApp && message.direction == Direction::Inbound
        })
        .ok_or(TwilioError::InvalidParameter("messageId"))?;
    carrier.mark_read(&message, true);
    Ok(Json(json!({ "success": true })))
}
