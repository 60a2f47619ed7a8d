//! The row *lost*: a leg cannot be written to any more.

use super::world::*;
use crate::core::conversation::Outcome;
use crate::core::delivery::State;
use crate::core::event::Lost;
use crate::core::*;

#[test]
fn losing_the_active_leg_stands_on_home_and_tells_why() {
    for why in [
        Lost::OptOut,
        Lost::ConnectionOff,
        Lost::WrongPerson,
        Lost::Moved,
    ] {
        let mut world = World::on_telephone();
        let kinds = world.lost(TELEPHONE, why);
        assert_eq!(
            kinds,
            [Kind::LegLost {
                leg: TELEPHONE,
                why,
                by: None,
                to: Some(WINDOW)
            }]
        );
        assert_eq!(world.active(), Some(WINDOW));
        assert_eq!(world.outcome(), Some(Outcome::Lost(why)));
    }
}

#[test]
fn losing_the_only_leg_leaves_the_conversation_unreachable() {
    let mut world = World::from_phone();
    world.stops(LegId(1), telephone());
    assert_eq!(world.active(), None);
    let command = world.tell("anybody?");
    assert_eq!(world.refuses(command), Refusal::Unreachable);
}

#[test]
fn losing_another_leg_moves_nothing() {
    let mut world = World::on_telephone();
    world.visitor_switches(window());
    world.changes_nothing(Command::Lost {
        leg: TELEPHONE,
        why: Lost::OptOut,
    });
    assert!(world.reversible_now());
}

#[test]
fn losing_the_leg_being_greeted_is_a_refusal() {
    let mut world = World::greeting();
    let kinds = world.lost(TELEPHONE, Lost::ConnectionOff);
    assert!(matches!(
        kinds[..],
        [Kind::SwitchFailed {
            reason: Reason::ConnectionOff,
            ..
        }]
    ));
    assert_eq!(world.active(), Some(WINDOW));
}

#[test]
fn a_greeting_goes_on_when_the_active_leg_is_lost() {
    let mut world = World::on_telephone();
    world.visitor_switches(messenger());
    world.lost(TELEPHONE, Lost::ConnectionOff);
    assert!(world.greets(CHAT));
    assert_eq!(world.active(), Some(WINDOW));
    world.provider_takes_the_welcome();
    assert_eq!(
        (world.active(), world.chat.route.back),
        (Some(CHAT), Some(WINDOW))
    );
}

#[test]
fn losing_the_active_leg_inside_its_window_settles() {
    let mut world = World::reversible();
    world.lost(TELEPHONE, Lost::WrongPerson);
    assert!(world.settled());
    assert_eq!(world.refuses(Command::Revert), Refusal::WindowClosed);
}

#[test]
fn losing_a_phone_goes_back_to_the_phone_before_it() {
    let mut world = World::on_telephone();
    world.visitor_switches(messenger());
    world.provider_takes_the_welcome();
    world.lost(CHAT, Lost::OptOut);
    assert_eq!(world.active(), Some(TELEPHONE));
}

#[test]
fn what_was_not_handed_over_when_a_leg_is_lost_is_withdrawn() {
    let mut world = World::on_telephone();
    let seq = world.tells("for the phone");
    world.lost(TELEPHONE, Lost::ConnectionOff);
    assert_eq!(world.state(seq), State::Withdrawn);
}

#[test]
fn an_opt_out_is_logged_and_loses_the_leg() {
    let mut world = World::on_telephone();
    let kinds = world.stops(TELEPHONE, telephone());
    assert!(matches!(
        kinds[..],
        [
            Kind::Message(_),
            Kind::Consent { .. },
            Kind::LegLost {
                why: Lost::OptOut,
                ..
            }
        ]
    ));
    assert!(
        !world.leg(TELEPHONE).heard,
        "these words prove no readiness to be written to"
    );
}

#[test]
fn an_opt_out_is_in_the_log_with_who_said_it_wherever_the_conversation_stands() {
    for by in [Actor::Operator(ada()), Actor::System] {
        let mut world = World::on_telephone();
        let word = ConsentWord::OptOut;
        let leg = TELEPHONE;
        let said = Kind::Consent { leg, word, by };
        let kinds = world.does(Command::OptOut { leg, by });
        let lost = Kind::LegLost {
            leg,
            why: Lost::OptOut,
            by: Some(by),
            to: Some(WINDOW),
        };
        assert_eq!(kinds, [said.clone(), lost]);
        assert_eq!(world.does(Command::OptOut { leg, by }), [said]);
    }
}

