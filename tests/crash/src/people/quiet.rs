//! A visitor who is the only one that moves the route of their conversation, and an operator who answers.

use std::time::Duration;

use chrono::DateTime;
use serde_json::{Value, json};

use super::{Pen, Scene, active_channel, first, phase};
use crate::Failed;
use crate::api::Answer;
use crate::channels::Channel;
use crate::dice::Dice;

/// What the visitor's network may take away from the window.
const GRACE: Duration = Duration::from_millis(1_500);
/// Added where the harness must be on the safe side of a moment.
const MARGIN: Duration = Duration::from_millis(50);

/// The visitor of a quiet conversation.
pub async fn visitor(scene: Scene, mut dice: Dice) -> Result<(), Failed> {
    let pen = Pen::new(format!("visitor of {}", scene.conversation));
    while !scene.stage.is_over() {
        match dice.below(10) {
            0..6 => {
                let answer = scene.say(&scene.visitor, &pen, &mut dice).await?;
                if !answer.is_done() {
                    scene
                        .stage
                        .record
                        .wrong(format!("a visitor's message was refused: {}", answer.body));
                }
            }
            6..8 => move_and_maybe_back(&scene, &mut dice).await?,
            8 => scene.at_phone(&mut dice).await,
            _ => scene.stage.nap(&mut dice, 300).await,
        }
        scene.stage.nap(&mut dice, 60).await;
    }
    Ok(())
}

/// Switches to another leg; then cancels, reverts inside the window, reverts after it, or lets it be.
async fn move_and_maybe_back(scene: &Scene, dice: &mut Dice) -> Result<(), Failed> {
    let before = scene.visitor.get(&scene.path("")).await?;
    let from = active_channel(&before.body).to_owned();
    let (channel, phone) = scene.line(dice);
    let (to, address) = if from == channel.word || (from != "web" && dice.percent(40)) {
        ("web", None)
    } else {
        (channel.word, Some(phone))
    };
    let knows_to = to == "web" || channel.asks || knows(&before.body, to) && dice.percent(60);
    let moved = if knows_to {
        let address = address.filter(|_| channel.asks);
        switch(scene, (&from, to), address, dice).await?
    } else {
        write_first(scene, channel, phone, dice).await?
    };
    let Some(mut state) = moved else {
        return Ok(());
    };
    if dice.percent(15) && phase(&state.body) == "greeting" {
        let cancelled = scene.visitor.delete(&scene.path("/switch")).await?;
        scene.stage.record.count(if cancelled.is_done() {
            "switches cancelled"
        } else {
            "cancels that came too late"
        });
        return Ok(());
    }
    while phase(&state.body) == "greeting" && !scene.stage.is_over() {
        scene.stage.nap(dice, 80).await;
        state = scene.visitor.get(&scene.path("")).await?;
    }
    if phase(&state.body) != "reversible" {
        scene
            .stage
            .record
            .count("switches that failed or were found settled");
        return Ok(());
    }
    scene.stage.record.count(match (from.as_str(), to) {
        ("web", _) => "switches from the web",
        (_, "web") => "switches to the web",
        _ => "switches from phone to phone",
    });
    let switch = &state.body["switch"];
    if switch["channel"] != to || switch["from_channel"] != from.as_str() {
        scene
            .stage
            .record
            .count("switches that another one overtook");
        return Ok(());
    }
    match dice.below(3) {
        0 => {
            revert(
                scene,
                &from,
                &state,
                dice.millis(millis(scene.stage.window)),
            )
            .await
        }
        1 => {
            let late = scene.stage.window + GRACE + MARGIN + dice.millis(400);
            revert(scene, &from, &state, late).await
        }
        _ => Ok(()),
    }
}

/// Asks for a switch, by the address or to where the visitor was before. How it stands then, if it was taken.
async fn switch(
    scene: &Scene,
    (from, to): (&str, &str),
    address: Option<&str>,
    dice: &mut Dice,
) -> Result<Option<Answer>, Failed> {
    let client_id = format!("switch {}", dice.below(u64::MAX));
    let asked = json!({"channel": to, "address": address, "client_id": client_id});
    let state = scene.visitor.post(&scene.path("/switch"), &asked).await?;
    if state.status == 202 {
        return Ok(Some(state));
    }
    let (status, body) = (state.status, &state.body);
    scene.stage.record.wrong(format!(
        "a switch from {from} to {to} was answered {status}: {body}"
    ));
    Ok(None)
}

/// Moves by a code that a phone sends. How it stands then, if it came to that.
async fn write_first(
    scene: &Scene,
    channel: &'static Channel,
    phone: &str,
    dice: &mut Dice,
) -> Result<Option<Answer>, Failed> {
    let (stage, visitor, path) = (&scene.stage, &scene.visitor, scene.path(""));
    if scene.sends_a_code(channel, phone, dice).await?
        && first::arrives(stage, visitor, &path, channel, dice).await?
    {
        return Ok(Some(visitor.get(&path).await?));
    }
    Ok(None)
}

/// Whether the visitor was on that channel before: then the product knows where.
fn knows(conversation: &Value, channel: &str) -> bool {
    let mut legs = conversation["legs"].as_array().into_iter().flatten();
    legs.any(|leg| leg["channel"] == channel)
}

/// Reverts that long from now, and holds the answer against the window. Nobody else moves this conversation.
async fn revert(scene: &Scene, from: &str, state: &Answer, wait: Duration) -> Result<(), Failed> {
    let until =
        remaining(&state.body).ok_or_else(|| format!("a window without end: {}", state.body))?;
    scene.stage.wait(wait).await;
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
        scene.stage.record.wrong(format!(
            "a revert in {} {wrong}: {} {}; it stood {}",
            scene.conversation, answer.status, answer.body, state.body
        ));
    }
    scene
        .stage
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

/// The operator at a quiet conversation: answers, and moves nothing.
pub async fn operator(scene: Scene, mut dice: Dice) -> Result<(), Failed> {
    let pen = Pen::new(format!("operator to {}", scene.conversation));
    while !scene.stage.is_over() {
        scene.say(&scene.operator, &pen, &mut dice).await?;
        scene.stage.nap(&mut dice, 250).await;
    }
    Ok(())
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
