//! Whole-product stories: each tells a rule as a sentence, over HTTP and WebSocket, against the real server and its own carrier.
//! Those of [`store`] are told of storage alone, on every engine.

mod bad_input;
mod check;
mod connections;
mod consent;
mod crossing;
mod failures;
mod full_disk;
mod guard;
mod leads;
mod media;
mod operators;
mod pages;
mod presence;
mod reconcile;
mod reconnect;
mod restart;
mod sign_in;
mod store;
mod switch;
mod telegram;
mod whatsapp;
mod window;
mod world;
mod writing_first;
