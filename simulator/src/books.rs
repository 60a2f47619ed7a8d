//! The network's books: accounts, messages, phones and faults. Plain state: told the time, it does no I/O and never waits.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use subtle::ConstantTimeEq;

use crate::consent::Word;
use crate::faults::Faults;
use crate::message::{Direction, Media, Message, Serial, Status, Told};
use crate::{Account, Number, segments};

/// Messages kept in all; the oldest are forgotten.
const MESSAGES: usize = 50_000;
/// Messages kept on one phone.
const MESSAGES_PER_PHONE: usize = 1_000;
/// Phones remembered; the one that was quiet longest is forgotten.
const PHONES: usize = 10_000;

/// Everything the network knows.
pub(crate) struct Books {
    /// Makes the ids of this run differ from those of any other.
    run: u64,
    last: Serial,
    accounts: BTreeMap<String, Account>,
    messages: BTreeMap<Serial, Message>,
    phones: HashMap<String, Phone>,
    pub(crate) faults: Faults,
}

/// A handset.
#[derive(Default)]
struct Phone {
    messages: VecDeque<Serial>,
    /// Messages that came since it was last looked at or written on.
    unread: usize,
    /// Our numbers that may not write to it.
    blocked: BTreeSet<String>,
}

/// A message to enter into the books; everything checked.
pub(crate) struct Entry {
    pub(crate) account: String,
    pub(crate) service: Option<String>,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) text: String,
    pub(crate) media: Vec<Media>,
    /// It will not reach the phone.
    pub(crate) lost: bool,
}

