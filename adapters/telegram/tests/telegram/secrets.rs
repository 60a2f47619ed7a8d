//! Settings: secrets are never shown, and what could never work is refused by the name of its key.

use contract::provider::Settings;
use contract::testing::{Reply, StandIn, caller, nobody};
use contract::{Channel, MediaLink};
use switchboard_telegram::{Config, PROVIDERS, Telegram};

use crate::cast::{ACME, API, PATIENCE, SECRET, TOKEN, acme, config, outbound};

#[test]
fn no_debug_form_shows_a_secret() {
    let shown = format!("{:?} {:?}", config(API), acme(API));
    for secret in [TOKEN, SECRET] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[tokio::test]
async fn no_error_shows_the_token_that_stands_in_the_path() {
    let (_kept, nobody) = nobody();
    let error = acme(&nobody).send(&outbound("hello")).await;
    let shown = format!("{error:?}");
    assert!(error.is_err() && !shown.contains(TOKEN), "{shown}");
    let echo = serde_json::json!({ "ok": false, "error_code": 404, "description": format!("no /bot{TOKEN}/") });
    for reply in [
        Reply::json(404, &echo),
        Reply::json(500, &echo),
        Reply::HangUp,
        Reply::text(302, "").with("location", "/elsewhere"),
    ] {
        let telegram = StandIn::replying([reply.clone(), reply]);
        let channel = acme(&telegram.base());
        let media = MediaLink {
            url: format!("{}/file/AgAC", telegram.base()),
            ..MediaLink::default()
        };
        let errors = (
            channel.send(&outbound("hello")).await,
            channel.media(&media).await,
        );
        let shown = format!("{errors:?}");
        assert!(errors.0.is_err() && errors.1.is_err(), "{shown}");
        assert!(!shown.contains(TOKEN), "{shown}");
    }
}

#[test]
fn settings_that_could_never_work_are_refused_by_name() {
    type Change = fn(&mut Config, &str);
    let keys: [(&str, Change, &[&str]); 4] = [
        (
            "bot_username",
            |config, value| config.bot_username = value.into(),
            &["", "@acme_pumps_bot", "acme/pumps", "ab"],
        ),
        (
            "bot_token",
            |config, value| config.bot_token = value.into(),
            &[
                "",
                "token",
                "5550006:",
                ":token",
                "55x:token",
                "5:a/../b",
                "5:a?b",
            ],
        ),
        (
            "webhook_secret",
            |config, value| config.webhook_secret = value.into(),
            &["", "two words", "ünï", "a.b"],
        ),
        (
            "api_base",
            |config, value| config.api_base = value.into(),
            &[
                "",
                "api.telegram.org",
                "ftp://api.telegram.org",
                "https://api.telegram.org?a=1",
            ],
        ),
    ];
    for (key, change, values) in keys {
        for value in values {
            let mut config = config(API);
            change(&mut config, value);
            let made = Telegram::new(config, caller(PATIENCE));
            let error = made.expect_err(value);
            assert_eq!(error.key, key, "{value:?}");
        }
    }
    let mut config = config(API);
    config.webhook_secret = "x".repeat(257);
    let made = Telegram::new(config, caller(PATIENCE));
    assert_eq!(made.err().map(|error| error.key), Some("webhook_secret"));
}

#[test]
fn a_bot_is_known_by_its_name_and_has_one_connection() {
    let [provider] = PROVIDERS else {
        panic!("one channel")
    };
    let mut settings = Settings::default();
    for (key, value) in [
        ("bot_username", "Acme_Pumps_Bot"),
        ("bot_token", TOKEN),
        ("webhook_secret", SECRET),
    ] {
        settings.set(key, value);
    }
    let account = (provider.read)(&settings).expect("the settings are right");
    assert_eq!(account.own.as_deref(), Some("Acme_Pumps_Bot"));
    assert_eq!(account.once, Some(("bot_username", ACME.to_owned())));
    settings.set("webhook_secret", "two words");
    let error = (provider.read)(&settings).expect_err("it has a blank");
    assert_eq!(error.key, "webhook_secret");
    assert!(!error.to_string().contains("two words"), "{error}");
}

#[test]
fn telegram_is_a_channel_that_asks_for_nothing_and_waits_to_be_written_to() {
    let telegram = acme(API);
    let capabilities = serde_json::to_value(telegram.capabilities()).expect("plain data");
    let expected = serde_json::json!({
        "channel": "telegram", "holds_connections": false, "asks": null, "text_limit": 4096, "reports_delivered": false,
        "reports_read": false, "finds": false, "counts_segments": false, "window": null, "opens_with": "nothing",
        "links": true, "lists_templates": false, "lists_inbound": false, "marks": true, "media_at_once": 1, "uploads": true,
    });
    for (name, value) in expected.as_object().expect("an object") {
        assert_eq!(&capabilities[name], value, "{name}");
    }
}
