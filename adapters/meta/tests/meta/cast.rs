//! Who appears in the tests: Acme's number at Meta, and the phone of Vera, who visits.

use std::path::PathBuf;
use std::time::Duration;

use contract::testing::caller;
use contract::{Address, Outbound};
use switchboard_meta::{Config, Meta};

pub const ACME: &str = "+15005550007";
pub const ACCOUNT_ID: &str = "102290129340398";
pub const NUMBER_ID: &str = "106540352242922";
pub const OTHER_NUMBER_ID: &str = "106540352242999";
pub const USER_ID: &str = "US.13491208655302741918";
/// What Vera wrote.
pub const HERS: &str = "wamid.HBgLMTQxNTU1NTAxMDAVAgASGBQzQTAwMDAwMDAwMDAwMDAwMDAwMQA=";
/// What we sent her.
pub const OURS: &str = "wamid.HBgLMTQxNTU1NTAxMDAVAgARGBJBQzAwMDAwMDAwMDAwMDAwMDEA";
pub const ACCESS_TOKEN: &str = "access-of-acme";
pub const SECRET: &str = "secret-of-acme";
pub const NEXT_SECRET: &str = "next-secret-of-acme";
pub const VERIFY_TOKEN: &str = "token-of-acme";
pub const VERA: &str = "+14155550100";
pub const GRAPH: &str = "https://graph.facebook.com";

/// How long one call may take, where nothing is meant to be slow.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub fn config(api_base: &str) -> Config {
    Config {
        from: ACME.to_owned(),
        business_account_id: Some(ACCOUNT_ID.to_owned()),
        phone_number_id: NUMBER_ID.to_owned(),
        access_token: ACCESS_TOKEN.to_owned(),
        app_secret: SECRET.to_owned(),
        app_secret_2: Some(NEXT_SECRET.to_owned()),
        verify_token: VERIFY_TOKEN.to_owned(),
        api_base: api_base.to_owned(),
        api_version: "v23.0".to_owned(),
    }
}

pub fn connect(config: Config) -> Meta {
    Meta::new(config, caller(PATIENCE)).expect("the settings are right")
}

pub fn acme(api_base: &str) -> Meta {
    connect(config(api_base))
}

pub fn vera() -> Address {
    Address(VERA.to_owned())
}

pub fn outbound(text: &str) -> Outbound {
    Outbound {
        delivery: "d-1".to_owned(),
        to: vera(),
        text: text.to_owned(),
        callback_url: "https://gw.example/webhooks/acme-wa".to_owned(),
        ..Outbound::default()
    }
}

pub fn fixtures(folder: &str) -> PathBuf {
    contract::testing::fixtures("meta", folder)
}
