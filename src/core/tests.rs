//! Every row and rule of the machine, one sentence each. One file per row; [`world`] is the cast.

mod delivery;
mod ending;
mod free_text;
mod greeting;
mod invitation;
mod loss;
mod messages;
mod operators;
mod pairs;
mod reconnect;
mod reversible;
mod settled;
mod text;
mod world;
