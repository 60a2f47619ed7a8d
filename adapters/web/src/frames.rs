//! What is said on a socket, as plain types: every frame is one JSON object with a `type`.

use std::collections::BTreeMap;

use contract::nul;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

/// The id that a client gave its frame, a short text or a number, and finds again in the answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Id(Value);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const LONGEST: usize = 64;
        let value = Value::deserialize(deserializer)?;
        let fits = value.is_number() || value.as_str().is_some_and(|text| text.len() <= LONGEST);
        if fits {
            Ok(Self(value))
        } else {
            Err(serde::de::Error::custom(
                "invalid type: an id is a short text or a number",
            ))
        }
    }
}

const NO_OBJECT: &str = "the frame is not a JSON object with a type";

/// What a client says. All but hello name a conversation.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum In {
    /// The first frame: who it is, and what it follows from where.
    Hello {
        /// For answers about what cannot be followed.
        id: Option<Id>,
        /// The secret; absent where a session cookie came with the upgrade.
        token: Option<String>,
        /// Of each conversation to follow, the last entry that the client has.
        after: Option<BTreeMap<String, u64>>,
    },
    /// Follow one more conversation, or read one again from a place.
    Follow {
        /// For the answer.
        id: Id,
        /// Which.
        conversation: String,
        /// The last entry that the client has.
        after: u64,
    },
    /// Say something.
    Post {
        /// For the answer.
        id: Id,
        /// Where.
        conversation: String,
        /// Makes a repeat the same message.
        client_id: String,
        /// The words; they may be left out beside attachments.
        text: Option<String>,
        /// Uploads of the author's that go with it.
        attachments: Option<Vec<String>>,
        /// The leg that an operator believes to be active.
        leg: Option<String>,
    },
    /// Go on elsewhere.
    Switch {
        /// For the answer.
        id: Id,
        /// What.
        conversation: String,
        /// Where to.
        channel: String,
        /// Where on it.
        address: Option<String>,
        /// The invitation that this answers.
        invitation: Option<String>,
        /// Makes a repeat the same switch.
        client_id: Option<String>,
        /// What meets a challenge, where one was asked for.
        altcha: Option<String>,
    },
    /// Call the switch off.
    Cancel {
        /// For the answer.
        id: Id,
        /// Of which conversation.
        conversation: String,
    },
    /// Put the switch back.
    Revert {
        /// For the answer.
        id: Id,
        /// Of which conversation.
        conversation: String,
    },
    /// Close the number area.
    Decline {
        /// For the answer.
        id: Id,
        /// In which conversation.
        conversation: String,
    },
    /// Writing, or no longer. Answered only where it has an id.
    Typing {
        /// For the answer, if one is wanted.
        id: Option<Id>,
        /// Where.
        conversation: String,
        /// Whether they are.
        typing: bool,
    },
    /// Read up to here. Answered only where it has an id.
    Read {
        /// For the answer, if one is wanted.
        id: Option<Id>,
        /// Where.
        conversation: String,
        /// The last entry that was read.
        seq: u64,
    },
}

