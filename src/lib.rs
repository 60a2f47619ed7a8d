//! Switchboard: an open omnichannel chat gateway. One conversation, any channel, and back.

pub mod core;
