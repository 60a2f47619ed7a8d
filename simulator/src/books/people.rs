//! Who holds which phone.

use std::collections::BTreeMap;

use crate::books::Books;
use crate::message::Direction;
use crate::people::{self, Person};

impl Books {
    /// Who holds a phone.
    pub(crate) fn person(&self, address: &str) -> Person {
        self.phones
            .get(address)
            .map_or_else(|| self.newcomer(address), |phone| phone.person.clone())
    }

    /// Who will hold a phone that nobody has used yet. An id that somebody took along from that number stays theirs.
    pub(super) fn newcomer(&self, address: &str) -> Person {
        let mut person = Person::new(address);
        let mut taken = 0;
        while self.users.contains_key(&person.chat_id) {
            taken += 1;
            person.chat_id = people::chat_id(address, taken);
        }
        person
    }

    /// Makes a person findable by the ids that they have.
    pub(super) fn know(&mut self, address: &str, person: &Person) {
        for id in [&person.user_id, &person.chat_id] {
            self.users.insert(id.clone(), address.to_owned());
        }
    }

    /// Nobody on that phone is found by any id from now on.
    pub(super) fn forget_ids(&mut self, address: &str) {
        self.users.retain(|_, holder| holder != address);
    }

    /// Changes who holds a phone.
    pub(crate) fn set_person(&mut self, address: &str, person: Person) {
        self.phone(address);
        self.forget_ids(address);
        self.know(address, &person);
        self.phone(address).person = person;
    }

    /// The phone behind an id by which businesses, or Telegram's bots, know people.
    pub(crate) fn by_user_id(&self, user_id: &str) -> Option<&str> {
        self.users.get(user_id).map(String::as_str)
    }

    /// Whether that phone is in use.
    pub(crate) fn is_used(&self, address: &str) -> bool {
        self.phones.contains_key(address)
    }

    /// Our numbers and bots that a phone has written to on WhatsApp and Telegram.
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
        self.forget_ids(from);
        phone.person.user_id = people::user_id(to);
        self.know(to, &phone.person);
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
}
