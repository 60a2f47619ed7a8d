//! `[[organization.connection]]`: whose account it is, and its secrets.

use super::*;

fn connection(config: &Config, number: usize) -> &Connection {
    &config.organizations[0].connections[number]
}

#[test]
fn the_examples_organization_is_right_once_it_is_uncommented() {
    let config = acme(&uncommented()).expect("the example is right");
    let [organization] = &config.organizations[..] else {
        panic!("one organization")
    };
    assert_eq!(
        (organization.id.as_str(), organization.name.as_str()),
        ("acme", "Acme Pumps")
    );
    assert_eq!(
        organization.allowed_origins,
        [Origin::parse("https://acme.example").expect("an origin")]
    );
    assert_eq!(
        (
            organization.operators[0].name.as_str(),
            organization.operators[0].role
        ),
        ("Ada", Role::Owner)
    );
    let [twilio, meta] = &organization.connections[..] else {
        panic!("one connection of each provider")
    };
    assert_eq!(twilio.settings.get("from"), Some("+15005550006"));
    assert_eq!(twilio.settings.get("auth_token"), Some(TOKEN.1));
    assert_eq!(meta.account.own.as_deref(), Some("106540352242922"));
    let template = meta.account.welcome_template.as_ref();
    assert_eq!(
        template.map(|template| (template.id.as_str(), template.language.as_str())),
        Some(("continue_chat", "en"))
    );
}

#[test]
fn what_the_example_calls_a_default_is_one() {
    let said = acme(&uncommented()).expect("the example is right");
    let unsaid = acme(ACME).expect("no default is needed");
    let of = |config: &Config| {
        let connection = &config.organizations[0].connections[0];
        (
            connection.welcome.clone(),
            connection.settings.get("api_base").map(str::to_owned),
            connection.enabled,
            connection.price,
        )
    };
    assert_eq!(of(&said), of(&unsaid));
    assert!(of(&said).0.starts_with("Acme Pumps: "));
}

#[test]
fn a_secret_comes_from_one_place_and_is_shown_nowhere() {
    let file = std::env::temp_dir().join(format!("switchboard-secret-{}", std::process::id()));
    std::fs::write(&file, "from-a-file\n").expect("the temporary folder can be written");
    let in_file = format!("auth_token_file = {:?}", file.display().to_string());
    for (line, token) in [
        ("auth_token = \"in-place\"", "in-place"),
        ("auth_token_env = \"ACME_TWILIO_TOKEN\"", TOKEN.1),
        (in_file.as_str(), "from-a-file"),
    ] {
        let config =
            acme(&ACME.replace("auth_token_env = \"ACME_TWILIO_TOKEN\"", line)).expect(line);
        assert_eq!(
            connection(&config, 0).settings.get("auth_token"),
            Some(token)
        );
        let shown = format!(
            "{config:?} {:?}",
            serde_json::to_string(config.report()).expect("JSON")
        );
        assert!(
            !shown.contains(token) && !shown.contains(PASSWORD.1),
            "{shown}"
        );
        assert!(
            config
                .report()
                .iter()
                .any(|setting| setting.key.ends_with("acme-sms.auth_token"))
        );
    }
    std::fs::remove_file(&file).expect("it was there");
    let gone = sentences(acme(
        &ACME.replace("auth_token_env = \"ACME_TWILIO_TOKEN\"", &in_file),
    ));
    assert!(
        gone[0].contains("auth_token_file names the file ") && gone[0].contains("cannot be read"),
        "{gone:?}"
    );
}

#[test]
fn a_secret_that_cannot_be_had_is_named_and_not_repeated() {
    let line = "auth_token_env = \"ACME_TWILIO_TOKEN\"";
    for (instead, environment, part) in [
        (line, vec![PASSWORD], "which is not set"),
        (
            line,
            vec![PASSWORD, ("ACME_TWILIO_TOKEN", "")],
            "which is empty",
        ),
        (
            "",
            vec![PASSWORD],
            "auth_token is missing: give auth_token_env or auth_token_file",
        ),
        (
            "auth_token = \"hunter2\"\nauth_token_env = \"ACME_TWILIO_TOKEN\"",
            vec![PASSWORD, TOKEN],
            "auth_token_env is given together with",
        ),
        (
            "auth_token = 12345678",
            vec![PASSWORD],
            "auth_token must be a text, not that",
        ),
        (
            "auth_token = \"\"",
            vec![PASSWORD],
            "auth_token must be a text, not that",
        ),
    ] {
        let [found] = &sentences(read(&ACME.replace(line, instead), &environment))[..] else {
            panic!("one error for {instead}")
        };
        assert!(
            found.contains(part) && !found.contains("hunter2") && !found.contains("12345678"),
            "{found}"
        );
    }
}

