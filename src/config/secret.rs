//! A text that is used and never shown.

use std::fmt;

/// A password, token or hash. It has no `Display` and no `Serialize`, its `Debug` says nothing of it, and two are not
/// compared with `==`, which would tell by its time how much of them is alike.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Takes the text in.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself: for the call that needs it, never for a log line or an answer.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(•••)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_says_nothing_of_itself_when_printed() {
        #[derive(Debug)]
        #[expect(dead_code, reason = "read by Debug alone")]
        struct Holder {
            token: Option<Secret>,
        }
        let printed = format!(
            "{:#?}",
            Holder {
                token: Some(Secret::new("hunter2"))
            }
        );
        assert!(
            !printed.contains("hunter2") && printed.contains("•••"),
            "{printed}"
        );
    }
}
