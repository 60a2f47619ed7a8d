//! The column *Reversible, in time*: the active leg has changed and the visitor can put it back.

use super::world::*;
use crate::core::conversation::Outcome;
use crate::core::delivery::State;
use crate::core::event::{How, Lost};
use crate::core::*;

#[test]
fn a_revert_in_time_restores_the_leg_the_switch_was_asked_on() {
    let mut world = World::reversible();
    let kinds = world.does(Command::Revert);
    assert!(matches!(
        kinds[..],
        [Kind::Reverted {
            from: TELEPHONE,
            to: WINDOW,
            by: Actor::Visitor,
            ..
        }]
    ));
    assert!(world.settled());
    assert_eq!(
        (world.active(), world.chat.route.back),
        (Some(WINDOW), None)
    );
    assert_eq!(world.outcome(), Some(Outcome::Reverted));
}

#[test]
fn the_window_ends_with_the_grace_and_not_before() {
    let mut world = World::reversible();
    world.passes(world.rules.revert_window + world.rules.grace - 1);
    world.does(Command::Revert);
    assert_eq!(world.active(), Some(WINDOW));

    let mut world = World::reversible();
    world.passes(world.rules.revert_window + world.rules.grace);
    assert!(world.settled());
}

#[test]
fn a_revert_touches_neither_status_nor_holder_nor_queue_nor_unread() {
    let mut world = World::at_window();
    world.says("one");
    world.does(Command::Claim { operator: ada() });
    world.visitor_switches(telephone());
    world.provider_takes_the_welcome();
    world.texts(telephone(), "two");
    let desk = world.desk();
    world.does(Command::Revert);
    assert_eq!(world.desk(), desk);
    assert_eq!(desk.0, Status::InProgress(ada()));
    assert_eq!(desk.2, 2);
}

#[test]
fn a_revert_loses_nothing_said_on_either_leg() {
    let mut world = World::reversible();
    world.texts(telephone(), "from the phone");
    world.says("from the window");
    world.does(Command::Revert);
    let said: Vec<_> = world
        .messages()
        .iter()
        .filter(|m| m.author == Actor::Visitor)
        .map(|m| m.leg)
        .collect();
    assert_eq!(said, [TELEPHONE, WINDOW]);
}

#[test]
fn what_was_not_handed_over_when_a_leg_is_reverted_is_withdrawn() {
    let mut world = World::reversible();
    let seq = world.tells("for the phone");
    world.does(Command::Revert);
    assert_eq!(world.state(seq), State::Withdrawn);
}

#[test]
fn asking_for_the_active_leg_does_nothing() {
    let mut world = World::reversible();
    for command in [
        world.visitor_asks(telephone()),
        world.operator_asks(telephone()),
    ] {
        world.changes_nothing(command);
    }
}

#[test]
fn asking_for_the_leg_to_go_back_to_is_the_revert() {
    let mut world = World::reversible();
    let kinds = world.visitor_switches(window());
    assert!(matches!(kinds[..], [Kind::Reverted { .. }]));

    let mut world = World::reversible();
    let kinds = world.operator_switches(window());
    assert!(matches!(
        kinds[0],
        Kind::Reverted {
            by: Actor::Operator(_),
            ..
        }
    ));
}

#[test]
fn a_visitor_who_corrects_the_number_leaves_the_wrong_phone_at_once() {
    let mut world = World::reversible();
    let kinds = world.visitor_switches(phone("telephone", "+15005550002"));
    assert!(matches!(
        kinds[..],
        [
            Kind::Reverted {
                from: TELEPHONE,
                to: WINDOW,
                ..
            },
            Kind::LegOpened { .. },
            Kind::SwitchAsked {
                from: Some(WINDOW),
                ..
            },
            Kind::Message(_)
        ]
    ));
    assert_eq!(world.active(), Some(WINDOW));
    assert!(world.leg(TELEPHONE).taken_back);
}

#[test]
fn from_web_over_two_phones_within_the_window_reverts_to_web() {
    let mut world = World::reversible();
    world.visitor_switches(messenger());
    world.provider_takes_the_welcome();
    assert_eq!(world.active(), Some(CHAT));
    world.does(Command::Revert);
    assert_eq!(world.active(), Some(WINDOW));
}

