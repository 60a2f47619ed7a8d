//! The organizations of the load and their phone channels, a row each: how the product is told of one, and how its provider is spoken.
//!
//! To add a channel that the simulator has: a module beside `meta` and `telegram` with its row and its functions, and the row in [`ALL`]. Everything
//! else, who switches to it, writes and stops on it, and what is held against the logs, reads the table.

mod meta;
mod telegram;

use std::net::SocketAddr;

use serde_json::Value;
use simulator::Simulator;

use crate::carrier::twilio;
use crate::dice::{Dice, some};

/// Every organization: one has WhatsApp by Meta, the other through Twilio.
pub const ALL: &[Organization] = &[
    Organization {
        id: "acme",
        channels: &[
            Channel {
                connection: "acme-sms",
                number: "+15005550006",
                ..twilio::SMS
            },
            meta::WHATSAPP,
            telegram::TELEGRAM,
        ],
    },
    Organization {
        id: "boats",
        channels: &[
            Channel {
                connection: "boats-sms",
                number: "+15005550008",
                ..twilio::SMS
            },
            Channel {
                connection: "boats-wa",
                number: "+15005550009",
                ..twilio::WHATSAPP
            },
        ],
    },
];

/// Who is written to, and by which channels to phones.
#[derive(Debug)]
pub struct Organization {
    pub id: &'static str,
    pub channels: &'static [Channel],
}

/// A row.
#[derive(Debug)]
pub struct Channel {
    /// What the product calls it.
    pub word: &'static str,
    pub connection: &'static str,
    /// Our own number there.
    pub number: &'static str,
    /// The connection's own lines of the configuration, where the carrier is at that address.
    pub settings: fn(&Channel, SocketAddr) -> String,
    /// Whether somebody can be written to there first, by their number; else they come by a code alone.
    pub asks: bool,
    /// What a phone puts before the text of a link that was opened on it.
    pub before: &'static str,
    /// What the simulator calls the name by which the provider knows who has written; empty where that is their number.
    pub calls: &'static str,
    /// Whether its provider can be asked for a message of unknown outcome. Where it cannot, one that never left us stays uncertain.
    pub finds: bool,
    /// Whether its provider tells what became of a message.
    pub reports: bool,
    pub spoken: Spoken,
}

/// Who speaks a provider's API.
#[derive(Debug)]
pub enum Spoken {
    /// The harness itself, from the provider's documents alone.
    ByUs,
    /// The product's simulator, with the harness between the two: it counts, fails, repeats and reorders.
    BySimulator(Simulated),
}

/// A provider's words, as far as they must be understood to count them.
#[derive(Debug)]
pub struct Simulated {
    /// Makes our number known, with the address that its webhooks go to.
    pub connect: fn(&Simulator, String),
    /// The message that a request hands over, by its path and body; none where it asks for anything else.
    pub handed: fn(&str, &[u8]) -> Option<Handed>,
    /// What a webhook tells.
    pub told: fn(&Value) -> Told,
}

/// A message that was handed to the carrier.
#[derive(Clone, Debug, Default)]
pub struct Handed {
    /// Whose it is: their number, or what else the provider calls them.
    pub phone: String,
    /// The product's own id of it, where the provider carries one.
    pub delivery: String,
    pub text: String,
    /// Where the file is that goes with it.
    pub link: Option<String>,
    /// The file itself, where it goes along.
    pub file: Option<Vec<u8>>,
}

/// What one webhook tells.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// Who wrote what: their number, or what else the provider calls them.
    pub texts: Vec<(String, String)>,
    /// How far messages have got: the product's own id, and the word that it uses for it.
    pub receipts: Vec<(String, &'static str)>,
}

/// Every channel of every organization.
pub fn every() -> impl Iterator<Item = &'static Channel> {
    ALL.iter().flat_map(|organization| organization.channels)
}

impl Organization {
    /// What windows know it by.
    pub fn widget_key(&self) -> String {
        format!("wk_{}", self.id)
    }

    /// Its channel of that name.
    pub fn channel(&self, word: &str) -> Option<&'static Channel> {
        self.channels.iter().find(|channel| channel.word == word)
    }

    /// Some channel.
    pub fn any(&self, dice: &mut Dice) -> &'static Channel {
        some(self.channels, dice)
    }

    /// Some channel on which people are written to first.
    pub fn asked(&self, dice: &mut Dice) -> &'static Channel {
        let asked = self.channels.iter().filter(|channel| channel.asks);
        let asked: Vec<&'static Channel> = asked.collect();
        let channel: &&Channel = some(&asked, dice);
        channel
    }
}
