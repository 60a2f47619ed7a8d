//! `/bot<token>/<method>`: who calls, what they ask for, and Telegram's answer.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, Method};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::books::Books;
use crate::carrier::Carrier;
use crate::telegram::bot::Bot;
use crate::telegram::error::TelegramError;
use crate::telegram::params::Params;
use crate::telegram::{files, hook, send};

/// What a method does: its result, and a sentence where Telegram adds one.
pub(super) type Done = (Value, Option<&'static str>);

pub(super) async fn call(
    State(carrier): State<Arc<Carrier>>,
    Path((bot, method)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    verb: Method,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, TelegramError> {
    let bot = of_path(&carrier.books(), &bot)?.username().to_owned();
    if verb != Method::GET && verb != Method::POST {
        return Err(TelegramError::not_found());
    }
    let body = body.map_err(|_| TelegramError::too_large())?;
    let params = Params::read(query.as_deref(), &headers, &body)?;
    // Telegram reads the names of methods in any case.
    let method = method.to_ascii_lowercase();
    let (result, said) = match method.as_str() {
        "getme" => (me(&carrier.books(), &bot), None),
        "setwebhook" => hook::set(&carrier, &bot, &params)?,
        "deletewebhook" => hook::delete(&carrier, &bot, &params),
        "getwebhookinfo" => (hook::info(&carrier.books(), &bot), None),
        "sendchataction" => (send::action(&carrier, &bot, &params)?, None),
        "getfile" => (files::describe(&carrier, &bot, &params)?, None),
        _ => match send::Kind::of(&method) {
            Some(kind) => (send::send(&carrier, bot, kind, params).await?, None),
            None => return Err(TelegramError::no_such_method()),
        },
    };
    let mut answer = json!({ "ok": true, "result": result });
    if let Some(said) = said {
        answer["description"] = said.into();
    }
    Ok(Json(answer))
}

/// The bot of a path: `bot` and its token. What cannot be a token leads nowhere; one that is nobody's is refused.
pub(super) fn of_path<'a>(books: &'a Books, part: &str) -> Result<&'a Bot, TelegramError> {
    let token = part
        .strip_prefix("bot")
        .filter(|token| {
            token.split_once(':').is_some_and(|(id, secret)| {
                !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()) && !secret.is_empty()
            })
        })
        .ok_or_else(TelegramError::not_found)?;
    let known = books.accounts.bot_of(token);
    known.ok_or_else(TelegramError::unauthorized)
}

fn me(books: &Books, bot: &str) -> Value {
    let Some(bot) = books.accounts.bot(bot) else {
        return Value::Null;
    };
    let mut me = bot.user();
    for (ability, can) in [
        ("can_join_groups", true),
        ("can_read_all_group_messages", false),
        ("supports_inline_queries", false),
        ("can_connect_to_business", false),
        ("has_main_web_app", false),
    ] {
        me[ability] = can.into();
    }
    me
}
