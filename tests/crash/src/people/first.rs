//! Visitors who write first: a code that they were given leads their phone to their conversation, once.

use serde_json::json;

use super::{Stage, active_channel};
use crate::Failed;
use crate::api::Api;
use crate::channels;
use crate::dice::{Dice, some};
use crate::record::Code;
use crate::rest::text;

/// How long a phone's text may take until it has moved its conversation.
const PATIENCE: u32 = 200;

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
    number: u32,
    dice: &mut Dice,
) -> Result<(), Failed> {
    let channel = some(channels::ALL, dice);
    let visitor = stage
        .anyone
        .post("/v1/visitors", &json!({"widget_key": "wk_acme"}))
        .await?;
    let visitor = stage.anyone.by(text(&visitor.body, "token")?);
    let conversation = visitor
        .post("/v1/conversations", &json!({"client_id": "open"}))
        .await?;
    let conversation = text(&conversation.body, "id")?;
    let path = format!("/v1/conversations/{conversation}");
    let link = visitor
        .post(&format!("{path}/links"), &json!({"channel": channel.word}))
        .await?;
    let code = text(&link.body, "text")?;
    let written = Code {
        conversation: conversation.to_owned(),
        text: format!(
            "{code} from {phone} by {} code number {number}",
            channel.word
        ),
        again: format!(
            "{code} from {stranger} by {} code number {number}",
            channel.word
        ),
    };
    stage.record.code(written.clone());
    stage.carrier.write_first(channel, phone, &written.text);
    for _ in 0..PATIENCE {
        if stage.is_over() {
            return Ok(());
        }
        if is_at(&visitor, &path, channel.word).await? {
            stage.record.count("codes that led a phone to its chat");
            stage.carrier.write_first(channel, stranger, &written.again);
            return Ok(());
        }
        stage.nap(dice, 100).await;
    }
    stage.record.wrong(format!(
        "“{}” did not move {conversation} to {}",
        written.text, channel.word
    ));
    Ok(())
}

async fn is_at(visitor: &Api, path: &str, channel: &str) -> Result<bool, Failed> {
    Ok(active_channel(&visitor.get(path).await?.body) == channel)
}
