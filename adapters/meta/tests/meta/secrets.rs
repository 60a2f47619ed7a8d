//! Settings: secrets are never shown, and what could never work is refused by the name of its key.

use contract::Channel;
use contract::testing::caller;
use switchboard_meta::{Config, Meta};

use crate::cast::{ACCESS_TOKEN, GRAPH, NEXT_SECRET, PATIENCE, SECRET, VERIFY_TOKEN, acme, config};

#[test]
fn no_debug_form_shows_a_secret() {
    let shown = format!("{:?} {:?}", config(GRAPH), acme(GRAPH));
    for secret in [ACCESS_TOKEN, SECRET, NEXT_SECRET, VERIFY_TOKEN] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

/// The key that is said to be at fault.
fn fault(config: Config) -> Option<&'static str> {
    let made = Meta::new(config, caller(PATIENCE));
    made.err().map(|error| error.key)
}

#[test]
fn settings_that_could_never_work_are_refused_by_name() {
    let with = |change: fn(&mut Config)| {
        let mut config = config(GRAPH);
        change(&mut config);
        fault(config)
    };
    assert_eq!(
        with(|config| config.phone_number_id = "1/../x".into()),
        Some("phone_number_id")
    );
    assert_eq!(
        with(|config| config.phone_number_id.clear()),
        Some("phone_number_id")
    );
    for version in ["", "/", "v23.0/..", "v23?"] {
        let config = Config {
            api_version: version.into(),
            ..config(GRAPH)
        };
        assert_eq!(fault(config), Some("api_version"));
    }
    assert_eq!(
        with(|config| config.access_token.clear()),
        Some("access_token")
    );
    assert_eq!(with(|config| config.app_secret.clear()), Some("app_secret"));
    assert_eq!(
        with(|config| config.app_secret_2 = Some(String::new())),
        Some("app_secret_2")
    );
    assert_eq!(
        with(|config| config.verify_token.clear()),
        Some("verify_token")
    );
    for base in [
        "",
        "graph.facebook.com",
        "ftp://graph.facebook.com",
        "https://graph.facebook.com?a=1",
    ] {
        let result = fault(config(base));
        assert_eq!(result, Some("api_base"));
    }
}

#[test]
fn whatsapp_is_a_channel_that_asks_for_a_phone_and_has_no_list() {
    let meta = acme(GRAPH);
    let capabilities = serde_json::to_value(meta.capabilities()).expect("plain data");
    let expected = serde_json::json!({
        "channel": "whatsapp", "holds_connections": false, "asks": "phone", "text_limit": 4096, "reports_delivered": true,
        "reports_read": true, "finds": false, "counts_segments": false, "window": 86_400_000, "opens_with": "template",
    });
    for (name, value) in expected.as_object().expect("an object") {
        assert_eq!(&capabilities[name], value, "{name}");
    }
}
