//! The scalar sections, each read into its own struct.

use std::collections::BTreeMap;
use std::time::Duration;

use super::address::public_url;
use super::document::{Table, Value};
use super::error::{Invalid, Problem};
use super::place::Place;
use super::reader::{Reader, Scope};
use super::values::{
    Parsed, amount, bus, count, country, duration, duration_up_to, file_size, flag, folder,
    invalid, list, listen, network, one_of, one_or_list, store, text,
};
use super::{
    BeforeReply, Bus, Challenge, Guard, Limits, Media, OnFewAnswers, Server, Simulator, Store,
    Switch,
};

/// No window of a switch is longer.
const LONGEST_WINDOW: Duration = Duration::from_secs(24 * 3600);

/// The longest word that asks for the way back, and the longest answer to it, in characters.
const LONGEST_WORD: usize = 40;
const LONGEST_ANSWER: usize = 300;

/// Fewer posts in ten seconds than any visitor is promised.
const FEWEST_POSTS: u32 = 30;

/// All sections, or `None` when one of them is wrong.
pub(super) struct Sections {
    pub server: Server,
    pub store: Store,
    pub bus: Bus,
    pub simulator: Simulator,
    pub switch: Switch,
    pub guard: Guard,
    pub limits: Limits,
    pub media: Media,
}

pub(super) fn read(reader: &mut Reader<'_>, tables: &BTreeMap<String, Table>) -> Option<Sections> {
    let mut section = Sectioned { reader, tables };
    let server = server(&mut section);
    let store = section.read("store", "url", store);
    let bus = section.read("bus", "url", bus);
    let enabled = section.read("simulator", "enabled", flag);
    let switch = switch(&mut section);
    let guard = guard(&mut section);
    let limits = limits(&mut section);
    let media = media(&mut section);
    Some(Sections {
        server: server?,
        store: store?,
        bus: bus?,
        simulator: Simulator { enabled: enabled? },
        switch: switch?,
        guard: guard?,
        limits: limits?,
        media: media?,
    })
}

fn server(section: &mut Sectioned<'_, '_>) -> Option<Server> {
    let listen = section.read("server", "listen", listen);
    let public_url = section.read("server", "public_url", public_url);
    let trusted_proxies = section.read("server", "trusted_proxies", list(network));
    if let (Some(listen), Some(None)) = (listen, &public_url)
        && !listen.ip().is_loopback()
    {
        section.wrong("server", "public_url", Invalid {
            expected: format!(
                "the address that browsers and providers call, such as \"https://chat.example\", where server.listen is {listen}, which is no loopback address"
            ),
            found: "empty".to_owned(),
        });
        return None;
    }
    Some(Server {
        listen: listen?,
        public_url: public_url?,
        trusted_proxies: trusted_proxies?,
    })
}

fn switch(section: &mut Sectioned<'_, '_>) -> Option<Switch> {
    let revert_window = section.read("switch", "revert_window", duration_up_to(LONGEST_WINDOW));
    let greeting_timeout =
        section.read("switch", "greeting_timeout", duration_up_to(LONGEST_WINDOW));
    let before_reply = section.read(
        "switch",
        "before_reply",
        one_of(&[("send", BeforeReply::Send), ("hold", BeforeReply::Hold)]),
    );
    let pair_kept_unheard = section.read("switch", "pair_kept_unheard", duration);
    let pair_kept_resolved = section.read("switch", "pair_kept_resolved", duration);
    let return_words = section.read("switch", "return_words", list(return_word));
    let return_text = section.read("switch", "return_text", one_or_list(return_text));
    let way_back = way_back(section, return_words?, return_text?)?;
    Some(Switch {
        revert_window: revert_window?,
        greeting_timeout: greeting_timeout?,
        before_reply: before_reply?,
        pair_kept_unheard: pair_kept_unheard?,
        pair_kept_resolved: pair_kept_resolved?,
        way_back,
    })
}

