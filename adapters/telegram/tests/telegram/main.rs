//! The adapter from outside: webhooks in and calls out, over the raw files in `fixtures/telegram`.

mod asked;
mod cast;
mod files;
mod receive;
mod secrets;
mod send;
