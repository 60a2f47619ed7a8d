//! What a call is given: in the address, as a form, as a form with files, or as JSON; a later one of a name counts.

use std::borrow::Cow;
use std::collections::BTreeMap;

use axum::http::{HeaderMap, header};
use bytes::Bytes;
use serde_json::{Map, Value};

use crate::multipart::{Form, Part};
use crate::telegram::error::TelegramError;

/// Parameters of a call.
#[derive(Debug, Default)]
pub(super) struct Params {
    fields: Map<String, Value>,
    files: BTreeMap<String, Part>,
}

impl Params {
    pub(super) fn read(
        query: Option<&str>,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> Result<Self, TelegramError> {
        let mut params = Self::default();
        params.add_form(query.unwrap_or_default().as_bytes());
        let content_type = headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let kind = content_type.split(';').next().unwrap_or_default().trim();
        match kind.to_ascii_lowercase().as_str() {
            _ if body.is_empty() => {}
            "application/json" => params.add_json(body)?,
            "application/x-www-form-urlencoded" => params.add_form(body),
            "multipart/form-data" => params.add_parts(content_type, body)?,
            _ => return Err(TelegramError::bad("unsupported content type")),
        }
        Ok(params)
    }

    fn add_form(&mut self, form: &[u8]) {
        for (name, value) in form_urlencoded::parse(form) {
            self.fields
                .insert(name.into_owned(), value.into_owned().into());
        }
    }

    fn add_json(&mut self, body: &Bytes) -> Result<(), TelegramError> {
        let given: Map<String, Value> = serde_json::from_slice(body)
            .map_err(|_| TelegramError::bad("can't parse JSON object"))?;
        self.fields.extend(given);
        Ok(())
    }

    fn add_parts(&mut self, content_type: &str, body: &Bytes) -> Result<(), TelegramError> {
        let broken = || TelegramError::bad("can't parse the form");
        let form = Form::read(content_type, body).ok_or_else(broken)?;
        for part in form.into_parts() {
            if part.name.is_some() {
                self.files.insert(part.field.clone(), part);
            } else {
                let text = std::str::from_utf8(&part.bytes)
                    .map_err(|_| TelegramError::bad("strings must be encoded in UTF-8"))?;
                self.fields.insert(part.field.clone(), text.into());
            }
        }
        Ok(())
    }

    /// A parameter as text, be it a text, a number or a switch; `None` for an empty one.
    pub(super) fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        match self.fields.get(name)? {
            Value::String(text) if !text.is_empty() => Some(text.as_str().into()),
            Value::Number(number) => Some(number.to_string().into()),
            Value::Bool(on) => Some(on.to_string().into()),
            _ => None,
        }
    }

    /// A parameter that is an object or a list, which a form writes as JSON.
    pub(super) fn value(&self, name: &str) -> Option<Value> {
        match self.fields.get(name)? {
            Value::Null => None,
            Value::String(text) if text.is_empty() => None,
            Value::String(text) => serde_json::from_str(text).ok(),
            value => Some(value.clone()),
        }
    }

    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.text(name)?.parse().ok()
    }

    pub(super) fn is_on(&self, name: &str) -> bool {
        self.text(name)
            .is_some_and(|text| text.eq_ignore_ascii_case("true") || text == "1")
    }

    /// The file that came in a field, or in the part that the field names.
    pub(super) fn file(&self, name: &str) -> Option<&Part> {
        let named = self.text(name);
        let attached = named
            .as_deref()
            .and_then(|text| text.strip_prefix("attach://"));
        self.files.get(attached.unwrap_or(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content_type: &'static str, body: &'static str) -> Result<Params, TelegramError> {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::CONTENT_TYPE,
            header::HeaderValue::from_static(content_type),
        );
        Params::read(Some("chat_id=1&text=a"), &headers, &Bytes::from(body))
    }

    #[test]
    fn a_call_may_be_given_in_each_of_the_ways() {
        let form = "--b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nhi there\r\n--b\r\n\
            Content-Disposition: form-data; name=\"x\"; filename=\"a.txt\"\r\n\r\nfile\r\n--b--\r\n";
        for (content_type, body) in [
            ("application/x-www-form-urlencoded", "text=hi+there"),
            ("application/json; charset=utf-8", r#"{"text":"hi there"}"#),
            ("multipart/form-data; boundary=b", form),
        ] {
            let params = read(content_type, body).expect("parameters");
            assert_eq!(params.text("text").as_deref(), Some("hi there"));
            assert_eq!(params.text("chat_id").as_deref(), Some("1"));
        }
        let params = read("multipart/form-data; boundary=b", form).expect("parameters");
        assert_eq!(params.file("x").expect("a file").bytes, "file");
        assert!(params.file("text").is_none());
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for (content_type, body) in [
            ("application/json", "[]"),
            ("multipart/form-data", "x"),
            ("text/plain", "text=hi"),
        ] {
            assert!(read(content_type, body).is_err(), "{content_type}");
        }
    }
}
