//! Telegram: people come by a code, and nobody sees their number.

use std::net::SocketAddr;

use serde_json::Value;
use simulator::{Simulator, TelegramBot};

use super::{Channel, Handed, Simulated, Spoken, Told};

const BOT: &str = "crash_pumps_bot";
const TOKEN: &str = "7000000001:crash-bot-token";
const SECRET: &str = "crash-webhook-secret";

pub const TELEGRAM: Channel = Channel {
    word: "telegram",
    connection: "acme-tg",
    number: BOT,
    settings,
    asks: false,
    before: "/start ",
    calls: "chat_id",
    finds: false,
    reports: false,
    spoken: Spoken::BySimulator(Simulated {
        connect,
        handed,
        told,
    }),
};

fn settings(_: &Channel, carrier: SocketAddr) -> String {
    format!(
        r#"
          provider = "telegram"
          bot_username = "{BOT}"
          bot_token = "{TOKEN}"
          webhook_secret = "{SECRET}"
          api_base = "http://{carrier}/simulator/telegram"
        "#
    )
}

fn connect(simulator: &Simulator, webhook_url: String) {
    simulator.connect_telegram(TelegramBot {
        token: TOKEN.into(),
        username: BOT.into(),
        name: None,
        webhook_url,
        webhook_secret: SECRET.into(),
    });
}

fn handed(path: &str, body: &[u8]) -> Option<Handed> {
    let (bot, method) = path.rsplit_once('/')?;
    let sends = method.starts_with("send") && method != "sendChatAction";
    if !sends || !bot.contains("/bot") {
        return None;
    }
    if !body.starts_with(b"--") {
        let asked: Value = serde_json::from_slice(body).unwrap_or_default();
        let field = |name: &str| asked[name].as_str().unwrap_or_default().to_owned();
        return Some(Handed {
            phone: field("chat_id"),
            text: field("text"),
            ..Handed::default()
        });
    }
    let mut handed = Handed::default();
    for (name, content) in parts(body) {
        let text = || String::from_utf8_lossy(content).into_owned();
        match name.as_str() {
            "chat_id" => handed.phone = text(),
            "caption" => handed.text = text(),
            _ => handed.file = Some(content.to_vec()),
        }
    }
    Some(handed)
}

/// The parts of a form with files, by their names: a boundary, some lines about it, an empty line, and the part.
fn parts(body: &[u8]) -> Vec<(String, &[u8])> {
    let first_line = find(body, b"\r\n").unwrap_or(body.len());
    let (boundary, mut rest) = body.split_at(first_line);
    let mut parts = Vec::new();
    while let Some(end) = find(rest, boundary) {
        let part = rest[..end].strip_suffix(b"\r\n").unwrap_or(&rest[..end]);
        if let Some(head) = find(part, b"\r\n\r\n") {
            let about = String::from_utf8_lossy(&part[..head]);
            let name = about.split("name=\"").nth(1);
            let name = name.and_then(|name| name.split('"').next());
            parts.push((name.unwrap_or_default().to_owned(), &part[head + 4..]));
        }
        rest = &rest[end + boundary.len()..];
    }
    parts
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    let longest = what.len().max(1);
    bytes.windows(longest).position(|window| window == what)
}

fn told(body: &Value) -> Told {
    let message = &body["message"];
    let words = message["text"].as_str().or(message["caption"].as_str());
    let texts = message["chat"]["id"].as_u64().zip(words);
    Told {
        texts: texts
            .map(|(chat, words)| (chat.to_string(), words.to_owned()))
            .into_iter()
            .collect(),
        receipts: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_understood_with_its_file_and_without() {
        let path = "/telegram/bot1:a/sendMessage";
        let words = handed(path, br#"{"chat_id": "7", "text": "hi"}"#).expect("a message");
        assert_eq!((&*words.phone, &*words.text), ("7", "hi"));
        let form = b"--b\r\nContent-Disposition: form-data; name=\"chat_id\"\r\n\r\n7\r\n\
            --b\r\nContent-Disposition: form-data; name=\"caption\"\r\n\r\nhi\r\n\
            --b\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"p.png\"\r\n\
            Content-Type: image/png\r\n\r\n\r\n\x00\r\n\r\n--b--\r\n";
        let shown = handed("/telegram/bot1:a/sendPhoto", form).expect("a picture");
        assert_eq!((&*shown.phone, &*shown.text), ("7", "hi"));
        assert_eq!(shown.file.as_deref(), Some(&b"\r\n\x00\r\n"[..]));
    }

    #[test]
    fn what_else_a_bot_does_is_no_message() {
        for path in [
            "/telegram/bot1:a/sendChatAction",
            "/telegram/bot1:a/getFile",
        ] {
            assert!(handed(path, b"{}").is_none(), "{path}");
        }
    }
}
