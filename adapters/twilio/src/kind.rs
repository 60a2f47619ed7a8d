//! The two channels that Twilio carries for us, and all in which they differ.

use std::borrow::Cow;

use contract::words::{Words, meant, meant_by};
use contract::{
    Address, AddressError, AddressKind, Capabilities, ConsentWord, MediaRule, Opening, whatsapp,
};

use crate::address;
use crate::config::Sender;

/// A channel of Twilio's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text messages, and pictures where the network has them.
    Sms,
    /// WhatsApp.
    WhatsApp,
}

/// What stands before an address on WhatsApp.
const WHATSAPP: &str = "whatsapp:";

/// The words that Twilio acts on by itself on SMS, by default (its page "Support for opt-out keywords").
const ACTED_ON: Words = &[
    (
        ConsentWord::OptOut,
        &[
            "STOP",
            "STOPALL",
            "UNSUBSCRIBE",
            "END",
            "QUIT",
            "REVOKE",
            "OPTOUT",
            "CANCEL",
        ],
    ),
    (ConsentWord::OptIn, &["START", "UNSTOP", "YES"]),
    (ConsentWord::Help, &["HELP", "INFO"]),
];

/// Twilio's page counts in MB and KB; the smaller reading of it is what surely passes.
const KB: u64 = 1_000;
const MB: u64 = 1_000_000;

/// What goes by MMS (its page "Accepted content types for media").
const MMS: &[MediaRule] = &[
    MediaRule::new("image/jpeg", 5 * MB),
    MediaRule::new("image/png", 5 * MB),
    MediaRule::new("image/gif", 5 * MB),
    MediaRule::new("audio/*", 500 * KB),
    MediaRule::new("video/*", 500 * KB),
    MediaRule::new("application/pdf", 500 * KB),
    MediaRule::new("text/vcard", 500 * KB),
];

/// What goes by WhatsApp: 16 MB for Twilio, and what WhatsApp itself takes of pictures.
const FILES: &[MediaRule] = &[
    MediaRule::new("image/jpeg", 5 * MB),
    MediaRule::new("image/png", 5 * MB),
    MediaRule::new("audio/mpeg", 16 * MB).captioned(0),
    MediaRule::new("audio/ogg", 16 * MB).captioned(0),
    MediaRule::new("audio/amr", 16 * MB).captioned(0),
    MediaRule::new("video/mp4", 16 * MB),
    MediaRule::new("application/pdf", 16 * MB),
];

impl Kind {
    /// What the channel offers to whom it is sent from.
    pub(crate) fn capabilities(self, sender: &Sender) -> Capabilities {
        let number = sender.number();
        let both = Capabilities {
            asks: Some(AddressKind::Phone),
            reports_delivered: true,
            finds: true,
            links: number.is_some(),
            lists_inbound: number.is_some(),
            ..Capabilities::plain("sms", 1600)
        };
        match self {
            Self::Sms => Capabilities {
                counts_segments: true,
                media: Cow::Borrowed(number.filter(|from| has_mms(from)).map_or(&[], |_| MMS)),
                ..both
            },
            Self::WhatsApp => Capabilities {
                channel: Cow::Borrowed("whatsapp"),
                reports_read: true,
                window: Some(whatsapp::WINDOW),
                opens_with: Opening::Template,
                lists_templates: true,
                marks: true,
                media: Cow::Borrowed(FILES),
                ..both
            },
        }
    }

    /// What a person typed, in the one form that is stored.
    pub(crate) fn address(self, raw: &str) -> Result<Address, AddressError> {
        match raw.trim() {
            id if self == Self::WhatsApp && whatsapp::is_user_id(id) => Ok(Address(id.to_owned())),
            raw => address::parse(raw),
        }
    }

    /// An address as Twilio is told it.
    pub(crate) fn told(self, address: &str) -> String {
        match self {
            Self::Sms => address.to_owned(),
            Self::WhatsApp => format!("{WHATSAPP}{address}"),
        }
    }

