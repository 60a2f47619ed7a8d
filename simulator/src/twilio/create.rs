//! `POST …/Messages.json`: an account asks the network to carry a message.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

use crate::books::{Books, Entry};
use crate::carrier::Carrier;
use crate::faults::{Faults, Hang};
use crate::message::{Media, Message};
use crate::number::is_e164;
use crate::span::Span;
use crate::twilio::error::TwilioError;
use crate::twilio::{auth, resource};

/// A hanging request is given up after this, if its client has not left before.
const LONGEST_HANG: Duration = Duration::from_secs(60);
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
    let faults = carrier.books().faults.clone();
    match faults.status {
        Some(429) => return Err(TwilioError::TooManyRequests),
        Some(_) => return Err(TwilioError::Internal),
        None => {}
    }
    if faults.timeout == Some(Hang::Before) {
        return hang(&carrier).await;
    }
    if let Some(slow) = faults.slow {
        return take_late(&carrier, account, params, faults, slow).await;
    }
    let accepted = accept(&carrier, &account, params, &faults);
    if faults.timeout == Some(Hang::After) {
        return hang(&carrier).await;
    }
    if let Some(delay) = faults.delay {
        pass(&carrier, delay).await;
    }
    Ok((StatusCode::CREATED, Json(resource::message(&accepted?))).into_response())
}

/// Takes the message in its own time: a client that leaves meanwhile does not take it back.
async fn take_late(
    carrier: &Arc<Carrier>,
    account: String,
    params: Params,
    faults: Faults,
    slow: Span,
) -> Result<Response, TwilioError> {
    let carrier = carrier.clone();
    let taken = tokio::spawn(async move {
        pass(&carrier, slow).await.ok_or(TwilioError::TimedOut)?;
        accept(&carrier, &account, params, &faults)
    });
    let accepted = taken.await.unwrap_or(Err(TwilioError::Internal))?;
    Ok((StatusCode::CREATED, Json(resource::message(&accepted))).into_response())
}

/// Waits that long by the carrier's clock. None: it closes before.
async fn pass(carrier: &Carrier, span: Span) -> Option<()> {
    let until = carrier
        .clock
        .now()
        .saturating_add_unsigned(span.as_millis());
    carrier
        .closed
        .run_until_cancelled(carrier.clock.reach(until))
        .await
}

/// Waits until the client leaves, in real time: it is the client's patience that is being tried.
async fn hang(carrier: &Carrier) -> Result<Response, TwilioError> {
    let _ = carrier
        .closed
        .run_until_cancelled(tokio::time::sleep(LONGEST_HANG))
        .await;
    Err(TwilioError::TimedOut)
}

fn accept(
    carrier: &Arc<Carrier>,
    account: &str,
    params: Params,
    faults: &Faults,
) -> Result<Message, TwilioError> {
    let callback = params.callback.clone();
    let entry = params.check(&carrier.books(), account)?;
    if let Some(code) = faults.refuse {
        return Err(TwilioError::Told(code));
    }
    carrier
        .accept(entry, callback)
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
                "StatusCallback" => params.callback = Some(value).filter(|url| !url.is_empty()),
                "ValidityPeriod" => params.validity = Some(value),
                _ => {}
            }
        }
        params
    }

    /// Twilio's checks, in an order that names what is missing before what is wrong.
    fn check(self, books: &Books, account: &str) -> Result<Entry, TwilioError> {
        if self.to.is_empty() {
            return Err(TwilioError::ToRequired);
        }
        if self.from.is_empty() && self.service.is_empty() {
            return Err(TwilioError::FromRequired);
        }
        if self.text.is_empty() && self.media.is_empty() {
            return Err(TwilioError::BodyRequired);
        }
        if self.text.chars().count() > LONGEST_BODY {
            return Err(TwilioError::BodyTooLong);
        }
        if !is_e164(&self.to) {
            return Err(TwilioError::InvalidTo(self.to));
        }
        if self.media.len() > MOST_MEDIA {
            return Err(TwilioError::TooManyMedia);
        }
        if let Some(url) = self.media.iter().find(|url| !is_web_url(url)) {
            return Err(TwilioError::InvalidMedia(url.clone()));
        }
        if let Some(url) = self.callback.as_ref().filter(|url| !is_callback_url(url)) {
            return Err(TwilioError::InvalidCallback(url.clone()));
        }
        if self
            .validity
            .as_ref()
            .is_some_and(|s| !s.parse().is_ok_and(|s| (1..=36_000).contains(&s)))
        {
            return Err(TwilioError::InvalidParameter("ValidityPeriod"));
        }
        let (from, service) = self.sender(books, account)?;
        if from == self.to {
            return Err(TwilioError::ToIsFrom(self.to));
        }
        if books.blocks(&self.to, &from) {
            return Err(TwilioError::OptedOut);
        }
        let media = self.media.into_iter().map(Media::at).collect();
        Ok(Entry {
            account: account.to_owned(),
            service,
            from,
            to: self.to,
            text: self.text,
            media,
            lost: false,
        })
    }

    /// The number that it is sent from, and the messaging service that chose it.
    fn sender(
        &self,
        books: &Books,
        account: &str,
    ) -> Result<(String, Option<String>), TwilioError> {
        let account = books.account(account).ok_or(TwilioError::Unauthorized)?;
        let mut numbers = account.numbers.iter().map(|line| &line.number);
        if !self.from.is_empty() {
            if !is_e164(&self.from) {
                return Err(TwilioError::InvalidFrom(self.from.clone()));
            }
            let own = numbers.find(|number| **number == self.from);
            return Ok((
                own.ok_or_else(|| TwilioError::NotOurs(self.from.clone()))?
                    .clone(),
                None,
            ));
        }
        let held = account
            .messaging_service_sid
            .as_ref()
            .filter(|service| **service == self.service);
        let chosen = held.and_then(|_| numbers.next());
        let chosen = chosen.ok_or_else(|| TwilioError::NoSuchService(self.service.clone()))?;
        Ok((chosen.clone(), Some(self.service.clone())))
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