/// Why a frame was not taken.
#[derive(Debug)]
pub enum Unreadable {
    /// No frame of ours at all: the socket is closed.
    NoFrame(&'static str),
    /// A command with a field that is wrong: it is answered as a request would be.
    Field {
        /// For the answer.
        id: Id,
        /// What is wrong.
        error: serde_json::Error,
    },
}

impl In {
    /// Reads a frame.
    ///
    /// # Errors
    /// With what is to be answered, or why the socket is to be closed.
    pub fn parse(text: &str) -> Result<Self, Unreadable> {
        const COMMANDS: [&str; 8] = [
            "follow", "post", "switch", "cancel", "revert", "decline", "typing", "read",
        ];
        #[derive(Deserialize)]
        struct Head {
            r#type: String,
            id: Option<Id>,
        }
        if text.len() > crate::FRAME_LIMIT {
            return Err(Unreadable::NoFrame("the frame is longer than 64 KiB"));
        }
        // A list would be taken for the fields in their order.
        if !text.trim_start().starts_with('{') {
            return Err(Unreadable::NoFrame(NO_OBJECT));
        }
        let error = match read(text) {
            Ok(frame) => return Ok(frame),
            Err(error) => error,
        };
        match serde_json::from_str::<Head>(text) {
            Ok(Head {
                r#type,
                id: Some(id),
            }) if COMMANDS.contains(&r#type.as_str()) => Err(Unreadable::Field { id, error }),
            Ok(Head { r#type, id: None }) if COMMANDS.contains(&r#type.as_str()) => Err(
                Unreadable::NoFrame("the frame has a wrong field or lacks its id"),
            ),
            Ok(Head { r#type, .. }) if r#type == "hello" => {
                Err(Unreadable::NoFrame("the hello has a wrong field"))
            }
            Ok(_) => Err(Unreadable::NoFrame("the frame is of no known type")),
            Err(_) => Err(Unreadable::NoFrame(NO_OBJECT)),
        }
    }

    /// The id that its answer carries, if it wants one.
    #[must_use]
    pub fn id(&self) -> Option<&Id> {
        match self {
            Self::Follow { id, .. }
            | Self::Post { id, .. }
            | Self::Switch { id, .. }
            | Self::Cancel { id, .. }
            | Self::Revert { id, .. }
            | Self::Decline { id, .. } => Some(id),
            Self::Hello { id, .. } | Self::Typing { id, .. } | Self::Read { id, .. } => id.as_ref(),
        }
    }
}

fn read(text: &str) -> Result<In, serde_json::Error> {
    match nul::field_with(text.as_bytes()) {
        Some(field) => Err(serde::de::Error::custom(format_args!(
            "`{field}` {}",
            nul::REFUSED
        ))),
        None => serde_json::from_str(text),
    }
}

/// What the server says. `T` is what an event, a conversation or a person looks like there.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Out<'a, T: Serialize> {
    /// The answer to hello.
    Welcome {
        /// The server's time.
        now: T,
        /// Who the token belongs to.
        you: You<'a>,
        /// The visitor's open conversation, if they have one.
        conversation: Option<String>,
    },
    /// The answer to a command.
    Answer {
        /// The command's id.
        id: &'a Id,
        /// As over HTTP.
        status: u16,
        /// As over HTTP.
        body: &'a RawValue,
    },
    /// An entry of a conversation's log.
    Event {
        /// Whose.
        conversation: &'a str,
        /// Its place.
        seq: u64,
        /// The entry.
        event: T,
    },
    /// The present fate of a message.
    Delivery {
        /// Where it was said.
        conversation: &'a str,
        /// Its place.
        seq: u64,
        /// How far it has got.
        state: &'a str,
        /// Why it got no further.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<&'a str>,
    },
    /// A file that goes with a message came, or is gone.
    Attachment {
        /// Where it was said.
        conversation: &'a str,
        /// The message's place.
        seq: u64,
        /// The file.
        #[serde(flatten)]
        attachment: T,
    },
    /// Somebody is writing, or has stopped.
    Typing {
        /// Where.
        conversation: &'a str,
        /// Who.
        by: T,
        /// Whether they still are.
        typing: bool,
    },
    /// How an operator is present.
    Presence {
        /// Who.
        operator: T,
        /// `online`, `busy` or `offline`.
        presence: &'a str,
    },
    /// Whether a visitor is at their window.
    #[serde(rename = "presence")]
    Here {
        /// Their conversation.
        conversation: &'a str,
        /// Whether they are.
        visitor_here: bool,
    },
    /// Something about the organization's leads has changed: read them anew. Operators only.
    Leads,
    /// How it stands with the organization's messages.
    Organization {
        /// What stops them, if anything.
        messaging: T,
        /// How many alarms there are for whoever listens.
        alarms: usize,
        /// Channels that do not work just now: a provider refuses our account.
        sick: Vec<String>,
    },
    /// A conversation as it stands.
    Conversation {
        /// It.
        conversation: T,
    },
}

/// Whose socket it is.
#[derive(Debug, Serialize)]
pub struct You<'a> {
    /// `visitor` or `operator`.
    pub kind: &'a str,
    /// Who.
    pub id: String,
    /// What others call them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'a str>,
    /// An operator's role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<&'a str>,
}

impl<T: Serialize> Out<'_, T> {
    /// The frame as it is sent.
    #[must_use]
    pub fn text(&self) -> String {
        serde_json::to_string(self)
            .expect("frames have text keys and nothing that cannot be written")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_read_and_carries_its_id() {
        let frame =
            In::parse(r#"{"type":"post","id":"7","conversation":"c","client_id":"a","text":"hi"}"#)
                .unwrap();
        assert_eq!(frame.id(), Some(&Id(Value::from("7"))));
        assert!(matches!(frame, In::Post { leg: None, .. }));
        let numbered = In::parse(r#"{"type":"cancel","id":7,"conversation":"c"}"#).unwrap();
        assert_eq!(numbered.id(), Some(&Id(Value::from(7))));
    }

    #[test]
    fn a_hello_needs_neither_token_nor_cursors() {
        let hello = In::parse(r#"{"type":"hello"}"#).unwrap();
        assert_eq!(
            hello,
            In::Hello {
                id: None,
                token: None,
                after: None
            }
        );
    }

    #[test]
    fn a_wrong_field_of_a_command_is_answered_under_its_id() {
        for text in [
            r#"{"type":"post","id":"7","conversation":"c","client_id":"a","text":"hi","colour":"red"}"#,
            r#"{"type":"post","id":"7","conversation":"c","client_id":"a","text":7}"#,
            r#"{"type":"post","id":"7","conversation":"c","client_id":"a","attachments":"x"}"#,
            r#"{"type":"follow","id":"7","conversation":"c","after":-1}"#,
            r#"{"type":"post","id":"7","conversation":"c","client_id":"a","text":"h\u0000i"}"#,
        ] {
            assert!(
                matches!(In::parse(text), Err(Unreadable::Field { .. })),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_frame_closes_the_socket() {
        let long = format!(
            r#"{{"type":"hello","token":"{}"}}"#,
            "x".repeat(crate::FRAME_LIMIT)
        );
        for text in [
            "",
            "hello",
            "[]",
            r#"["cancel","7","c"]"#,
            "{}",
            r#"{"type":"dance","id":"1"}"#,
            r#"{"type":"post"}"#,
            r#"{"type":7}"#,
            &long,
        ] {
            assert!(
                matches!(In::parse(text), Err(Unreadable::NoFrame(_))),
                "{text:.40}"
            );
        }
    }

    #[test]
    fn a_frame_says_its_type_first() {
        let here: Out<'_, ()> = Out::Here {
            conversation: "c",
            visitor_here: true,
        };
        assert_eq!(
            here.text(),
            r#"{"type":"presence","conversation":"c","visitor_here":true}"#
        );
        let fate: Out<'_, ()> = Out::Delivery {
            conversation: "c",
            seq: 3,
            state: "sent",
            reason: None,
        };
        assert_eq!(
            fate.text(),
            r#"{"type":"delivery","conversation":"c","seq":3,"state":"sent"}"#
        );
    }
}
