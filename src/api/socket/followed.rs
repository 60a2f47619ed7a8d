//! What a socket remembers of a conversation that it follows, so that a side that reads on costs no look into the log.

use crate::api::view::seen_state;
use crate::core::delivery::State;
use crate::core::{Actor, ConversationId, Event, Kind, Seq};
use crate::store::conversations::Cursors;

/// Of a side that reads on, so many of the last messages are told.
const READ_ON: usize = 200;

/// A conversation that is followed.
#[derive(Debug)]
pub(super) struct Followed {
    pub id: ConversationId,
    /// How far its sides had read when that was last told.
    cursors: Cursors,
    /// Past this place, every message that its other side has yet to read is in the list.
    listed_after: Seq,
    unread: Vec<Unread>,
}

/// A message that the log itself carries.
#[derive(Clone, Copy, Debug)]
struct Unread {
    seq: Seq,
    by_visitor: bool,
}

impl Unread {
    fn state(self, cursors: Cursors) -> State {
        let author = if self.by_visitor {
            Actor::Visitor
        } else {
            Actor::System
        };
        seen_state(self.seq, author, cursors)
    }
}

/// What is to be told where a side has seen or read on.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ReadsOn {
    /// These messages are that far now.
    Told(Vec<(Seq, State)>),
    /// The messages of that stretch are to be read in the log.
    Look { before: Cursors, from: Seq, to: Seq },
}

impl Followed {
    /// Follows from a place, where its sides have read so far.
    pub(super) fn new(id: ConversationId, cursors: Cursors, after: Seq) -> Self {
        Self {
            id,
            cursors,
            listed_after: after,
            unread: Vec::new(),
        }
    }

    /// Remembers messages that are about to be sent.
    pub(super) fn list(&mut self, entries: &[(Seq, Event)]) {
        let last = self
            .unread
            .last()
            .map_or(self.listed_after, |last| last.seq);
        for (seq, event) in entries.iter().filter(|(seq, _)| *seq > last) {
            if let Kind::Message(message) = &event.kind
                && message.outgoing.is_none()
            {
                self.unread.push(Unread {
                    seq: *seq,
                    by_visitor: message.author == Actor::Visitor,
                });
            }
        }
        let old = self.unread.len().saturating_sub(READ_ON);
        if let Some(gone) = self.unread.drain(..old).next_back() {
            self.listed_after = gone.seq;
        }
    }

    /// The sides have read up to here: what that makes of the messages.
    pub(super) fn reads_on(&mut self, now: Cursors) -> ReadsOn {
        let before = std::mem::replace(&mut self.cursors, now);
        let Some((from, to)) = moved(before, now) else {
            return ReadsOn::Told(Vec::new());
        };
        let told = if from > self.listed_after {
            let moved = self.unread.iter().filter_map(|message| {
                let state = message.state(now);
                (state != message.state(before)).then_some((message.seq, state))
            });
            ReadsOn::Told(moved.collect())
        } else {
            let from = from.max(to.saturating_sub(READ_ON as Seq) + 1);
            ReadsOn::Look { before, from, to }
        };
        self.unread
            .retain(|message| message.state(now) != State::Read);
        if self.unread.is_empty() {
            // Most conversations are quiet most of the time.
            self.unread = Vec::new();
        }
        told
    }
}

/// The stretch of the log in which a side has seen or read on.
fn moved(before: Cursors, now: Cursors) -> Option<(Seq, Seq)> {
    let sides = [
        (before.visitor_seen, now.visitor_seen),
        (before.visitor_read, now.visitor_read),
        (before.operator_seen, now.operator_seen),
        (before.operator_read, now.operator_read),
    ];
    let moved = sides.into_iter().filter(|(before, now)| now > before);
    moved
        .map(|(before, now)| (before + 1, now))
        .reduce(|(from, to), (other_from, other_to)| (from.min(other_from), to.max(other_to)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stretch_in_which_a_side_read_on_covers_all_that_changed() {
        let before = Cursors {
            visitor_seen: 4,
            visitor_read: 2,
            operator_seen: 9,
            operator_read: 9,
        };
        assert_eq!(moved(before, before), None);
        assert_eq!(
            moved(
                before,
                Cursors {
                    visitor_seen: 7,
                    ..before
                }
            ),
            Some((5, 7))
        );
        assert_eq!(
            moved(
                before,
                Cursors {
                    visitor_seen: 7,
                    visitor_read: 6,
                    ..before
                }
            ),
            Some((3, 7))
        );
        assert_eq!(
            moved(
                before,
                Cursors {
                    operator_read: 12,
                    operator_seen: 12,
                    ..before
                }
            ),
            Some((10, 12))
        );
    }

    fn said(seq: Seq, author: Actor) -> (Seq, Event) {
        let message = crate::core::event::Message {
            author,
            leg: crate::core::LegId(1),
            text: "hello".into(),
            attachments: Vec::new(),
            template: None,
            consent: None,
            client_id: None,
            outgoing: None,
            welcome: None,
        };
        let event = Event {
            at: crate::core::Timestamp(1),
            kind: Kind::Message(message),
        };
        (seq, event)
    }

    fn seen(operator_seen: Seq) -> Cursors {
        Cursors {
            operator_seen,
            ..Cursors::default()
        }
    }

    #[test]
    fn messages_that_were_sent_here_are_told_of_without_a_look_into_the_log() {
        let id = ConversationId(uuid::Uuid::nil());
        let mut followed = Followed::new(id, seen(2), 2);
        followed.list(&[said(3, Actor::Visitor), said(4, Actor::System)]);
        followed.list(&[said(4, Actor::System), said(5, Actor::Visitor)]);
        let told = ReadsOn::Told(vec![(3, State::Delivered)]);
        assert_eq!(followed.reads_on(seen(4)), told);
        let read = Cursors {
            operator_read: 5,
            ..seen(5)
        };
        let look = ReadsOn::Look {
            before: seen(4),
            from: 1,
            to: 5,
        };
        assert_eq!(followed.reads_on(read), look, "older ones may be read now");
    }

    #[test]
    fn of_a_very_long_stretch_the_last_messages_are_kept() {
        let id = ConversationId(uuid::Uuid::nil());
        let mut followed = Followed::new(id, seen(0), 0);
        let many: Vec<_> = (1..=300).map(|seq| said(seq, Actor::Visitor)).collect();
        followed.list(&many);
        assert!(matches!(
            followed.reads_on(seen(200)),
            ReadsOn::Look { from: 1, .. }
        ));
        assert!(matches!(followed.reads_on(seen(300)), ReadsOn::Told(told) if told.len() == 100));
    }
}
