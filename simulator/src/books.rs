//! The network's books: accounts, messages, phones and faults. Plain state: told the time, it does no I/O and never waits.

mod people;
mod telegram;
mod whatsapp;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

pub(crate) use crate::books::telegram::NoChat;

use crate::accounts::Accounts;
use crate::consent::Word;
use crate::faults::Faults;
use crate::files::Files;
use crate::message::{
    Channel, Content, Direction, End, Fate, Media, Message, Named, Provider, Serial, Status, Told,
};
use crate::people::Person;
use crate::segments;

/// Messages kept in all; the oldest are forgotten.
const MESSAGES: usize = 50_000;
/// Messages kept on one phone.
const MESSAGES_PER_PHONE: usize = 1_000;
/// Phones remembered; the one that was quiet longest is forgotten.
const PHONES: usize = 10_000;
/// Everything the network knows.
pub(crate) struct Books {
    /// Makes the ids of this run differ from those of any other.
    pub(crate) run: u64,
    last: Serial,
    pub(crate) accounts: Accounts,
    pub(crate) files: Files,
    messages: BTreeMap<Serial, Message>,
    phones: HashMap<String, Phone>,
    /// Who is behind each id by which businesses know people.
    users: HashMap<String, String>,
    pub(crate) faults: Arc<Faults>,
}

/// A handset.
struct Phone {
    messages: VecDeque<Serial>,
    /// Messages that came since it was last looked at or written on.
    unread: usize,
    /// Our numbers that may not write to it by SMS.
    blocked: BTreeSet<String>,
    /// When it last wrote to each of our numbers on WhatsApp, and each of our bots on Telegram.
    heard: BTreeMap<String, i64>,
    /// Until when each of our numbers has used up its pace on WhatsApp.
    paced: BTreeMap<String, i64>,
    person: Person,
}

impl Phone {
    fn of(person: Person) -> Self {
        Self {
            messages: VecDeque::new(),
            unread: 0,
            blocked: BTreeSet::new(),
            heard: BTreeMap::new(),
            paced: BTreeMap::new(),
            person,
        }
    }
}

/// A message to enter into the books; everything checked.
pub(crate) struct Entry {
    pub(crate) provider: Provider,
    pub(crate) channel: Channel,
    pub(crate) account: String,
    pub(crate) service: Option<String>,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) named: Named,
    pub(crate) text: String,
    pub(crate) media: Vec<Media>,
    pub(crate) content: Content,
    pub(crate) reply_to: Option<String>,
    pub(crate) fate: Fate,
}

/// A message that somebody writes on a phone.
pub(crate) struct Write {
    pub(crate) channel: Channel,
    pub(crate) phone: String,
    pub(crate) to: String,
    pub(crate) text: String,
    pub(crate) media: Vec<Media>,
    pub(crate) content: Content,
    pub(crate) reply_to: Option<String>,
}

/// What came of a message written on a phone.
pub(crate) struct Written {
    pub(crate) message: Message,
    /// The carrier's own answer to a consent word.
    pub(crate) answer: Option<Message>,
}

/// A phone in the list of phones.
pub(crate) struct Seen<'a> {
    pub(crate) address: &'a str,
    pub(crate) unread: usize,
    pub(crate) last: Option<&'a Message>,
}

impl Books {
    pub(crate) fn new(run: u64) -> Self {
        Self {
            run,
            last: 0,
            accounts: Accounts::default(),
            files: Files::default(),
            messages: BTreeMap::new(),
            phones: HashMap::new(),
            users: HashMap::new(),
            faults: Arc::default(),
        }
    }

    /// Whether the phone has told this number to stop.
    pub(crate) fn blocks(&self, phone: &str, number: &str) -> bool {
        self.phones
            .get(phone)
            .is_some_and(|phone| phone.blocked.contains(number))
    }

    /// Takes a message of an account; unless it ends otherwise, it is on the phone at once.
    pub(crate) fn accept(&mut self, entry: Entry, now: i64) -> Message {
        let status = if entry.service.is_some() {
            Status::Accepted
        } else {
            Status::Queued
        };
        let message = self.enter(entry, Direction::OutboundApi, status, now);
        message.clone()
    }

