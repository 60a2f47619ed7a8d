//! Whole-product stories: each tells a rule as a sentence, over HTTP and WebSocket, against the real server and its own carrier.

mod bad_input;
mod consent;
mod failures;
mod operators;
mod presence;
mod restart;
mod switch;
mod world;
