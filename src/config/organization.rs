//! `[[organization]]`: who answers chats, at which sites, by which operators and connections.

use argon2::PasswordHash;
use serde::Serialize;

use super::address::{Origin, origin};
use super::connection::{self, Connection};
use super::document::{Node, Value};
use super::error::{Invalid, Problem};
use super::lead::{self, LeadForm};
use super::reader::{Reader, Scope, Seen};
use super::secret::Secret;
use super::values::{Parsed, invalid, list, one_of, text};

/// The longest name that visitors and operators are shown, in characters.
const LONGEST_NAME: usize = 80;

/// The longest id and widget key, in characters.
const LONGEST_ID: usize = 40;

/// The longest address of RFC 5321, in bytes.
const LONGEST_EMAIL: usize = 254;

/// A company that answers chats, as it is to be when the server has started.
#[derive(Clone, Debug)]
pub struct Organization {
    /// Lower-case letters, digits and `-`; unique in the server.
    pub id: String,
    /// What visitors read.
    pub name: String,
    /// Names the organization in the embed snippet. Public; unique in the server.
    pub widget_key: String,
    /// The sites that may show the chat window.
    pub allowed_origins: Vec<Origin>,
    /// Who answers.
    pub operators: Vec<Operator>,
    /// What it is reached by, besides the web.
    pub connections: Vec<Connection>,
    /// What its visitors are asked for when nobody is there.
    pub lead: LeadForm,
}

/// A person who answers for an organization.
#[derive(Clone, Debug)]
pub struct Operator {
    /// What they sign in with, lower case; unique in the server.
    pub email: String,
    /// What visitors read.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// How they prove who they are.
    pub password: Password,
}

/// What an operator may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything.
    Owner,
    /// Everything but what concerns owners.
    Admin,
    /// Answer.
    Operator,
}

/// A password as it was given.
#[derive(Clone, Debug)]
pub enum Password {
    /// To be hashed before it is stored.
    Plain(Secret),
    /// An Argon2id hash in PHC form.
    Hash(Secret),
}

/// What only one in the server may have.
#[derive(Default)]
pub(super) struct Unique {
    ids: Seen,
    widget_keys: Seen,
    emails: Seen,
    pub connections: connection::Unique,
}

/// Every organization, or `None` when one of them is wrong.
pub(super) fn read(reader: &mut Reader<'_>, nodes: &[Node]) -> Option<Vec<Organization>> {
    let mut unique = Unique::default();
    let scopes = reader.scopes(nodes, "organization", "id");
    let read: Vec<_> = scopes
        .iter()
        .map(|scope| organization(reader, scope, &mut unique))
        .collect();
    read.into_iter().collect()
}

fn organization(
    reader: &mut Reader<'_>,
    scope: &Scope<'_>,
    unique: &mut Unique,
) -> Option<Organization> {
    reader.only(
        scope,
        &[
            "id",
            "name",
            "widget_key",
            "allowed_origins",
            "operator",
            "connection",
            "lead",
        ],
    );
    let id = reader.required(
        scope,
        "id",
        "a short name of a-z, 0-9 and -, such as \"acme\"",
        id,
    );
    let name = reader.required(scope, "name", "the name that visitors read", name);
    let widget_key = reader.required(
        scope,
        "widget_key",
        "a public key of letters, digits, - and _, such as \"wk_acme\"",
        widget_key,
    );
    let allowed_origins = reader.or(
        scope,
        "allowed_origins",
        Value::List(Vec::new()),
        list(origin),
    );
    if let Some(id) = &id {
        reader.once(scope, "id", id.clone(), &mut unique.ids);
    }
    if let Some(key) = &widget_key {
        reader.once(scope, "widget_key", key.clone(), &mut unique.widget_keys);
    }
    let operators: Vec<_> = reader
        .tables(scope, "operator", "email")
        .iter()
        .map(|one| operator(reader, one, unique))
        .collect();
    let called = name.clone().unwrap_or_default();
    let lead = lead::read(reader, scope, &called);
    let connections: Vec<_> = reader
        .tables(scope, "connection", "id")
        .iter()
        .map(|one| connection::read(reader, one, &called, &mut unique.connections))
        .collect();
    Some(Organization {
        id: id?,
        name: name?,
        widget_key: widget_key?,
        allowed_origins: allowed_origins?,
        operators: operators.into_iter().collect::<Option<_>>()?,
        connections: connections.into_iter().collect::<Option<_>>()?,
        lead: lead?,
    })
}

