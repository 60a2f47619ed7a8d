//! Who appears in the tests: Acme's number at Twilio, and the phone of Vera, who visits.

use std::path::PathBuf;
use std::time::Duration;

use contract::testing::caller;
use contract::{Address, Outbound};
use switchboard_twilio::{Config, Kind, Sender, Twilio};

pub const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
pub const SERVICE: &str = "MG0123456789abcdef0123456789abcdef";
pub const SMS: &str = "SM0a1b2c3d4e5f60718293a4b5c6d7e8f9";
pub const MMS: &str = "MM0a1b2c3d4e5f60718293a4b5c6d7e8f9";
pub const TOKEN: &str = "token-of-acme";
pub const NEXT_TOKEN: &str = "next-token-of-acme";
pub const ACME: &str = "+15005550006";
pub const ACME_WA: &str = "+15005550007";
pub const USER_ID: &str = "US.13491208655302741918";
pub const VERA: &str = "+14155550100";

/// How long one call may take, where nothing is meant to be slow.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub fn config(api_base: &str) -> Config {
    Config {
        kind: Kind::Sms,
        account_sid: ACCOUNT.to_owned(),
        auth_token: TOKEN.to_owned(),
        auth_token_2: Some(NEXT_TOKEN.to_owned()),
        sender: Sender::Number(ACME.to_owned()),
        api_base: api_base.to_owned(),
    }
}

pub fn connect(config: Config) -> Twilio {
    Twilio::new(config, caller(PATIENCE)).expect("the settings are right")
}

pub fn acme(api_base: &str) -> Twilio {
    connect(config(api_base))
}

/// Acme's number on WhatsApp.
pub fn whatsapp(api_base: &str) -> Twilio {
    connect(Config {
        kind: Kind::WhatsApp,
        sender: Sender::Number(ACME_WA.to_owned()),
        ..config(api_base)
    })
}

pub fn by_service(api_base: &str) -> Twilio {
    connect(Config {
        sender: Sender::Service(SERVICE.to_owned()),
        ..config(api_base)
    })
}

pub fn vera() -> Address {
    Address(VERA.to_owned())
}

pub fn outbound(text: &str) -> Outbound {
    Outbound {
        delivery: "d-1".to_owned(),
        to: vera(),
        text: text.to_owned(),
        callback_url: "https://gw.example/webhooks/acme-sms".to_owned(),
        ..Outbound::default()
    }
}

pub fn fixtures(folder: &str) -> PathBuf {
    contract::testing::fixtures("twilio", folder)
}
