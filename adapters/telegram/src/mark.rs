//! Tells a person that somebody writes (Telegram's page "Bot API", *sendChatAction*). A bot cannot say that it has read something.

use contract::{Mark, SendError};
use serde_json::json;

use crate::rest::Rest;

pub(crate) async fn mark(rest: &Rest, mark: &Mark) -> Result<(), SendError> {
    let Mark::Typing { to, .. } = mark else {
        return Ok(());
    };
    let action = json!({ "chat_id": to.as_str(), "action": "typing" });
    let told = rest.call("sendChatAction", &action).await;
    told.map(drop).map_err(|refusal| refusal.error)
}
