//! What `switchboard check` lists: every setting, its value, and where it came from.

use std::fmt;

use serde::Serialize;

use super::place::Place;

/// One setting as it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// With its section: `switch.revert_window`, `organization.acme.connection.acme-sms.from`.
    pub key: String,
    /// As it would be written in a file; a secret is not shown.
    pub value: String,
    /// Where it came from.
    pub origin: Place,
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}  ({})", self.key, self.value, self.origin)
    }
}