fn operator(reader: &mut Reader<'_>, scope: &Scope<'_>, unique: &mut Unique) -> Option<Operator> {
    reader.only(
        scope,
        &[
            "email",
            "name",
            "role",
            "password",
            "password_env",
            "password_file",
            "password_hash",
            "password_hash_env",
            "password_hash_file",
        ],
    );
    let email = reader.required(scope, "email", "the address that they sign in with", email);
    let name = reader.optional(scope, "name", name);
    let roles = one_of(&[
        ("owner", Role::Owner),
        ("admin", Role::Admin),
        ("operator", Role::Operator),
    ]);
    let role = reader.or(scope, "role", Value::Text("operator".to_owned()), roles);
    let password = password(reader, scope);
    if let Some(email) = &email {
        reader.once(scope, "email", email.clone(), &mut unique.emails);
    }
    let (email, name) = (email?, name?);
    let name = name.unwrap_or_else(|| email.split('@').next().unwrap_or_default().to_owned());
    Some(Operator {
        email,
        name,
        role: role?,
        password: password?,
    })
}

fn password(reader: &mut Reader<'_>, scope: &Scope<'_>) -> Option<Password> {
    let plain = reader.secret(scope, "password");
    let hash = reader.secret(scope, "password_hash");
    match (plain?, hash?) {
        (Some(plain), None) => Some(Password::Plain(plain)),
        (None, Some(hash)) if is_argon2id(&hash) => Some(Password::Hash(hash)),
        (None, Some(_)) => {
            let expected =
                "an Argon2id hash in PHC form, such as \"$argon2id$v=19$m=19456,t=2,p=1$…\""
                    .to_owned();
            reader.wrong(
                scope,
                "password_hash",
                Problem::Invalid(Invalid {
                    expected,
                    found: "that".to_owned(),
                }),
            );
            None
        }
        (Some(_), Some(_)) => {
            reader.wrong(
                scope,
                "password",
                Problem::OneOf {
                    other: scope.key("password_hash"),
                },
            );
            None
        }
        (None, None) => {
            reader.wrong(
                scope,
                "password",
                Problem::Missing("password_env, password_file or password_hash".into()),
            );
            None
        }
    }
}

fn is_argon2id(hash: &Secret) -> bool {
    hash.expose().starts_with("$argon2id$")
        && PasswordHash::new(hash.expose()).is_ok_and(|hash| hash.hash.is_some())
}

pub(super) fn id(value: &Value) -> Parsed<String> {
    let written = text(value)?;
    let fits = (1..=LONGEST_ID).contains(&written.len())
        && written
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if fits {
        Ok(written.to_owned())
    } else {
        invalid(format!("1 to {LONGEST_ID} of a-z, 0-9 and -"), value)
    }
}

fn widget_key(value: &Value) -> Parsed<String> {
    let written = text(value)?;
    let fits = (1..=LONGEST_ID).contains(&written.len())
        && written
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if fits {
        Ok(written.to_owned())
    } else {
        invalid(format!("1 to {LONGEST_ID} letters, digits, - and _"), value)
    }
}

fn name(value: &Value) -> Parsed<String> {
    let written = text(value)?.trim();
    let fits = (1..=LONGEST_NAME).contains(&written.chars().count())
        && !written.contains(char::is_control);
    if fits {
        Ok(written.to_owned())
    } else {
        invalid(format!("1 to {LONGEST_NAME} characters on one line"), value)
    }
}

/// Enough to tell an address from a slip; whether it is somebody's, only a letter could tell.
fn email(value: &Value) -> Parsed<String> {
    let written = text(value)?.trim();
    let fits = written.len() <= LONGEST_EMAIL
        && !written.contains(|c: char| c.is_whitespace() || c.is_control())
        && written.split_once('@').is_some_and(|(local, host)| {
            !local.is_empty() && !host.is_empty() && !host.contains('@')
        });
    if fits {
        Ok(written.to_lowercase())
    } else {
        invalid("an e-mail address, such as \"ada@acme.example\"", value)
    }
}
