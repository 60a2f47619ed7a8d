//! Asks a table for its settings one by one, and keeps what was wrong and what was found.
//!
//! A question answers `None` when its setting is wrong; the error is kept by then. So a caller asks everything first and only then
//! says `?`, and a person hears of all their mistakes at once.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::document::{Node, Table, Value};
use super::error::{ConfigError, Invalid, Problem};
use super::nearest::nearest;
use super::place::Place;
use super::report::Setting;
use super::secret::Secret;

/// The largest secret in a file, in bytes.
const LARGEST_SECRET: u64 = 64 * 1024;

/// What a report shows for a secret.
const HIDDEN: &str = "•••";

/// One table, with the name that its keys are told by.
pub(super) struct Scope<'a> {
    /// `switch`, or `organization.acme.connection.acme-sms`.
    pub name: String,
    pub table: &'a Table,
    /// Where the table itself stands.
    pub place: &'a Place,
}

impl Scope<'_> {
    pub fn key(&self, key: &str) -> String {
        format!("{}.{key}", self.name)
    }

    pub fn place_of(&self, key: &str) -> Place {
        self.table
            .get(key)
            .map_or_else(|| self.place.clone(), |node| node.place.clone())
    }

    /// The text of a key, whatever it is worth: for naming the scope itself.
    pub fn word(&self, key: &str) -> Option<&str> {
        match &self.table.get(key)?.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

pub(super) struct Reader<'a> {
    environment: &'a BTreeMap<String, String>,
    pub errors: Vec<ConfigError>,
    pub settings: Vec<Setting>,
}

impl<'a> Reader<'a> {
    pub fn new(environment: &'a BTreeMap<String, String>, errors: Vec<ConfigError>) -> Self {
        Self {
            environment,
            errors,
            settings: Vec::new(),
        }
    }

    /// A key that must be there; `hint` says what to give.
    pub fn required<T>(
        &mut self,
        scope: &Scope<'_>,
        key: &str,
        hint: impl Into<Cow<'static, str>>,
        parse: impl FnOnce(&Value) -> Result<T, Invalid>,
    ) -> Option<T> {
        let found = self.optional(scope, key, parse)?;
        if found.is_none() {
            self.wrong(scope, key, Problem::Missing(hint.into()));
        }
        found
    }

    /// A key that may be there: `Some(None)` when it is not.
    pub fn optional<T>(
        &mut self,
        scope: &Scope<'_>,
        key: &str,
        parse: impl FnOnce(&Value) -> Result<T, Invalid>,
    ) -> Option<Option<T>> {
        let Some(node) = scope.table.get(key) else {
            return Some(None);
        };
        self.found(scope.key(key), node.value.shown(), node.place.clone());
        match parse(&node.value) {
            Ok(value) => Some(Some(value)),
            Err(invalid) => {
                self.wrong(scope, key, Problem::Invalid(invalid));
                None
            }
        }
    }

    /// A key with a default that stands in no file.
    pub fn or<T>(
        &mut self,
        scope: &Scope<'_>,
        key: &str,
        default: Value,
        parse: impl FnOnce(&Value) -> Result<T, Invalid>,
    ) -> Option<T> {
        if scope.table.contains_key(key) {
            return self.optional(scope, key, parse)?;
        }
        let lent = Table::from([(
            key.to_owned(),
            Node {
                value: default,
                place: Place::Default,
            },
        )]);
        self.optional(
            &Scope {
                name: scope.name.clone(),
                table: &lent,
                place: scope.place,
            },
            key,
            parse,
        )?
    }

    /// A secret in place, by `key_env` or by `key_file`: `Some(None)` when none of the three is there.
    pub fn secret(&mut self, scope: &Scope<'_>, key: &str) -> Option<Option<Secret>> {
        let forms = [key.to_owned(), format!("{key}_env"), format!("{key}_file")];
        let mut given = forms.iter().filter(|form| scope.table.contains_key(*form));
        let Some(form) = given.next() else {
            return Some(None);
        };
        if let Some(second) = given.next() {
            self.wrong(
                scope,
                second,
                Problem::OneOf {
                    other: scope.key(form),
                },
            );
            return None;
        }
        match self.fetched(scope, form) {
            Ok((text, origin)) => {
                self.found(scope.key(key), HIDDEN.to_owned(), origin);
                Some(Some(Secret::new(text)))
            }
            Err(problem) => {
                self.wrong(scope, form, problem);
                None
            }
        }
    }

    /// Names every key of the table that is not known.
    pub fn only(&mut self, scope: &Scope<'_>, known: &[impl AsRef<str>]) {
        for (key, node) in scope
            .table
            .iter()
            .filter(|(key, _)| !known.iter().any(|known| known.as_ref() == *key))
        {
            let nearest = nearest(key, known.iter().map(AsRef::as_ref)).to_owned();
            self.errors.push(ConfigError {
                key: scope.key(key),
                place: node.place.clone(),
                problem: Problem::Unknown { nearest },
            });
        }
    }

