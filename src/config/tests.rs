mod connections;
mod organizations;

use super::*;

const EXAMPLE: &str = include_str!("../../config.example.toml");

const TOKEN: (&str, &str) = ("ACME_TWILIO_TOKEN", "0123456789abcdef");
const PASSWORD: (&str, &str) = ("ACME_ADA_PASSWORD", "correct horse");

/// Acme with nothing that has a default.
const ACME: &str = r#"
[[organization]]
id = "acme"
name = "Acme Pumps"
widget_key = "wk_acme"

  [[organization.operator]]
  email = "Ada@acme.example"
  password_env = "ACME_ADA_PASSWORD"

  [[organization.connection]]
  id = "acme-sms"
  channel = "sms"
  provider = "twilio"
  account_sid = "AC00000000000000000000000000000000"
  auth_token_env = "ACME_TWILIO_TOKEN"
  from = "+15005550006"
"#;

/// A number of Acme's at Meta, with nothing that has a default.
const ACME_WA: &str = r#"
  [[organization.connection]]
  id = "acme-wa"
  channel = "whatsapp"
  provider = "meta"
  from = "+15005550007"
  phone_number_id = "106540352242922"
  access_token_env = "ACME_META_TOKEN"
  app_secret_env = "ACME_META_SECRET"
  verify_token_env = "ACME_META_VERIFY"
"#;

const META: [(&str, &str); 3] = [
    ("ACME_META_TOKEN", "EAAB-access"),
    ("ACME_META_SECRET", "a1b2c3d4"),
    ("ACME_META_VERIFY", "made-up"),
];

fn variables(given: &[(&str, &str)]) -> Vec<(String, String)> {
    given
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn read(text: &str, environment: &[(&str, &str)]) -> Result<Config, Vec<ConfigError>> {
    Config::parse(Path::new("switchboard.toml"), text, variables(environment))
}

fn acme(text: &str) -> Result<Config, Vec<ConfigError>> {
    read(text, &[&[TOKEN, PASSWORD][..], &META].concat())
}

fn sentences(read: Result<Config, Vec<ConfigError>>) -> Vec<String> {
    read.expect_err("something is wrong")
        .iter()
        .map(ToString::to_string)
        .collect()
}

/// The example as somebody has it who took the first `#` from each line of the organization.
fn uncommented() -> String {
    let (scalars, organization) = EXAMPLE
        .split_once("\n#[[organization]]")
        .expect("the example has an organization");
    let lines = organization
        .lines()
        .map(|line| line.strip_prefix('#').unwrap_or(line));
    format!(
        "{scalars}\n[[organization]]{}",
        lines.collect::<Vec<_>>().join("\n")
    )
}

#[test]
fn the_example_is_the_defaults_and_names_no_organization() {
    let config = Config::default();
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.server.public_url, None);
    assert_eq!(config.store, Store::Sqlite("switchboard.db".into()));
    assert_eq!(config.bus, Bus::Memory);
    assert!(!config.simulator.enabled);
    assert_eq!(config.switch.revert_window, Duration::from_secs(10));
    assert_eq!(config.switch.greeting_timeout, Duration::from_secs(30));
    assert_eq!(config.switch.before_reply, BeforeReply::Send);
    assert_eq!(config.switch.pair_kept_unheard, Duration::from_secs(3_600));
    assert_eq!(
        config.switch.pair_kept_resolved,
        Duration::from_secs(72 * 3_600)
    );
    let guard = &config.guard;
    assert_eq!(
        (
            guard.welcomes_per_number_day,
            guard.welcomes_unanswered_per_number_day
        ),
        (12, 4)
    );
    assert_eq!(
        (
            guard.welcomes_per_visitor_day,
            guard.welcomes_per_network_hour
        ),
        (12, 30)
    );
    assert_eq!(
        (
            guard.welcomes_per_prefix_hour,
            guard.welcomes_per_organization_hour
        ),
        (120, 600)
    );
    assert_eq!(
        (
            guard.welcomes_unanswered_per_prefix_hour,
            guard.welcomes_per_country_hour
        ),
        (20, 480)
    );
    assert_eq!(
        (guard.challenge, guard.challenge_difficulty),
        (Challenge::OnRisk, 50_000)
    );
    assert_eq!((guard.few_answers_percent, guard.few_answers_of), (20, 50));
    assert_eq!(guard.on_few_answers, OnFewAnswers::Challenge);
    assert!(guard.messaging);
    assert!(guard.countries.is_empty() && guard.spend_per_organization_day == 0.0);
    assert!(config.organizations.is_empty());
    assert!(
        config
            .report()
            .iter()
            .all(|setting| setting.origin == Place::Default)
    );
}

