//! What the product says of itself: log lines on stderr, and [`metrics`] for Prometheus.
//!
//! A number is logged by its mask and an [`Address`](contract::Address) by its `Debug`, which is masked already:
//!
//! ```
//! # let e164 = "+12025550123";
//! tracing::info!(to = %contract::mask(e164), "welcome handed over");
//! ```
//!
//! A secret has no `Display` and its `Debug` says nothing ([`Secret`](crate::config::Secret)). Should one of them slip into a
//! line all the same, a library's error message say, the writer takes it out.

pub mod metrics;
mod scrub;

use std::env::{self, VarError};
use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

use self::scrub::Scrubbed;

/// The environment variable that says what is logged, in the words of `tracing`: `debug`, `info,switchboard=trace`, …
pub const FILTER_VARIABLE: &str = "SWITCHBOARD_LOG";

const DEFAULT_FILTER: &str = "info";

/// How a log line is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line, for machines.
    Json,
    /// For the person who looks on.
    Human,
}

impl Format {
    /// For people in the demo and on a terminal, else for machines.
    #[must_use]
    pub fn for_stderr(demo: bool) -> Self {
        if demo || io::stderr().is_terminal() {
            Self::Human
        } else {
            Self::Json
        }
    }
}

/// Why logging did not start.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The filter cannot be read.
    #[error(
        "{FILTER_VARIABLE}=\"{filter}\" is not a log filter ({reason}): write a level such as \"debug\", or \"info,switchboard=trace\""
    )]
    Filter {
        /// What was given.
        filter: String,
        /// What is wrong with it.
        reason: String,
    },
    /// It is started once in a process.
    #[error("the log of this process has started already")]
    Started,
}

/// Starts the log of this process on stderr; `SWITCHBOARD_LOG` says what is in it, everything from `info` up if it is not set.
///
/// # Errors
/// When the filter cannot be read, or the log has started before.
pub fn start(format: Format) -> Result<(), LogError> {
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter(env::var(FILTER_VARIABLE))?)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(Scrubbed(io::stderr));
    match format {
        Format::Json => subscriber
            .json()
            .flatten_event(true)
            .with_span_list(false)
            .try_init(),
        Format::Human => subscriber.with_target(false).try_init(),
    }
    .map_err(|_| LogError::Started)
}

fn filter(given: Result<String, VarError>) -> Result<EnvFilter, LogError> {
    let text = match given {
        Ok(text) if !text.trim().is_empty() => text,
        Ok(_) | Err(VarError::NotPresent) => DEFAULT_FILTER.to_owned(),
        Err(VarError::NotUnicode(text)) => text.to_string_lossy().into_owned(),
    };
    EnvFilter::try_new(&text).map_err(|error| LogError::Filter {
        reason: error.to_string(),
        filter: text,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("no writer panicked").write(line)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(say: impl FnOnce()) -> serde_json::Value {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .flatten_event(true)
            .with_writer(Scrubbed(move || writer.clone()))
            .finish();
        tracing::subscriber::with_default(subscriber, say);
        let bytes = lines.0.lock().expect("no writer panicked");
        serde_json::from_slice(&bytes).expect("one line of JSON")
    }

    #[test]
    fn a_number_and_a_secret_that_slip_into_a_line_do_not_reach_the_log() {
        let line = logged(|| {
            tracing::warn!(
                to = "+12025550123",
                header = "Authorization: Bearer 0a1b2c3d4e5f60718293a4b5c6d7e8f9",
                url = "https://gw.example/x?To=%2B12025550123",
                "could not reach +12025550123"
            );
        });
        let text = line.to_string();
        assert!(
            !text.contains("2025550123") && !text.contains("0a1b2c3d"),
            "{text}"
        );
        assert_eq!(line["to"], contract::mask("+12025550123"));
        assert_eq!(
            line["message"],
            format!("could not reach {}", contract::mask("+12025550123"))
        );
    }

    #[test]
    fn an_address_is_logged_masked_without_the_writers_help() {
        let address = contract::Address("+12025550123".to_owned());
        let line = logged(|| tracing::info!(to = ?address, "sent"));
        assert_eq!(line["to"], contract::mask("+12025550123"));
    }

    #[test]
    fn a_log_filter_that_cannot_be_read_is_named() {
        assert!(filter(Err(VarError::NotPresent)).is_ok());
        assert!(filter(Ok(String::new())).is_ok());
        assert!(filter(Ok("info,switchboard=trace".to_owned())).is_ok());
        let error = filter(Ok("switchboard=loud".to_owned()))
            .expect_err("not a level")
            .to_string();
        assert!(
            error.contains("SWITCHBOARD_LOG=\"switchboard=loud\""),
            "{error}"
        );
    }
}