    /// Takes a message from a phone; `None` when no account has the number it was written to.
    pub(crate) fn write(&mut self, write: Write, now: i64) -> Option<Written> {
        let line = self.accounts.line(write.channel, &write.to)?;
        let reached = !line.webhook_url.is_empty();
        let word = Word::read(&write.text, &write.to).filter(|_| write.channel == Channel::Sms);
        let entry = Entry {
            provider: line.provider,
            channel: write.channel,
            account: line.account.to_owned(),
            service: line.service.map(str::to_owned),
            from: write.phone.clone(),
            to: write.to.clone(),
            named: Named::ByNumber,
            text: write.text,
            media: write.media,
            content: write.content,
            reply_to: write.reply_to,
            fate: Fate {
                callback: None,
                faults: self.faults.clone(),
                end: End::Delivered,
            },
        };
        let answer = word.map(|word| Entry {
            from: entry.to.clone(),
            to: entry.from.clone(),
            text: word.answer().to_owned(),
            media: Vec::new(),
            content: Content::Plain,
            reply_to: None,
            account: entry.account.clone(),
            service: entry.service.clone(),
            fate: entry.fate.clone(),
            ..entry
        });
        let message = self.enter(entry, Direction::Inbound, Status::Received, now);
        message.told = if reached { Told::Pending } else { Told::No };
        let message = message.clone();
        let phone = self.phone(&write.phone);
        phone.unread = 0;
        if write.channel != Channel::Sms {
            phone.heard.insert(write.to.clone(), now);
        }
        let changed = match word {
            Some(Word::Stop) => phone.blocked.insert(write.to),
            Some(Word::Start) => phone.blocked.remove(&write.to),
            Some(Word::Help) => true,
            None => false,
        };
        let answer = answer.filter(|_| changed).map(|answer| {
            self.enter(answer, Direction::OutboundReply, Status::Delivered, now)
                .clone()
        });
        Some(Written { message, answer })
    }

    /// Enters what the network itself tells an account about a person; `None` when the number is nobody's or hears nothing.
    pub(crate) fn note(
        &mut self,
        content: Content,
        from: &str,
        to: &str,
        now: i64,
    ) -> Option<Message> {
        let line = self.accounts.line(Channel::WhatsApp, to)?;
        if line.webhook_url.is_empty() {
            return None;
        }
        let entry = Entry {
            provider: line.provider,
            channel: line.channel,
            account: line.account.to_owned(),
            service: None,
            from: from.to_owned(),
            to: to.to_owned(),
            named: Named::ByNumber,
            text: String::new(),
            media: Vec::new(),
            content,
            reply_to: None,
            fate: Fate {
                callback: None,
                faults: self.faults.clone(),
                end: End::Silent,
            },
        };
        Some(
            self.enter(entry, Direction::Inbound, Status::Received, now)
                .clone(),
        )
    }

    fn enter(
        &mut self,
        entry: Entry,
        direction: Direction,
        status: Status,
        now: i64,
    ) -> &mut Message {
        self.last += 1;
        let serial = self.last;
        let handed_on = matches!(status, Status::Received | Status::Delivered);
        let message = Message {
            serial,
            sid: self.id(&entry, serial),
            provider: entry.provider,
            channel: entry.channel,
            account: entry.account,
            service: entry.service,
            segments: if entry.media.is_empty() && entry.channel == Channel::Sms {
                segments::count(&entry.text)
            } else {
                1
            },
            from: entry.from,
            to: entry.to,
            named: entry.named,
            text: entry.text,
            media: entry.media,
            content: entry.content,
            reply_to: entry.reply_to,
            direction,
            status,
            error_code: None,
            created: now,
            updated: now,
            sent: handed_on.then_some(now),
            on_phone: entry.fate.end == End::Delivered,
            seen: false,
            fate: entry.fate,
            told: Told::Pending,
            redacted: false,
            deleted: false,
        };
        if message.on_phone {
            self.put_on_phone(&message);
        }
        self.forget_oldest();
        self.messages.entry(serial).or_insert(message)
    }

    /// The phone of that number, which comes into being as it is first used.
    fn phone(&mut self, address: &str) -> &mut Phone {
        if !self.phones.contains_key(address) {
            if self.phones.len() >= PHONES {
                self.forget_quietest_phone();
            }
            let person = self.newcomer(address);
            self.know(address, &person);
            self.phones.insert(address.to_owned(), Phone::of(person));
        }
        let person = || Person::new(address);
        self.phones
            .entry(address.to_owned())
            .or_insert_with(|| Phone::of(person()))
    }

    fn put_on_phone(&mut self, message: &Message) {
        let phone = self.phone(message.phone());
        if phone.messages.len() >= MESSAGES_PER_PHONE {
            phone.messages.pop_front();
        }
        phone.messages.push_back(message.serial);
        if message.direction != Direction::Inbound {
            phone.unread += 1;
        }
    }

    fn forget_quietest_phone(&mut self) {
        let quietest = self
            .phones
            .iter()
            .min_by_key(|(_, phone)| phone.messages.back().copied());
        if let Some(address) = quietest.map(|(address, _)| address.clone()) {
            self.phones.remove(&address);
            self.forget_ids(&address);
        }
    }

