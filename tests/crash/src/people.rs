//! The mixed load: visitors and operators who write, switch, revert, cancel and resolve, while the server is killed under them.
//!
//! A visitor of a *quiet* conversation is the only one who moves its route, so each answer to a revert can be held against the window.
//! In a *crowded* one everybody moves everything at once, and only the log is held against what was acknowledged.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use chrono::DateTime;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::Failed;
use crate::api::{Answer, Api, Way};
use crate::carrier::Carrier;
use crate::dice::Dice;
use crate::record::{Record, Said};

/// What the visitor's network may take away from the window.
const GRACE: Duration = Duration::from_millis(1_500);
/// Added where the harness must be on the safe side of a moment.
const MARGIN: Duration = Duration::from_millis(50);

/// One conversation and everything that belongs to it.
#[derive(Clone)]
pub struct Scene {
    pub conversation: String,
    pub phone: String,
    pub visitor: Api,
    pub operator: Api,
    pub carrier: Carrier,
    pub record: Arc<Record>,
    pub stop: CancellationToken,
    pub window: Duration,
}

/// Makes texts that nobody else writes.
struct Pen {
    author: String,
    written: AtomicU64,
}

impl Pen {
    fn new(author: String) -> Self {
        Self {
            author,
            written: AtomicU64::new(0),
        }
    }

    fn write(&self) -> String {
        format!(
            "{} number {}",
            self.author,
            self.written.fetch_add(1, Relaxed) + 1
        )
    }
}

impl Scene {
    fn path(&self, what: &str) -> String {
        format!("/v1/conversations/{}{what}", self.conversation)
    }

    /// Says something new; what is acknowledged is written down, and so is what was refused.
    async fn say(&self, api: &Api, pen: &Pen, dice: &mut Dice) -> Result<Answer, Failed> {
        let text = pen.write();
        let way = if dice.percent(50) {
            Way::Rest
        } else {
            Way::Socket
        };
        let answer = api.say(way, &self.conversation, &text, &text).await?;
        if !answer.is_done() {
            self.record.refuse(text);
            return Ok(answer);
        }
        let seq = answer.body["seq"]
            .as_u64()
            .ok_or_else(|| format!("an acknowledgement without seq: {}", answer.body))?;
        self.record.say(Said {
            conversation: self.conversation.clone(),
            author: pen.author.clone(),
            text,
            seq,
        });
        Ok(answer)
    }

    async fn nap(&self, dice: &mut Dice, most: u64) {
        self.wait(dice.millis(most)).await;
    }

    /// Waits, but not beyond the end.
    async fn wait(&self, time: Duration) {
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = tokio::time::sleep(time) => {}
        }
    }
}

/// The visitor of a quiet conversation.
pub async fn quiet_visitor(scene: Scene, mut dice: Dice) -> Result<(), Failed> {
    let pen = Pen::new(format!("visitor of {}", scene.phone));
    while !scene.stop.is_cancelled() {
        match dice.below(10) {
            0..6 => {
                let answer = scene.say(&scene.visitor, &pen, &mut dice).await?;
                if !answer.is_done() {
                    scene
                        .record
                        .wrong(format!("a visitor's message was refused: {}", answer.body));
                }
            }
            6..8 => move_and_maybe_back(&scene, &mut dice).await?,
            8 => scene.carrier.write(&scene.phone),
            _ => scene.nap(&mut dice, 300).await,
        }
        scene.nap(&mut dice, 60).await;
    }
    Ok(())
}

/// Switches to the other leg; then cancels, reverts inside the window, reverts after it, or lets it be.
async fn move_and_maybe_back(scene: &Scene, dice: &mut Dice) -> Result<(), Failed> {
    let before = scene.visitor.get(&scene.path("")).await?;
    let from = active_channel(&before.body).to_owned();
    let to = if from == "web" { "sms" } else { "web" };
    let address = (to == "sms").then_some(&scene.phone);
    let client_id = format!("switch {}", dice.below(u64::MAX));
    let asked = json!({"channel": to, "address": address, "client_id": client_id});
    let mut state = scene.visitor.post(&scene.path("/switch"), &asked).await?;
    if state.status != 202 {
        let (status, body) = (state.status, &state.body);
        scene.record.wrong(format!(
            "a switch from {from} to {to} was answered {status}: {body}"
        ));
        return Ok(());
    }
    if dice.percent(15) && phase(&state.body) == "greeting" {
        let cancelled = scene.visitor.delete(&scene.path("/switch")).await?;
        scene.record.count(if cancelled.is_done() {
            "switches cancelled"
        } else {
            "cancels that came too late"
        });
        return Ok(());
    }
    while phase(&state.body) == "greeting" && !scene.stop.is_cancelled() {
        scene.nap(dice, 80).await;
        state = scene.visitor.get(&scene.path("")).await?;
    }
    if phase(&state.body) != "reversible" {
        scene
            .record
            .count("switches that failed or were found settled");
        return Ok(());
    }
    scene.record.count("switches");
    let switch = &state.body["switch"];
    if switch["channel"] != to || switch["from_channel"] != from.as_str() {
        scene.record.count("switches that another one overtook");
        return Ok(());
    }
    match dice.below(3) {
        0 => revert(scene, &from, &state, dice.millis(millis(scene.window))).await,
        1 => {
            let late = scene.window + GRACE + MARGIN + dice.millis(400);
            revert(scene, &from, &state, late).await
        }
        _ => Ok(()),
    }
}

