//! What each reader sees, and what a visitor must not be able to infer.

use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;

use super::conversation::Moment;
use super::{Reader, Scene};
use crate::core::conversation::{LastSwitch, Outcome};
use crate::core::delivery::State;
use crate::core::event::{How, Message, Outgoing, Reach};
use crate::core::{
    Actor, Conversation, ConversationId, Event, Facts, Kind, LegId, OperatorId, Proof, Reason,
    Rules, Status, SwitchId, Text, Timestamp, VisitorId,
};
use crate::gateway::connections::{Connection, Organization, WEB};
use crate::store::conversations::{Cursors, Stored};

const ADA: OperatorId = OperatorId(Uuid::from_u128(1));
const PHONE: &str = "+12025550147";
const NOW: Timestamp = Timestamp(1_700_000_000_000);

fn connection(id: &str, channel: Arc<dyn contract::Channel>) -> Arc<Connection> {
    Arc::new(Connection {
        own_origin: None,
        id: Arc::from(id),
        organization: Arc::from("acme"),
        own: None,
        number: None,
        capabilities: channel.capabilities().clone(),
        channel,
        enabled: true,
        welcome: Arc::from(""),
        welcome_template: None,
        price: 0.0,
    })
}

fn acme() -> Organization {
    let web: Arc<dyn contract::Channel> = Arc::new(adapter_web::Web);
    Organization {
        id: Arc::from("acme"),
        name: "Acme".to_owned(),
        widget_key: "wk_acme".to_owned(),
        allowed_origins: Vec::new(),
        countries: Vec::new(),
        way_back: crate::gateway::tickets::WayBack::default(),
        lead: crate::config::LeadForm::default(),
        connections: vec![connection(WEB, web)],
    }
}

/// A conversation that began on the web and has a second leg to a phone.
fn chat() -> Stored {
    let mut state = Conversation::default();
    let open = |leg, reach, connection: &str, address: &str| Kind::LegOpened {
        leg: LegId(leg),
        reach,
        connection: Text::from(connection),
        address: Text::from(address),
        held: true,
        proof: Proof::Claimed,
        by: Actor::Visitor,
    };
    for kind in [
        open(1, Reach::View, WEB, "v"),
        open(2, Reach::Remote, "acme-sms", PHONE),
    ] {
        state.apply(&Event { at: NOW, kind });
    }
    Stored {
        organization: "acme".to_owned(),
        id: ConversationId(Uuid::from_u128(7)),
        visitor: VisitorId(Uuid::from_u128(8)),
        widget: WEB.to_owned(),
        version: 1,
        state,
        created_at: NOW,
        updated_at: NOW,
        last_message: None,
        cursors: Cursors::default(),
        seen_at: Timestamp(0),
        visitor_name: Some("the one with the pump".to_owned()),
    }
}

