//! The conversation and the delivery of its messages: two pure machines, told and never asking.
//!
//! There is no async, I/O, clock, randomness or log in here. The shell loads a [`Conversation`], looks up the facts that a
//! [`Context`] carries, calls [`decide`](decide()) and commits the [`Event`]s it answers; [`Conversation::apply`] is how both we and a
//! reader of the log get from one state to the next. In the order in which data meets them:
//!
//! * [`words`]: the names of things: time, ids, actors, proofs, texts
//! * [`conversation`]: what a conversation is, and what each event does to it
//! * [`event`]: the entries of its log
//! * [`command`]: what can be asked of it, with what facts, and how it may refuse
//! * [`decide`](decide()): the machine: who may move the active leg, when, and where to
//! * [`delivery`]: the second machine: the fate of one message on one leg

pub mod command;
pub mod conversation;
mod decide;
pub mod delivery;
pub mod event;
pub mod words;

pub use command::{Command, Context, Facts, FreeText, Refusal, Rules, Target};
pub use conversation::{Conversation, Leg, Phase, Route, Status};
pub use decide::decide;
pub use event::{Event, Kind};
pub use words::*;

#[cfg(test)]
mod tests;
