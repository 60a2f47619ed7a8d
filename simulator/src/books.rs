//! The network's books: accounts, messages, phones and faults. Plain state: told the time, it does no I/O and never waits.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

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
/// How long after a person's last message a business may write freely on WhatsApp.
const WINDOW: i64 = 24 * 3_600_000;
/// WhatsApp's pace for one pair: a message each six seconds, of which 45 may be borrowed.
const PAIR_PACE: i64 = 6_000;
const PAIR_BURST: i64 = 45;

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
    /// When it last wrote to each of our numbers on WhatsApp.
    heard: BTreeMap<String, i64>,
    /// Until when each of our numbers has used up its pace on WhatsApp.
    paced: BTreeMap<String, i64>,
    person: Person,
}

impl Phone {
    fn of(address: &str) -> Self {
        Self {
            messages: VecDeque::new(),
            unread: 0,
            blocked: BTreeSet::new(),
            heard: BTreeMap::new(),
            paced: BTreeMap::new(),
            person: Person::new(address),
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

    /// Who holds a phone.
    pub(crate) fn person(&self, address: &str) -> Person {
        self.phones
            .get(address)
            .map_or_else(|| Person::new(address), |phone| phone.person.clone())
    }

    /// Changes who holds a phone.
    pub(crate) fn set_person(&mut self, address: &str, person: Person) {
        self.users.remove(&self.person(address).user_id);
        self.users
            .insert(person.user_id.clone(), address.to_owned());
        self.phone(address).person = person;
    }

    /// The phone behind an id by which businesses know people.
    pub(crate) fn by_user_id(&self, user_id: &str) -> Option<&str> {
        self.users.get(user_id).map(String::as_str)
    }

    /// Whether that phone is in use.
    pub(crate) fn is_used(&self, address: &str) -> bool {
        self.phones.contains_key(address)
    }

    /// Our numbers that a phone has written to on WhatsApp.
    pub(crate) fn heard_by(&self, address: &str) -> Vec<String> {
        let heard = self.phones.get(address).map(|phone| &phone.heard);
        heard
            .into_iter()
            .flat_map(BTreeMap::keys)
            .cloned()
            .collect()
    }

    /// A person takes their chats to another number: the old one is nobody's phone from then on.
    pub(crate) fn move_phone(&mut self, from: &str, to: &str) {
        let Some(mut phone) = self.phones.remove(from) else {
            return;
        };
        self.users.remove(&phone.person.user_id);
        phone.person.user_id = crate::people::user_id(to);
        self.users
            .insert(phone.person.user_id.clone(), to.to_owned());
        for serial in &phone.messages {
            if let Some(message) = self.messages.get_mut(serial) {
                match message.direction {
                    Direction::Inbound => to.clone_into(&mut message.from),
                    _ => to.clone_into(&mut message.to),
                }
            }
        }
        self.phones.insert(to.to_owned(), phone);
    }

    /// How a message to this phone will end, the faults of the moment and WhatsApp's rules considered.
    pub(crate) fn end(&self, entry: &Entry, now: i64) -> End {
        let codes = Codes::of(entry.provider);
        if let Some(end) = entry.fate.faults.end(entry.provider) {
            return end;
        }
        if entry.channel == Channel::Sms {
            return End::Delivered;
        }
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
        if write.channel == Channel::WhatsApp {
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
            let phone = Phone::of(address);
            self.users
                .insert(phone.person.user_id.clone(), address.to_owned());
            self.phones.insert(address.to_owned(), phone);
        }
        self.phones
            .entry(address.to_owned())
            .or_insert_with(|| Phone::of(address))
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
            let gone = self.phones.remove(&address);
            self.users.retain(|user, _| {
                gone.as_ref()
                    .is_none_or(|phone| phone.person.user_id != *user)
            });
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
    /// our number's, in base 64.
    fn id(&self, entry: &Entry, serial: Serial) -> String {
        let digits = format!("{:016x}{serial:016x}", self.run);
        match entry.provider {
            Provider::Twilio if entry.media.is_empty() => format!("SM{digits}"),
            Provider::Twilio => format!("MM{digits}"),
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

/// In which code each provider says why WhatsApp did not take a message.
struct Codes {
    window: u32,
    nobody: u32,
    marketing: u32,
}

impl Codes {
    const fn of(provider: Provider) -> Self {
        match provider {
            Provider::Twilio => Self {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Account, Number};

    const ACCOUNT: &str = "AC00000000000000000000000000000001";
    const NUMBER: &str = "+15005550006";

    fn books() -> Books {
        let mut books = Books::new(7);
        books.accounts.connect(Account {
            account_sid: ACCOUNT.into(),
            auth_token: "secret".into(),
            numbers: vec![Number {
                number: NUMBER.into(),
                webhook_url: "http://host/hook".into(),
                name: None,
            }],
            messaging_service_sid: None,
        });
        books
    }

    fn send(to: &str, text: &str) -> Entry {
        Entry {
            provider: Provider::Twilio,
            channel: Channel::Sms,
            account: ACCOUNT.into(),
            service: None,
            from: NUMBER.into(),
            to: to.into(),
            named: Named::ByNumber,
            text: text.into(),
            media: Vec::new(),
            content: Content::Plain,
            reply_to: None,
            fate: Fate {
                callback: None,
                faults: Arc::default(),
                end: End::Delivered,
            },
        }
    }

    fn write(phone: &str, text: &str) -> Write {
        Write {
            channel: Channel::Sms,
            phone: phone.into(),
            to: NUMBER.into(),
            text: text.into(),
            media: Vec::new(),
            content: Content::Plain,
            reply_to: None,
        }
    }

    #[test]
    fn a_phone_keeps_its_latest_thousand_messages() {
        let mut books = books();
        for n in 0..1_003 {
            books.accept(send("+14155550100", &n.to_string()), 0);
        }
        let texts: Vec<&str> = books
            .on_phone("+14155550100")
            .map(|m| m.text.as_str())
            .collect();
        assert_eq!((texts.len(), texts[0], texts[999]), (1_000, "3", "1002"));
    }

    #[test]
    fn the_phone_that_was_quiet_longest_makes_room_for_a_new_one() {
        let mut books = books();
        for n in 0..PHONES {
            books.accept(send(&format!("+1415{n:07}"), "hello"), 0);
        }
        books.accept(send("+14150000000", "again"), 0);
        books.accept(send("+14169999999", "new"), 0);
        assert_eq!(books.phones().len(), PHONES);
        assert_eq!(books.on_phone("+14150000001").count(), 0);
        assert_eq!(books.on_phone("+14150000000").count(), 2);
        assert_eq!(books.on_phone("+14169999999").count(), 1);
    }

    #[test]
    fn the_log_forgets_its_oldest_messages_and_the_phones_forget_them_too() {
        let mut books = books();
        let first = books.accept(send("+14155550100", "first"), 0);
        for n in 0..MESSAGES {
            books.accept(send(&format!("+1416{:07}", n % 100), "more"), 0);
        }
        assert_eq!(books.log(ACCOUNT).count(), MESSAGES);
        assert!(books.message(ACCOUNT, &first.sid).is_none());
        assert_eq!(books.on_phone("+14155550100").count(), 0);
    }

    #[test]
    fn stop_blocks_the_pair_and_is_answered_once() {
        let mut books = books();
        let stopped = books
            .write(write("+14155550100", "Stop"), 0)
            .expect("the number is ours");
        assert!(stopped.answer.is_some());
        assert!(books.blocks("+14155550100", NUMBER));
        assert!(!books.blocks("+14155550101", NUMBER));
        let again = books
            .write(write("+14155550100", "STOP"), 0)
            .expect("the number is ours");
        assert!(again.answer.is_none());
        let started = books
            .write(write("+14155550100", "start"), 0)
            .expect("the number is ours");
        assert!(started.answer.is_some());
        assert!(!books.blocks("+14155550100", NUMBER));
    }

    #[test]
    fn yes_from_a_phone_that_never_stopped_is_only_text() {
        let written = books()
            .write(write("+14155550100", "Yes"), 0)
            .expect("the number is ours");
        assert!(written.answer.is_none());
    }

    #[test]
    fn an_account_never_finds_another_accounts_message() {
        let mut books = books();
        let message = books.accept(send("+14155550100", "mine"), 0);
        assert!(books.message(ACCOUNT, &message.sid).is_some());
        assert!(
            books
                .message("AC00000000000000000000000000000002", &message.sid)
                .is_none()
        );
        assert!(books.message(ACCOUNT, "SM").is_none());
        assert!(
            books
                .message(ACCOUNT, &message.sid.replace("SM", "MM"))
                .is_none()
        );
    }

    #[test]
    fn connecting_an_account_again_keeps_its_other_numbers() {
        let mut books = books();
        books.accounts.connect(Account {
            account_sid: ACCOUNT.into(),
            auth_token: "new".into(),
            numbers: vec![Number {
                number: "+15005550007".into(),
                webhook_url: String::new(),
                name: None,
            }],
            messaging_service_sid: None,
        });
        assert!(books.accounts.knows(ACCOUNT, "new") && !books.accounts.knows(ACCOUNT, "secret"));
        assert!(
            books.accounts.line(Channel::Sms, NUMBER).is_some()
                && books.accounts.line(Channel::Sms, "+15005550007").is_some()
        );
    }
}
