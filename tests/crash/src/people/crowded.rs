//! Everybody does everything at any time.

use serde_json::json;

use super::{Pen, Scene};
use crate::Failed;
use crate::dice::Dice;
use crate::record::{Consent, START, STOP};

/// The visitor of a crowded conversation: does anything at any time.
pub async fn visitor(scene: Scene, mut dice: Dice) -> Result<(), Failed> {
    let pen = Pen::new(format!("visitor of {}", scene.conversation));
    while !scene.stage.is_over() {
        match dice.below(20) {
            0..9 => drop(scene.say(&scene.visitor, &pen, &mut dice).await?),
            9..12 => {
                let (channel, phone) = scene.line(&mut dice);
                let done = if channel.asks || dice.percent(50) {
                    // Where nobody gives a number, they can go where they were before.
                    let address = Some(phone).filter(|_| channel.asks);
                    let asked = json!({"channel": channel.word, "address": address});
                    let answer = scene.visitor.post(&scene.path("/switch"), &asked).await?;
                    answer.is_done()
                } else {
                    scene.sends_a_code(channel, phone, &mut dice).await?
                };
                scene.stage.record.count(if done {
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
            17 => scene.at_phone(&mut dice).await,
            18 => {
                let (channel, phone) = scene.line(&mut dice);
                let word = if dice.percent(40) { STOP } else { START };
                scene.stage.carrier.write_words(channel, phone, word);
            }
            _ => drop(
                scene
                    .visitor
                    .post(&scene.path("/resolve"), &json!({}))
                    .await?,
            ),
        }
        scene.stage.nap(&mut dice, 80).await;
    }
    Ok(())
}

/// The operator at a crowded conversation: answers, switches, resolves, reopens.
pub async fn operator(scene: Scene, mut dice: Dice) -> Result<(), Failed> {
    let pen = Pen::new(format!("operator to {}", scene.conversation));
    while !scene.stage.is_over() {
        match dice.below(14) {
            0..8 => drop(scene.say(&scene.operator, &pen, &mut dice).await?),
            8 => {
                let (channel, phone) = scene.line(&mut dice);
                let address = Some(phone).filter(|_| channel.asks);
                let asked = json!({"channel": channel.word, "address": address});
                drop(scene.operator.post(&scene.path("/switch"), &asked).await?);
            }
            9 => drop(
                scene
                    .operator
                    .post(&scene.path("/switch"), &json!({"channel": "web"}))
                    .await?,
            ),
            11 => opt_out(&scene, &mut dice).await?,
            12 => scene.at_phone(&mut dice).await,
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
                scene.stage.record.count("resolved and reopened");
            }
        }
        scene.stage.nap(&mut dice, 200).await;
    }
    Ok(())
}

/// The operator's own button: it counts as the person's word.
async fn opt_out(scene: &Scene, dice: &mut Dice) -> Result<(), Failed> {
    let (channel, phone) = scene.line(dice);
    let address = scene.stage.carrier.address(channel, phone);
    let Some((address, consent)) = address.zip(Consent::of(STOP, channel.word, phone)) else {
        return Ok(());
    };
    let record = &scene.stage.record;
    let place = record.consent(consent);
    let asked = json!({"channel": channel.word, "address": address});
    let answer = scene.operator.post(&scene.path("/opt-out"), &asked).await?;
    if answer.is_done() {
        record.taken(place, answer.answered);
        record.count("opted out by an operator");
    }
    Ok(())
}
