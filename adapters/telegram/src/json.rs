//! Fields of what Telegram sends, be they there or not: it adds some with every version.

use serde_json::{Map, Value};

/// A field that is there and not `null`.
pub(crate) trait Fields {
    /// The field itself.
    fn field(&self, name: &str) -> Option<&Value>;

    /// A field as text, be it a text or a number; `None` for an empty one.
    fn text(&self, name: &str) -> Option<String> {
        match self.field(name)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// A field that is a whole number.
    fn number(&self, name: &str) -> Option<i64> {
        self.field(name)?.as_i64()
    }

    /// The elements of a list; none where there is no list.
    fn list(&self, name: &str) -> &[Value] {
        self.field(name)
            .and_then(Value::as_array)
            .map_or(&[], Vec::as_slice)
    }
}

impl Fields for Map<String, Value> {
    fn field(&self, name: &str) -> Option<&Value> {
        self.get(name).filter(|value| !value.is_null())
    }
}

impl Fields for Value {
    fn field(&self, name: &str) -> Option<&Value> {
        self.get(name).filter(|value| !value.is_null())
    }
}