    /// Sees to it that a value is had once; `seen` remembers where.
    pub fn once(&mut self, scope: &Scope<'_>, key: &str, value: String, seen: &mut Seen) {
        match seen.0.entry(value) {
            Entry::Vacant(free) => {
                free.insert(scope.place_of(key));
            }
            Entry::Occupied(taken) => {
                let problem = Problem::Taken {
                    value: format!("{:?}", taken.key()),
                    first: taken.get().clone(),
                };
                self.wrong(scope, key, problem);
            }
        }
    }

    /// The tables of a `[[list]]`, each under the name that `name` gives it; none when there is no such list.
    pub fn tables<'t>(&mut self, scope: &Scope<'t>, list: &str, name: &str) -> Vec<Scope<'t>> {
        match scope.table.get(list).map(|node| &node.value) {
            Some(Value::List(nodes)) => self.scopes(nodes, &scope.key(list), name),
            None => Vec::new(),
            Some(other) => {
                let problem = Invalid {
                    expected: format!("written [[organization.{list}]], once for each"),
                    found: other.shown(),
                };
                self.wrong(scope, list, Problem::Invalid(problem));
                Vec::new()
            }
        }
    }

    /// The nodes of a list as tables, each named by its key `name`, or by its number where that is missing.
    pub fn scopes<'t>(&mut self, nodes: &'t [Node], list: &str, name: &str) -> Vec<Scope<'t>> {
        let mut scopes = Vec::with_capacity(nodes.len());
        for (index, node) in nodes.iter().enumerate() {
            let numbered = format!("{list}[{}]", index + 1);
            let Value::Table(table) = &node.value else {
                let problem = Problem::Invalid(Invalid {
                    expected: "a table".to_owned(),
                    found: node.value.shown(),
                });
                self.errors.push(ConfigError {
                    key: numbered,
                    place: node.place.clone(),
                    problem,
                });
                continue;
            };
            let scope = Scope {
                name: numbered,
                table,
                place: &node.place,
            };
            let named = scope.word(name).map(|word| format!("{list}.{word}"));
            scopes.push(Scope {
                name: named.unwrap_or(scope.name),
                ..scope
            });
        }
        scopes
    }

    pub fn wrong(&mut self, scope: &Scope<'_>, key: &str, problem: Problem) {
        self.errors.push(ConfigError {
            key: scope.key(key),
            place: scope.place_of(key),
            problem,
        });
    }

    fn found(&mut self, key: String, value: String, origin: Place) {
        self.settings.push(Setting { key, value, origin });
    }

    fn fetched(&self, scope: &Scope<'_>, form: &str) -> Result<(String, Place), Problem> {
        // What stands in place may be the secret itself, so that no error repeats it.
        let Some(text) = scope.word(form).filter(|text| !text.is_empty()) else {
            return Err(Problem::Invalid(Invalid {
                expected: "a text".to_owned(),
                found: "that".to_owned(),
            }));
        };
        if form.ends_with("_env") {
            let unhelpful = |fault| Problem::Variable {
                name: text.to_owned(),
                fault,
            };
            let value = self
                .environment
                .get(text)
                .ok_or_else(|| unhelpful("not set"))?;
            let value = Some(value)
                .filter(|value| !value.is_empty())
                .ok_or_else(|| unhelpful("empty"))?;
            Ok((value.clone(), Place::Environment(text.to_owned())))
        } else if form.ends_with("_file") {
            let secret = secret_in(Path::new(text)).map_err(|fault| Problem::SecretFile {
                path: text.to_owned(),
                fault,
            })?;
            Ok((
                secret,
                Place::File {
                    path: Arc::new(PathBuf::from(text)),
                    line: None,
                },
            ))
        } else {
            Ok((text.to_owned(), scope.place_of(form)))
        }
    }
}

/// Values that only one may have, and where each stands.
#[derive(Default)]
pub(super) struct Seen(BTreeMap<String, Place>);

/// The first line end that an editor leaves is not part of a secret.
fn secret_in(path: &Path) -> Result<String, String> {
    let mut text = String::new();
    let unreadable = |error: std::io::Error| format!("cannot be read ({error})");
    File::open(path)
        .and_then(|file| file.take(LARGEST_SECRET + 1).read_to_string(&mut text))
        .map_err(unreadable)?;
    let secret = text.trim_end_matches(['\r', '\n']);
    match secret.len() as u64 {
        0 => Err("is empty".to_owned()),
        length if length > LARGEST_SECRET => Err(format!("is larger than {LARGEST_SECRET} bytes")),
        _ => Ok(secret.to_owned()),
    }
}
