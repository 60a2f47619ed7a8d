//! A TOML text as a tree in which every value knows its place.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use super::error::{ConfigError, Problem};
use super::place::Place;

/// The longest part of a value that an error repeats.
const LONGEST_SHOWN: usize = 80;

pub(super) type Table = BTreeMap<String, Node>;

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub value: Value,
    pub place: Place,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    Whole(i64),
    Fraction(f64),
    Flag(bool),
    List(Vec<Node>),
    Table(Table),
    /// A date, or a number that no machine holds: nothing of ours is one. It is kept as it reads.
    Odd(String),
}

impl Value {
    /// The value as an error or a report repeats it. A password inside a URL is not repeated.
    pub fn shown(&self) -> String {
        match self {
            Self::Text(text) => format!("{:?}", shortened(&without_password(text))),
            Self::Whole(number) => number.to_string(),
            Self::Fraction(number) => number.to_string(),
            Self::Flag(flag) => flag.to_string(),
            Self::List(nodes) => {
                let items: Vec<String> = nodes.iter().map(|node| node.value.shown()).collect();
                format!("[{}]", items.join(", "))
            }
            Self::Table(_) => "a table".to_owned(),
            Self::Odd(text) => shortened(text),
        }
    }
}

/// Reads a text; `place` names the place of a line, counted from 1.
pub(super) fn parse(text: &str, place: &dyn Fn(usize) -> Place) -> Result<Table, ConfigError> {
    let lines = Lines { text, place };
    let document = DeTable::parse(text).map_err(|error| ConfigError {
        key: "the file".to_owned(),
        place: lines.place(error.span().map_or(0, |span| span.start)),
        problem: Problem::Syntax(error.message().to_owned()),
    })?;
    Ok(lines.table(document.into_inner()))
}

struct Lines<'a> {
    text: &'a str,
    place: &'a dyn Fn(usize) -> Place,
}

impl Lines<'_> {
    fn place(&self, at: usize) -> Place {
        let before = &self.text.as_bytes()[..at.min(self.text.len())];
        (self.place)(1 + before.iter().filter(|byte| **byte == b'\n').count())
    }

    fn table(&self, table: DeTable<'_>) -> Table {
        table
            .into_iter()
            .map(|(key, value)| {
                let place = self.place(key.span().start);
                (
                    key.into_inner().into_owned(),
                    Node {
                        value: self.value(value.into_inner()),
                        place,
                    },
                )
            })
            .collect()
    }

    fn value(&self, value: DeValue<'_>) -> Value {
        match value {
            DeValue::String(text) => Value::Text(text.into_owned()),
            DeValue::Integer(number) => whole(&number),
            DeValue::Float(number) => match number.as_str().parse() {
                Ok(fraction) => Value::Fraction(fraction),
                Err(_) => Value::Odd(number.to_string()),
            },
            DeValue::Boolean(flag) => Value::Flag(flag),
            DeValue::Datetime(date) => Value::Odd(date.to_string()),
            DeValue::Array(array) => {
                Value::List(array.into_iter().map(|value| self.node(value)).collect())
            }
            DeValue::Table(table) => Value::Table(self.table(table)),
        }
    }

    fn node(&self, value: Spanned<DeValue<'_>>) -> Node {
        let place = self.place(value.span().start);
        Node {
            value: self.value(value.into_inner()),
            place,
        }
    }
}

fn whole(number: &DeInteger<'_>) -> Value {
    match i64::from_str_radix(number.as_str(), number.radix()) {
        Ok(whole) => Value::Whole(whole),
        Err(_) => Value::Odd(number.to_string()),
    }
}

/// `scheme://user:password@host` without what is secret in it.
fn without_password(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        return text.to_owned();
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match authority.rsplit_once('@') {
        Some((secret, _)) => format!("{scheme}://•••{}", &rest[secret.len()..]),
        None => text.to_owned(),
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST_SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_inside_a_url_is_not_repeated() {
        for (text, shown) in [
            (
                "postgres://ada:hunter2@db.example/switchboard",
                r#""postgres://•••@db.example/switchboard""#,
            ),
            (
                "postgres://ada:hun@ter2@db.example",
                r#""postgres://•••@db.example""#,
            ),
            (
                "https://acme.example/@ada",
                r#""https://acme.example/@ada""#,
            ),
            ("sqlite:switchboard.db", r#""sqlite:switchboard.db""#),
        ] {
            assert_eq!(Value::Text(text.to_owned()).shown(), shown);
        }
    }

    #[test]
    fn every_key_knows_its_line() {
        let text = "[switch]\nrevert_window = \"10s\"\n\n[[organization]]\nid = \"acme\"\n";
        let table = parse(text, &|line| Place::Environment(line.to_string())).expect("it is TOML");
        let Value::Table(switch) = &table["switch"].value else {
            panic!("a table")
        };
        assert_eq!(
            switch["revert_window"].place,
            Place::Environment("2".to_owned())
        );
        let Value::List(organizations) = &table["organization"].value else {
            panic!("a list")
        };
        assert_eq!(organizations[0].place, Place::Environment("4".to_owned()));
    }

    #[test]
    fn a_text_that_is_not_toml_is_an_error_at_its_line() {
        let error = parse("[switch]\nrevert_window = 10s\n", &|line| {
            Place::Environment(line.to_string())
        })
        .expect_err("not TOML");
        assert_eq!(error.place, Place::Environment("2".to_owned()));
    }
}