/// A message that somebody writes on a phone.
pub(crate) struct Write {
    pub(crate) phone: String,
    pub(crate) to: String,
    pub(crate) text: String,
    pub(crate) media: Vec<Media>,
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
            accounts: BTreeMap::new(),
            messages: BTreeMap::new(),
            phones: HashMap::new(),
            faults: Faults::default(),
        }
    }

    /// Adds an account, or brings one up to date: its token and service, and each number named.
    pub(crate) fn connect(&mut self, account: Account) {
        let Some(known) = self.accounts.get_mut(&account.account_sid) else {
            self.accounts.insert(account.account_sid.clone(), account);
            return;
        };
        known.auth_token = account.auth_token;
        known.messaging_service_sid = account
            .messaging_service_sid
            .or(known.messaging_service_sid.take());
        for number in account.numbers {
            known.numbers.retain(|other| other.number != number.number);
            known.numbers.push(number);
        }
    }

    pub(crate) fn account(&self, sid: &str) -> Option<&Account> {
        self.accounts.get(sid)
    }

    /// Whether these are an account's credentials.
    pub(crate) fn knows(&self, sid: &str, token: &str) -> bool {
        self.accounts
            .get(sid)
            .is_some_and(|account| account.auth_token.as_bytes().ct_eq(token.as_bytes()).into())
    }

    /// The account and entry of one of our numbers.
    pub(crate) fn line(&self, number: &str) -> Option<(&Account, &Number)> {
        self.accounts.values().find_map(|account| {
            let line = account.numbers.iter().find(|line| line.number == number)?;
            Some((account, line))
        })
    }

    pub(crate) fn lines(&self) -> impl Iterator<Item = &Number> {
        self.accounts.values().flat_map(|account| &account.numbers)
    }

    /// Whether the phone has told this number to stop.
    pub(crate) fn blocks(&self, phone: &str, number: &str) -> bool {
        self.phones
            .get(phone)
            .is_some_and(|phone| phone.blocked.contains(number))
    }

    /// Takes a message of an account; unless it is to be lost, it is on the phone at once.
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
        let (account, line) = self.line(&write.to)?;
        let (account_sid, service) = (
            account.account_sid.clone(),
            account.messaging_service_sid.clone(),
        );
        let reached = !line.webhook_url.is_empty();
        let word = Word::read(&write.text, &write.to);
        let entry = Entry {
            account: account_sid.clone(),
            service: service.clone(),
            from: write.phone.clone(),
            to: write.to.clone(),
            text: write.text,
            media: write.media,
            lost: false,
        };
        let message = self.enter(entry, Direction::Inbound, Status::Received, now);
        message.told = if reached { Told::Pending } else { Told::No };
        let message = message.clone();
        let phone = self.phones.entry(write.phone.clone()).or_default();
        phone.unread = 0;
        let changed = match word {
            Some(Word::Stop) => phone.blocked.insert(write.to.clone()),
            Some(Word::Start) => phone.blocked.remove(&write.to),
            Some(Word::Help) => true,
            None => false,
        };
        let answer = word.filter(|_| changed).map(|word| {
            let answer = Entry {
                account: account_sid,
                service,
                from: write.to,
                to: write.phone,
                text: word.answer().to_owned(),
                media: Vec::new(),
                lost: false,
            };
            self.enter(answer, Direction::OutboundReply, Status::Delivered, now)
                .clone()
        });
        Some(Written { message, answer })
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
            sid: self.sid(serial, !entry.media.is_empty()),
            account: entry.account,
            service: entry.service,
            segments: if entry.media.is_empty() {
                segments::count(&entry.text)
            } else {
                1
            },
            from: entry.from,
            to: entry.to,
            text: entry.text,
            media: entry.media,
            direction,
            status,
            error_code: None,
            created: now,
            updated: now,
            sent: handed_on.then_some(now),
            on_phone: !entry.lost,
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

    fn put_on_phone(&mut self, message: &Message) {
        if !self.phones.contains_key(message.phone()) && self.phones.len() >= PHONES {
            self.forget_quietest_phone();
        }
        let phone = self.phones.entry(message.phone().to_owned()).or_default();
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

    /// Notes whether the account was told of a phone's message.
    pub(crate) fn told(&mut self, serial: Serial, told: Told) -> Option<Message> {
        let message = self.messages.get_mut(&serial)?;
        message.told = told;
        Some(message.clone())
    }

    /// A message of an account's log.
    pub(crate) fn message(&mut self, account: &str, sid: &str) -> Option<&mut Message> {
        let serial = u64::from_str_radix(sid.get(18..)?, 16).ok()?;
        let message = self.messages.get_mut(&serial)?;
        (message.sid == sid && message.account == account && !message.deleted).then_some(message)
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

    /// Somebody looked at the phone.
    pub(crate) fn looked_at(&mut self, address: &str) {
        if let Some(phone) = self.phones.get_mut(address) {
            phone.unread = 0;
        }
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

    /// `SM` or `MM`, 16 hexadecimal digits of this run, 16 of the message's place.
    fn sid(&self, serial: Serial, media: bool) -> String {
        format!(
            "{}{:016x}{serial:016x}",
            if media { "MM" } else { "SM" },
            self.run
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "AC00000000000000000000000000000001";
    const NUMBER: &str = "+15005550006";

    fn books() -> Books {
        let mut books = Books::new(7);
        books.connect(Account {
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
            account: ACCOUNT.into(),
            service: None,
            from: NUMBER.into(),
            to: to.into(),
            text: text.into(),
            media: Vec::new(),
            lost: false,
        }
    }

    fn write(phone: &str, text: &str) -> Write {
        Write {
            phone: phone.into(),
            to: NUMBER.into(),
            text: text.into(),
            media: Vec::new(),
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
        books.connect(Account {
            account_sid: ACCOUNT.into(),
            auth_token: "new".into(),
            numbers: vec![Number {
                number: "+15005550007".into(),
                webhook_url: String::new(),
                name: None,
            }],
            messaging_service_sid: None,
        });
        assert!(books.knows(ACCOUNT, "new") && !books.knows(ACCOUNT, "secret"));
        assert!(books.line(NUMBER).is_some() && books.line("+15005550007").is_some());
    }
}
