//! Who appears in the tests: Acme's number at Twilio, and the phone of Vera, who visits.

use std::path::{Path, PathBuf};
use std::time::Duration;

use contract::{Address, Outbound};
use switchboard_twilio::{Config, Sender, Twilio};

pub const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
pub const SERVICE: &str = "MG0123456789abcdef0123456789abcdef";
pub const SMS: &str = "SM0a1b2c3d4e5f60718293a4b5c6d7e8f9";
pub const MMS: &str = "MM0a1b2c3d4e5f60718293a4b5c6d7e8f9";
pub const TOKEN: &str = "token-of-acme";
pub const NEXT_TOKEN: &str = "next-token-of-acme";
pub const ACME: &str = "+15005550006";
pub const VERA: &str = "+14155550100";

pub fn config(api_base: &str) -> Config {
    Config {
        account_sid: ACCOUNT.to_owned(),
        auth_token: TOKEN.to_owned(),
        auth_token_2: Some(NEXT_TOKEN.to_owned()),
        sender: Sender::Number(ACME.to_owned()),
        api_base: api_base.to_owned(),
        timeout: Duration::from_secs(30),
    }
}

pub fn connect(config: Config) -> Twilio {
    // Only the first test of a process is the one to install it.
    drop(rustls::crypto::ring::default_provider().install_default());
    let http = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none());
    Twilio::new(config, http.build().expect("a client")).expect("the settings are right")
}

pub fn acme(api_base: &str) -> Twilio {
    connect(config(api_base))
}

pub fn by_service(api_base: &str) -> Twilio {
    connect(Config {
        sender: Sender::Service(SERVICE.to_owned()),
        ..config(api_base)
    })
}

/// An address where nobody listens, for as long as the socket is kept.
pub fn nobody() -> (tokio::net::TcpSocket, String) {
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    let loopback = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    socket.bind(loopback).expect("a free port");
    let base = format!("http://{}", socket.local_addr().expect("its address"));
    (socket, base)
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
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/twilio")
        .join(folder)
}
