//! WhatsApp's rules: the window, the pace of a pair, who may be reached, and what was seen.

use crate::books::{Books, Entry};
use crate::message::{
    Channel, Content, Direction, End, Message, Named, Provider, Serial, Status, Told,
};

/// How long after a person's last message a business may write freely on WhatsApp.
const WINDOW: i64 = 24 * 3_600_000;
/// WhatsApp's pace for one pair: a message each six seconds, of which 45 may be borrowed.
const PAIR_PACE: i64 = 6_000;
const PAIR_BURST: i64 = 45;

impl Books {
    /// How a message to this phone will end, the faults of the moment and WhatsApp's rules considered.
    pub(crate) fn end(&self, entry: &Entry, now: i64) -> End {
        if let Some(end) = entry.fate.faults.end(entry.provider) {
            return end;
        }
        if entry.channel != Channel::WhatsApp {
            return End::Delivered;
        }
        let codes = Codes::of(entry.provider);
        let Some(phone) = self.phones.get(&entry.to) else {
            let nobody = entry.named == Named::ByUserId;
            return match &entry.content {
                _ if nobody => End::Failed { code: codes.nobody },
                Content::Template(_) => End::Delivered,
                _ => End::Failed { code: codes.window },
            };
        };
        let open = phone
            .heard
            .get(&entry.from)
            .is_some_and(|heard| now - heard < WINDOW);
        match &entry.content {
            _ if phone.person.blocks => End::Silent,
            Content::Template(sent) if sent.category == "marketing" && !phone.person.marketing => {
                End::Failed {
                    code: codes.marketing,
                }
            }
            Content::Template(_) => End::Delivered,
            _ if open => End::Delivered,
            _ => End::Failed { code: codes.window },
        }
    }

    /// Counts a message of a pair on WhatsApp; false when the pair has none left.
    pub(crate) fn pace(&mut self, phone: &str, number: &str, now: i64) -> bool {
        let used = self
            .phone(phone)
            .paced
            .entry(number.to_owned())
            .or_insert(now);
        let used_up = (*used).max(now);
        if used_up - now >= PAIR_BURST * PAIR_PACE {
            return false;
        }
        *used = used_up + PAIR_PACE;
        true
    }

    /// Somebody looked at the phone, or at one of its threads. Answers what of WhatsApp they saw now and the network had
    /// reported as delivered; what was not yet is remembered as seen.
    pub(crate) fn looked_at(
        &mut self,
        address: &str,
        thread: Option<(Channel, &str)>,
        now: i64,
    ) -> Vec<Message> {
        let Some(phone) = self.phones.get_mut(address) else {
            return Vec::new();
        };
        phone.unread = 0;
        let mut read = Vec::new();
        for serial in &phone.messages {
            let Some(message) = self.messages.get_mut(serial) else {
                continue;
            };
            let meant = thread
                .is_none_or(|(channel, line)| message.channel == channel && message.line() == line);
            if !meant || message.seen || message.direction == Direction::Inbound {
                continue;
            }
            message.seen = true;
            if message.channel == Channel::WhatsApp && message.status == Status::Delivered {
                message.status = Status::Read;
                message.updated = now;
                read.push(message.clone());
            }
        }
        read
    }

    /// Marks a person's message, and those before it in the thread, as read by the account. Answers those that were not.
    pub(crate) fn mark_read(&mut self, last: &Message) -> Vec<Message> {
        let serials = self.phones.get(&last.from).map(|phone| &phone.messages);
        let mut marked = Vec::new();
        for serial in serials
            .into_iter()
            .flatten()
            .filter(|serial| **serial <= last.serial)
        {
            let Some(message) = self.messages.get_mut(serial) else {
                continue;
            };
            let meant = message.direction == Direction::Inbound
                && message.channel == last.channel
                && message.to == last.to
                && message.told != Told::Read;
            if meant {
                message.told = Told::Read;
                marked.push(message.clone());
            }
        }
        marked
    }

    /// Marks a delivered message that was seen before as read.
    pub(crate) fn read_meanwhile(&mut self, serial: Serial, now: i64) -> Option<Message> {
        let message = self.messages.get_mut(&serial)?;
        let read = message.channel == Channel::WhatsApp
            && message.seen
            && message.status == Status::Delivered;
        if !read {
            return None;
        }
        message.status = Status::Read;
        message.updated = now;
        Some(message.clone())
    }
}

/// In which code each provider says why WhatsApp did not take a message.
struct Codes {
    window: u32,
    nobody: u32,
    marketing: u32,
}

impl Codes {
    const fn of(provider: Provider) -> Self {
        match provider {
            Provider::Twilio | Provider::Telegram => Self {
                window: 63016,
                nobody: 63024,
                marketing: 63049,
            },
            Provider::Meta => Self {
                window: 131_047,
                nobody: 131_026,
                marketing: 131_050,
            },
        }
    }
}
