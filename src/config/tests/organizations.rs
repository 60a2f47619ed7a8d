//! `[[organization]]`: who answers, and what only one may have.

use super::*;

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
            "channel = \"smoke\"",
            "channel must be \"sms\" or \"whatsapp\"",
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
