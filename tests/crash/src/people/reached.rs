//! Leads, and visitors who left, whom several operators reach at once, again and again: one conversation, and one message each time.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Pen, Stage, phase};
use crate::Failed;
use crate::api::{Answer, Api};
use crate::channels::Channel;
use crate::dice::{Dice, some};
use crate::record::{START, STOP};
use crate::rest::text;

/// Clicks at once.
const CLICKS: u64 = 4;
/// Why a click is refused that came too late, or out of turn, or would put back a switch to where they have stopped.
const REFUSALS: [&str; 4] = ["held", "switch_pending", "window_open", "nothing_to_revert"];

/// Why a lead's reconnect is refused that names no address: theirs was taken back, or lost.
const NO_ADDRESS: &str = "no_address";

/// Longer than a visitor counts as being there.
const AWAY: Duration = Duration::from_secs(32);

/// Writes a lead down and reaches them until it is over.
pub async fn lead(stage: Stage, phone: String, mut dice: Dice) -> Result<(), Failed> {
    let noted = some(&stage.operators, &mut dice)
        .post("/v1/leads", &json!({"name": "Maya", "phone": phone}))
        .await?;
    let lead = text(&noted.body, "id")?.to_owned();
    reach_again_and_again(&stage, &phone, Some(lead), None, &mut dice).await
}

/// A visitor says something at a window, and leaves; their chat is resolved, and they are reached until it is over.
pub async fn left(stage: Stage, phone: String, mut dice: Dice) -> Result<(), Failed> {
    let visitor = stage.visitor().await?;
    let begun = json!({"client_id": "open", "text": format!("left at {phone} number 1")});
    let begun = visitor.post("/v1/conversations", &begun).await?;
    let conversation = text(&begun.body, "id")?.to_owned();
    let path = format!("/v1/conversations/{conversation}/resolve");
    some(&stage.operators, &mut dice)
        .post(&path, &json!({}))
        .await?;
    stage.wait(AWAY).await;
    stage.record.home(&phone, &conversation);
    reach_again_and_again(&stage, &phone, None, Some(conversation), &mut dice).await
}

async fn reach_again_and_again(
    stage: &Stage,
    phone: &str,
    lead: Option<String>,
    mut conversation: Option<String>,
    dice: &mut Dice,
) -> Result<(), Failed> {
    let pen = Pen::new(format!("operator to {phone}"));
    while !stage.is_over() {
        let channel = stage.organization.asked(dice);
        // By the lead, and by its conversation, where it has one: resolved, or not.
        let path = match (&lead, &conversation) {
            (Some(lead), None) => format!("/v1/leads/{lead}/reconnect"),
            (Some(lead), _) if dice.percent(50) => format!("/v1/leads/{lead}/reconnect"),
            (_, Some(conversation)) => format!("/v1/conversations/{conversation}/reconnect"),
            (None, None) => return Ok(()),
        };
        let asked = asked(channel, phone, &path);
        let before = told(stage, conversation.as_deref()).await?;
        let clicks = click(stage, &path, &asked, dice).await?;
        let at_lead = path.starts_with("/v1/leads");
        let gone = at_lead && clicks.iter().any(|click| click.code() == NO_ADDRESS) && {
            told(stage, conversation.as_deref()).await?.taken_away > 0
        };
        let reached = stage.judge(&clicks, phone, gone);
        conversation = conversation.or(reached);
        if let Some(conversation) = &conversation {
            settle(stage, conversation, dice).await?;
            stage.once(&before, &told(stage, Some(conversation)).await?, phone);
            converse(stage, conversation, phone, &pen, dice).await?;
        }
        stage.nap(dice, 400).await;
    }
    Ok(())
}

fn asked(channel: &Channel, phone: &str, path: &str) -> Value {
    let mut asked = json!({"channel": channel.word});
    if path.starts_with("/v1/conversations") {
        asked["address"] = json!(phone);
    }
    asked
}

/// All operators at once.
async fn click(
    stage: &Stage,
    path: &str,
    asked: &Value,
    dice: &mut Dice,
) -> Result<Vec<Answer>, Failed> {
    let many = 1 + dice.below(CLICKS);
    let clicks = (0..many).map(|_| some(&stage.operators, dice).post(path, asked));
    let clicks: Vec<_> = clicks.collect();
    let answers = futures_util::future::join_all(clicks).await;
    answers.into_iter().collect()
}

/// Waits until the switch that was asked for is over; resolves nothing.
async fn settle(stage: &Stage, conversation: &str, dice: &mut Dice) -> Result<(), Failed> {
    let path = format!("/v1/conversations/{conversation}");
    let operator = some(&stage.operators, dice);
    while !stage.is_over() && phase(&operator.get(&path).await?.body) == "greeting" {
        stage.nap(dice, 100).await;
    }
    Ok(())
}

