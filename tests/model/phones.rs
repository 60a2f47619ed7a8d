//! What the gateway does with what phones send: texts, one-time codes, the word for the way back; and with the links that it sends.

use switchboard::core::command::Words;
use switchboard::core::event::Lost;
use switchboard::core::{Actor, Command, ConsentWord, LegId, Proof, Status, Target};

use crate::Product;
use crate::bounds::Without;
use crate::landmarks::Landmark;
use crate::promises::Promise;
use crate::shell::words;
use crate::world::{Link, Pair, Place, Text, WEB, What, World};

impl World {
    /// A webhook: stored once, in the conversation that a code in it or its pair leads to, else in a new one.
    pub(crate) fn webhook(&mut self, product: &Product, index: usize) {
        let text = self.written[index];
        self.touch();
        self.write_down(product, text);
        let coded = text.what == What::Code && self.use_code(product, text.phone);
        if coded || self.pairs[usize::from(text.phone)].leads_here(self.now) {
            self.take(product, text, coded);
            self.written[index].here += 1;
        } else {
            self.leave_to_others(product, text);
            self.written[index].elsewhere += 1;
        }
        self.written[index].taken = true;
    }

    /// What the ledgers learn of whoever wrote.
    pub(crate) fn write_down(&mut self, product: &Product, text: Text) {
        let phone = usize::from(text.phone);
        if let Some(word) = text.what.consent() {
            self.opted_out[phone] = word == ConsentWord::OptOut;
            self.silenced[phone] = word == ConsentWord::OptOut;
        }
        if product.bounds.window.is_some() {
            self.heard[phone] = self.heard[phone].max(Some(text.at));
            self.closed[phone] = false;
        }
    }

    /// Whether the code may be used: by one of however many have it. Where no switch can come of it, it is not used up.
    fn use_code(&mut self, product: &Product, phone: u8) -> bool {
        if self.code_used > 0 && product.without != Some(Without::UseUp) {
            Landmark::CodeUsedUp.pass();
            return false;
        }
        if self.opted_out[usize::from(phone)] {
            return true;
        }
        self.code_used += 1;
        self.broken.unless(self.code_used == 1, Promise::UsedOnce);
        true
    }

    /// It is logged here.
    fn take(&mut self, product: &Product, text: Text, coded: bool) {
        let mut target = self.target(product, Place::Phone(text.phone));
        target.free = true;
        if coded {
            target.proof = Proof::Linked;
            self.arrive_by_code(product, text.phone, &target);
        }
        let said = Words {
            consent: text.what.consent(),
            ..words()
        };
        let text_of_theirs = Command::Text {
            target,
            words: said,
        };
        let taken = self.transact(product, text_of_theirs, true);
        self.broken.unless(taken.is_ok(), Promise::NeverRefused);
        if let (What::WayBack, Some(leg)) = (text.what, self.leg_of(text.phone)) {
            self.links.push(Link { leg, opened: 0 });
            self.run(
                product,
                Command::Notify {
                    leg,
                    words: words(),
                },
            );
        }
    }

    /// Whoever wrote has the phone and the window both: the conversation goes on where they wrote, whoever held that pair before.
    fn arrive_by_code(&mut self, product: &Product, phone: u8, target: &Target) {
        self.pairs[usize::from(phone)] = Pair::Ours(None);
        // Their code is no word of opting in.
        if self.opted_out[usize::from(phone)] {
            return;
        }
        let welcomes = self.welcomes();
        let command = Command::Switch {
            by: Actor::Visitor,
            target: target.clone(),
            own_text: product.without != Some(Without::OwnText),
            invitation: None,
        };
        // Refused or not, what they wrote is logged.
        let _ = self.transact(product, command, true);
        let arrived = self.leg_of(phone) == self.chat.route.active;
        self.broken
            .unless(arrived && self.welcomes() == welcomes, Promise::CodeArrives);
        Landmark::Linked.pass();
    }

    fn welcomes(&self) -> usize {
        let welcomes = self.mail.iter().filter(|of| of.welcome.is_some());
        welcomes.count()
    }

    /// It is logged in another conversation.
    fn leave_to_others(&mut self, product: &Product, text: Text) {
        let leg = self.leg_of(text.phone);
        self.watch_elsewhere(usize::from(text.phone), leg);
        self.pairs[usize::from(text.phone)] = Pair::Theirs(None);
        if let (Some(leg), Some(ConsentWord::OptOut)) = (leg, text.what.consent()) {
            let by = Actor::Visitor;
            self.run(product, Command::OptOut { leg, by });
        }
    }

    pub(crate) fn lose(&mut self, product: &Product, leg: LegId, why: Lost) {
        self.run(product, Command::Lost { leg, why });
    }

    /// Somebody opens a link: the first who does is let in, and what they may read begins where the leg joined, unless that leg is
    /// known to be the visitor's. False: it opens nothing.
    pub(crate) fn open_link(&mut self, product: &Product, index: usize, known: bool) -> bool {
        let Link { leg, opened } = self.links[index];
        if opened > 0 && product.without != Some(Without::UseUp) {
            return false;
        }
        self.touch();
        self.links[index].opened += 1;
        self.broken.unless(opened == 0, Promise::UsedOnce);
        let was_linked = self.is_linked(leg);
        if known {
            let proof = Proof::Linked;
            self.run(product, Command::Prove { leg, proof });
        }
        let all = was_linked || known || product.without == Some(Without::FromWhereTheLegJoined);
        let since = if all {
            0
        } else {
            self.joined[leg.0 as usize - 1]
        };
        self.watch_link(leg, since);
        self.here = true;
        if self.chat.status != Status::Resolved {
            let command = Command::Switch {
                by: Actor::Visitor,
                target: self.target(product, Place::Window),
                own_text: false,
                invitation: None,
            };
            // While a switch is pending it goes on; the window shows it.
            let arrives = self.transact(product, command, false).is_ok();
            let there = self.chat.route.active == Some(WEB);
            self.broken.unless(there || !arrives, Promise::LinkArrives);
            Landmark::Returned.pass();
        }
        true
    }
}
