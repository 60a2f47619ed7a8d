//! The three places where a scalar setting can stand, laid over each other: the example, then the file, then the environment.

use std::collections::BTreeMap;

use super::document::{Node, Table, Value, parse};
use super::error::{ConfigError, Invalid, Problem};
use super::nearest::nearest;
use super::place::Place;

/// The example, compiled in: its scalar tables are the defaults, and the list of what is known.
const EXAMPLE: &str = include_str!("../../config.example.toml");

/// What every environment name of ours begins with.
const PREFIX: &str = "SWITCHBOARD__";

/// The one list of tables that is a default nowhere.
const ORGANIZATION: &str = "organization";

/// What was said, before anybody asks whether it can be.
pub(super) struct Layers {
    /// Every known section with every known key.
    pub sections: BTreeMap<String, Table>,
    /// The organizations, in the order of the file.
    pub organizations: Vec<Node>,
}

/// Lays the layers over each other; a key that is not known goes to the errors.
pub(super) fn merge(
    file: Table,
    environment: &BTreeMap<String, String>,
    errors: &mut Vec<ConfigError>,
) -> Layers {
    let mut layers = Layers {
        sections: defaults(),
        organizations: Vec::new(),
    };
    let known = Known::of(&layers.sections);
    for (name, node) in file {
        layers.lay(&known, name, node, errors);
    }
    for (name, text) in environment
        .iter()
        .filter(|(name, _)| name.starts_with(PREFIX))
    {
        layers.lay_variable(&known, name, text, errors);
    }
    layers
}

fn defaults() -> BTreeMap<String, Table> {
    let example = parse(EXAMPLE, &|_| Place::Default).expect("the compiled-in example is TOML");
    example
        .into_iter()
        .filter_map(|(name, node)| match node.value {
            Value::Table(table) => Some((name, table)),
            _ => None,
        })
        .collect()
}

impl Layers {
    fn lay(&mut self, known: &Known, name: String, node: Node, errors: &mut Vec<ConfigError>) {
        match (self.sections.get_mut(&name), node.value) {
            (Some(section), Value::Table(table)) => {
                for (key, node) in table {
                    match section.get_mut(&key) {
                        Some(setting) => *setting = node,
                        None => errors.push(known.not_this(&format!("{name}.{key}"), node.place)),
                    }
                }
            }
            (Some(_), other) => errors.push(wrong(
                name.clone(),
                node.place,
                format!("a section, [{name}]"),
                &other,
            )),
            (None, Value::List(list)) if name == ORGANIZATION => self.organizations = list,
            (None, other) if name == ORGANIZATION => {
                errors.push(wrong(
                    name,
                    node.place,
                    "written [[organization]], once for each".to_owned(),
                    &other,
                ));
            }
            (None, Value::Table(_) | Value::List(_)) => {
                errors.push(known.not_this_section(&name, node.place))
            }
            (None, _) => errors.push(known.not_this(&name, node.place)),
        }
    }

    fn lay_variable(
        &mut self,
        known: &Known,
        name: &str,
        text: &str,
        errors: &mut Vec<ConfigError>,
    ) {
        let place = Place::Environment(name.to_owned());
        let setting = known
            .keys
            .iter()
            .find(|key| variable(key) == name)
            .and_then(|key| {
                let (section, key) = key.split_once('.')?;
                self.sections.get_mut(section)?.get_mut(key)
            });
        match setting {
            Some(setting) => {
                *setting = Node {
                    value: as_in(&setting.value, text),
                    place,
                }
            }
            None => errors.push(known.not_this_variable(name, place)),
        }
    }
}

/// The names that mean something.
struct Known {
    /// `section.key`
    keys: Vec<String>,
    sections: Vec<String>,
}

impl Known {
    fn of(sections: &BTreeMap<String, Table>) -> Self {
        Self {
            keys: sections
                .iter()
                .flat_map(|(name, table)| table.keys().map(move |key| format!("{name}.{key}")))
                .collect(),
            sections: sections
                .keys()
                .cloned()
                .chain([ORGANIZATION.to_owned()])
                .collect(),
        }
    }

    fn not_this(&self, key: &str, place: Place) -> ConfigError {
        unknown(key, place, self.nearest_key(key).to_owned())
    }

    fn not_this_section(&self, name: &str, place: Place) -> ConfigError {
        let nearest = nearest(name, self.sections.iter().map(String::as_str));
        let nearest = if nearest == ORGANIZATION {
            format!("[[{nearest}]]")
        } else {
            format!("[{nearest}]")
        };
        unknown(name, place, nearest)
    }

    fn not_this_variable(&self, name: &str, place: Place) -> ConfigError {
        let written = name[PREFIX.len()..].replacen("__", ".", 1);
        unknown("this variable", place, variable(self.nearest_key(&written)))
    }

    fn nearest_key(&self, key: &str) -> &str {
        nearest(key, self.keys.iter().map(String::as_str))
    }
}

/// The environment name of `section.key`.
pub(super) fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "__").to_uppercase())
}

/// A variable's text as a value of the kind that the default has. What does not fit stays a text, for the reader to refuse.
fn as_in(default: &Value, text: &str) -> Value {
    let text = text.trim();
    let unfit = || Value::Text(text.to_owned());
    match default {
        Value::Whole(_) | Value::Fraction(_) => match (text.parse(), text.parse()) {
            (Ok(whole), _) => Value::Whole(whole),
            (_, Ok(fraction)) => Value::Fraction(fraction),
            _ => unfit(),
        },
        Value::Flag(_) => text.parse().map_or_else(|_| unfit(), Value::Flag),
        Value::List(_) => Value::List(
            text.split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .map(|item| Node {
                    value: Value::Text(item.to_owned()),
                    place: Place::Default,
                })
                .collect(),
        ),
        _ => unfit(),
    }
}

fn unknown(key: &str, place: Place, nearest: String) -> ConfigError {
    ConfigError {
        key: key.to_owned(),
        place,
        problem: Problem::Unknown { nearest },
    }
}

fn wrong(key: String, place: Place, expected: String, found: &Value) -> ConfigError {
    ConfigError {
        key,
        place,
        problem: Problem::Invalid(Invalid {
            expected,
            found: found.shown(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_names_the_variable_of_every_key_beside_it() {
        for key in Known::of(&defaults()).keys {
            let name = variable(&key);
            let beside = EXAMPLE.lines().filter(|line| {
                line.split_once('#')
                    .is_some_and(|(_, comment)| comment.split([' ', ',']).any(|word| word == name))
            });
            let (_, own) = key.split_once('.').expect("a section and a key");
            assert!(
                beside.clone().count() == 1
                    && beside
                        .clone()
                        .all(|line| line.starts_with(&format!("{own} ="))),
                "{key}"
            );
        }
    }

    #[test]
    fn no_organization_is_a_default() {
        assert!(!EXAMPLE.lines().any(|line| line.starts_with("[[")));
    }
}
