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
        phone.person.user_id = people::user_id(to);
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
}
