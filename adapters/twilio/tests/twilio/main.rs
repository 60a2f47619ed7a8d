//! The adapter from outside: webhooks in and calls out, over the raw files in `fixtures/twilio`.

mod cast;
mod find;
mod receive;
mod secrets;
mod send;
mod vectors;
