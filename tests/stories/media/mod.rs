//! Files: brought by people, fetched from providers, sent by every channel as it can, and shown to those who may see them.

mod fetching;
mod house;
mod sending;
mod uploads;
