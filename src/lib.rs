//! Switchboard: an open omnichannel chat gateway. One conversation, any channel, and back.
//!
//! In the order in which data meets them: [`config`] says who there is, on which channels by which [`providers`]; [`app`] puts the server together; a request comes in by [`api`], is
//! done by the [`gateway`] with what [`core`] decides, kept by the [`store`] and, where it is a file, by [`media`], and told by the [`bus`].

pub mod api;
pub mod app;
pub mod bus;
pub mod config;
pub mod core;
pub mod gateway;
pub mod media;
pub mod phone;
pub mod providers;
pub mod store;
pub mod telemetry;
