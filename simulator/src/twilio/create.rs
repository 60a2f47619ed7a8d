//! `POST …/Messages.json`: an account asks the network to carry a message.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Map, Value};

use crate::accounts::bare;
use crate::books::{Books, Entry};
use crate::carrier::Carrier;
use crate::faults::code_for;
use crate::message::{Channel, Content, End, Fate, Media, Message, Named, Provider, Sent};
use crate::number::is_e164;
use crate::people::is_user_id;
use crate::templates::{Approval, fill, places};
use crate::trouble::{self, Trouble};
use crate::twilio::error::TwilioError;
use crate::twilio::{auth, resource};

const LONGEST_BODY: usize = 1_600;
const MOST_MEDIA: usize = 10;

pub(super) async fn create(
    State(carrier): State<Arc<Carrier>>,
    Path(account): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, TwilioError> {
    let _turn = carrier
        .requests
        .try_acquire()
        .map_err(|_| TwilioError::TooManyRequests)?;
    auth::check(&carrier.books(), &headers, &account)?;
    let params = Params::read(&body.map_err(|_| TwilioError::BodyTooLarge)?);
    let network = carrier.clone();
    let accepted = trouble::meet(&carrier, move || accept(&network, &account, params)).await?;
    Ok((StatusCode::CREATED, Json(resource::message(&accepted))).into_response())
}

fn accept(carrier: &Arc<Carrier>, account: &str, params: Params) -> Result<Message, TwilioError> {
    let entry = {
        let mut books = carrier.books();
        let entry = params.check(&books, account)?;
        if let Some(code) = books.faults.refuse {
            return Err(TwilioError::Told(code_for(Provider::Twilio, code)));
        }
        let paced = entry.channel == Channel::WhatsApp && books.faults.pair_rate;
        if paced && !books.pace(&entry.to, &entry.from, carrier.clock.now()) {
            return Err(TwilioError::ChannelRate);
        }
        entry
    };
    carrier
        .accept(entry)
        .map_err(|_| TwilioError::TooManyRequests)
}

/// The parameters that the network understands; Twilio ignores any other, and so do we.
#[derive(Default)]
struct Params {
    to: String,
    from: String,
    service: String,
    text: String,
    media: Vec<String>,
    content: String,
    variables: String,
    callback: Option<String>,
    validity: Option<String>,
}

impl Params {
    fn read(body: &[u8]) -> Self {
        let mut params = Self::default();
        for (name, value) in form_urlencoded::parse(body) {
            let value = value.into_owned();
            match &*name {
                "To" => params.to = value,
                "From" => params.from = value,
                "MessagingServiceSid" => params.service = value,
                "Body" => params.text = value,
                "MediaUrl" => params.media.push(value),
                "ContentSid" => params.content = value,
                "ContentVariables" => params.variables = value,
                "StatusCallback" => params.callback = Some(value).filter(|url| !url.is_empty()),
                "ValidityPeriod" => params.validity = Some(value),
                _ => {}
            }
        }
        params
    }

    /// Twilio's checks, in an order that names what is missing before what is wrong.
    fn check(mut self, books: &Books, account: &str) -> Result<Entry, TwilioError> {
        if self.to.is_empty() {
            return Err(TwilioError::ToRequired);
        }
        if self.from.is_empty() && self.service.is_empty() {
            return Err(TwilioError::FromRequired);
        }
        if self.text.is_empty() && self.media.is_empty() && self.content.is_empty() {
            return Err(TwilioError::BodyRequired);
        }
        if self.text.chars().count() > LONGEST_BODY {
            return Err(TwilioError::BodyTooLong);
        }
        self.check_links()?;
        let (channel, to) = bare(&self.to);
        let by_user_id = channel == Channel::WhatsApp && is_user_id(to);
        if !is_e164(to) && !by_user_id {
            return Err(TwilioError::InvalidTo(self.to));
        }
        let (from, service) = self.sender(books, account, channel)?;
        if from == to {
            return Err(TwilioError::ToIsFrom(self.to));
        }
        if channel == Channel::Sms && books.blocks(to, &from) {
            return Err(TwilioError::OptedOut);
        }
        let to = match books.by_user_id(to) {
            Some(phone) if by_user_id => phone.to_owned(),
            _ => to.to_owned(),
        };
        let content = self.template(books, account)?;
        Ok(Entry {
            provider: Provider::Twilio,
            channel,
            account: account.to_owned(),
            service,
            from,
            to,
            named: if by_user_id {
                Named::ByUserId
            } else {
                Named::ByNumber
            },
            text: self.text,
            media: self.media.into_iter().map(Media::at).collect(),
            content,
            reply_to: None,
            fate: Fate {
                callback: self.callback,
                faults: books.faults.clone(),
                end: End::Delivered,
            },
        })
    }

    fn check_links(&self) -> Result<(), TwilioError> {
        if self.media.len() > MOST_MEDIA {
            return Err(TwilioError::TooManyMedia);
        }
        if let Some(url) = self.media.iter().find(|url| !is_web_url(url)) {
            return Err(TwilioError::InvalidMedia(url.clone()));
        }
        if let Some(url) = self.callback.as_ref().filter(|url| !is_callback_url(url)) {
            return Err(TwilioError::InvalidCallback(url.clone()));
        }
        let valid = |seconds: &String| seconds.parse().is_ok_and(|s| (1..=36_000).contains(&s));
        if self.validity.as_ref().is_some_and(|s| !valid(s)) {
            return Err(TwilioError::InvalidParameter("ValidityPeriod"));
        }
        Ok(())
    }

    /// Puts the template's text, its places filled, in the place of the message's.
    fn template(&mut self, books: &Books, account: &str) -> Result<Content, TwilioError> {
        if self.content.is_empty() {
            return Ok(Content::Plain);
        }
        let known = books.accounts.templates(account);
        let kept = known
            .iter()
            .find(|kept| kept.id == self.content && kept.status == Approval::Approved)
            .ok_or_else(|| TwilioError::NoSuchContent(self.content.clone()))?;
        let words: Map<String, Value> = match self.variables.as_str() {
            "" => Map::new(),
            text => serde_json::from_str(text).map_err(|_| TwilioError::BadVariables)?,
        };
        let word = |name: &str| words.get(name).and_then(Value::as_str);
        if places(kept.body())
            .into_iter()
            .any(|name| word(name).is_none_or(str::is_empty))
        {
            return Err(TwilioError::BadVariables);
        }
        self.text = fill(kept.body(), word);
        self.media.clear();
        Ok(Content::Template(Sent {
            name: kept.name.clone(),
            language: kept.language.clone(),
            category: kept.category.as_str(),
            buttons: kept.buttons(),
        }))
    }

    /// The number that it is sent from, and the messaging service that chose it.
    fn sender(
        &self,
        books: &Books,
        account: &str,
        channel: Channel,
    ) -> Result<(String, Option<String>), TwilioError> {
        let account = books
            .accounts
            .twilio(account)
            .ok_or(TwilioError::Unauthorized)?;
        let mut numbers = account
            .numbers
            .iter()
            .map(|line| bare(&line.number))
            .filter(|(of, _)| *of == channel)
            .map(|(_, number)| number.to_owned());
        if !self.from.is_empty() {
            let (of, from) = bare(&self.from);
            if !is_e164(from) {
                return Err(TwilioError::InvalidFrom(self.from.clone()));
            }
            if of != channel {
                return Err(TwilioError::OtherChannel);
            }
            return match (numbers.find(|number| number == from), channel) {
                (Some(own), _) => Ok((own, None)),
                (None, Channel::Sms | Channel::Telegram) => {
                    Err(TwilioError::NotOurs(self.from.clone()))
                }
                (None, Channel::WhatsApp) => Err(TwilioError::NoSuchSender),
            };
        }
        let held = account
            .messaging_service_sid
            .as_ref()
            .filter(|service| **service == self.service);
        let chosen = held.and_then(|_| numbers.next());
        let chosen = chosen.ok_or_else(|| TwilioError::NoSuchService(self.service.clone()))?;
        Ok((chosen, Some(self.service.clone())))
    }
}

impl From<Trouble<Self>> for TwilioError {
    fn from(trouble: Trouble<Self>) -> Self {
        match trouble {
            Trouble::Throttled => Self::TooManyRequests,
            Trouble::Broken => Self::Internal,
            Trouble::TimedOut => Self::TimedOut,
            Trouble::Refused(refusal) => refusal,
        }
    }
}

fn is_web_url(url: &str) -> bool {
    reqwest::Url::parse(url)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.host_str().is_some())
}

/// Twilio takes no host with an underscore in it.
fn is_callback_url(url: &str) -> bool {
    is_web_url(url)
        && reqwest::Url::parse(url)
            .is_ok_and(|url| !url.host_str().unwrap_or_default().contains('_'))
}
