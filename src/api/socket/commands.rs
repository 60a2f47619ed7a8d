//! What people ask over a socket, answered as an HTTP request would be.

use adapter_web::{Answer, In};
use axum::http::StatusCode;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::to_raw_value;

use super::host::Visit;
use crate::api::Problem;
use crate::api::messages::{self, NewMessage};
use crate::api::switch::SwitchTo;
use crate::core::ConversationId;
use crate::gateway::Deed;

impl Visit {
    pub(super) async fn answer(&self, frame: In) -> Result<(StatusCode, Answer), Problem> {
        let parsed = |id: &str| {
            id.parse::<ConversationId>()
                .map_err(|_| Problem::not_found("conversation"))
        };
        let (deed, id, status) = match frame {
            In::Post {
                conversation,
                client_id,
                text,
                attachments,
                leg,
                ..
            } => {
                let message = NewMessage {
                    client_id,
                    text,
                    template: None,
                    attachments,
                    leg,
                };
                let (status, event) =
                    messages::say(&self.api, self.caller(), parsed(&conversation)?, message)
                        .await?;
                return Ok((status, answer(status, &event)));
            }
            In::Typing {
                conversation,
                typing,
                ..
            } => {
                let stored = self
                    .api
                    .gateway
                    .conversation(self.caller(), parsed(&conversation)?)
                    .await?;
                self.api.gateway.typing(self.caller(), &stored, typing);
                return Ok((
                    StatusCode::NO_CONTENT,
                    answer(StatusCode::NO_CONTENT, &Value::Null),
                ));
            }
            In::Read {
                conversation, seq, ..
            } => {
                self.api
                    .act(self.caller(), parsed(&conversation)?, Deed::Read { seq })
                    .await?;
                return Ok((
                    StatusCode::NO_CONTENT,
                    answer(StatusCode::NO_CONTENT, &Value::Null),
                ));
            }
            In::Switch {
                conversation,
                channel,
                address,
                invitation,
                client_id,
                altcha,
                ..
            } => {
                let deed = SwitchTo {
                    channel,
                    address,
                    invitation,
                    client_id,
                    altcha,
                }
                .deed()?;
                (deed, parsed(&conversation)?, StatusCode::ACCEPTED)
            }
            In::Cancel { conversation, .. } => {
                (Deed::Cancel, parsed(&conversation)?, StatusCode::OK)
            }
            In::Revert { conversation, .. } => {
                (Deed::Revert, parsed(&conversation)?, StatusCode::OK)
            }
            In::Decline { conversation, .. } => {
                (Deed::Decline, parsed(&conversation)?, StatusCode::OK)
            }
            In::Hello { .. } | In::Follow { .. } => return Err(Problem::not_found("command")),
        };
        let done = self.api.act(self.caller(), id, deed).await?;
        let conversation = self.api.conversation(self.caller(), &done.stored).await?;
        Ok((status, answer(status, &conversation)))
    }
}

pub(super) fn answer(status: StatusCode, body: &impl Serialize) -> Answer {
    Answer {
        status: status.as_u16(),
        body: to_raw_value(body).expect("what we answer can be written as JSON"),
    }
}

pub(super) fn refusal(problem: Problem) -> Answer {
    answer(problem.status(), &problem.body())
}
