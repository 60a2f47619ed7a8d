//! Visitors who write first: a code that they were given leads their phone to their conversation, once.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{Stage, active_channel};
use crate::Failed;
use crate::api::Api;
use crate::channels::Channel;
use crate::dice::Dice;
use crate::record::Code;
use crate::rest::text;

/// How long a phone's text may take until it has moved its conversation.
const PATIENCE: Duration = Duration::from_secs(30);

/// One visitor after the other, with the same phone; another tries each code again.
pub async fn visitors(
    stage: Stage,
    phone: String,
    stranger: String,
    mut dice: Dice,
) -> Result<(), Failed> {
    let mut number = 0;
    while !stage.is_over() {
        number += 1;
        write_first(&stage, &phone, &stranger, number, &mut dice).await?;
        stage.nap(&mut dice, 3_000).await;
    }
    Ok(())
}

async fn write_first(
    stage: &Stage,
    phone: &str,
    stranger: &str,
    number: u64,
    dice: &mut Dice,
) -> Result<(), Failed> {
    let channel = stage.organization.any(dice);
    let visitor = stage.visitor().await?;
    let conversation = visitor
        .post("/v1/conversations", &json!({"client_id": "open"}))
        .await?;
    let conversation = text(&conversation.body, "id")?;
    let path = format!("/v1/conversations/{conversation}");
    let asked = json!({"channel": channel.word});
    let link = visitor.post(&format!("{path}/links"), &asked).await?;
    let code = text(&link.body, "text")?;
    let by = |phone| sent(code, channel, phone, number);
    let (first, again) = (by(phone), by(stranger));
    stage.record.code(Code {
        conversation: conversation.to_owned(),
        text: first.clone(),
        again: Some(again.clone()),
    });
    stage.carrier.write_first(channel, phone, &first);
    if arrives(stage, &visitor, &path, channel, dice).await? {
        stage.carrier.write_first(channel, stranger, &again);
    }
    Ok(())
}

/// What a phone sends with a code.
pub fn sent(code: &str, channel: &Channel, phone: &str, number: u64) -> String {
    let (before, word) = (channel.before, channel.word);
    format!("{before}{code} from {phone} by {word} code number {number}")
}

/// Waits until a code that was sent has moved its conversation; false if all is over before.
pub async fn arrives(
    stage: &Stage,
    visitor: &Api,
    path: &str,
    channel: &Channel,
    dice: &mut Dice,
) -> Result<bool, Failed> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if stage.is_over() {
            return Ok(false);
        }
        if active_channel(&visitor.get(path).await?.body) == channel.word {
            stage.record.count("codes that led a phone to its chat");
            return Ok(true);
        }
        stage.nap(dice, 100).await;
    }
    let wrong = format!("a code did not move {path} to {}", channel.word);
    stage.record.wrong(wrong);
    Ok(false)
}