    /// Whether an address, as Twilio tells it, is of this channel and not said to be of another.
    pub(crate) fn speaks(self, told: &str) -> bool {
        match self {
            Self::Sms => !told.contains(':'),
            Self::WhatsApp => told.starts_with(WHATSAPP) || !told.contains(':'),
        }
    }

    /// An address as Twilio tells it, without what says the channel.
    pub(crate) fn bare(self, told: &str) -> &str {
        match self {
            Self::Sms => told,
            Self::WhatsApp => told.strip_prefix(WHATSAPP).unwrap_or(told),
        }
    }

    /// What Twilio calls a person, the best first: on SMS a number in our one form, or as it came where it is none (a short code, a name).
    pub(crate) fn called<'a>(self, names: impl IntoIterator<Item = &'a str>) -> Vec<Address> {
        let names = names.into_iter().map(|name| self.bare(name));
        match self {
            Self::Sms => names
                .filter(|name| !name.is_empty())
                .map(|name| address::parse(name).unwrap_or(Address(name.to_owned())))
                .collect(),
            Self::WhatsApp => whatsapp::called(names),
        }
    }

    /// What a text means, and whether Twilio has acted on it by itself: it does so on SMS, and on WhatsApp only where it says so.
    pub(crate) fn meant(self, text: &str) -> (Option<ConsentWord>, bool) {
        let acted_on = meant_by(ACTED_ON, text).filter(|_| self == Self::Sms);
        (acted_on.or_else(|| meant(text)), acted_on.is_some())
    }

    /// A link that opens a message to our number.
    pub(crate) fn link(self, number: &str, text: &str) -> String {
        match self {
            Self::Sms => contract::link::sms(number, text),
            Self::WhatsApp => contract::link::whatsapp(number, text),
        }
    }

    /// How many of these files go as what they are with this text, to this address; the others go as links in the text.
    pub(crate) fn carried(self, files: &[contract::OutboundMedia], text: &str, to: &str) -> usize {
        match self {
            Self::Sms if has_mms(to) => files.len().min(MOST_MEDIA),
            Self::Sms => 0,
            Self::WhatsApp => files.first().map_or(0, |first| {
                // WhatsApp has no place for words beside sound.
                usize::from(text.is_empty() || !first.content_type.starts_with("audio/"))
            }),
        }
    }
}

/// Twilio takes and sends at most ten files with one message.
pub(crate) const MOST_MEDIA: usize = 10;

/// Whether a number is in the United States, Canada or beside them, where there is MMS.
fn has_mms(number: &str) -> bool {
    number.starts_with("+1")
}

/// What Twilio says that a text was to it. It says so only where Advanced Opt-Out is switched on, and has answered it then.
pub(crate) fn said(opt_out_type: &str) -> Option<ConsentWord> {
    match opt_out_type {
        "STOP" => Some(ConsentWord::OptOut),
        "START" => Some(ConsentWord::OptIn),
        "HELP" => Some(ConsentWord::Help),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{ConsentWord, Kind};

    #[test]
    fn twilio_acts_on_its_own_words_on_sms_and_on_none_on_whatsapp() {
        let sms = |text| Kind::Sms.meant(text);
        let whatsapp = |text| Kind::WhatsApp.meant(text);
        for text in ["STOP", "Stop!", "  stopall \n", "\"quit\"", "cancel", "End"] {
            assert_eq!(sms(text), (Some(ConsentWord::OptOut), true), "{text:?}");
        }
        assert_eq!(sms("Yes."), (Some(ConsentWord::OptIn), true));
        assert_eq!(sms("إيقاف"), (Some(ConsentWord::OptOut), false));
        assert_eq!(whatsapp("stop"), (Some(ConsentWord::OptOut), false));
        for text in ["cancel", "yes", "quit"] {
            assert_eq!(whatsapp(text), (None, false), "{text:?}");
        }
        for text in ["", "please stop", "yes please", "stopp"] {
            assert_eq!(sms(text), (None, false), "{text:?}");
        }
    }
}
