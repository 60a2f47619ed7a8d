//! Switchboard: an open omnichannel chat gateway. One conversation, any channel, and back.

pub mod config;
pub mod core;
pub mod phone;
pub mod telemetry;
pub mod bus;
pub mod gateway;
pub mod store;
