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

fn twilio_of(config: &Config) -> &Twilio {
    match &config.organizations[0].connections[0].provider {
        Provider::Twilio(twilio) => twilio,
        other => panic!("{other:?}"),
    }
}

fn meta_of(config: &Config) -> &Meta {
    match &config.organizations[0].connections[1].provider {
        Provider::Meta(meta) => meta,
        other => panic!("{other:?}"),
    }
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
    let [
        Connection {
            provider: Provider::Twilio(twilio),
            ..
        },
        Connection {
            provider: Provider::Meta(meta),
            ..
        },
    ] = &organization.connections[..]
    else {
        panic!("one connection of each provider")
    };
    assert_eq!(twilio.sender, Sender::Number("+15005550006".to_owned()));
    assert_eq!(twilio.auth_token.expose(), TOKEN.1);
    assert_eq!(meta.phone_number_id, "106540352242922");
    assert_eq!(
        meta.welcome_template,
        Some(Template {
            name: "continue_chat".to_owned(),
            language: "en".to_owned()
        })
    );
}

#[test]
fn what_the_example_calls_a_default_is_one() {
    let said = acme(&uncommented()).expect("the example is right");
    let unsaid = acme(ACME).expect("no default is needed");
    let of = |config: &Config| {
        let connection = &config.organizations[0].connections[0];
        let twilio = twilio_of(config);
        (
            connection.welcome.clone(),
            twilio.api_base.clone(),
            connection.enabled,
            connection.price,
        )
    };
    assert_eq!(of(&said), of(&unsaid));
    assert!(of(&said).0.starts_with("Acme Pumps: "));
}

