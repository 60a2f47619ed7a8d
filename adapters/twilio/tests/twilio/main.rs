//! The adapter from outside: webhooks in and calls out, over the raw files in `fixtures/twilio`.

mod asked;
mod cast;
mod files;
mod find;
mod receive;
mod secrets;
mod send;
mod vectors;
mod whatsapp;
