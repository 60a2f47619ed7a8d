//! Who may use the network: accounts at each provider, their numbers, their templates.

use std::collections::BTreeMap;

use serde_json::Value;
use subtle::ConstantTimeEq;

use crate::message::{Channel, Provider};
use crate::telegram::Bot;
use crate::templates::{Approval, Kept, MOST};
use crate::{Account, Category, MetaNumber, Number, TelegramBot, Template};

/// All accounts.
#[derive(Default)]
pub(crate) struct Accounts {
    twilio: BTreeMap<String, Account>,
    /// By phone number id.
    meta: BTreeMap<String, MetaNumber>,
    /// By name.
    bots: BTreeMap<String, Bot>,
    templates: BTreeMap<String, Vec<Kept>>,
    last_template: u64,
}

/// One of our numbers, on one channel; on Telegram a bot, by its name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    pub(crate) provider: Provider,
    pub(crate) channel: Channel,
    pub(crate) account: &'a str,
    pub(crate) service: Option<&'a str>,
    pub(crate) number: &'a str,
    pub(crate) name: Option<&'a str>,
    pub(crate) webhook_url: &'a str,
}

/// An account has no room for another template.
#[derive(Debug)]
pub(crate) struct TooManyTemplates;

impl Accounts {
    /// Adds an account, or brings one up to date: its token and service, and each number named.
    pub(crate) fn connect(&mut self, account: Account) {
        let Some(known) = self.twilio.get_mut(&account.account_sid) else {
            self.twilio.insert(account.account_sid.clone(), account);
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

    pub(crate) fn connect_meta(&mut self, number: MetaNumber) {
        self.meta.insert(number.phone_number_id.clone(), number);
    }

    /// Adds a bot, or brings one up to date; its updates are counted on.
    pub(crate) fn connect_telegram(&mut self, given: TelegramBot) {
        match self.bots.get_mut(&given.username) {
            Some(known) => known.become_like(given),
            None => {
                let username = given.username.clone();
                self.bots.insert(username, Bot::new(given));
            }
        }
    }

    pub(crate) fn bot(&self, username: &str) -> Option<&Bot> {
        self.bots.get(username)
    }

    pub(crate) fn bot_mut(&mut self, username: &str) -> Option<&mut Bot> {
        self.bots.get_mut(username)
    }

    /// The bot that a token opens.
    pub(crate) fn bot_of(&self, token: &str) -> Option<&Bot> {
        let opens = |bot: &&Bot| bot.token().as_bytes().ct_eq(token.as_bytes()).into();
        self.bots.values().find(opens)
    }

    pub(crate) fn twilio(&self, sid: &str) -> Option<&Account> {
        self.twilio.get(sid)
    }

    pub(crate) fn meta(&self, phone_number_id: &str) -> Option<&MetaNumber> {
        self.meta.get(phone_number_id)
    }

    pub(crate) fn meta_numbers(&self) -> impl Iterator<Item = &MetaNumber> {
        self.meta.values()
    }

    pub(crate) fn meta_number(&self, number: &str) -> Option<&MetaNumber> {
        self.meta.values().find(|line| line.number == number)
    }

    /// Whether these are an account's credentials at Twilio.
    pub(crate) fn knows(&self, sid: &str, token: &str) -> bool {
        self.twilio
            .get(sid)
            .is_some_and(|account| account.auth_token.as_bytes().ct_eq(token.as_bytes()).into())
    }

    /// Whether a token opens this business account at Meta, or any where none is named.
    pub(crate) fn opens(&self, token: &str, business_account_id: Option<&str>) -> bool {
        self.meta.values().any(|number| {
            let same: bool = number
                .access_token
                .as_bytes()
                .ct_eq(token.as_bytes())
                .into();
            same && business_account_id.is_none_or(|id| number.business_account_id == id)
        })
    }

    pub(crate) fn line(&self, channel: Channel, number: &str) -> Option<Line<'_>> {
        self.lines()
            .find(|line| line.channel == channel && line.number == number)
    }

    pub(crate) fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        let twilio = self.twilio.values().flat_map(|account| {
            account
                .numbers
                .iter()
                .map(|number| of_twilio(account, number))
        });
        twilio
            .chain(self.meta.values().map(of_meta))
            .chain(self.bots.values().map(Bot::line))
    }

    /// Adds an approved template of the host's, or brings it up to date.
    pub(crate) fn add_template(&mut self, account: &str, template: Template, now: i64) {
        self.last_template += 1;
        let id = template.id.clone().unwrap_or_else(|| self.template_id());
        let kept = Kept::of(template, id, now);
        let templates = self.templates.entry(account.to_owned()).or_default();
        templates.retain(|other| {
            other.id != kept.id && (&other.name, &other.language) != (&kept.name, &kept.language)
        });
        if templates.len() < MOST {
            templates.push(kept);
        }
    }

    /// Takes a template for review.
    pub(crate) fn submit(
        &mut self,
        account: &str,
        (name, language): (&str, &str),
        category: Category,
        components: Vec<Value>,
        now: i64,
    ) -> Result<Kept, TooManyTemplates> {
        self.last_template += 1;
        let kept = Kept {
            id: self.template_id(),
            name: name.to_owned(),
            language: language.to_owned(),
            category,
            status: Approval::Pending,
            components,
            created: now,
        };
        let templates = self.templates.entry(account.to_owned()).or_default();
        if templates.len() >= MOST {
            return Err(TooManyTemplates);
        }
        templates.push(kept.clone());
        Ok(kept)
    }

    fn template_id(&self) -> String {
        format!("9{:015}", self.last_template)
    }

    pub(crate) fn templates(&self, account: &str) -> &[Kept] {
        self.templates.get(account).map_or(&[], Vec::as_slice)
    }

    /// Every template with its account.
    pub(crate) fn all_templates(&self) -> impl Iterator<Item = (&str, &Kept)> {
        self.templates
            .iter()
            .flat_map(|(account, all)| all.iter().map(move |kept| (account.as_str(), kept)))
    }

    /// Changes whether a template may be sent.
    pub(crate) fn judge(&mut self, id: &str, status: Approval) -> Option<(String, Kept)> {
        self.templates.iter_mut().find_map(|(account, all)| {
            let kept = all.iter_mut().find(|kept| kept.id == id)?;
            kept.status = status;
            Some((account.clone(), kept.clone()))
        })
    }
}

fn of_twilio<'a>(account: &'a Account, number: &'a Number) -> Line<'a> {
    let (channel, bare) = bare(&number.number);
    Line {
        provider: Provider::Twilio,
        channel,
        account: &account.account_sid,
        service: account.messaging_service_sid.as_deref(),
        number: bare,
        name: number.name.as_deref(),
        webhook_url: &number.webhook_url,
    }
}

fn of_meta(number: &MetaNumber) -> Line<'_> {
    Line {
        provider: Provider::Meta,
        channel: Channel::WhatsApp,
        account: &number.business_account_id,
        service: None,
        number: &number.number,
        name: number.name.as_deref(),
        webhook_url: &number.webhook_url,
    }
}

/// Takes Twilio's prefix off an address.
pub(crate) fn bare(address: &str) -> (Channel, &str) {
    match address.strip_prefix("whatsapp:") {
        Some(bare) => (Channel::WhatsApp, bare),
        None => (Channel::Sms, address),
    }
}
