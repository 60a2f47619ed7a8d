//! The one character that no database keeps: NUL. What people send with it is refused by its field, what providers bring is mended.

use serde_json::Value;

/// Where a JSON text has a NUL in it: the path of the field, such as `text` or `after.c1`. None also where it is no JSON.
#[must_use]
pub fn field_with(json: &[u8]) -> Option<String> {
    // JSON has no other way to write it, so that all but a few texts are told by a glance.
    const ESCAPED: &[u8] = b"\\u0000";
    if !json.windows(ESCAPED.len()).any(|part| part == ESCAPED) {
        return None;
    }
    let value: Value = serde_json::from_slice(json).ok()?;
    let mut path = Vec::new();
    found(&value, &mut path).then(|| path.join("."))
}

fn found(value: &Value, path: &mut Vec<String>) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .any(|(place, item)| found_at(place.to_string(), item, path)),
        Value::Object(fields) => fields
            .iter()
            .any(|(name, field)| in_field(name, field, path)),
        _ => false,
    }
}

fn in_field(name: &str, field: &Value, path: &mut Vec<String>) -> bool {
    if name.contains('\0') {
        path.push(name.replace('\0', REPLACEMENT));
        return true;
    }
    found_at(name.to_owned(), field, path)
}

fn found_at(step: String, value: &Value, path: &mut Vec<String>) -> bool {
    path.push(step);
    let found = found(value, path);
    if !found {
        path.pop();
    }
    found
}

/// What is said of a field that has one.
pub const REFUSED: &str =
    "has a NUL character (U+0000) in it, which cannot be stored: leave it out";

const REPLACEMENT: &str = "\u{fffd}";

/// Puts U+FFFD, which says that something was there, in the place of each NUL.
pub fn mend(text: &mut String) {
    if text.contains('\0') {
        *text = text.replace('\0', REPLACEMENT);
    }
}

/// The same for every text in a JSON value.
pub fn mend_value(value: &mut Value) {
    match value {
        Value::String(text) => mend(text),
        Value::Array(items) => items.iter_mut().for_each(mend_value),
        Value::Object(fields) => mend_fields(fields),
        _ => {}
    }
}

/// The same for every name and text of an object.
pub fn mend_fields(fields: &mut serde_json::Map<String, Value>) {
    fields.values_mut().for_each(mend_value);
    if fields.keys().any(|name| name.contains('\0')) {
        *fields = std::mem::take(fields)
            .into_iter()
            .map(|(name, value)| (name.replace('\0', REPLACEMENT), value))
            .collect();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_field_with_a_nul_is_named() {
        for (json, field) in [
            (r#"{"text":"a\u0000b"}"#, Some("text")),
            (r#"{"a":1,"b":{"c":["x","\u0000"]}}"#, Some("b.c.1")),
            (r#"{"a":"x","b\u0000":"y"}"#, Some("b\u{fffd}")),
            (r#"{"text":"a\\u0000b"}"#, None),
            (r#"{"text":"a"}"#, None),
            (r#"{"text":"\u0000"#, None),
        ] {
            assert_eq!(field_with(json.as_bytes()).as_deref(), field, "{json}");
        }
    }

    #[test]
    fn what_a_provider_brings_keeps_a_mark_where_a_nul_was() {
        let mut value = json!({ "a\0": ["x\0", 7], "b": { "c": "\0" } });
        mend_value(&mut value);
        assert_eq!(
            value,
            json!({ "a\u{fffd}": ["x\u{fffd}", 7], "b": { "c": "\u{fffd}" } })
        );
    }
}
