//! Places that the model must have been at: bounds within which nothing happens would keep every promise.

use std::sync::atomic::{AtomicU32, Ordering};

use switchboard::core::event::{How, Lost};
use switchboard::core::{Event, Kind, Reason};

static BEEN_AT: AtomicU32 = AtomicU32::new(0);

/// Something that must happen within some bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Landmark {
    Welcomed,
    WentAtOnce,
    Followed,
    TimedOut,
    RefusedByProvider,
    ProvenAbsent,
    RefusedForOptOut,
    RefusedForHeldPair,
    Cancelled,
    Reverted,
    LostToOptOut,
    LostUndeliverable,
    LostUnusable,
    Reopened,
    Assigned,
    Resolved,
    WithdrawnAtRequeue,
    SentAgain,
    DecidedAgain,
    HeardElsewhere,
    Barred,
    Released,
    WithdrawnHeld,
    Parked,
    HandedOnInTheWindow,
    TemplateNeeded,
    ClosedByProvider,
    Linked,
    CodeUsedUp,
    Returned,
    Moved,
}

impl Landmark {
    const ALL: [Self; 31] = [
        Self::Welcomed,
        Self::WentAtOnce,
        Self::Followed,
        Self::TimedOut,
        Self::RefusedByProvider,
        Self::ProvenAbsent,
        Self::RefusedForOptOut,
        Self::RefusedForHeldPair,
        Self::Cancelled,
        Self::Reverted,
        Self::LostToOptOut,
        Self::LostUndeliverable,
        Self::LostUnusable,
        Self::Reopened,
        Self::Assigned,
        Self::Resolved,
        Self::WithdrawnAtRequeue,
        Self::SentAgain,
        Self::DecidedAgain,
        Self::HeardElsewhere,
        Self::Barred,
        Self::Released,
        Self::WithdrawnHeld,
        Self::Parked,
        Self::HandedOnInTheWindow,
        Self::TemplateNeeded,
        Self::ClosedByProvider,
        Self::Linked,
        Self::CodeUsedUp,
        Self::Returned,
        Self::Moved,
    ];

    pub fn pass(self) {
        let bit = 1 << self as u32;
        if BEEN_AT.load(Ordering::Relaxed) & bit == 0 {
            BEEN_AT.fetch_or(bit, Ordering::Relaxed);
        }
    }

    /// The landmark that an event is, if it is one.
    pub fn of(event: &Event) -> Option<Self> {
        Some(match &event.kind {
            Kind::Switched {
                how: How::Welcome, ..
            } => Self::Welcomed,
            Kind::Switched {
                how: How::Asked, ..
            } => Self::WentAtOnce,
            Kind::Switched {
                how: How::Follow, ..
            } => Self::Followed,
            Kind::SwitchFailed { reason, .. } => match reason {
                Reason::TimedOut => Self::TimedOut,
                Reason::BadRecipient => Self::RefusedByProvider,
                Reason::Unavailable => Self::ProvenAbsent,
                Reason::OptedOut => Self::RefusedForOptOut,
                Reason::Held => Self::RefusedForHeldPair,
                _ => return None,
            },
            Kind::SwitchCancelled { .. } => Self::Cancelled,
            Kind::Reverted { .. } => Self::Reverted,
            Kind::LegLost {
                why: Lost::OptOut, ..
            } => Self::LostToOptOut,
            Kind::LegLost {
                why: Lost::Undeliverable,
                ..
            } => Self::LostUndeliverable,
            Kind::LegLost {
                why: Lost::Unusable,
                ..
            } => Self::LostUnusable,
            Kind::LegLost {
                why: Lost::Moved, ..
            } => Self::Moved,
            Kind::Reopened { .. } => Self::Reopened,
            Kind::Assigned { .. } => Self::Assigned,
            Kind::Resolved { .. } => Self::Resolved,
            _ => return None,
        })
    }

    /// Those that nobody has been at.
    pub fn missed() -> Vec<Self> {
        let been_at = BEEN_AT.load(Ordering::Relaxed);
        Self::ALL
            .into_iter()
            .filter(|landmark| been_at & (1 << *landmark as u32) == 0)
            .collect()
    }
}