/// Each word with its answer: one answer is for all words.
fn way_back(
    section: &mut Sectioned<'_, '_>,
    words: Vec<String>,
    answers: Vec<String>,
) -> Option<Vec<(String, String)>> {
    if answers.len() != 1 && answers.len() != words.len() {
        section.wrong(
            "switch",
            "return_text",
            Invalid {
                expected: format!(
                    "one text, or one for each of the {} return_words",
                    words.len()
                ),
                found: format!("{} texts", answers.len()),
            },
        );
        return None;
    }
    let answers = answers.into_iter().cycle();
    Some(words.into_iter().zip(answers).collect())
}

/// One word, upper case, as it is compared.
fn return_word(value: &Value) -> Parsed<String> {
    let word = text(value)?.trim().to_uppercase();
    if word.is_empty()
        || word.chars().any(char::is_whitespace)
        || word.chars().count() > LONGEST_WORD
    {
        return invalid(
            format!("one word of at most {LONGEST_WORD} characters"),
            value,
        );
    }
    Ok(word)
}

/// An answer that leads somewhere, and fits into one message of any channel with a link in it.
fn return_text(value: &Value) -> Parsed<String> {
    let said = text(value)?;
    if !said.contains("{link}") || said.chars().count() > LONGEST_ANSWER {
        return invalid(
            format!("at most {LONGEST_ANSWER} characters with {{link}} among them"),
            value,
        );
    }
    Ok(said.to_owned())
}

fn guard(section: &mut Sectioned<'_, '_>) -> Option<Guard> {
    let countries = section.read("guard", "countries", list(country));
    let mut limit = |key| section.read("guard", key, count);
    let welcomes_per_number_day = limit("welcomes_per_number_day");
    let welcomes_unanswered_per_number_day = limit("welcomes_unanswered_per_number_day");
    let welcomes_per_visitor_day = limit("welcomes_per_visitor_day");
    let welcomes_per_network_hour = limit("welcomes_per_network_hour");
    let welcomes_per_prefix_hour = limit("welcomes_per_prefix_hour");
    let welcomes_unanswered_per_prefix_hour = limit("welcomes_unanswered_per_prefix_hour");
    let welcomes_per_country_hour = limit("welcomes_per_country_hour");
    let welcomes_per_organization_hour = limit("welcomes_per_organization_hour");
    let spend_per_organization_day = section.read("guard", "spend_per_organization_day", amount);
    let challenge = section.read(
        "guard",
        "challenge",
        one_of(&[
            ("on_risk", Challenge::OnRisk),
            ("always", Challenge::Always),
            ("never", Challenge::Never),
        ]),
    );
    let challenge_difficulty = section.read("guard", "challenge_difficulty", difficulty);
    let few_answers_percent = section.read("guard", "few_answers_percent", percent);
    let few_answers_of = section.read("guard", "few_answers_of", sample);
    let on_few_answers = section.read(
        "guard",
        "on_few_answers",
        one_of(&[
            ("alarm", OnFewAnswers::Alarm),
            ("challenge", OnFewAnswers::Challenge),
            ("stop", OnFewAnswers::Stop),
        ]),
    );
    let messaging = section.read("guard", "messaging", flag);
    Some(Guard {
        countries: countries?,
        welcomes_per_number_day: welcomes_per_number_day?,
        welcomes_unanswered_per_number_day: welcomes_unanswered_per_number_day?,
        welcomes_per_visitor_day: welcomes_per_visitor_day?,
        welcomes_per_network_hour: welcomes_per_network_hour?,
        welcomes_per_prefix_hour: welcomes_per_prefix_hour?,
        welcomes_unanswered_per_prefix_hour: welcomes_unanswered_per_prefix_hour?,
        welcomes_per_country_hour: welcomes_per_country_hour?,
        welcomes_per_organization_hour: welcomes_per_organization_hour?,
        spend_per_organization_day: spend_per_organization_day?,
        challenge: challenge?,
        challenge_difficulty: challenge_difficulty?,
        few_answers_percent: few_answers_percent?,
        few_answers_of: few_answers_of?,
        on_few_answers: on_few_answers?,
        messaging: messaging?,
    })
}

