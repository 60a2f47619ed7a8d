//! Who holds a phone: their name, what businesses see of them and may send them; another number; and the handshake with an
//! account's server.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::carrier::{Carrier, Notice};
use crate::control::body;
use crate::control::phones::phone;
use crate::control::problem::Problem;
use crate::meta::{self, Event};
use crate::number::is_e164;
use crate::people::Person;
use crate::telegram;

const SHAPE: &str = "{name, hidden: bool, blocks: bool, marketing: bool}";
const NUMBER: &str = "{number}";
const LONGEST_NAME: usize = 100;

fn shown(person: &Person) -> Json<Value> {
    Json(json!({
        "name": person.name, "hidden": person.hidden, "blocks": person.blocks, "marketing": person.marketing,
        "user_id": person.user_id, "chat_id": person.chat_id,
    }))
}

pub(super) async fn person(
    State(carrier): State<Arc<Carrier>>,
    Path(address): Path<String>,
) -> Result<Json<Value>, Problem> {
    Ok(shown(&carrier.books().person(&phone(address)?)))
}

/// Changes what is named, and leaves the rest.
pub(super) async fn change(
    State(carrier): State<Arc<Carrier>>,
    Path(address): Path<String>,
    given: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, Problem> {
    let address = phone(address)?;
    let given = body::object(given, SHAPE)?;
    body::only(&given, &["name", "hidden", "blocks", "marketing"])?;
    let before = carrier.books().person(&address);
    let name = match body::text(&given, "name", SHAPE)? {
        None => before.name.clone(),
        Some(name) if (1..=LONGEST_NAME).contains(&name.chars().count()) => name.to_owned(),
        Some(_) => {
            return Err(Problem::BadValue {
                field: "name",
                expected: format!("1 to {LONGEST_NAME} characters"),
            });
        }
    };
    let person = Person {
        name,
        hidden: switch(&given, "hidden", before.hidden)?,
        blocks: switch(&given, "blocks", before.blocks)?,
        marketing: switch(&given, "marketing", before.marketing)?,
        ..before.clone()
    };
    carrier.books().set_person(&address, person.clone());
    if person.marketing != before.marketing {
        tell_preference(&carrier, &person, &address);
    }
    if person.blocks != before.blocks {
        telegram::tell_blocked(&carrier, &person, &address);
    }
    carrier.tell(Notice::Person { phone: address });
    Ok(shown(&person))
}

fn switch(given: &Map<String, Value>, name: &str, before: bool) -> Result<bool, Problem> {
    match given.get(name) {
        None | Some(Value::Null) => Ok(before),
        Some(Value::Bool(on)) => Ok(*on),
        Some(_) => Err(Problem::Malformed(SHAPE)),
    }
}

/// The businesses that the person has written to hear that they take no offers, or take them again.
fn tell_preference(carrier: &Arc<Carrier>, person: &Person, address: &str) {
    let books = carrier.books();
    for line in books.heard_by(address) {
        let (Some(number), Some(place)) = (books.accounts.meta_number(&line), carrier.place())
        else {
            continue;
        };
        if !number.webhook_url.is_empty() {
            let value = meta::marketing(number, person, address, carrier.clock.now());
            meta::post(
                carrier,
                Event::new(number, "user_preferences", value, place),
                address,
                &books.faults,
            );
        }
    }
}

/// The person takes their chats to another number. The businesses at Meta that they wrote to are told.
pub(super) async fn change_number(
    State(carrier): State<Arc<Carrier>>,
    Path(address): Path<String>,
    given: Result<Bytes, BytesRejection>,
) -> Result<StatusCode, Problem> {
    let old = phone(address)?;
    let given = body::object(given, NUMBER)?;
    body::only(&given, &["number"])?;
    let new = body::text(&given, "number", NUMBER)?
        .ok_or(Problem::Malformed(NUMBER))?
        .to_owned();
    if !is_e164(&new) {
        return Err(Problem::BadAddress(new));
    }
    let (before, after, told) = {
        let mut books = carrier.books();
        if books.is_used(&new) {
            return Err(Problem::NumberTaken(new));
        }
        let told: Vec<String> = books
            .heard_by(&old)
            .into_iter()
            .filter(|line| books.accounts.meta_number(line).is_some())
            .collect();
        let before = books.person(&old);
        books.move_phone(&old, &new);
        (before, books.person(&new), told)
    };
    let ids = (
        (old.as_str(), before.user_id.as_str()),
        (new.as_str(), after.user_id.as_str()),
    );
    for line in told {
        for content in meta::changed_number(&before.name, ids.0, ids.1, before.hidden) {
            carrier
                .note(content, &old, &line, &before)
                .map_err(|_| Problem::Busy)?;
        }
    }
    carrier.tell(Notice::Person { phone: old });
    Ok(StatusCode::NO_CONTENT)
}

/// Has the server of a number at Meta answer the handshake that comes before all webhooks.
pub(super) async fn verify(
    State(carrier): State<Arc<Carrier>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let number = carrier.books().accounts.meta(&id).cloned();
    let number =
        number.ok_or_else(|| Problem::NotFound(format!("There is no phone number id {id:?}.")))?;
    meta::handshake(&carrier.http, &number)
        .await
        .map_err(|why| Problem::NotShaken(why.to_string()))?;
    Ok(Json(json!({ "verified": true })))
}
