//! Telegram's counting, and its rule that people write first.

use crate::books::Books;
use crate::message::{Channel, Message, Serial};

/// Where the messages of a run begin to be counted, so that those of another run have other numbers.
const FIRST_MESSAGES: u64 = 1 << 30;

/// Why a bot may not write to a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoChat {
    /// Nobody has that id.
    Nobody,
    /// They have not written to this bot.
    NotBegun,
    /// They have blocked it.
    Blocked,
}

impl Books {
    /// The phone of the chat that a bot may write to.
    pub(crate) fn chat(&self, bot: &str, chat_id: &str) -> Result<&str, NoChat> {
        let address = self.by_user_id(chat_id).ok_or(NoChat::Nobody)?;
        let phone = self.phones.get(address).ok_or(NoChat::Nobody)?;
        // An id of another kind is nobody's here.
        if phone.person.chat_id != chat_id {
            return Err(NoChat::Nobody);
        }
        if !phone.heard.contains_key(bot) {
            return Err(NoChat::NotBegun);
        }
        if phone.person.blocks {
            return Err(NoChat::Blocked);
        }
        Ok(address)
    }

    /// The number by which Telegram names a message.
    pub(crate) fn message_number(&self, serial: Serial) -> u64 {
        self.first_message() + serial
    }

    /// The message of that number in a chat with a bot.
    pub(crate) fn numbered(&self, bot: &str, phone: &str, number: u64) -> Option<&Message> {
        let serial = number.checked_sub(self.first_message())?;
        self.messages.get(&serial).filter(|message| {
            message.channel == Channel::Telegram
                && message.line() == bot
                && message.phone() == phone
        })
    }

    fn first_message(&self) -> u64 {
        self.run % FIRST_MESSAGES
    }
}