/// Reverts that long from now, and holds the answer against the window. Nobody else moves this conversation.
async fn revert(scene: &Scene, from: &str, state: &Answer, wait: Duration) -> Result<(), Failed> {
    let until =
        remaining(&state.body).ok_or_else(|| format!("a window without end: {}", state.body))?;
    scene.wait(wait).await;
    let answer = scene
        .visitor
        .post(&scene.path("/revert"), &json!({}))
        .await?;
    // The server read its clock for `state` somewhere between its being asked and answered.
    let surely_inside = answer.answered < state.asked + until;
    let surely_outside = answer.asked > state.answered + until + GRACE + MARGIN;
    let as_before = active_channel(&answer.body) == from;
    let wrong = match (answer.is_done(), answer.code()) {
        (true, _) if surely_outside => Some("was taken after its window"),
        (true, _) if !as_before => Some("did not restore the leg"),
        (true, _) => None,
        (false, _) if surely_inside => Some("was refused inside its window"),
        (false, "window_closed") => None,
        (false, _) => Some("was refused with a wrong code"),
    };
    if let Some(wrong) = wrong
        && nobody_else_moved(scene, &state.body).await?
    {
        scene.record.wrong(format!(
            "a revert in {} {wrong}: {} {}; it stood {}",
            scene.conversation, answer.status, answer.body, state.body
        ));
    }
    scene
        .record
        .count(match (answer.is_done(), surely_inside, surely_outside) {
            (true, true, _) => "reverts inside the window, taken",
            (false, _, true) => "reverts after the window, refused",
            _ => "reverts near the end of the window",
        });
    Ok(())
}

/// Whether the log since that state holds no step of the route that neither a switch nor a revert of the visitor took: a phone that
/// answers while the window is thought closed may be followed.
async fn nobody_else_moved(scene: &Scene, state: &Value) -> Result<bool, Failed> {
    let after = state["last_seq"].as_u64().unwrap_or_default();
    let events = scene
        .operator
        .get(&scene.path(&format!("/events?after={after}")))
        .await?;
    let empty = Vec::new();
    let mut events = events.body["events"].as_array().unwrap_or(&empty).iter();
    Ok(!events.any(|event| {
        let kind = event["kind"].as_str().unwrap_or_default();
        matches!(kind, "switched" | "leg_lost" | "switch_failed")
    }))
}

/// The visitor of a crowded conversation: does anything at any time.
pub async fn crowded_visitor(scene: Scene, mut dice: Dice) -> Result<(), Failed> {
    let pen = Pen::new(format!("visitor of {}", scene.phone));
    while !scene.stop.is_cancelled() {
        match dice.below(20) {
            0..9 => drop(scene.say(&scene.visitor, &pen, &mut dice).await?),
            9..12 => {
                let asked = json!({"channel": "sms", "address": scene.phone});
                let answer = scene.visitor.post(&scene.path("/switch"), &asked).await?;
                scene.record.count(if answer.is_done() {
                    "switches asked in a crowd"
                } else {
                    "switches refused in a crowd"
                });
            }
            12..14 => drop(
                scene
                    .visitor
                    .post(&scene.path("/switch"), &json!({"channel": "web"}))
                    .await?,
            ),
            14..16 => drop(
                scene
                    .visitor
                    .post(&scene.path("/revert"), &json!({}))
                    .await?,
            ),
            16 => drop(scene.visitor.delete(&scene.path("/switch")).await?),
            17 => scene.carrier.write(&scene.phone),
            18 => {
                let word = if dice.percent(30) { "STOP" } else { "START" };
                scene.carrier.write_words(&scene.phone, word);
            }
            _ => drop(
                scene
                    .visitor
                    .post(&scene.path("/resolve"), &json!({}))
                    .await?,
            ),
        }
        scene.nap(&mut dice, 80).await;
    }
    Ok(())
}

/// The operator at a quiet conversation: answers, and moves nothing.
pub async fn quiet_operator(scene: Scene, mut dice: Dice) -> Result<(), Failed> {
    let pen = Pen::new(format!("operator to {}", scene.phone));
    while !scene.stop.is_cancelled() {
        scene.say(&scene.operator, &pen, &mut dice).await?;
        scene.nap(&mut dice, 250).await;
    }
    Ok(())
}

/// The operator at a crowded conversation: answers, switches, resolves, reopens.
pub async fn crowded_operator(scene: Scene, mut dice: Dice) -> Result<(), Failed> {
    let pen = Pen::new(format!("operator to {}", scene.phone));
    while !scene.stop.is_cancelled() {
        match dice.below(12) {
            0..8 => drop(scene.say(&scene.operator, &pen, &mut dice).await?),
            8 => {
                let asked = json!({"channel": "sms", "address": scene.phone});
                drop(scene.operator.post(&scene.path("/switch"), &asked).await?);
            }
            9 => drop(
                scene
                    .operator
                    .post(&scene.path("/switch"), &json!({"channel": "web"}))
                    .await?,
            ),
            10 => drop(scene.operator.delete(&scene.path("/switch")).await?),
            _ => {
                drop(
                    scene
                        .operator
                        .post(&scene.path("/resolve"), &json!({}))
                        .await?,
                );
                drop(
                    scene
                        .operator
                        .post(&scene.path("/reopen"), &json!({}))
                        .await?,
                );
                scene.record.count("resolved and reopened");
            }
        }
        scene.nap(&mut dice, 200).await;
    }
    Ok(())
}

fn active_channel(conversation: &Value) -> &str {
    conversation["active_leg"]["channel"]
        .as_str()
        .unwrap_or_default()
}

fn phase(conversation: &Value) -> &str {
    conversation["switch"]["phase"].as_str().unwrap_or_default()
}

/// From the server's present to the end of the window.
fn remaining(conversation: &Value) -> Option<Duration> {
    let time = |value: &Value| DateTime::parse_from_rfc3339(value.as_str()?).ok();
    let left = time(&conversation["switch"]["until"])? - time(&conversation["now"])?;
    Some(left.to_std().unwrap_or_default())
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
