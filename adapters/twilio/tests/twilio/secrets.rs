//! Settings: secrets are never shown, and what could never work is refused by the name of its key.

use contract::Channel;
use contract::testing::caller;
use switchboard_twilio::{Config, Sender, Twilio};

use crate::cast::{NEXT_TOKEN, PATIENCE, TOKEN, acme, config};

const API: &str = "https://api.twilio.com";

#[test]
fn no_debug_form_shows_a_token() {
    let shown = format!("{:?} {:?}", config(API), acme(API));
    assert!(
        !shown.contains(TOKEN) && !shown.contains(NEXT_TOKEN),
        "{shown}"
    );
    assert!(!shown.contains("5005550006"), "{shown}");
}

/// The key that is said to be at fault.
fn fault(config: Config) -> Option<&'static str> {
    let made = Twilio::new(config, caller(PATIENCE));
    made.err().map(|error| error.key)
}

#[test]
fn settings_that_could_never_work_are_refused_by_name() {
    let with = |change: fn(&mut Config)| {
        let mut config = config(API);
        change(&mut config);
        fault(config)
    };
    assert_eq!(
        with(|config| config.account_sid = "AC/../x".into()),
        Some("account_sid")
    );
    assert_eq!(
        with(|config| config.account_sid.clear()),
        Some("account_sid")
    );
    assert_eq!(with(|config| config.auth_token.clear()), Some("auth_token"));
    assert_eq!(
        with(|config| config.auth_token_2 = Some(String::new())),
        Some("auth_token_2")
    );
    assert_eq!(
        with(|config| config.sender = Sender::Number(String::new())),
        Some("from")
    );
    let no_service = with(|config| config.sender = Sender::Service(String::new()));
    assert_eq!(no_service, Some("messaging_service_sid"));
    for base in [
        "",
        "api.twilio.com",
        "ftp://api.twilio.com",
        "https://api.twilio.com?a=1",
    ] {
        let result = fault(config(base));
        assert_eq!(result, Some("api_base"));
    }
}

#[test]
fn sms_is_a_channel_that_asks_for_a_phone() {
    let twilio = acme(API);
    let capabilities = serde_json::to_value(twilio.capabilities()).expect("plain data");
    let expected = serde_json::json!({
        "channel": "sms", "holds_connections": false, "asks": "phone", "text_limit": 1600, "reports_delivered": true,
        "reports_read": false, "finds": true, "counts_segments": true,
    });
    for (name, value) in expected.as_object().expect("an object") {
        assert_eq!(&capabilities[name], value, "{name}");
    }
}
