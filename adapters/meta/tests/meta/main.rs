//! The adapter from outside: webhooks in and calls out, over the raw files in `fixtures/meta`.

mod asked;
mod cast;
mod files;
mod handshake;
mod receive;
mod secrets;
mod send;
mod vectors;