#[test]
fn a_number_at_meta_needs_no_default_to_be_said() {
    let config = acme(&format!("{ACME}{ACME_WA}")).expect("right");
    let meta = connection(&config, 1);
    assert_eq!(meta.settings.get("api_version"), Some("v23.0"));
    assert_eq!(
        meta.settings.get("api_base"),
        Some("https://graph.facebook.com")
    );
    assert_eq!(meta.account.welcome_template, None);
    assert_eq!(meta.account.number.as_deref(), Some("+15005550007"));
    assert_eq!(meta.account.own.as_deref(), Some("106540352242922"));
    let said = acme(&uncommented()).expect("the example is right");
    for key in ["api_version", "api_base"] {
        assert_eq!(
            connection(&said, 1).settings.get(key),
            meta.settings.get(key)
        );
    }
    let shown = format!(
        "{config:?} {:?}",
        serde_json::to_string(config.report()).expect("JSON")
    );
    assert!(
        META.iter().all(|(_, secret)| !shown.contains(secret)),
        "{shown}"
    );
}

#[test]
fn what_is_wrong_with_a_number_at_meta_is_said_by_its_key() {
    for (right, wrong, part) in [
        (
            "provider = \"meta\"",
            "provider = \"mata\"",
            "provider must be \"twilio\" or \"meta\", not \"mata\"",
        ),
        (
            "phone_number_id = \"106540352242922\"",
            "phone_number_id = \"+15005550007\"",
            "phone_number_id must be an id of Meta's, all digits",
        ),
        (
            "phone_number_id = \"106540352242922\"",
            "",
            "acme-wa.phone_number_id is missing: give Meta's id of the number",
        ),
        (
            "from = \"+15005550007\"",
            "",
            "acme-wa.from is missing: give the number as people know it",
        ),
        (
            "app_secret_env = \"ACME_META_SECRET\"",
            "",
            "acme-wa.app_secret is missing: give app_secret_env or app_secret_file",
        ),
        (
            "verify_token_env =",
            "verify_tokn_env =",
            "verify_tokn_env is not a setting; the nearest is verify_token_env",
        ),
        (
            "verify_token_env = \"ACME_META_VERIFY\"",
            "verify_token_env = \"NOT_THERE\"",
            "names the environment variable NOT_THERE, which is not set",
        ),
        (
            "from =",
            "account_sid = \"AC1\"\nfrom =",
            "acme-wa.account_sid is not a setting",
        ),
        (
            "from =",
            "api_version = \"23\"\nfrom =",
            "api_version must be a version of Meta's API, such as \"v23.0\"",
        ),
        (
            "from =",
            "welcome_template = \"Continue chat\"\nfrom =",
            "welcome_template must be a template's name",
        ),
        (
            "from =",
            "welcome_language = \"english!\"\nfrom =",
            "welcome_language must be a template's language",
        ),
    ] {
        let text = format!("{ACME}{}", ACME_WA.replacen(right, wrong, 1));
        let found = sentences(acme(&text));
        assert!(
            found.iter().any(|sentence| sentence.contains(part)),
            "{wrong}: {found:#?}"
        );
    }
    let again = ACME_WA.replace("\"acme-wa\"", "\"acme-wa-2\"");
    let found = sentences(acme(&format!("{ACME}{ACME_WA}{again}")));
    assert!(
        found.len() == 1
            && found[0].contains("phone_number_id is \"106540352242922\" a second time"),
        "{found:#?}"
    );
}

#[test]
fn a_welcome_of_1600_characters_passes_and_of_1601_does_not() {
    let with = |length: usize| {
        let text = format!(
            "{{organization}}{}",
            "ü".repeat(length - "Acme Pumps".len())
        );
        acme(&ACME.replace("from =", &format!("welcome_text = \"{text}\"\nfrom =")))
    };
    assert_eq!(
        with(1600).expect("it fits").organizations[0].connections[0]
            .welcome
            .chars()
            .count(),
        1600
    );
    assert!(sentences(with(1601))[0].contains("welcome_text must be 1 to 1600 characters"));
}