#[test]
fn the_example_as_a_file_says_the_same_as_no_file() {
    let values = |config: &Config| {
        config
            .report()
            .iter()
            .map(|s| (s.key.clone(), s.value.clone()))
            .collect::<Vec<_>>()
    };
    let from_file = read(EXAMPLE, &[]).expect("the example is right");
    assert_eq!(values(&from_file), values(&Config::default()));
}

#[test]
fn the_environment_goes_before_the_file_and_the_file_before_the_example() {
    let text = "[switch]\nrevert_window = \"20s\"\ngreeting_timeout = \"40s\"\n";
    let config = read(text, &[("SWITCHBOARD__SWITCH__REVERT_WINDOW", "5s")]).expect("right");
    assert_eq!(config.switch.revert_window, Duration::from_secs(5));
    assert_eq!(config.switch.greeting_timeout, Duration::from_secs(40));
    assert_eq!(config.switch.pair_kept_unheard, Duration::from_secs(3_600));
    let told = |key| {
        config
            .report()
            .iter()
            .find(|setting| setting.key == key)
            .map(ToString::to_string)
    };
    assert_eq!(
        [
            told("switch.revert_window"),
            told("switch.greeting_timeout"),
            told("switch.pair_kept_unheard")
        ]
        .map(Option::unwrap),
        [
            "switch.revert_window = \"5s\"  (environment SWITCHBOARD__SWITCH__REVERT_WINDOW)",
            "switch.greeting_timeout = \"40s\"  (switchboard.toml:3)",
            "switch.pair_kept_unheard = \"1h\"  (default)",
        ]
    );
}

#[test]
fn a_variable_has_the_type_of_its_key() {
    let config = read(
        "",
        &[
            ("SWITCHBOARD__SIMULATOR__ENABLED", "true"),
            ("SWITCHBOARD__GUARD__COUNTRIES", "us, DE,"),
            ("SWITCHBOARD__GUARD__WELCOMES_PER_NUMBER_DAY", "0"),
            ("SWITCHBOARD__GUARD__SPEND_PER_ORGANIZATION_DAY", "12.5"),
            ("SWITCHBOARD__SERVER__LISTEN", "0.0.0.0:80"),
            ("SWITCHBOARD__SERVER__PUBLIC_URL", "https://chat.example/"),
            ("SWITCHBOARD__SERVER__TRUSTED_PROXIES", "10.0.0.0/8,::1"),
            ("SWITCHBOARD_LOG", "debug"),
            ("PATH", "/bin"),
        ],
    )
    .expect("right");
    assert!(config.simulator.enabled);
    assert_eq!(config.guard.countries, ["US", "DE"]);
    assert_eq!(config.guard.welcomes_per_number_day, 0);
    assert_eq!(config.guard.spend_per_organization_day, 12.5);
    assert_eq!(config.server.trusted_proxies.len(), 2);
    assert_eq!(
        config.server.public_url(config.server.listen).as_str(),
        "https://chat.example"
    );
}

#[test]
fn a_variable_of_another_type_is_refused_by_its_name() {
    for (name, value, expected) in [
        (
            "SWITCHBOARD__SIMULATOR__ENABLED",
            "yes",
            "must be true or false, not \"yes\"",
        ),
        (
            "SWITCHBOARD__GUARD__WELCOMES_PER_NUMBER_DAY",
            "twelve",
            "must be a whole number from 0 up, not \"twelve\"",
        ),
        (
            "SWITCHBOARD__GUARD__WELCOMES_PER_NUMBER_DAY",
            "1.5",
            "must be a whole number from 0 up, not 1.5",
        ),
        (
            "SWITCHBOARD__GUARD__CHALLENGE",
            "sometimes",
            "must be \"on_risk\" or \"always\" or \"never\", not \"sometimes\"",
        ),
        (
            "SWITCHBOARD__GUARD__CHALLENGE_DIFFICULTY",
            "10",
            "must be 1000 to 5000000, not 10",
        ),
        (
            "SWITCHBOARD__GUARD__FEW_ANSWERS_PERCENT",
            "101",
            "must be 0 to 100, not 101",
        ),
        (
            "SWITCHBOARD__GUARD__COUNTRIES",
            "US,UK",
            "must be ISO codes of countries, such as \"US\" or \"GB\", not \"UK\"",
        ),
        (
            "SWITCHBOARD__SWITCH__BEFORE_REPLY",
            "drop",
            "must be \"send\" or \"hold\", not \"drop\"",
        ),
    ] {
        let [sentence] = &sentences(read("", &[(name, value)]))[..] else {
            panic!("one error for {name}")
        };
        assert!(
            sentence.starts_with(&format!("environment {name}: ")) && sentence.ends_with(expected),
            "{sentence}"
        );
    }
}

