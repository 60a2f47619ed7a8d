//! The web channel: chat windows, and the operators' consoles, on live sockets.
//!
//! Here the message log itself is the way: nothing is handed to a provider, every window is a view of the log.
//!
//! * [`channel`]: what the web can do, as data
//! * [`frames`]: what is said on a socket, as plain types
//! * [`close`]: why a socket is closed, with its codes
//! * [`host`]: what the loop asks of the server that it runs in
//! * [`serve()`]: the loop that serves one socket, a visitor's or an operator's
//! * `line`: one socket's two directions, each with its patience; `rate`: how fast frames may come; `followed`: how far each
//!   conversation has been sent

pub mod channel;
pub mod close;
mod followed;
pub mod frames;
pub mod host;
mod line;
mod rate;
mod serve;

pub use channel::Web;
pub use close::Close;
pub use frames::{In, Out};
pub use host::{Answer, Entry, Host, News, Page};
pub use serve::{Terms, serve};

/// The longest frame, in bytes, either way in.
pub const FRAME_LIMIT: usize = 64 * 1024;
