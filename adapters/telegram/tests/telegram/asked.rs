//! What else Telegram is told, and the link that leads to us.

use contract::testing::{StandIn, json_of, nobody};
use contract::{Channel, Mark, Reason, SendError};
use serde_json::json;

use crate::cast::{API, HERS, TOKEN, VERA, acme, file, vera};

#[tokio::test]
async fn writing_is_told_and_reading_cannot_be() {
    let (provider_id, to) = (HERS.to_owned(), vera());
    let read = Mark::Read {
        provider_id: provider_id.clone(),
        to: to.clone(),
    };
    let typing = Mark::Typing { provider_id, to };
    let telegram = StandIn::replying([file("marked"), file("refused_token")]);
    let channel = acme(&telegram.base());
    assert_eq!(channel.mark(&typing).await, Ok(()));
    let asked = telegram.requests().remove(0);
    assert_eq!(asked.url, format!("/bot{TOKEN}/sendChatAction"));
    assert_eq!(
        json_of(&asked),
        json!({ "chat_id": VERA, "action": "typing" })
    );
    let refused = channel.mark(&typing).await;
    assert!(
        matches!(&refused, Err(SendError::Rejected(failure)) if failure.reason == Reason::Misconfigured),
        "{refused:?}"
    );
    let (_kept, nobody) = nobody();
    assert_eq!(acme(&nobody).mark(&read).await, Ok(()));
}

#[test]
fn a_link_opens_the_bot_with_a_code() {
    let telegram = acme(API);
    assert_eq!(
        telegram.link("Chat-K7Q2X-9F3HM").as_deref(),
        Some("https://t.me/acme_pumps_bot?start=Chat-K7Q2X-9F3HM")
    );
    assert!(telegram.link(&"x".repeat(64)).is_some());
    for text in ["", "Chat K7Q2", "a&b", "é", &"x".repeat(65)] {
        assert_eq!(telegram.link(text), None, "{text:?}");
    }
}
