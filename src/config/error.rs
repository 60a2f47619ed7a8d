//! What can be wrong with a configuration: each error is one sentence that names the key, its place and what to do.

use std::borrow::Cow;

use super::place::Place;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {key} {problem}")]
pub struct ConfigError {
    /// The key as it is written in the file, with its section: `switch.revert_window`. For a file as a whole, its name.
    pub key: String,
    /// Where it stands, or where it is missing.
    pub place: Place,
    /// What is wrong, and what to do.
    pub problem: Problem,
}

/// What is wrong with a key. It reads on from the key's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The file is not there or not ours to read.
    #[error("cannot be read ({0}): name a file that is there and readable")]
    Unreadable(String),
    /// The file is not TOML from here on.
    #[error("is not TOML here: {0}")]
    Syntax(String),
    /// No such key.
    #[error("is not a setting; the nearest is {nearest}")]
    Unknown {
        /// The known key that is written most like it.
        nearest: String,
    },
    /// A key that must be there is not.
    #[error("is missing: give {0}")]
    Missing(Cow<'static, str>),
    /// A value that cannot be.
    #[error("{0}")]
    Invalid(#[from] Invalid),
    /// A value that only one may have.
    #[error("is {value} a second time, after {first}: give each its own")]
    Taken {
        /// The value.
        value: String,
        /// Where it stands first.
        first: Place,
    },
    /// Two keys of which only one may be given.
    #[error("is given together with {other}: keep one of them")]
    OneOf {
        /// The other key.
        other: String,
    },
    /// `…_env` names a variable that does not help.
    #[error("names the environment variable {name}, which is {fault}: set it for this process")]
    Variable {
        /// Its name.
        name: String,
        /// `not set` or `empty`.
        fault: &'static str,
    },
    /// `…_file` names a file that does not help.
    #[error(
        "names the file {path}, which {fault}: put the secret there and let this process read it"
    )]
    SecretFile {
        /// The file as named.
        path: String,
        /// What is wrong with it.
        fault: String,
    },
}

/// Why a value cannot be: a phrase that reads on from the key's name, such as `must be a whole number, not "ten"`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be {expected}, not {found}")]
pub struct Invalid {
    /// What would be right.
    pub expected: String,
    /// What stands there.
    pub found: String,
}