fn look<T>(stored: &Stored, reader: Reader, see: impl FnOnce(&Scene<'_>) -> T) -> T {
    let names = |id| (id == ADA).then(|| "Ada".to_owned());
    see(&Scene {
        organization: &acme(),
        stored,
        reader,
        pass: None,
        names: &names,
    })
}

fn conversation(stored: &Stored, reader: Reader, facts: &[Facts]) -> Value {
    let moment = Moment {
        now: NOW,
        rules: &Rules::default(),
        facts,
        here: true,
    };
    look(stored, reader, |scene| {
        serde_json::to_value(scene.conversation(&moment, None)).unwrap()
    })
}

fn event(stored: &Stored, reader: Reader, kind: Kind, way: Option<State>) -> Option<Value> {
    let event = Event { at: NOW, kind };
    look(stored, reader, |scene| {
        scene
            .event(5, &event, way)
            .map(|event| serde_json::to_value(event).unwrap())
    })
}

fn message(author: Actor, leg: u32, outgoing: Option<Outgoing>) -> Message {
    Message {
        author,
        leg: LegId(leg),
        text: Text::from("hello"),
        attachments: Vec::new(),
        template: None,
        consent: None,
        client_id: None,
        outgoing,
        welcome: None,
    }
}

const FINE: [Facts; 2] = [Facts::FINE, Facts::FINE];

#[test]
fn a_failure_that_tells_of_a_number_reads_alike_to_a_visitor_and_true_to_an_operator() {
    let mut stored = chat();
    for (reason, word, visitors) in [
        (Reason::OptedOut, "opted_out", "not_possible"),
        (Reason::Held, "held", "not_possible"),
        (Reason::NumberLimit, "number_limit", "not_possible"),
        (Reason::AreaLimit, "area_limit", "not_possible"),
        (Reason::BadRecipient, "bad_recipient", "not_possible"),
        (Reason::ProviderRefused, "provider_refused", "not_possible"),
        (Reason::TimedOut, "timed_out", "timed_out"),
        (Reason::Unavailable, "unavailable", "unavailable"),
        (Reason::RateLimit, "rate_limit", "unavailable"),
        (Reason::SpendLimit, "spend_limit", "unavailable"),
        (Reason::MessagingOff, "messaging_off", "unavailable"),
    ] {
        let outcome = Outcome::Failed(reason);
        stored.state.route.last = Some(LastSwitch {
            switch: SwitchId(1),
            to: LegId(2),
            by: Actor::Visitor,
            outcome,
        });
        let failed = Kind::SwitchFailed {
            switch: SwitchId(1),
            to: LegId(2),
            reason,
            released: true,
        };
        let welcome = Kind::Message(message(Actor::System, 2, Some(Outgoing::Queued)));
        for (reader, told) in [(Reader::Visitor, visitors), (Reader::Operator, word)] {
            let switch = &conversation(&stored, reader, &FINE)["switch"];
            assert_eq!(
                (&switch["phase"], &switch["reason"]),
                (&"settled".into(), &told.into()),
                "{reader:?}"
            );
            assert_eq!(
                event(&stored, reader, failed.clone(), None).unwrap()["reason"],
                told
            );
            let delivery = &event(
                &stored,
                reader,
                welcome.clone(),
                Some(State::Failed(reason)),
            )
            .unwrap()["delivery"];
            assert_eq!(delivery, &json!({"state": "failed", "reason": told}));
        }
    }
}

#[test]
fn what_a_visitor_sees_of_a_refused_number_does_not_depend_on_its_history() {
    let mut stored = chat();
    let outcome = Outcome::Failed(Reason::Held);
    stored.state.route.last = Some(LastSwitch {
        switch: SwitchId(1),
        to: LegId(2),
        by: Actor::Visitor,
        outcome,
    });
    let histories = [
        Facts::FINE,
        Facts {
            held: false,
            ..Facts::FINE
        },
        Facts {
            opted_out: true,
            ..Facts::FINE
        },
        Facts::GONE,
    ];
    let seen = histories.map(|facts| conversation(&stored, Reader::Visitor, &[Facts::FINE, facts]));
    assert!(seen.iter().all(|one| *one == seen[0]));
    let truth = conversation(&stored, Reader::Operator, &[Facts::FINE, Facts::FINE]);
    assert_eq!(truth["legs"][1]["usable"], true);
}

#[test]
fn a_visitor_is_sent_nothing_that_is_the_operators() {
    let mut stored = chat();
    stored.state.status = Status::InProgress(ADA);
    let seen = conversation(&stored, Reader::Visitor, &FINE);
    for key in [
        "visitor",
        "unread",
        "queued_at",
        "last_message",
        "visitor_here",
    ] {
        assert!(seen.get(key).is_none(), "{key}");
        assert!(
            conversation(&stored, Reader::Operator, &FINE)
                .get(key)
                .is_some(),
            "{key}"
        );
    }
    assert!(
        !seen.to_string().contains("the one with the pump"),
        "{seen}"
    );
    assert_eq!(
        seen["assignee"],
        json!({"id": ADA.to_string(), "name": "Ada"})
    );
    let hidden = [
        Kind::Assigned {
            operator: Some(ADA),
            by: Actor::Operator(ADA),
            why: crate::core::event::Assignment::Claim,
        },
        Kind::Proven {
            leg: LegId(2),
            proof: Proof::Delivered,
        },
        Kind::Consent {
            leg: LegId(2),
            word: crate::core::ConsentWord::OptOut,
            by: Actor::Visitor,
        },
    ];
    for kind in hidden {
        assert!(
            event(&stored, Reader::Visitor, kind.clone(), None).is_none(),
            "{kind:?}"
        );
        assert!(event(&stored, Reader::Operator, kind, None).is_some());
    }
}

#[test]
fn a_window_has_no_address_and_a_phone_has_its_whole_one() {
    let seen = conversation(&chat(), Reader::Visitor, &FINE);
    assert_eq!(seen["active_leg"]["channel"], "web");
    assert_eq!(seen["active_leg"]["address"], Value::Null);
    assert_eq!(seen["active_leg"]["live"], true);
    assert_eq!(seen["legs"][1]["address"], PHONE);
    assert_eq!(seen["now"], "2023-11-14T22:13:20.000Z");
}

#[test]
fn a_switch_reads_as_its_phase_and_counts_down_to_until() {
    let mut stored = chat();
    let switched = Kind::Switched {
        switch: SwitchId(1),
        by: Actor::Visitor,
        from: Some(LegId(1)),
        to: LegId(2),
        until: Some(NOW.plus(10_000)),
        how: How::Welcome,
    };
    stored.state.apply(&Event {
        at: NOW,
        kind: switched.clone(),
    });
    let switch = &conversation(&stored, Reader::Visitor, &FINE)["switch"];
    assert_eq!(switch["phase"], "reversible");
    assert_eq!(switch["until"], "2023-11-14T22:13:30.000Z");
    assert_eq!(switch["from_channel"], "web");
    let seen = event(&stored, Reader::Visitor, switched, None).unwrap();
    assert_eq!(
        (&seen["kind"], &seen["seq"], &seen["how"], &seen["leg"]),
        (
            &"switched".into(),
            &5.into(),
            &"welcome".into(),
            &"2".into()
        )
    );
    let theirs = conversation(&stored, Reader::Operator, &FINE);
    assert_eq!(
        theirs["visitor"]["addresses"],
        json!([]),
        "its window is not over"
    );
}

#[test]
fn words_in_the_window_are_delivered_when_seen_and_read_when_read() {
    let mut stored = chat();
    stored.cursors = Cursors {
        visitor_seen: 5,
        visitor_read: 4,
        operator_seen: 9,
        operator_read: 5,
    };
    let theirs = Kind::Message(message(Actor::Operator(ADA), 1, None));
    assert_eq!(
        event(&stored, Reader::Visitor, theirs.clone(), None).unwrap()["delivery"]["state"],
        "delivered"
    );
    let own = Kind::Message(message(Actor::Visitor, 1, None));
    assert_eq!(
        event(&stored, Reader::Visitor, own, None).unwrap()["delivery"]["state"],
        "read"
    );
    stored.cursors.visitor_seen = 4;
    assert_eq!(
        event(&stored, Reader::Visitor, theirs, None).unwrap()["delivery"]["state"],
        "sent"
    );
}

#[test]
fn words_that_no_view_showed_before_the_chat_moved_are_marked_for_operators() {
    let mut stored = chat();
    stored.cursors.visitor_seen = 4;
    let words = Kind::Message(message(Actor::Operator(ADA), 1, None));
    assert!(
        event(&stored, Reader::Operator, words.clone(), None)
            .unwrap()
            .get("not_seen")
            .is_none()
    );
    stored.state.route.active = Some(LegId(2));
    assert_eq!(
        event(&stored, Reader::Operator, words.clone(), None).unwrap()["not_seen"],
        true
    );
    assert!(
        event(&stored, Reader::Visitor, words, None)
            .unwrap()
            .get("not_seen")
            .is_none()
    );
}