#[test]
fn a_log_from_before_reads_as_it_was_meant() {
    let read = |text| serde_json::from_str::<Kind>(text).expect("an entry");
    let consent = read(r#"{"kind":"consent","leg":2,"word":"opt_in"}"#);
    assert!(matches!(
        consent,
        Kind::Consent {
            by: Actor::Visitor,
            ..
        }
    ));
    let lost = read(r#"{"kind":"leg_lost","leg":2,"why":"opt_out","to":1}"#);
    assert!(matches!(lost, Kind::LegLost { by: None, .. }));
}

#[test]
fn an_opt_out_from_the_leg_being_greeted_fails_the_switch() {
    let mut world = World::greeting();
    world.hand_over_the_welcome();
    let kinds = world.stops(TELEPHONE, telephone());
    assert!(matches!(
        kinds.last(),
        Some(Kind::SwitchFailed {
            reason: Reason::OptedOut,
            ..
        })
    ));
    assert_eq!(world.active(), Some(WINDOW));
}

#[test]
fn an_opt_in_makes_the_leg_usable_again() {
    let mut world = World::from_phone();
    world.stops(LegId(1), telephone());
    world.facts.clear();
    world.does(Command::Text {
        target: telephone(),
        words: start(),
    });
    assert_eq!(world.active(), Some(LegId(1)));
    assert_eq!(world.leg(LegId(1)).lost, None);
}

#[test]
fn a_text_that_opens_a_conversation_from_an_opted_out_address_leaves_it_unreachable() {
    let mut world = World::empty();
    world.does(Command::Open {
        by: Actor::Visitor,
        target: telephone(),
    });
    world.facts.insert(
        LegId(1),
        Facts {
            opted_out: true,
            ..Facts::FINE
        },
    );
    world.texts(telephone(), "I forgot that I left");
    assert_eq!(world.active(), None);
    assert_eq!(world.messages().len(), 1);
}

#[test]
fn an_undeliverable_welcome_loses_the_leg_that_it_made_active() {
    let mut world = World::on_telephone();
    let kinds = world.does(Command::Undeliverable {
        switch: SwitchId(1),
    });
    assert!(matches!(
        kinds[..],
        [Kind::LegLost {
            leg: TELEPHONE,
            why: Lost::Undeliverable,
            by: None,
            to: Some(WINDOW)
        }]
    ));
}

#[test]
fn an_undeliverable_welcome_changes_nothing_once_somebody_was_heard_there() {
    let mut world = World::on_telephone();
    world.texts(telephone(), "I am here");
    world.changes_nothing(Command::Undeliverable {
        switch: SwitchId(1),
    });
}

#[test]
fn an_undeliverable_welcome_changes_nothing_once_something_was_delivered_there() {
    let mut world = World::on_telephone();
    world.does(Command::Delivered { leg: TELEPHONE });
    world.changes_nothing(Command::Undeliverable {
        switch: SwitchId(1),
    });
}

#[test]
fn an_opt_out_is_not_being_heard() {
    let mut world = World::on_telephone();
    world.does(Command::Text {
        target: telephone(),
        words: stop(),
    });
    assert_eq!(world.active(), Some(WINDOW));
    world.changes_nothing(Command::Undeliverable {
        switch: SwitchId(1),
    });
}

#[test]
fn an_undeliverable_welcome_of_an_earlier_switch_changes_nothing() {
    let mut world = World::on_telephone();
    world.visitor_switches(window());
    world.window_passes();
    world.visitor_switches(telephone());
    world.provider_takes_the_welcome();
    world.changes_nothing(Command::Undeliverable {
        switch: SwitchId(1),
    });
    world.does(Command::Undeliverable {
        switch: SwitchId(3),
    });
    assert_eq!(world.active(), Some(WINDOW));
}

#[test]
fn an_undeliverable_welcome_on_its_way_is_a_refusal() {
    let mut world = World::greeting();
    let kinds = world.does(Command::Undeliverable {
        switch: SwitchId(1),
    });
    assert!(matches!(
        kinds[..],
        [Kind::SwitchFailed {
            reason: Reason::UnreachableHandset,
            ..
        }]
    ));
}

#[test]
fn the_window_is_never_lost_to_an_opt_out() {
    let mut world = World::at_window();
    world.facts.insert(
        WINDOW,
        Facts {
            opted_out: true,
            ..Facts::GONE
        },
    );
    world.does(Command::Resolve { by: Actor::Visitor });
    world.says("again");
    assert_eq!(world.active(), Some(WINDOW));
}

#[test]
fn losing_one_phone_after_the_other_ends_at_the_window() {
    let mut world = World::on_telephone();
    world.visitor_switches(messenger());
    world.provider_takes_the_welcome();
    world.lost(CHAT, Lost::ConnectionOff);
    world.lost(TELEPHONE, Lost::ConnectionOff);
    assert_eq!(world.active(), Some(WINDOW));
}

#[test]
fn an_undeliverable_welcome_counts_again_where_an_earlier_stay_was_confirmed() {
    let mut world = World::on_telephone();
    world.does(Command::Delivered { leg: TELEPHONE });
    world.visitor_switches(window());
    world.window_passes();
    world.visitor_switches(telephone());
    world.provider_takes_the_welcome();
    world.does(Command::Undeliverable {
        switch: SwitchId(3),
    });
    assert_eq!(world.active(), Some(WINDOW));
}

#[test]
fn a_lost_leg_says_why_until_it_opts_in_or_is_asked_for_again() {
    let mut world = World::on_telephone();
    world.stops(TELEPHONE, telephone());
    assert_eq!(world.leg(TELEPHONE).lost, Some(Lost::OptOut));
    world.does(Command::Text {
        target: telephone(),
        words: stop(),
    });
    assert_eq!(world.leg(TELEPHONE).lost, Some(Lost::OptOut));
    world.does(Command::Text {
        target: telephone(),
        words: start(),
    });
    assert_eq!(world.leg(TELEPHONE).lost, None);

    let mut world = World::on_telephone();
    world.lost(TELEPHONE, Lost::WrongPerson);
    world.does(Command::Text {
        target: telephone(),
        words: start(),
    });
    assert_eq!(
        world.leg(TELEPHONE).lost,
        Some(Lost::WrongPerson),
        "consent does not make it the right person"
    );
    world.visitor_switches(telephone());
    assert_eq!(world.leg(TELEPHONE).lost, None);
}