#[test]
fn a_switch_asked_inside_a_phones_window_that_fails_stands_on_the_window() {
    let mut world = World::reversible();
    world.visitor_switches(messenger());
    world.does(Command::Refused {
        switch: SwitchId(2),
        reason: Reason::BadRecipient,
    });
    assert_eq!(world.active(), Some(WINDOW));
}

#[test]
fn a_visitor_inside_the_windows_own_window_goes_on_without_reverting() {
    let mut world = World::on_telephone();
    world.visitor_switches(window());
    assert!(world.reversible_now());
    let kinds = world.visitor_switches(messenger());
    assert!(
        !kinds
            .iter()
            .any(|kind| matches!(kind, Kind::Reverted { .. }))
    );
    assert!(world.greets(CHAT));
    assert_eq!(world.active(), Some(WINDOW));
}

#[test]
fn an_operator_is_refused_inside_the_visitors_window() {
    let mut world = World::reversible();
    let command = world.operator_asks(messenger());
    assert_eq!(world.refuses(command), Refusal::WindowOpen);
}

#[test]
fn cancel_is_refused_so_that_the_widget_reverts() {
    let mut world = World::reversible();
    assert_eq!(
        world.refuses(Command::Cancel { by: Actor::Visitor }),
        Refusal::NothingToCancel
    );
}

#[test]
fn a_late_word_about_the_welcome_changes_nothing_of_the_route() {
    let mut world = World::reversible();
    let route = world.chat.route.clone();
    world.changes_nothing(Command::Accepted {
        switch: SwitchId(1),
    });
    world.changes_nothing(Command::Refused {
        switch: SwitchId(1),
        reason: Reason::Unavailable,
    });
    world.does(Command::Delivered { leg: TELEPHONE });
    assert_eq!(world.chat.route, route);
}

#[test]
fn a_return_to_the_window_can_be_put_back_to_the_phone() {
    let mut world = World::on_telephone();
    world.visitor_switches(window());
    world.does(Command::Revert);
    assert_eq!(world.active(), Some(TELEPHONE));
}

#[test]
fn a_revert_to_a_phone_that_opted_out_has_nowhere_to_go() {
    let mut world = World::on_telephone();
    world.visitor_switches(window());
    world.stops(TELEPHONE, telephone());
    assert_eq!(world.refuses(Command::Revert), Refusal::NothingToRevert);
    assert_eq!(world.active(), Some(WINDOW));
}

#[test]
fn a_revert_whose_old_phone_was_lost_meanwhile_stands_on_the_window() {
    let mut world = World::on_telephone();
    world.visitor_switches(messenger());
    world.provider_takes_the_welcome();
    world.facts.insert(
        TELEPHONE,
        Facts {
            opted_out: true,
            ..Facts::FINE
        },
    );
    world.changes_nothing(Command::Lost {
        leg: TELEPHONE,
        why: Lost::OptOut,
    });
    world.does(Command::Revert);
    assert_eq!(world.active(), Some(WINDOW));
}

#[test]
fn a_phone_that_followed_its_visitor_can_be_put_back_too() {
    let mut world = World::on_telephone();
    world.texts(telephone(), "hello");
    world.visitor_switches(window());
    world.window_passes();
    world.here = false;
    let kinds = world.texts(telephone(), "I left");
    assert!(matches!(
        kinds[0],
        Kind::Switched {
            how: How::Follow,
            until: Some(_),
            ..
        }
    ));
    world.does(Command::Revert);
    assert_eq!(world.active(), Some(WINDOW));
}

#[test]
fn asking_for_a_leg_that_is_known_but_not_the_one_to_go_back_to_is_no_revert() {
    let mut world = World::on_telephone();
    world.visitor_switches(messenger());
    world.provider_takes_the_welcome();
    world.window_passes();
    world.visitor_switches(window());
    let command = world.operator_asks(telephone());
    assert_eq!(world.refuses(command), Refusal::WindowOpen);
    world.visitor_switches(telephone());
    assert!(world.greets(TELEPHONE));
}

#[test]
fn asking_for_the_window_inside_a_phones_window_whose_old_phone_is_gone_only_reverts() {
    let mut world = World::on_telephone();
    world.visitor_switches(messenger());
    world.provider_takes_the_welcome();
    world.facts.insert(
        TELEPHONE,
        Facts {
            opted_out: true,
            ..Facts::FINE
        },
    );
    let kinds = world.visitor_switches(window());
    assert!(matches!(kinds[..], [Kind::Reverted { to: WINDOW, .. }]));
    assert!(world.settled());
}
