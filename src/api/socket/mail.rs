//! What is in the mail for a socket, and the frames about the present moment.

use std::sync::Arc;

use adapter_web::{News, Out};

use super::host::{Told, Visit};
use crate::api::Present;
use crate::api::organization::{Messaging, alarms_for, sick_channels};
use crate::api::view::{self, Holder, Who};
use crate::bus::{Change, Mail};
use crate::core::{Actor, ConversationId, Kind};
use crate::gateway::Caller;
use crate::store::attachments::{Attachment, State};
use crate::store::conversations::{Cursors, Stored};

impl Visit {
    /// What is in the mail for this socket; none where nothing is.
    pub(super) fn open(
        &mut self,
        mail: Mail,
    ) -> Option<News<ConversationId, Arc<Change>, Cursors>> {
        let caller = self.caller();
        let mut news = News {
            lost: mail.overflow,
            ended: self.was_signed_out(&mail),
            ..News::default()
        };
        let changes = mail
            .changed
            .into_iter()
            .flat_map(|(id, changes)| changes.into_iter().map(move |change| (id, change)));
        news.changes = changes
            .filter(|(_, change)| caller.may_see(&change.stored))
            .collect();
        news.deliveries = mail
            .deliveries
            .into_keys()
            .filter(|(id, _)| self.follows(*id))
            .collect();
        news.read_on = mail
            .seen
            .into_iter()
            .filter(|(id, _)| self.follows(*id))
            .collect();
        for ((id, by), typing) in mail.typing {
            if self.follows(id) && by != self.actor() {
                news.frames.push(self.typing_frame(id, by, typing));
            }
        }
        for file in mail.files.into_values() {
            news.frames.extend(self.file_frame(&file));
        }
        if matches!(caller, Caller::Operator(_)) {
            let here = mail.here.into_iter().map(|(id, here)| here_frame(id, here));
            news.frames.extend(here);
            if mail.presence {
                news.frames.extend(self.presence_frames());
            }
            if mail.standing {
                news.frames.extend(self.standing_frame());
            }
            if mail.leads {
                news.frames.push(Out::<()>::Leads.text());
            }
        }
        let empty = news.changes.is_empty()
            && news.deliveries.is_empty()
            && news.read_on.is_empty()
            && news.frames.is_empty();
        (!empty || news.lost || news.ended).then_some(news)
    }

    fn actor(&self) -> Actor {
        match self.caller() {
            Caller::Visitor(_) => Actor::Visitor,
            Caller::Operator(operator) => Actor::Operator(operator.id),
        }
    }

    fn was_signed_out(&self, mail: &Mail) -> bool {
        match self.caller() {
            Caller::Visitor(_) => false,
            Caller::Operator(operator) => mail.signed_out.contains(&operator.session),
        }
    }

    fn typing_frame(&self, id: ConversationId, by: Actor, typing: bool) -> String {
        let name = match by {
            Actor::Operator(operator) => self
                .api
                .gateway
                .operator_name(&self.caller().organization().id, operator),
            Actor::Visitor | Actor::System => None,
        };
        Out::Typing {
            conversation: &id.to_string(),
            by: Who::writing(by, name),
            typing,
        }
        .text()
    }

    /// How it stands with the organization's messages.
    fn standing_frame(&self) -> Option<String> {
        let Caller::Operator(operator) = self.caller() else {
            return None;
        };
        let standing = self.api.gateway.standing(&operator.organization.id);
        let frame = Out::Organization {
            messaging: Messaging::of(&standing),
            alarms: alarms_for(operator, &standing),
            sick: sick_channels(&operator.organization, &standing),
        };
        Some(frame.text())
    }

    /// A file that came or is gone, where it is followed.
    fn file_frame(&self, file: &Attachment) -> Option<String> {
        let (conversation, seq) = file.place.filter(|(id, _)| self.follows(*id))?;
        // Who came by a link is shown nothing from before.
        if self.caller().pass().is_some_and(|pass| seq < pass.since) {
            return None;
        }
        let present = Present::default();
        let files = self.api.files(&file.organization, &present);
        let frame = Out::Attachment {
            conversation: &conversation.to_string(),
            seq,
            attachment: view::Attachment::known(file, &files),
        };
        Some(frame.text())
    }

    /// Files among some entries that their provider kept: they may have come while nobody listened.
    pub(super) async fn fetched(&self, stored: &Stored, told: &[Told]) -> Vec<String> {
        let with_files = |(_, event, _): &&Told| matches!(&event.kind, Kind::Message(message) if message.attachments.iter().any(|file| file.size.is_none()));
        let mut places = told.iter().filter(with_files).map(|(seq, ..)| *seq);
        let Some(first) = places.next() else {
            return Vec::new();
        };
        let last = places.next_back().unwrap_or(first);
        let files = self.api.gateway.files(stored, first, last).await;
        let fetched = files.unwrap_or_default().into_iter();
        fetched
            .filter(|file| file.source.is_some() && file.state != State::Waiting)
            .filter_map(|file| self.file_frame(&file))
            .collect()
    }

    /// The colleagues whose presence is another than was last told.
    fn presence_frames(&mut self) -> Vec<String> {
        let colleagues = self.api.gateway.operators(&self.caller().organization().id);
        let Some(desk) = self.guest.as_mut().and_then(|guest| guest.desk.as_mut()) else {
            return Vec::new();
        };
        let mut frames = Vec::new();
        for colleague in colleagues {
            let told = desk
                .presences
                .insert(colleague.id, colleague.presence.clone());
            if told.as_ref() != Some(&colleague.presence) {
                let operator = Holder::new(colleague.id, colleague.name);
                frames.push(
                    Out::Presence {
                        operator,
                        presence: &colleague.presence,
                    }
                    .text(),
                );
            }
        }
        frames
    }
}

fn here_frame(id: ConversationId, here: bool) -> String {
    let frame: Out<'_, ()> = Out::Here {
        conversation: &id.to_string(),
        visitor_here: here,
    };
    frame.text()
}
