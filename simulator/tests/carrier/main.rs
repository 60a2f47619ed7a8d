//! The simulator from outside: its routes on a real listener, and a stand-in for the account's server that its webhooks reach.

mod control;
mod faults;
mod meta;
mod phones;
mod telegram;
mod twilio;
mod whatsapp;
mod world;