#[test]
fn an_operator_without_name_and_role_answers_under_the_first_part_of_the_email() {
    let config = acme(ACME).expect("right");
    let ada = &config.organizations[0].operators[0];
    assert_eq!(
        (ada.email.as_str(), ada.name.as_str(), ada.role),
        ("ada@acme.example", "ada", Role::Operator)
    );
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
fn an_unknown_key_in_an_organization_is_named_by_its_owner() {
    for (right, typo, sentence) in [
        (
            "widget_key",
            "widgetkey",
            "organization.acme.widgetkey is not a setting; the nearest is widget_key",
        ),
        (
            "  email",
            "  e_mail",
            "organization.acme.operator[1].e_mail is not a setting; the nearest is email",
        ),
        (
            "password_env",
            "pasword_env",
            "organization.acme.operator.Ada@acme.example.pasword_env is not a setting; the nearest is password_env",
        ),
        (
            "account_sid",
            "acount_sid",
            "organization.acme.connection.acme-sms.acount_sid is not a setting; the nearest is account_sid",
        ),
        (
            "auth_token_env",
            "auth_tokn_env",
            "organization.acme.connection.acme-sms.auth_tokn_env is not a setting; the nearest is auth_token_env",
        ),
        (
            "  from",
            "  form",
            "organization.acme.connection.acme-sms.form is not a setting; the nearest is from",
        ),
        (
            "[[organization.connection]]",
            "[[organization.connections]]",
            "organization.acme.connections is not a setting; the nearest is connection",
        ),
    ] {
        let found = sentences(acme(&ACME.replace(right, typo)));
        assert!(
            found
                .iter()
                .any(|found| found.ends_with(sentence) && found.starts_with("switchboard.toml:")),
            "{found:#?}"
        );
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
        assert_eq!(twilio_of(&config).auth_token.expose(), token);
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
fn a_password_is_plain_or_an_argon2id_hash_and_not_both() {
    let line = "password_env = \"ACME_ADA_PASSWORD\"";
    let hash = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$jJ+PNcVmJCc1HYPvXV7rnVLYZSzsAHyaKDBvBs1hRVM";
    let config = acme(&ACME.replace(line, &format!("password_hash = \"{hash}\""))).expect("a hash");
    assert!(
        matches!(&config.organizations[0].operators[0].password, Password::Hash(given) if given.expose() == hash)
    );
    for (instead, part) in [
        (
            "password_hash = \"$argon2i$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA\"",
            "must be an Argon2id hash in PHC form",
        ),
        (
            "password_hash = \"$argon2id$nonsense\"",
            "must be an Argon2id hash in PHC form",
        ),
        (
            "password_hash = \"hunter2\"",
            "must be an Argon2id hash in PHC form",
        ),
        ("", "operator.Ada@acme.example.password is missing"),
    ] {
        let [found] = &sentences(acme(&ACME.replace(line, instead)))[..] else {
            panic!("one error for {instead}")
        };
        assert!(
            found.contains(part) && !found.contains("hunter2"),
            "{found}"
        );
    }
    let both = format!("{line}\npassword_hash = \"{hash}\"");
    assert!(sentences(acme(&ACME.replace(line, &both)))[0].contains("is given together with"));
}

#[test]
fn what_is_wrong_in_an_organization_is_said_so_that_a_person_can_mend_it() {
    for (right, wrong, part) in [
        (
            "id = \"acme\"",
            "id = \"Acme!\"",
            "organization.Acme!.id must be 1 to 40 of a-z, 0-9 and -",
        ),
        (
            "\nid = \"acme\"",
            "\n",
            "organization[1].id is missing: give a short name",
        ),
        (
            "\"wk_acme\"",
            "\"wk acme\"",
            "widget_key must be 1 to 40 letters, digits, - and _",
        ),
        (
            "name = \"Acme Pumps\"",
            "name = \"\"",
            "organization.acme.name must be 1 to 80 characters",
        ),
        ("Ada@acme.example", "Ada", "email must be an e-mail address"),
        (
            "+15005550006",
            "5005550006",
            "from must be a number with + and its country code",
        ),
        (
            "from = \"+15005550006\"",
            "",
            "from is missing: give a number of yours",
        ),
        (
            "channel = \"sms\"",
            "channel = \"whatsapp\"",
            "provider is \"twilio\" for channel \"whatsapp\", which is not in this version: this version has channel \"whatsapp\" with provider \"meta\"",
        ),
        (
            "channel = \"sms\"",
            "channel = \"smoke\"",
            "channel must be \"sms\" or \"whatsapp\", not \"smoke\"",
        ),
        (
            "provider = \"twilio\"",
            "provider = \"meta\"",
            "provider must be \"twilio\", not \"meta\"",
        ),
        (
            "provider = \"twilio\"",
            "provider = \"twillio\"",
            "provider must be \"twilio\", not \"twillio\"",
        ),
        (
            "channel = \"sms\"",
            "",
            "connection.acme-sms.channel is missing: give \"sms\"",
        ),
        (
            "from =",
            "messaging_service_sid = \"MG1\"\nfrom =",
            "from is given together with",
        ),
        (
            "from =",
            "api_base = \"api.twilio.com\"\nfrom =",
            "api_base must be an address",
        ),
        (
            "from =",
            "welcome_text = \"Hello {visitor}\"\nfrom =",
            "welcome_text must be a text with no other placeholder than {organization}",
        ),
        (
            "from =",
            "welcome_text = \"See https://acme.example\"\nfrom =",
            "welcome_text must be a text without a link",
        ),
        (
            "from =",
            "welcome_text = \" \"\nfrom =",
            "welcome_text must be 1 to 1600 characters",
        ),
        (
            "from =",
            "price = -1\nfrom =",
            "price must be a number from 0 up",
        ),
        (
            "name =",
            "allowed_origins = [\"*\"]\nname =",
            "allowed_origins must be origins such as",
        ),
        (
            "name =",
            "allowed_origins = \"https://acme.example\"\nname =",
            "allowed_origins must be a list",
        ),
        (
            "[[organization.operator]]",
            "[organization.operator]",
            "organization.acme.operator must be written [[organization.operator]]",
        ),
    ] {
        let found = sentences(acme(&ACME.replacen(right, wrong, 1)));
        assert!(
            found.len() == 1 && found[0].contains(part),
            "{wrong}: {found:#?}"
        );
    }
}

#[test]
fn a_number_at_meta_needs_no_default_to_be_said() {
    let config = acme(&format!("{ACME}{ACME_WA}")).expect("right");
    let meta = meta_of(&config);
    assert_eq!(meta.api_version, "v23.0");
    assert_eq!(meta.api_base.as_str(), "https://graph.facebook.com");
    assert_eq!(meta.welcome_template, None);
    let connection = &config.organizations[0].connections[1];
    assert_eq!(connection.own_number(), Some("+15005550007"));
    assert_eq!(connection.own_address(), Some("106540352242922"));
    let said = acme(&uncommented()).expect("the example is right");
    let said = meta_of(&said);
    assert_eq!(
        (&said.api_version, &said.api_base),
        (&meta.api_version, &meta.api_base)
    );
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
            "provider must be \"meta\", not \"mata\"",
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
fn what_only_one_may_have_is_refused_a_second_time_with_the_first_place() {
    let twice = format!("{ACME}{ACME}");
    let found = sentences(acme(&twice));
    for part in [
        "organization.acme.id is \"acme\" a second time, after switchboard.toml:3",
        "organization.acme.widget_key is \"wk_acme\" a second time, after switchboard.toml:5",
        "email is \"ada@acme.example\" a second time, after switchboard.toml:8",
        "connection.acme-sms.id is \"acme-sms\" a second time, after switchboard.toml:12",
        "from is \"+15005550006 of AC00000000000000000000000000000000\" a second time, after switchboard.toml:17",
    ] {
        assert!(
            found.iter().any(|sentence| sentence.contains(part)),
            "{part} is not among {found:#?}"
        );
    }
    assert_eq!(found.len(), 5, "{found:#?}");
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