    fn forget_oldest(&mut self) {
        while self.messages.len() >= MESSAGES {
            let Some((serial, message)) = self.messages.pop_first() else {
                return;
            };
            if let Some(phone) = self.phones.get_mut(message.phone())
                && phone.messages.front() == Some(&serial)
            {
                phone.messages.pop_front();
            }
        }
    }

    /// Notes how far a message has got.
    pub(crate) fn progress(
        &mut self,
        serial: Serial,
        status: Status,
        error: Option<u32>,
        now: i64,
    ) -> Option<Message> {
        let message = self.messages.get_mut(&serial)?;
        message.status = status;
        message.error_code = error;
        message.updated = now;
        if status == Status::Sent {
            message.sent = Some(now);
        }
        Some(message.clone())
    }

    /// Notes what the files of a message are.
    pub(crate) fn recognised(&mut self, serial: Serial, media: Vec<Media>) -> Option<Message> {
        let message = self.messages.get_mut(&serial)?;
        message.media = media;
        Some(message.clone())
    }

    /// Notes whether the account was told of a phone's message.
    pub(crate) fn told(&mut self, serial: Serial, told: Told) -> Option<Message> {
        let message = self.messages.get_mut(&serial)?;
        // The mark of an account that took it may be quicker than its answer.
        if message.told != Told::Read {
            message.told = told;
        }
        Some(message.clone())
    }

    /// A message of an account's log.
    pub(crate) fn message(&mut self, account: &str, sid: &str) -> Option<&mut Message> {
        let message = self.messages.get_mut(&serial_of(sid)?)?;
        (message.sid == sid && message.account == account && !message.deleted).then_some(message)
    }

    /// Any message, by its id.
    pub(crate) fn any_message(&self, sid: &str) -> Option<&Message> {
        let message = self.messages.get(&serial_of(sid)?)?;
        (message.sid == sid).then_some(message)
    }

    /// An account's log, newest first.
    pub(crate) fn log(&self, account: &str) -> impl DoubleEndedIterator<Item = &Message> {
        self.messages
            .values()
            .rev()
            .filter(move |m| m.account == account && !m.deleted)
    }

    /// What is on a phone, oldest first. A phone that nobody used yet is empty.
    pub(crate) fn on_phone(&self, address: &str) -> impl Iterator<Item = &Message> {
        let serials = self.phones.get(address).map(|phone| &phone.messages);
        serials
            .into_iter()
            .flatten()
            .filter_map(|serial| self.messages.get(serial))
    }

    /// The phones in use, the latest used first.
    pub(crate) fn phones(&self) -> Vec<Seen<'_>> {
        let seen = self.phones.iter().map(|(address, phone)| Seen {
            address,
            unread: phone.unread,
            last: phone
                .messages
                .back()
                .and_then(|serial| self.messages.get(serial)),
        });
        let mut seen: Vec<Seen<'_>> = seen.collect();
        seen.sort_by_key(|phone| {
            (
                std::cmp::Reverse(phone.last.map(|m| m.serial)),
                phone.address,
            )
        });
        seen
    }

    /// Twilio's: `SM` or `MM`, 16 hexadecimal digits of this run, 16 of the message's place. Meta's: the same digits among
    /// our number's, in base 64. Telegram counts messages: what phones show has an id of the network's own, like Twilio's.
    fn id(&self, entry: &Entry, serial: Serial) -> String {
        let digits = format!("{:016x}{serial:016x}", self.run);
        match entry.provider {
            Provider::Twilio if entry.media.is_empty() => format!("SM{digits}"),
            Provider::Twilio => format!("MM{digits}"),
            Provider::Telegram => format!("TG{digits}"),
            Provider::Meta => {
                let line = self.accounts.line(entry.channel, &entry.from);
                let number = if line.is_some() {
                    &entry.from
                } else {
                    &entry.to
                };
                let number = number.trim_start_matches('+');
                let length = u8::try_from(number.len()).unwrap_or(u8::MAX);
                let mut bytes = vec![0x1c, 0x18, length];
                bytes.extend(number.bytes());
                bytes.extend([0x15, 2, 0, 0x12, 0x18, 32]);
                bytes.extend(digits.to_ascii_uppercase().bytes());
                bytes.push(0);
                format!("wamid.{}", STANDARD.encode(bytes))
            }
        }
    }
}

/// The message's place, which its id ends in.
fn serial_of(sid: &str) -> Option<Serial> {
    let Some(encoded) = sid.strip_prefix("wamid.") else {
        return u64::from_str_radix(sid.get(18..)?, 16).ok();
    };
    let bytes = STANDARD.decode(encoded).ok()?;
    let end = bytes.len().checked_sub(1)?;
    let digits = bytes.get(end.checked_sub(16)?..end)?;
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests;
