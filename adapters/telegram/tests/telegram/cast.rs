//! Who appears in the tests: Acme's bot, and Vera, who visits.

use std::path::PathBuf;
use std::time::Duration;

use contract::testing::{Reply, caller};
use contract::{Address, Outbound};
use switchboard_telegram::{Config, Telegram};

pub const ACME: &str = "acme_pumps_bot";
pub const TOKEN: &str = "5550006:token-of-acme_bot";
pub const SECRET: &str = "secret-of-acme";
/// Vera's chat with the bot.
pub const VERA: &str = "100000001";
/// What Vera wrote.
pub const HERS: &str = "100000001:41";
/// What we sent her.
pub const OURS: &str = "100000001:42";
pub const API: &str = "https://api.telegram.org";

/// How long one call may take, where nothing is meant to be slow.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub fn config(api_base: &str) -> Config {
    Config {
        bot_token: TOKEN.to_owned(),
        bot_username: ACME.to_owned(),
        webhook_secret: SECRET.to_owned(),
        api_base: api_base.to_owned(),
    }
}

pub fn acme(api_base: &str) -> Telegram {
    Telegram::new(config(api_base), caller(PATIENCE)).expect("the settings are right")
}

pub fn vera() -> Address {
    Address(VERA.to_owned())
}

pub fn outbound(text: &str) -> Outbound {
    Outbound {
        delivery: "d-1".to_owned(),
        to: vera(),
        text: text.to_owned(),
        callback_url: "https://gw.example/webhooks/acme-tg".to_owned(),
        ..Outbound::default()
    }
}

pub fn fixtures(folder: &str) -> PathBuf {
    contract::testing::fixtures("telegram", folder)
}

pub fn file(name: &str) -> Reply {
    Reply::read(&fixtures("answers").join(format!("{name}.http")))
}
