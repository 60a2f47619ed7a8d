//! The mixed load: visitors, operators and phones that write, bring files, switch, revert, cancel, stop and resolve, while the server is
//! killed under them.
//!
//! | module | who |
//! | --- | --- |
//! | `quiet` | a visitor who is the only one that moves the route, so each answer to a revert can be held against the window |
//! | `crowded` | everybody moves everything at once, and only the logs are held against what was acknowledged |
//! | `reached` | leads, and visitors who left, whom several operators reach at once, again and again |
//! | `first` | visitors who write first, by a one-time code |

pub mod crowded;
pub mod first;
pub mod quiet;
pub mod reached;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::Failed;
use crate::api::{Answer, Api, Way};
use crate::carrier::Carrier;
use crate::channels::{Channel, Organization};
use crate::dice::{Dice, some};
use crate::picture;
use crate::record::{Code, Record, Said};
use crate::rest::text;

/// Of a hundred messages so many bring a picture.
const WITH_PICTURE: u64 = 12;

/// What everybody has in hand.
#[derive(Clone)]
pub struct Stage {
    /// Who is written to.
    pub organization: &'static Organization,
    /// Who has no token.
    pub anyone: Api,
    pub operators: Vec<Api>,
    pub carrier: Carrier,
    pub record: Arc<Record>,
    pub stop: CancellationToken,
    pub window: Duration,
}

/// One conversation and everything that belongs to it.
#[derive(Clone)]
pub struct Scene {
    pub stage: Stage,
    pub conversation: String,
    pub phones: Vec<String>,
    pub visitor: Api,
    pub operator: Api,
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
        let number = self.written.fetch_add(1, Relaxed) + 1;
        format!("{} number {number}", self.author)
    }
}

impl Stage {
    /// Somebody who comes to the organization's window.
    pub async fn visitor(&self) -> Result<Api, Failed> {
        let asked = json!({"widget_key": self.organization.widget_key()});
        let visitor = self.anyone.post("/v1/visitors", &asked).await?;
        Ok(self.anyone.by(text(&visitor.body, "token")?))
    }

    /// Says something new in a conversation; what is acknowledged is written down, and so is what was refused.
    async fn say(
        &self,
        api: &Api,
        conversation: &str,
        pen: &Pen,
        dice: &mut Dice,
    ) -> Result<Answer, Failed> {
        let mut text = pen.write();
        let way = if dice.percent(50) {
            Way::Rest
        } else {
            Way::Socket
        };
        let mut said = json!({});
        if dice.percent(WITH_PICTURE) {
            text.push_str(picture::MARK);
            let file = api.upload("picture.png", picture::of(&text)).await?;
            said["attachments"] = json!([file]);
        }
        said["client_id"] = json!(text);
        said["text"] = json!(text);
        let answer = api.say(way, conversation, &said).await?;
        if !answer.is_done() {
            self.record.refuse(text);
            return Ok(answer);
        }
        let seq = answer.body["seq"]
            .as_u64()
            .ok_or_else(|| format!("an acknowledgement without seq: {}", answer.body))?;
        if said["attachments"].is_array() {
            self.record.count("pictures acknowledged");
        }
        self.record.say(Said {
            conversation: conversation.to_owned(),
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

    fn is_over(&self) -> bool {
        self.stop.is_cancelled()
    }
}

impl Scene {
    fn path(&self, what: &str) -> String {
        format!("/v1/conversations/{}{what}", self.conversation)
    }

    async fn say(&self, api: &Api, pen: &Pen, dice: &mut Dice) -> Result<Answer, Failed> {
        self.stage.say(api, &self.conversation, pen, dice).await
    }

    /// One of the visitor's phones, on some channel.
    fn line(&self, dice: &mut Dice) -> (&'static Channel, &str) {
        let phone: &String = some(&self.phones, dice);
        (self.stage.organization.any(dice), phone)
    }

    /// The visitor asks for a code, and sends it from a phone. Of one conversation that can be done so often only.
    async fn sends_a_code(
        &self,
        channel: &'static Channel,
        phone: &str,
        dice: &mut Dice,
    ) -> Result<bool, Failed> {
        let asked = json!({"channel": channel.word});
        let link = self.visitor.post(&self.path("/links"), &asked).await?;
        let record = &self.stage.record;
        if link.status == 429 {
            record.count("codes that were one too many");
            return Ok(false);
        }
        let code = text(&link.body, "text")?;
        let text = first::sent(code, channel, phone, dice.below(u64::MAX));
        record.code(Code {
            conversation: self.conversation.clone(),
            text: text.clone(),
            again: None,
        });
        self.stage.carrier.write_first(channel, phone, &text);
        Ok(true)
    }

    /// Somebody does something on one of the phones.
    async fn at_phone(&self, dice: &mut Dice) {
        let (channel, phone) = self.line(dice);
        if dice.percent(40) {
            self.stage.carrier.look(phone).await;
        } else {
            let with_picture = dice.percent(WITH_PICTURE);
            self.stage.carrier.write(channel, phone, with_picture);
        }
    }
}

fn active_channel(conversation: &Value) -> &str {
    conversation["active_leg"]["channel"]
        .as_str()
        .unwrap_or_default()
}

fn phase(conversation: &Value) -> &str {
    conversation["switch"]["phase"].as_str().unwrap_or_default()
}
