//! The row *text*: the visitor wrote from a phone.

use super::world::*;
use crate::core::event::How;
use crate::core::*;

/// Back at the window, with a phone that has answered before.
fn back_at_the_window() -> World {
    let mut world = World::on_telephone();
    world.texts(telephone(), "hello");
    world.visitor_switches(window());
    world.window_passes();
    world
}

#[test]
fn a_text_on_the_active_leg_is_logged_and_moves_nothing() {
    let mut world = World::on_telephone();
    let route = world.chat.route.clone();
    let kinds = world.texts(telephone(), "hello");
    assert!(matches!(
        kinds[..],
        [
            Kind::Message(_),
            Kind::Proven {
                proof: Proof::Replied,
                ..
            }
        ]
    ));
    assert_eq!(world.chat.route, route);
    assert!(world.leg(TELEPHONE).heard);
}

#[test]
fn a_text_on_another_leg_is_logged_there_and_moves_nothing_while_the_window_is_seen() {
    let mut world = back_at_the_window();
    let kinds = world.texts(telephone(), "and from here");
    assert!(matches!(&kinds[..], [Kind::Message(message)] if message.leg == TELEPHONE));
    assert_eq!(world.active(), Some(WINDOW));
}

#[test]
fn a_text_is_followed_to_a_heard_leg_while_nobody_is_at_the_window() {
    let mut world = back_at_the_window();
    world.here = false;
    let kinds = world.texts(telephone(), "I left");
    assert!(matches!(
        kinds[..],
        [
            Kind::Switched {
                to: TELEPHONE,
                how: How::Follow,
                ..
            },
            Kind::Message(_)
        ]
    ));
    assert!(world.reversible_now());
}

#[test]
fn a_text_is_not_followed_to_a_leg_that_was_never_heard_before() {
    let mut world = World::on_telephone();
    world.visitor_switches(window());
    world.window_passes();
    world.here = false;
    world.texts(telephone(), "first words");
    assert_eq!(world.active(), Some(WINDOW));
    world.texts(telephone(), "second words");
    assert_eq!(world.active(), Some(TELEPHONE), "by now it has been heard");
}

#[test]
fn a_text_is_not_followed_to_a_leg_that_was_taken_back() {
    let mut world = World::reversible();
    world.texts(telephone(), "hello");
    world.does(Command::Revert);
    world.here = false;
    world.texts(telephone(), "hello again");
    assert_eq!(world.active(), Some(WINDOW));
}

#[test]
fn a_text_is_not_followed_away_from_a_phone() {
    let mut world = back_at_the_window();
    world.visitor_switches(messenger());
    world.provider_takes_the_welcome();
    world.window_passes();
    world.here = false;
    world.texts(telephone(), "the old phone");
    assert_eq!(world.active(), Some(CHAT));
}

#[test]
fn an_opt_out_is_not_followed() {
    let mut world = back_at_the_window();
    world.here = false;
    world.stops(TELEPHONE, telephone());
    assert_eq!(world.active(), Some(WINDOW));
}

#[test]
fn a_text_from_an_opted_out_address_is_not_followed() {
    let mut world = back_at_the_window();
    world.stops(TELEPHONE, telephone());
    world.here = false;
    world.texts(telephone(), "but still");
    assert_eq!(world.active(), Some(WINDOW));
}

#[test]
fn where_no_leg_is_active_the_leg_written_on_becomes_it() {
    let mut world = World::lead();
    let kinds = world.texts(telephone(), "you called?");
    assert!(kinds.iter().any(|kind| matches!(
        kind,
        Kind::Switched {
            how: How::Adopted,
            until: None,
            ..
        }
    )));
    assert_eq!(
        (world.active(), world.chat.status),
        (Some(LegId(1)), Status::Waiting)
    );
    assert_eq!(world.refuses(Command::Revert), Refusal::WindowClosed);
}

#[test]
fn a_text_from_the_leg_being_greeted_is_its_acceptance_once_the_welcome_was_handed_over() {
    let mut world = World::greeting();
    world.hand_over_the_welcome();
    let kinds = world.texts(telephone(), "yes");
    assert!(matches!(
        kinds[..2],
        [
            Kind::Switched {
                how: How::Welcome,
                ..
            },
            Kind::Message(_)
        ]
    ));
    assert!(world.reversible_now());
    world.changes_nothing(Command::Accepted {
        switch: SwitchId(1),
    });
}

#[test]
fn a_text_from_the_leg_being_greeted_is_only_logged_before_the_welcome_was_handed_over() {
    let mut world = World::greeting();
    world.texts(telephone(), "by the way");
    assert!(world.greets(TELEPHONE));
    assert_eq!(world.active(), Some(WINDOW));
}

#[test]
fn a_text_from_a_third_leg_while_greeting_is_only_logged() {
    let mut world = World::on_telephone();
    world.texts(telephone(), "hello");
    world.visitor_switches(window());
    world.window_passes();
    world.visitor_switches(messenger());
    world.here = false;
    world.texts(telephone(), "from the old phone");
    assert!(world.greets(CHAT));
    assert_eq!(world.active(), Some(WINDOW));
}

#[test]
fn a_text_after_cancel_reaches_the_log_and_moves_nothing() {
    let mut world = World::greeting();
    world.hand_over_the_welcome();
    world.does(Command::Cancel { by: Actor::Visitor });
    world.here = false;
    world.texts(telephone(), "who is this?");
    assert_eq!((world.active(), world.messages().len()), (Some(WINDOW), 2));
}

#[test]
fn a_text_opens_a_resolved_conversation_again() {
    let mut world = World::on_telephone();
    world.does(Command::Resolve { by: Actor::Visitor });
    world.passes(5);
    world.texts(telephone(), "one more thing");
    assert_eq!(
        (world.chat.status, world.chat.queued_at),
        (Status::Waiting, world.now)
    );
}

#[test]
fn a_text_is_logged_even_where_another_conversation_keeps_this_one_closed() {
    let mut world = World::on_telephone();
    world.does(Command::Resolve { by: Actor::Visitor });
    world.other_open = Some(ConversationId(uuid::Uuid::from_u128(9)));
    world.texts(telephone(), "one more thing");
    assert_eq!(world.chat.status, Status::Resolved);
    assert_eq!(world.messages().len(), 2);
}