fn limits(section: &mut Sectioned<'_, '_>) -> Option<Limits> {
    let sockets = section.read("limits", "sockets", count);
    let sockets_per_network = section.read("limits", "sockets_per_network", count);
    let visitors_per_network_hour = section.read("limits", "visitors_per_network_hour", count);
    let posts_per_visitor_10s = section.read("limits", "posts_per_visitor_10s", posts);
    Some(Limits {
        sockets: sockets?,
        sockets_per_network: sockets_per_network?,
        visitors_per_network_hour: visitors_per_network_hour?,
        posts_per_visitor_10s: posts_per_visitor_10s?,
    })
}

fn media(section: &mut Sectioned<'_, '_>) -> Option<Media> {
    let dir = section.read("media", "dir", folder);
    let max_bytes = section.read("media", "max_bytes", file_size);
    let max_inbound_bytes = section.read("media", "max_inbound_bytes", file_size);
    let keep = section.read("media", "keep", duration);
    let mut limit = |key| section.read("media", key, count);
    let uploads_per_visitor_hour = limit("uploads_per_visitor_hour");
    let uploads_per_network_hour = limit("uploads_per_network_hour");
    let megabytes_per_visitor_hour = limit("megabytes_per_visitor_hour");
    let megabytes_per_network_hour = limit("megabytes_per_network_hour");
    Some(Media {
        dir: dir?,
        max_bytes: max_bytes?,
        max_inbound_bytes: max_inbound_bytes?,
        keep: keep?,
        uploads_per_visitor_hour: uploads_per_visitor_hour?,
        uploads_per_network_hour: uploads_per_network_hour?,
        megabytes_per_visitor_hour: megabytes_per_visitor_hour?,
        megabytes_per_network_hour: megabytes_per_network_hour?,
    })
}

/// A visitor may always post 30 messages in ten seconds: the API promises it.
fn posts(value: &Value) -> Parsed<u32> {
    match count(value)? {
        1..FEWEST_POSTS => invalid(
            format!("0 or at least {FEWEST_POSTS}, which every visitor is promised"),
            value,
        ),
        posts => Ok(posts),
    }
}

/// More hashes than this would keep an old phone busy for a minute.
fn difficulty(value: &Value) -> Parsed<u32> {
    within(value, 1_000..=5_000_000, "1000 to 5000000")
}

fn percent(value: &Value) -> Parsed<u32> {
    within(value, 0..=100, "0 to 100")
}

/// Of fewer welcomes nothing can be said; more are read every few seconds.
fn sample(value: &Value) -> Parsed<u32> {
    within(value, 5..=1_000, "5 to 1000")
}

fn within(
    value: &Value,
    range: std::ops::RangeInclusive<u32>,
    expected: &'static str,
) -> Parsed<u32> {
    match count(value)? {
        fits if range.contains(&fits) => Ok(fits),
        _ => invalid(expected, value),
    }
}

/// Reads keys of sections; all of them are there, since the example has them.
struct Sectioned<'r, 'e> {
    reader: &'r mut Reader<'e>,
    tables: &'r BTreeMap<String, Table>,
}

impl Sectioned<'_, '_> {
    fn read<T>(
        &mut self,
        section: &str,
        key: &str,
        parse: impl FnOnce(&Value) -> Parsed<T>,
    ) -> Option<T> {
        let scope = scope(self.tables, section)?;
        self.reader.optional(&scope, key, parse)?
    }

    fn wrong(&mut self, section: &str, key: &str, invalid: Invalid) {
        if let Some(scope) = scope(self.tables, section) {
            self.reader.wrong(&scope, key, Problem::Invalid(invalid));
        }
    }
}

fn scope<'t>(tables: &'t BTreeMap<String, Table>, section: &str) -> Option<Scope<'t>> {
    Some(Scope {
        name: section.to_owned(),
        table: tables.get(section)?,
        place: &Place::Default,
    })
}