#[test]
fn each_word_for_the_way_back_has_an_answer_of_its_own_or_all_have_one() {
    let said = |answers: &str| {
        let words = "[switch]\nreturn_words = [\"web\", \"ويب\"]\nreturn_text = ";
        read(&format!("{words}{answers}"), &[])
    };
    let way_back = |answers| said(answers).expect("it is right").switch.way_back;
    let pair = |word: &str, answer: &str| (word.to_owned(), answer.to_owned());
    assert_eq!(
        way_back("\"{link}\""),
        [pair("WEB", "{link}"), pair("ويب", "{link}")]
    );
    assert_eq!(
        way_back("[\"go {link}\", \"{link} هنا\"]"),
        [pair("WEB", "go {link}"), pair("ويب", "{link} هنا")]
    );
    let three = "[\"{link}\", \"{link}\", \"{link}\"]";
    let [sentence] = &sentences(said(three))[..] else {
        panic!("one error")
    };
    let expected = "must be one text, or one for each of the 2 return_words, not 3 texts";
    assert!(sentence.ends_with(expected), "{sentence}");
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_the_nearest_known_one() {
    for (text, sentence) in [
        (
            "[switch]\nrevert_windw = \"5s\"",
            "switchboard.toml:2: switch.revert_windw is not a setting; the nearest is switch.revert_window",
        ),
        (
            "[server]\n\nport = 80\nlisten = \"127.0.0.1:0\"",
            "switchboard.toml:3: server.port is not a setting; the nearest is ",
        ),
        (
            "[swich]\nrevert_window = \"5s\"",
            "switchboard.toml:1: swich is not a setting; the nearest is [switch]",
        ),
        (
            "listen = \"127.0.0.1:0\"",
            "switchboard.toml:1: listen is not a setting; the nearest is server.listen",
        ),
        (
            "[[organisation]]\nid = \"acme\"",
            "switchboard.toml:1: organisation is not a setting; the nearest is [[organization]]",
        ),
        (
            "[store]\nurl.file = \"x\"",
            "switchboard.toml:2: store.url must be a text in quotes, not a table",
        ),
        (
            "[organization]\nid = \"acme\"",
            "switchboard.toml:1: organization must be written [[organization]], once for each, not a table",
        ),
        (
            "switch = 3",
            "switchboard.toml:1: switch must be a section, [switch], not 3",
        ),
    ] {
        let [found] = &sentences(read(text, &[]))[..] else {
            panic!("one error for {text}")
        };
        assert!(found.starts_with(sentence), "{found}");
    }
}

#[test]
fn an_unknown_variable_is_named_with_the_nearest_known_one() {
    for (name, nearest) in [
        ("SWITCHBOARD__STORE__URI", "SWITCHBOARD__STORE__URL"),
        ("SWITCHBOARD__SERVER_LISTEN", "SWITCHBOARD__SERVER__LISTEN"),
        (
            "SWITCHBOARD__SWITCH__REVERT_WINDOWS",
            "SWITCHBOARD__SWITCH__REVERT_WINDOW",
        ),
        ("SWITCHBOARD__store__url", "SWITCHBOARD__STORE__URL"),
        (
            "SWITCHBOARD__REVERT_WINDOW",
            "SWITCHBOARD__SWITCH__REVERT_WINDOW",
        ),
    ] {
        let sentence =
            format!("environment {name}: this variable is not a setting; the nearest is {nearest}");
        assert_eq!(sentences(read("", &[(name, "x")])), [sentence]);
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let text = format!(
        "[switch]\nrevert_window = 10\nbefore_replay = \"send\"\n[guard]\ncountries = [\"Germany\"]\n{}",
        ACME.replace("AC0", "XX0").replace("name =", "nam =")
    );
    let found = sentences(read(
        &text,
        &[PASSWORD, ("SWITCHBOARD__BUS__URL", "redis://cache")],
    ));
    for part in [
        "switch.revert_window must be a whole number and its unit",
        "switch.before_replay is not a setting",
        "guard.countries must be ISO codes",
        "organization.acme.nam is not a setting",
        "organization.acme.name is missing",
        "connection.acme-sms.account_sid must be",
        "connection.acme-sms.auth_token_env names the environment variable ACME_TWILIO_TOKEN, which is not set",
        "bus.url must be \"memory:\" (this version does not have Redis yet)",
    ] {
        assert!(
            found.iter().any(|sentence| sentence.contains(part)),
            "{part} is not among {found:#?}"
        );
    }
    assert_eq!(found.len(), 8, "{found:#?}");
}

#[test]
fn a_server_that_the_world_reaches_says_by_which_address() {
    let [found] = &sentences(read("[server]\nlisten = \"0.0.0.0:8080\"", &[]))[..] else {
        panic!("one error")
    };
    assert!(
        found.contains("server.public_url must be the address that browsers and providers call"),
        "{found}"
    );
    let config = read("[server]\nlisten = \"127.0.0.1:0\"", &[]).expect("loopback needs none");
    let listener = "127.0.0.1:41234".parse().expect("an address");
    assert_eq!(
        config.server.public_url(listener).as_str(),
        "http://127.0.0.1:41234"
    );
}

#[test]
fn the_servers_own_origins_are_its_public_one_and_on_loopback_its_three_names() {
    let config = read("[server]\npublic_url = \"https://chat.example\"", &[]).expect("right");
    let own = |listener: &str| {
        config
            .server
            .own_origins(listener.parse().expect("an address"))
    };
    let named = |names: &[&str]| {
        names
            .iter()
            .filter_map(|name| Origin::parse(name))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        own("127.0.0.1:8080"),
        named(&[
            "https://chat.example",
            "http://localhost:8080",
            "http://127.0.0.1:8080",
            "http://[::1]:8080"
        ])
    );
    assert_eq!(own("192.0.2.1:8080"), named(&["https://chat.example"]));
}

#[test]
fn fewer_posts_than_every_visitor_is_promised_cannot_be_set() {
    let found = sentences(read("[limits]\nposts_per_visitor_10s = 29", &[]));
    assert!(
        found[0].contains("limits.posts_per_visitor_10s must be 0 or at least 30"),
        "{found:?}"
    );
    assert!(
        read("[limits]\nposts_per_visitor_10s = 30", &[]).is_ok()
            && read("[limits]\nposts_per_visitor_10s = 0", &[]).is_ok()
    );
}

#[test]
fn a_file_that_is_named_must_be_there() {
    let named = Path::new("/nowhere/switchboard.toml");
    let [found] = &sentences(Config::load(Some(named), []))[..] else {
        panic!("one error")
    };
    assert!(
        found.starts_with("/nowhere/switchboard.toml: the configuration cannot be read ("),
        "{found}"
    );
}

#[test]
fn a_text_that_is_not_toml_is_told_by_its_line() {
    let [found] = &sentences(read("[switch]\nrevert_window = 10s\n", &[]))[..] else {
        panic!("one error")
    };
    assert!(
        found.starts_with("switchboard.toml:2: the file is not TOML here: "),
        "{found}"
    );
}

fn with_lead(lead: &str) -> String {
    format!("{ACME}\n  [organization.lead]\n{lead}\n")
}

#[test]
fn visitors_are_asked_for_what_the_organization_chooses() {
    let form = |text: &str| {
        acme(text).expect("it is right").organizations[0]
            .lead
            .clone()
    };
    assert_eq!(
        form(ACME),
        form(&with_lead("")),
        "without a table, the defaults"
    );
    let usual = form(ACME);
    assert_eq!(usual.asks.len(), 4);
    for locale in ["en", "en-GB", "fr", ""] {
        let text = usual.consent_text(locale);
        assert!(text.starts_with("Acme Pumps may contact me"), "{locale}");
    }
    assert!(usual.consent_text("ar-EG").contains("معي Acme Pumps"));
    let chosen = form(&with_lead(
        "asks = [\"company\", \"phone\"]\nrequired = [\"phone\"]\nconsent_text = \"{organization} may call me.\"",
    ));
    assert_eq!(chosen.asks, [Ask::Company, Ask::Phone]);
    assert_eq!(chosen.required, [Ask::Phone]);
    for locale in ["en", "ar"] {
        assert_eq!(chosen.consent_text(locale), "Acme Pumps may call me.");
    }
    assert!(form(&with_lead("asks = []")).asks.is_empty());
}

#[test]
fn what_is_wrong_with_the_form_of_a_lead_is_named() {
    for (lead, key, says) in [
        (
            "asks = [\"shoe size\"]",
            "organization.acme.lead.asks",
            "\"name\"",
        ),
        (
            "asks = [\"name\", \"name\"]",
            "organization.acme.lead.asks",
            "each word once",
        ),
        (
            "required = [\"company\"]",
            "organization.acme.lead.required",
            "not asked for",
        ),
        (
            "consent_text = \" \"",
            "organization.acme.lead.consent_text",
            "1 to 500",
        ),
        ("ask = []", "organization.acme.lead.ask", "asks"),
    ] {
        let said = sentences(acme(&with_lead(lead)));
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].contains(key) && said[0].contains(says), "{said:?}");
    }
    let said = sentences(acme(
        &ACME.replace("name = \"Acme", "lead = true\nname = \"Acme"),
    ));
    assert!(said[0].contains("organization.acme.lead"), "{said:?}");
}
