//! What is promised of storage, told on every engine that there is: a new engine joins in [`backend::on_every_backend`].
//!
//! What only SQLite can be asked (its settings, its plans, its full disk) is in [`sqlite`].

mod backend;
mod cast;
mod clock;
mod crossings;
mod guard;
mod history;
mod keys;
mod leads;
mod opening;
mod organizations;
mod outbox;
mod place;
mod rollback;
mod sqlite;
mod versions;
