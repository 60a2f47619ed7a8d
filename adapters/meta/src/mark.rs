//! Tells a person that their message was read, or that somebody writes (Meta's pages "Mark messages as read" and "Typing indicators").

use contract::{Mark, SendError};
use serde_json::json;

use crate::rest::Rest;

/// Both name a message of theirs; Meta marks it as read with either.
pub(crate) async fn mark(rest: &Rest, mark: &Mark) -> Result<(), SendError> {
    let (Mark::Read { provider_id, .. } | Mark::Typing { provider_id, .. }) = mark;
    let mut body = json!({
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": provider_id,
    });
    if matches!(mark, Mark::Typing { .. }) {
        body["typing_indicator"] = json!({ "type": "text" });
    }
    rest.create(&body).await.map(drop)
}
