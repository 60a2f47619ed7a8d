//! The machine: who may move the active leg, when, and where to.
//!
//! One function a command. Each works on a [`Draft`], which applies every event as it is made, so that a command that is made of
//! others (*cancel*, then as settled; *revert* first) reads like its rule.

use super::command::{Command, Context, FreeText, Refusal, Target, Words};
use super::conversation::{Conversation, Greeting, Leg, Outcome, Phase, Status};
use super::event::{Assignment, Closed, Event, How, Kind, Lost, Message, Outgoing, Reach};
use super::words::{
    Actor, ConsentWord, InvitationId, LegId, OperatorId, Proof, Reason, SwitchId, Text,
};

type Decision = Result<(), Refusal>;

/// What a command does to a conversation: the events to commit, in order, or a refusal that changes nothing.
///
/// # Errors
/// With the rule that stands in the way.
pub fn decide(
    conversation: &Conversation,
    command: Command,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    let mut draft = Draft {
        now: conversation.clone(),
        events: Vec::new(),
        context,
    };
    draft.lapse();
    draft.run(command)?;
    Ok(draft.events)
}

struct Draft<'a> {
    now: Conversation,
    events: Vec<Event>,
    context: &'a Context,
}

impl Draft<'_> {
    fn run(&mut self, command: Command) -> Decision {
        match command {
            Command::Open { by, target } => self.open(by, target),
            Command::Join { target } => self.join(&target),
            Command::Say { words } => self.say(words),
            Command::Tell {
                operator,
                leg,
                words,
            } => self.tell(operator, leg, words),
            Command::Text { target, words } => self.text(target, words),
            Command::Switch {
                by,
                target,
                own_text,
                invitation,
            } => self.switch(by, target, own_text, invitation),
            Command::Reconnect { operator, target } => self.reconnect(operator, target),
            Command::Accepted { switch } => {
                self.accepted(switch);
                Ok(())
            }
            Command::Notify { leg, words } => {
                self.notify(leg, words);
                Ok(())
            }
            Command::Prove { leg, proof } => {
                self.prove(leg, proof);
                Ok(())
            }
            Command::Reached { leg } => {
                self.reached(leg);
                Ok(())
            }
            Command::Refused { switch, reason } => {
                self.refused(switch, reason);
                Ok(())
            }
            Command::Cancel { by } => self.cancel(by),
            Command::Revert => self.revert(),
            Command::Lost { leg, why } => {
                self.lost(leg, why);
                Ok(())
            }
            Command::OptOut { leg, by } => {
                self.opt_out(leg, by);
                Ok(())
            }
            Command::Undeliverable { switch } => {
                self.undeliverable(switch);
                Ok(())
            }
            Command::Delivered { leg } => {
                self.prove(leg, Proof::Delivered);
                Ok(())
            }
            Command::Resolve { by } => self.resolve(by),
            Command::Reopen { operator } => self.reopen_by(operator),
            Command::Claim { operator } => self.claim(operator),
            Command::Transfer { by, to } => self.transfer(by, to),
            Command::Invite { operator, channel } => self.invite(operator, channel),
            Command::Decline => self.decline(),
            Command::Lapse => Ok(()),
        }
    }

    fn emit(&mut self, kind: Kind) {
        let event = Event {
            at: self.context.now,
            kind,
        };
        self.now.apply(&event);
        self.events.push(event);
    }

    fn phase(&self) -> Phase {
        self.now.phase(self.context.now, &self.context.rules)
    }

    fn usable(&self, id: LegId) -> bool {
        self.now
            .leg(id)
            .is_some_and(|leg| self.context.usable(id, leg))
    }

    // Beginning and ending.

    fn open(&mut self, by: Actor, target: Target) -> Decision {
        if self.now.last_seq > 0 {
            return Err(Refusal::Begun);
        }
        self.emit(Kind::Opened { by });
        self.add_leg(by, &target);
        if by != Actor::Visitor {
            self.emit(Kind::Resolved { by });
        }
        Ok(())
    }

    fn join(&mut self, target: &Target) -> Decision {
        if self.now.view().is_none() {
            self.add_leg(Actor::Visitor, target);
        }
        Ok(())
    }

    fn resolve(&mut self, by: Actor) -> Decision {
        if let Actor::Operator(operator) = by {
            self.not_held_by_another(operator)?;
        }
        if let Phase::Greeting(greeting) = self.phase() {
            self.call_off(&greeting, by);
        }
        if self.now.status == Status::Resolved {
            return Ok(());
        }
        self.close_invitation(Closed::Resolved);
        self.emit(Kind::Resolved { by });
        Ok(())
    }

    fn reopen_by(&mut self, operator: OperatorId) -> Decision {
        if self.now.status != Status::Resolved {
            return self.not_held_by_another(operator);
        }
        self.reopen(Actor::Operator(operator))?;
        self.assign(operator, Actor::Operator(operator), Assignment::Claim);
        Ok(())
    }

    /// A resolved conversation opens again, on a leg that can be written to.
    fn reopen(&mut self, by: Actor) -> Decision {
        if self.now.status != Status::Resolved {
            return Ok(());
        }
        if let Some(other) = self.context.other_open {
            return Err(Refusal::Superseded(other));
        }
        self.emit(Kind::Reopened { by });
        if let Some(active) = self.now.route.active
            && !self.usable(active)
        {
            self.lost(active, Lost::Unusable);
        }
        Ok(())
    }

    // Who holds it.

    fn not_held_by_another(&self, operator: OperatorId) -> Decision {
        match self.now.status {
            Status::InProgress(holder) if holder != operator => Err(Refusal::Held(holder)),
            _ => Ok(()),
        }
    }

    /// An operator's command that reaches the visitor claims a waiting conversation.
    fn claim(&mut self, operator: OperatorId) -> Decision {
        self.not_held_by_another(operator)?;
        match self.now.status {
            Status::Resolved => Err(Refusal::Resolved),
            Status::InProgress(_) => Ok(()),
            Status::Waiting => {
                self.assign(operator, Actor::Operator(operator), Assignment::Claim);
                Ok(())
            }
        }
    }

    fn transfer(&mut self, by: OperatorId, to: OperatorId) -> Decision {
        self.not_held_by_another(by)?;
        if self.now.status == Status::Resolved {
            return Err(Refusal::Resolved);
        }
        if self.now.status != Status::InProgress(to) {
            self.assign(to, Actor::Operator(by), Assignment::Transfer);
        }
        Ok(())
    }

    fn assign(&mut self, operator: OperatorId, by: Actor, why: Assignment) {
        self.emit(Kind::Assigned {
            operator: Some(operator),
            by,
            why,
        });
    }

    /// The visitor wrote to an operator who is away: back to the queue, at its place.
    fn requeue_from_absent(&mut self) {
        if self.now.holder().is_some() && !self.context.holder_present {
            self.emit(Kind::Assigned {
                operator: None,
                by: Actor::System,
                why: Assignment::Requeued,
            });
        }
    }

    // What is said.

    fn say(&mut self, words: Words) -> Decision {
        let Some(view) = self.now.view() else {
            return Err(Refusal::Unreachable);
        };
        self.reopen(Actor::Visitor)?;
        self.log(Actor::Visitor, view, words);
        self.requeue_from_absent();
        Ok(())
    }

    fn tell(&mut self, operator: OperatorId, named: Option<LegId>, words: Words) -> Decision {
        self.not_held_by_another(operator)?;
        if self.now.status == Status::Resolved {
            return Err(Refusal::Resolved);
        }
        let Some((active, leg)) = self.now.active() else {
            return Err(Refusal::Unreachable);
        };
        let unheard = leg.reach == Reach::Remote && !leg.heard;
        if unheard && named.is_some_and(|named| named != active) {
            return Err(Refusal::LegChanged(active));
        }
        let (now, rules) = (self.context.now, &self.context.rules);
        let free = match words.template {
            Some(_) => FreeText::Always,
            None => self.context.facts(active, leg).free,
        };
        let outgoing = match leg.reach {
            Reach::View => None,
            Reach::Remote if leg.holds_words(free, now, rules) => Some(Outgoing::Held),
            Reach::Remote if !free.open(now) => return Err(Refusal::TemplateNeeded),
            Reach::Remote => Some(Outgoing::Queued),
        };
        self.claim(operator)?;
        self.message(Actor::Operator(operator), active, words, outgoing);
        Ok(())
    }

    /// A visitor's text on a remote leg is always logged; the route moves only as the rows *accepted*, *text* and *lost* say.
    fn text(&mut self, target: Target, words: Words) -> Decision {
        let leg = match self.now.leg_to(&target.connection, &target.address) {
            Some(leg) => leg,
            None => self.add_leg(Actor::Visitor, &target),
        };
        // Refused only where another conversation is open: then this one stays closed, and still keeps the words.
        let _ = self.reopen(Actor::Visitor);
        let consent = words.consent;
        let opts_out = consent == Some(ConsentWord::OptOut);
        if !opts_out {
            self.moved_by_text(leg);
        }
        self.log(Actor::Visitor, leg, words);
        if consent == Some(ConsentWord::OptIn) {
            let (word, by) = (ConsentWord::OptIn, Actor::Visitor);
            self.emit(Kind::Consent { leg, word, by });
        }
        if opts_out {
            self.opt_out(leg, Actor::Visitor);
        } else {
            self.prove(leg, target.proof.max(Proof::Replied));
            if self.now.route.active == Some(leg) && !self.usable(leg) {
                self.lost(leg, Lost::Unusable);
            }
        }
        self.requeue_from_absent();
        Ok(())
    }

    fn moved_by_text(&mut self, leg: LegId) {
        match self.phase() {
            Phase::Greeting(greeting) => {
                if greeting.to == leg && self.context.handed_over {
                    self.accepted(greeting.switch);
                }
            }
            Phase::Settled | Phase::Reversible { .. } => {
                let Some((active, active_leg)) = self.now.active() else {
                    return self.adopt(leg);
                };
                let away = active_leg.reach == Reach::View && !self.context.here;
                let followable = self
                    .now
                    .leg(leg)
                    .is_some_and(|leg| leg.heard && !leg.taken_back);
                if active != leg && away && followable && self.usable(leg) {
                    self.go(Actor::Visitor, leg, How::Follow);
                }
            }
        }
    }

    fn adopt(&mut self, leg: LegId) {
        if self.usable(leg) {
            self.go(Actor::Visitor, leg, How::Adopted);
        }
    }

    fn log(&mut self, author: Actor, leg: LegId, words: Words) {
        self.message(author, leg, words, None);
    }

    fn message(&mut self, author: Actor, leg: LegId, words: Words, outgoing: Option<Outgoing>) {
        self.emit(Kind::Message(Message {
            author,
            leg,
            text: words.text,
            attachments: words.attachments,
            template: words.template,
            consent: words.consent,
            client_id: words.client_id,
            outgoing,
            welcome: None,
        }));
    }

    /// What we say to one remote leg ourselves; where it cannot be written to, nothing.
    fn notify(&mut self, leg: LegId, words: Words) {
        let remote = self
            .now
            .leg(leg)
            .is_some_and(|leg| leg.reach == Reach::Remote);
        if remote && self.usable(leg) {
            self.message(Actor::System, leg, words, Some(Outgoing::Queued));
        }
    }

    fn prove(&mut self, leg: LegId, proof: Proof) {
        let news = self
            .now
            .leg(leg)
            .is_some_and(|leg| leg.proof < proof || !leg.confirmed);
        if news {
            self.emit(Kind::Proven { leg, proof });
        }
    }

    // The switch.

    fn switch(
        &mut self,
        by: Actor,
        target: Target,
        own_text: bool,
        invitation: Option<InvitationId>,
    ) -> Decision {
        self.may_use(invitation)?;
        match by {
            Actor::Operator(operator) => {
                self.not_held_by_another(operator)?;
                if self.now.status == Status::Resolved {
                    return Err(Refusal::Resolved);
                }
                if target.reach == Reach::View && !self.context.here {
                    return Err(Refusal::NotThere);
                }
            }
            Actor::Visitor | Actor::System => self.reopen(by)?,
        }
        let reached = self.move_to(by, &target, own_text, false)?;
        if let (Actor::Operator(operator), true) = (by, reached) {
            self.claim(operator)?;
        }
        Ok(())
    }

    fn reconnect(&mut self, operator: OperatorId, target: Target) -> Decision {
        self.not_held_by_another(operator)?;
        let at_the_window = self
            .now
            .active()
            .is_some_and(|(_, leg)| leg.reach == Reach::View)
            && self.context.here;
        if at_the_window {
            return Err(Refusal::Reachable);
        }
        if target.reach == Reach::View && !self.context.here {
            return Err(Refusal::NotThere);
        }
        if let (Status::Resolved, Some(other)) = (self.now.status, self.context.other_open) {
            return Err(Refusal::Superseded(other));
        }
        self.move_to(Actor::Operator(operator), &target, false, true)?;
        if self.now.route.active.is_some() && !matches!(self.now.route.phase, Phase::Greeting(_)) {
            self.opened_by_reconnect(operator);
        }
        Ok(())
    }

    /// The row *switch* of the machine. Answers whether anything was asked or moved.
    fn move_to(
        &mut self,
        by: Actor,
        target: &Target,
        own_text: bool,
        reconnect: bool,
    ) -> Result<bool, Refusal> {
        let known = self.now.leg_to(&target.connection, &target.address);
        if let (true, Some(active)) = (reconnect, self.now.route.active)
            && !self.usable(active)
        {
            self.lost(active, Lost::Unusable);
        }
        if let (Phase::Greeting(greeting), true) = (self.phase(), own_text) {
            self.call_off(&greeting, by);
        }
        match self.phase() {
            Phase::Greeting(greeting) if known == Some(greeting.to) => return Ok(false),
            Phase::Greeting(_) => return Err(Refusal::SwitchPending),
            Phase::Settled | Phase::Reversible { .. }
                if known.is_some() && known == self.now.route.active =>
            {
                return Ok(false);
            }
            Phase::Settled => {}
            Phase::Reversible { .. } if known.is_some() && known == self.now.route.back => {
                self.put_back(by)?;
                return Ok(true);
            }
            Phase::Reversible { .. } if matches!(by, Actor::Operator(_)) => {
                return Err(Refusal::WindowOpen);
            }
            Phase::Reversible { .. } => {
                if self
                    .now
                    .active()
                    .is_some_and(|(_, leg)| leg.reach == Reach::Remote)
                {
                    self.put_back(by)?;
                    if known.is_some() && known == self.now.route.active {
                        return Ok(true);
                    }
                }
            }
        }
        self.ask(by, target, own_text, reconnect);
        Ok(true)
    }

    fn ask(&mut self, by: Actor, target: &Target, own_text: bool, reconnect: bool) {
        let known = self.now.leg_to(&target.connection, &target.address);
        let to = known.unwrap_or_else(|| self.add_leg(by, target));
        if self.needs_welcome(by, to, own_text) {
            self.greet(by, to, target, reconnect);
        } else {
            self.go(by, to, How::Asked);
        }
    }

    fn needs_welcome(&self, by: Actor, to: LegId, own_text: bool) -> bool {
        let Some(leg) = self.now.leg(to) else {
            return true;
        };
        let written_on = matches!(by, Actor::Operator(_)) && leg.wrote;
        leg.reach == Reach::Remote && !((own_text || written_on) && self.usable(to))
    }

    fn greet(&mut self, by: Actor, to: LegId, target: &Target, reconnect: bool) {
        let switch = self.next_switch();
        self.close_invitation(Closed::Used);
        self.emit(Kind::SwitchAsked {
            switch,
            by,
            reconnect,
            from: self.now.route.active,
            to,
            held: target.free,
            deadline: self.context.now.plus(self.context.rules.greeting_timeout),
        });
        self.emit(Kind::Message(Message {
            author: Actor::System,
            leg: to,
            text: target.welcome.clone(),
            attachments: Vec::new(),
            template: target.welcome_template.clone(),
            consent: None,
            client_id: None,
            outgoing: Some(Outgoing::Queued),
            welcome: Some(switch),
        }));
    }

    /// The active leg changes at once.
    fn go(&mut self, by: Actor, to: LegId, how: How) {
        let switch = self.next_switch();
        let until =
            (how != How::Adopted).then(|| self.context.now.plus(self.context.rules.revert_window));
        self.close_invitation(Closed::Left);
        self.emit(Kind::Switched {
            switch,
            by,
            // A window that has just joined may stand there already.
            from: self.now.route.active.filter(|from| *from != to),
            to,
            until,
            how,
        });
    }

    fn next_switch(&self) -> SwitchId {
        SwitchId(self.now.route.last.map_or(1, |last| last.switch.0 + 1))
    }

    fn add_leg(&mut self, by: Actor, target: &Target) -> LegId {
        let leg = LegId(u32::try_from(self.now.legs.len()).unwrap_or(u32::MAX - 1) + 1);
        self.emit(Kind::LegOpened {
            leg,
            reach: target.reach,
            connection: target.connection.clone(),
            address: target.address.clone(),
            held: target.free,
            proof: target.proof,
            by,
        });
        leg
    }

    fn accepted(&mut self, switch: SwitchId) {
        let Phase::Greeting(greeting) = self.phase() else {
            return;
        };
        if greeting.switch != switch {
            return;
        }
        let until = self.context.now.plus(self.context.rules.revert_window);
        self.emit(Kind::Switched {
            switch,
            by: greeting.by,
            from: self.now.route.active,
            to: greeting.to,
            until: Some(until),
            how: How::Welcome,
        });
        if let (Actor::Operator(operator), true) = (greeting.by, greeting.reconnect) {
            self.opened_by_reconnect(operator);
        }
    }

    /// A pair that was given back with its welcome is taken up again: the answer must find this conversation.
    fn reached(&mut self, leg: LegId) {
        if self.now.leg(leg).is_some_and(Leg::given_back) {
            let proof = Proof::Claimed;
            self.emit(Kind::Proven { leg, proof });
        }
    }

    /// What a reconnect opens or assigns, it does when it has succeeded, unless somebody else holds the conversation by then.
    fn opened_by_reconnect(&mut self, operator: OperatorId) {
        let by = Actor::Operator(operator);
        if self.now.status == Status::Resolved && self.context.other_open.is_none() {
            self.emit(Kind::Reopened { by });
        }
        if self.now.status == Status::Waiting {
            self.assign(operator, by, Assignment::Reconnect);
        }
    }

    fn refused(&mut self, switch: SwitchId, reason: Reason) {
        if let Phase::Greeting(greeting) = self.phase()
            && greeting.switch == switch
        {
            self.fail(&greeting, reason, true);
        }
    }

    /// A greeting that nobody confirmed in time, said aloud.
    fn lapse(&mut self) {
        if let Phase::Greeting(greeting) = &self.now.route.phase
            && self.context.now >= greeting.deadline
        {
            let greeting = greeting.clone();
            self.fail(&greeting, Reason::TimedOut, !self.context.handed_over);
        }
    }

    fn fail(&mut self, greeting: &Greeting, reason: Reason, unsent: bool) {
        let released = unsent && self.never_reached(greeting.to);
        self.emit(Kind::SwitchFailed {
            switch: greeting.switch,
            to: greeting.to,
            reason,
            released,
        });
    }

    fn cancel(&mut self, by: Actor) -> Decision {
        match self.phase() {
            Phase::Greeting(greeting) if by == Actor::Visitor || by == greeting.by => {
                self.call_off(&greeting, by);
                Ok(())
            }
            _ => Err(Refusal::NothingToCancel),
        }
    }

    fn call_off(&mut self, greeting: &Greeting, by: Actor) {
        let released = !self.context.handed_over && self.never_reached(greeting.to);
        self.emit(Kind::SwitchCancelled {
            switch: greeting.switch,
            to: greeting.to,
            by,
            released,
        });
    }

    /// Whether a pair is held for the pending welcome alone, so that it goes when that goes.
    fn never_reached(&self, leg: LegId) -> bool {
        self.now.leg(leg).is_some_and(|leg| !leg.reached)
    }

    fn revert(&mut self) -> Decision {
        match self.phase() {
            Phase::Greeting(_) => Err(Refusal::SwitchPending),
            Phase::Reversible { .. } => self.put_back(Actor::Visitor),
            Phase::Settled => match self.now.route.last {
                Some(last) if last.outcome == Outcome::Reverted => Ok(()),
                Some(_) => Err(Refusal::WindowClosed),
                None => Err(Refusal::NothingToRevert),
            },
        }
    }

    fn put_back(&mut self, by: Actor) -> Decision {
        let (Phase::Reversible { switch, .. }, Some(from)) = (self.phase(), self.now.route.active)
        else {
            return Err(Refusal::NothingToRevert);
        };
        let to = self
            .now
            .home(self.context)
            .ok_or(Refusal::NothingToRevert)?;
        self.close_invitation(Closed::Left);
        self.emit(Kind::Reverted {
            switch,
            from,
            to,
            by,
        });
        Ok(())
    }

    // What is lost.

    fn opt_out(&mut self, leg: LegId, by: Actor) {
        let word = ConsentWord::OptOut;
        self.emit(Kind::Consent { leg, word, by });
        self.lose(leg, Lost::OptOut, Some(by));
    }

    fn lost(&mut self, leg: LegId, why: Lost) {
        self.lose(leg, why, None);
    }

    fn lose(&mut self, leg: LegId, why: Lost, by: Option<Actor>) {
        if let Phase::Greeting(greeting) = self.phase()
            && greeting.to == leg
        {
            let reason = match why {
                Lost::OptOut => Reason::OptedOut,
                Lost::ConnectionOff => Reason::ConnectionOff,
                Lost::Moved => Reason::Held,
                Lost::Undeliverable | Lost::WrongPerson | Lost::Unusable => Reason::BadRecipient,
            };
            self.fail(&greeting, reason, true);
        }
        if self.now.route.active == Some(leg) {
            let to = self.now.home(self.context);
            self.emit(Kind::LegLost { leg, why, by, to });
        }
    }

    /// The welcome of a switch was reported undeliverable: that loses the leg it made active, unless somebody was heard or
    /// something delivered there since.
    fn undeliverable(&mut self, switch: SwitchId) {
        if let Phase::Greeting(greeting) = self.phase()
            && greeting.switch == switch
        {
            return self.fail(&greeting, Reason::UnreachableHandset, true);
        }
        if let Some((active, leg)) = self.now.active()
            && leg.arrived_by == Some(switch)
            && !leg.confirmed
        {
            self.lost(active, Lost::Undeliverable);
        }
    }

    // The invitation.

    fn invite(&mut self, operator: OperatorId, channel: Text) -> Decision {
        self.not_held_by_another(operator)?;
        if self.now.status == Status::Resolved {
            return Err(Refusal::Resolved);
        }
        if matches!(self.phase(), Phase::Greeting(_)) {
            return Err(Refusal::SwitchPending);
        }
        if self
            .now
            .active()
            .is_none_or(|(_, leg)| leg.reach == Reach::Remote)
        {
            return Err(Refusal::NotThere);
        }
        self.claim(operator)?;
        self.close_invitation(Closed::Replaced);
        self.emit(Kind::Invited {
            invitation: InvitationId(self.now.invitations + 1),
            channel,
            expires_at: self.context.now.plus(self.context.rules.invitation_expires),
            by: Actor::Operator(operator),
        });
        Ok(())
    }

    fn decline(&mut self) -> Decision {
        self.close_invitation(Closed::Declined);
        Ok(())
    }

    fn may_use(&self, invitation: Option<InvitationId>) -> Decision {
        let Some(wanted) = invitation else {
            return Ok(());
        };
        match &self.now.invitation {
            Some(open) if open.id == wanted && open.open(self.context.now) => Ok(()),
            _ => Err(Refusal::InvitationGone),
        }
    }

    fn close_invitation(&mut self, why: Closed) {
        if let Some(invitation) = &self.now.invitation {
            let invitation = invitation.id;
            self.emit(Kind::InvitationClosed { invitation, why });
        }
    }
}