#[test]
fn without_a_list_welcomes_go_to_the_countries_of_our_own_numbers() {
    let config = acme(ACME).expect("right");
    assert_eq!(config.guard.countries_of(&config.organizations[0]), ["US"]);
    let config = acme(&format!("[guard]\ncountries = [\"de\", \"FR\"]\n{ACME}")).expect("right");
    assert_eq!(
        config.guard.countries_of(&config.organizations[0]),
        ["DE", "FR"]
    );
}

#[test]
fn a_messaging_service_needs_a_list_of_countries() {
    let service = ACME.replace(
        "from = \"+15005550006\"",
        "messaging_service_sid = \"MG00000000000000000000000000000000\"",
    );
    let [found] = &sentences(acme(&service))[..] else {
        panic!("one error")
    };
    assert!(
        found.contains("guard.countries must be a list such as [\"US\"]"),
        "{found}"
    );
    assert!(acme(&format!("[guard]\ncountries = [\"US\"]\n{service}")).is_ok());
}

/// A bot of Acme's, with what it must have.
const ACME_TG: &str = r#"
  [[organization.connection]]
  id = "acme-tg"
  channel = "telegram"
  provider = "telegram"
  bot_username = "acme_pumps_bot"
  bot_token = "5550006:token-of-acme_bot"
  webhook_secret = "secret-of-acme"
"#;

#[test]
fn a_bot_at_telegram_is_a_connection_of_its_own_kind() {
    let config = acme(&format!("{ACME}{ACME_TG}")).expect("it is right");
    let telegram = connection(&config, 1);
    assert_eq!(telegram.provider.channel, "telegram");
    assert_eq!(telegram.account.own.as_deref(), Some("acme_pumps_bot"));
    assert_eq!(
        telegram.settings.get("api_base"),
        Some("https://api.telegram.org")
    );
    let shown = format!("{config:?}");
    assert!(!shown.contains("token-of-acme"), "{shown}");
    assert!(!shown.contains("secret-of-acme"), "{shown}");
}

#[test]
fn where_nobody_is_written_to_by_number_no_country_need_be_named() {
    let (before, _) = ACME
        .split_once("[[organization.connection]]")
        .expect("Acme has a connection");
    let config = acme(&format!("{before}{ACME_TG}")).expect("it is right");
    let [organization] = &config.organizations[..] else {
        panic!("one organization")
    };
    assert!(config.guard.countries_of(organization).is_empty());
}

#[test]
fn a_secret_that_its_provider_refuses_is_named_and_not_shown() {
    for (right, wrong, part) in [
        (
            "5550006:token-of-acme_bot",
            "token/of/acme",
            "bot_token must be a bot's token as BotFather gives it",
        ),
        (
            "secret-of-acme",
            "secret of acme",
            "webhook_secret must be 1 to 256 of A-Z",
        ),
    ] {
        let found = sentences(acme(&format!("{ACME}{}", ACME_TG.replace(right, wrong))));
        assert!(
            found.len() == 1 && found[0].contains(part) && !found[0].contains(wrong),
            "{found:#?}"
        );
    }
}

/// Acme's number at Twilio, on WhatsApp.
fn on_whatsapp(more: &str) -> String {
    let (_, number) = ACME
        .split_once("[[organization.connection]]")
        .expect("Acme has a connection");
    let number = number
        .replace("acme-sms", "acme-wa")
        .replace("\"sms\"", "\"whatsapp\"");
    format!("{ACME}\n  [[organization.connection]]{number}{more}")
}

#[test]
fn one_number_at_twilio_may_be_on_both_of_its_channels() {
    let config = acme(&on_whatsapp(
        "  welcome_template = \"HX00000000000000000000000000000001\"",
    ))
    .expect("right");
    let whatsapp = connection(&config, 1);
    assert_eq!(
        (whatsapp.provider.channel, whatsapp.account.own.as_deref()),
        ("whatsapp", Some("+15005550006"))
    );
    let template = whatsapp.account.welcome_template.as_ref();
    assert_eq!(
        template.map(|template| template.id.as_str()),
        Some("HX00000000000000000000000000000001")
    );
    let found = sentences(acme(&on_whatsapp("  welcome_template = \"continue_chat\"")));
    assert!(
        found.len() == 1
            && found[0].contains("welcome_template must be \"HX\" and 32 letters and digits"),
        "{found:#?}"
    );
    let sms = ACME.replace("from =", "welcome_template = \"HX1\"\nfrom =");
    let found = sentences(acme(&sms));
    assert!(
        found[0].contains("acme-sms.welcome_template is not a setting"),
        "{found:#?}"
    );
}
