//! The adapter from outside: webhooks in and calls out, over the raw files in `fixtures/meta`.

mod cast;
mod handshake;
mod receive;
mod secrets;
mod send;
mod vectors;