/// A word or two, a STOP now and then, and the end of it.
async fn converse(
    stage: &Stage,
    conversation: &str,
    phone: &str,
    pen: &Pen,
    dice: &mut Dice,
) -> Result<(), Failed> {
    for _ in 0..dice.below(4) {
        // Whoever does not hold it is refused.
        for operator in stage.operators.iter().take(2) {
            if stage
                .say(operator, conversation, pen, dice)
                .await?
                .is_done()
            {
                break;
            }
        }
        let channel = stage.organization.asked(dice);
        match dice.below(10) {
            0..5 => stage.carrier.write(channel, phone, dice.percent(20)),
            5 => stage.carrier.look(phone).await,
            6 => stage.carrier.write_words(channel, phone, STOP),
            7 => stage.carrier.write_words(channel, phone, START),
            _ => stage.nap(dice, 200).await,
        }
    }
    if dice.percent(60) {
        let path = format!("/v1/conversations/{conversation}/resolve");
        some(&stage.operators, dice).post(&path, &json!({})).await?;
    }
    Ok(())
}

/// The welcomes in a log, the switches that failed, and the addresses that were taken back or lost.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    welcomes: usize,
    failed: usize,
    taken_away: usize,
}

async fn told(stage: &Stage, conversation: Option<&str>) -> Result<Told, Failed> {
    let (Some(conversation), Some(operator)) = (conversation, stage.operators.first()) else {
        return Ok(Told::default());
    };
    let events = all_events(operator, conversation).await?;
    let many = |so: &dyn Fn(&Value) -> bool| events.iter().filter(|event| so(event)).count();
    Ok(Told {
        welcomes: many(&|event| event["author"]["kind"] == "system"),
        failed: many(&|event| event["kind"] == "switch_failed"),
        taken_away: many(&|event| event["kind"] == "reverted" || event["kind"] == "leg_lost"),
    })
}

/// A whole log, as an operator sees it.
pub async fn all_events(operator: &Api, conversation: &str) -> Result<Vec<Value>, Failed> {
    let mut events: Vec<Value> = Vec::new();
    loop {
        let after = events.len();
        let path = format!("/v1/conversations/{conversation}/events?after={after}");
        let page = operator.get(&path).await?;
        let Some(more) = page.body["events"].as_array() else {
            return Err(format!("no events after {after}: {}", page.body).into());
        };
        events.extend(more.iter().cloned());
        if page.body["more"] != true {
            return Ok(events);
        }
    }
}

impl Stage {
    /// Every click that was taken led to the one conversation; any other was refused for a reason that it can have.
    fn judge(&self, clicks: &[Answer], phone: &str, gone: bool) -> Option<String> {
        let mut reached = None;
        for click in clicks {
            match click.body["id"].as_str().filter(|_| click.is_done()) {
                Some(conversation) => {
                    self.record.home(phone, conversation);
                    self.record.count("clicks on reconnect, taken");
                    reached = Some(conversation.to_owned());
                }
                None if REFUSALS.contains(&click.code()) => {
                    self.record.count("clicks on reconnect, refused");
                }
                None if gone && click.code() == NO_ADDRESS => {
                    self.record
                        .count("clicks on reconnect to an address that was taken back or lost");
                }
                None => self.record.wrong(format!(
                    "a click on reconnect to {phone} was answered {}: {}",
                    click.status, click.body
                )),
            }
        }
        reached
    }

    /// However many clicked: one welcome, and one more for each that failed before it.
    fn once(&self, before: &Told, after: &Told, phone: &str) {
        let welcomes = after.welcomes - before.welcomes;
        if is_too_much(before, after) {
            self.record.wrong(format!(
                "clicks at once wrote {welcomes} welcomes to {phone}"
            ));
        }
        if welcomes > 0 {
            self.record.count("people reached by several at once");
        }
    }
}

fn is_too_much(before: &Told, after: &Told) -> bool {
    after.welcomes - before.welcomes > 1 + after.failed - before.failed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Record;

    #[test]
    fn a_second_welcome_is_found_unless_the_first_failed() {
        let told = |welcomes, failed| Told {
            welcomes,
            failed,
            taken_away: 0,
        };
        assert!(!is_too_much(&told(3, 1), &told(4, 1)));
        assert!(!is_too_much(&told(3, 1), &told(5, 2)));
        assert!(is_too_much(&told(3, 1), &told(5, 1)));
    }

    #[test]
    fn a_phone_that_is_reached_in_a_second_conversation_is_found() {
        let record = Record::default();
        record.home("+1", "c");
        record.home("+1", "c");
        assert!(record.all().wrong.is_empty());
        record.home("+1", "d");
        assert!(record.all().wrong[0].contains("was reached in c, and then in d"));
    }
}
