//! Why a socket is closed, with the code that its other end reads.

use axum::extract::ws::CloseFrame;

/// Why a socket is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Close {
    /// Something that is no frame of ours.
    BadFrame(&'static str),
    /// No token, a wrong one, or one whose session has ended.
    Token,
    /// Nothing was said in time.
    NoHello,
    /// The other end does not read, or is silent.
    TooSlow,
    /// Too many frames, or too many sockets.
    Rate(&'static str),
    /// This server stops or cannot go on: come back after so long.
    Restart {
        /// In milliseconds.
        after: u64,
    },
    /// The other end has gone.
    Gone,
}

impl Close {
    /// The close code; none where nobody is there to read it.
    #[must_use]
    pub fn code(self) -> Option<u16> {
        Some(match self {
            Self::BadFrame(_) => 4400,
            Self::Token => 4401,
            Self::NoHello => 4408,
            Self::TooSlow => 4413,
            Self::Rate(_) => 4429,
            Self::Restart { .. } => 1012,
            Self::Gone => return None,
        })
    }

    fn reason(self) -> String {
        match self {
            Self::BadFrame(reason) | Self::Rate(reason) => reason.to_owned(),
            Self::Token => "the token is missing, wrong or no longer valid".to_owned(),
            Self::NoHello => "no hello came in time".to_owned(),
            Self::TooSlow => "what was sent was not read in time".to_owned(),
            Self::Restart { after } => format!(r#"{{"reconnect_after_ms": {after}}}"#),
            Self::Gone => String::new(),
        }
    }

    /// The frame that says so.
    #[must_use]
    pub fn frame(self) -> Option<CloseFrame> {
        Some(CloseFrame {
            code: self.code()?,
            reason: self.reason().into(),
        })
    }
}
