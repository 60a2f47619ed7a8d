//! The column *Settled*: nothing is on its way and nothing can be put back.

use super::world::*;
use crate::core::conversation::Outcome;
use crate::core::event::{How, Reach};
use crate::core::*;

#[test]
fn asking_for_the_active_leg_does_nothing() {
    let mut world = World::on_telephone();
    let command = world.visitor_asks(telephone());
    world.changes_nothing(command);
    let command = world.operator_asks(telephone());
    world.changes_nothing(command);
}

#[test]
fn a_phone_is_greeted_first_and_nothing_moves_until_its_welcome_is_taken() {
    let mut world = World::at_window();
    let kinds = world.visitor_switches(telephone());
    assert!(matches!(
        kinds[..],
        [
            Kind::LegOpened {
                leg: TELEPHONE,
                held: true,
                ..
            },
            Kind::SwitchAsked {
                from: Some(WINDOW),
                to: TELEPHONE,
                held: true,
                ..
            },
            Kind::Message(_)
        ]
    ));
    assert!(world.greets(TELEPHONE));
    assert_eq!(world.active(), Some(WINDOW));
}

#[test]
fn the_welcome_names_nothing_that_was_said() {
    let mut world = World::at_window();
    world.says("my secret");
    world.visitor_switches(telephone());
    let welcome = world
        .messages()
        .into_iter()
        .last()
        .expect("a welcome was queued")
        .clone();
    assert_eq!(&*welcome.text, &*telephone().welcome);
    assert_eq!((welcome.author, welcome.leg), (Actor::System, TELEPHONE));
}

#[test]
fn the_way_back_to_the_window_needs_no_welcome() {
    let mut world = World::on_telephone();
    let kinds = world.visitor_switches(window());
    assert!(matches!(
        kinds[..],
        [Kind::Switched {
            to: WINDOW,
            how: How::Asked,
            ..
        }]
    ));
    assert!(world.reversible_now());
    assert_eq!(world.chat.route.back, Some(TELEPHONE));
}

#[test]
fn the_visitors_own_text_needs_no_welcome() {
    let mut world = World::at_window();
    world.own_text_asks(telephone());
    assert_eq!(world.active(), Some(TELEPHONE));
    assert!(world.reversible_now());
    assert!(world.mail.is_empty());
}

#[test]
fn an_own_text_from_an_address_that_may_not_be_written_to_is_greeted_and_so_refused_in_words() {
    let mut world = World::on_telephone();
    world.stops(TELEPHONE, telephone());
    world.own_text_asks(telephone());
    assert!(world.greets(TELEPHONE));
    assert_eq!(world.active(), Some(WINDOW));
}

#[test]
fn an_operator_needs_no_welcome_to_a_leg_written_on_since_the_active_leg_last_changed() {
    let mut world = World::on_telephone();
    world.texts(telephone(), "I am here");
    world.visitor_switches(window());
    world.window_passes();
    world.texts(telephone(), "and here");
    world.operator_switches(telephone());
    assert_eq!(world.active(), Some(TELEPHONE));
}

#[test]
fn an_operator_needs_a_welcome_to_a_leg_written_on_only_before_the_active_leg_changed() {
    let mut world = World::on_telephone();
    world.texts(telephone(), "I am here");
    world.visitor_switches(window());
    world.window_passes();
    world.operator_switches(telephone());
    assert!(world.greets(TELEPHONE));
}

#[test]
fn losing_the_active_leg_is_a_change_of_it_so_that_an_operator_greets_again() {
    let mut world = World::from_phone();
    world.facts.insert(
        LegId(1),
        Facts {
            on: false,
            ..Facts::FINE
        },
    );
    world.lost(LegId(1), crate::core::event::Lost::ConnectionOff);
    assert_eq!(world.active(), None);
    world.facts.clear();
    world.operator_switches(telephone());
    assert!(world.greets(LegId(1)));
}

#[test]
fn a_visitor_needs_a_welcome_even_to_a_leg_they_wrote_on() {
    let mut world = World::on_telephone();
    world.visitor_switches(window());
    world.window_passes();
    world.texts(telephone(), "and here");
    world.visitor_switches(telephone());
    assert!(world.greets(TELEPHONE));
}

#[test]
fn an_operator_switches_to_the_window_only_while_somebody_is_there() {
    let mut world = World::on_telephone();
    world.here = false;
    let command = world.operator_asks(window());
    assert_eq!(world.refuses(command), Refusal::NotThere);
    world.here = true;
    world.operator_switches(window());
    assert_eq!(world.active(), Some(WINDOW));
}

#[test]
fn a_visitor_returns_to_the_window_whether_or_not_it_was_seen() {
    let mut world = World::on_telephone();
    world.here = false;
    world.visitor_switches(window());
    assert_eq!(world.active(), Some(WINDOW));
}

#[test]
fn asking_for_the_leg_to_go_back_to_forgets_it_as_that() {
    let mut world = World::on_telephone();
    world.visitor_switches(messenger());
    world.provider_takes_the_welcome();
    world.window_passes();
    assert_eq!(world.chat.route.back, Some(TELEPHONE));
    world.visitor_switches(telephone());
    assert_eq!(world.chat.route.back, None);
}

#[test]
fn a_welcome_that_is_taken_after_its_greeting_ended_moves_nothing() {
    let mut world = World::greeting();
    let (switch, _) = world.hand_over_the_welcome();
    world.does(Command::Cancel { by: Actor::Visitor });
    world.changes_nothing(Command::Accepted { switch });
    world.changes_nothing(Command::Refused {
        switch,
        reason: Reason::BadRecipient,
    });
    assert_eq!(world.active(), Some(WINDOW));
}

#[test]
fn nothing_to_cancel_and_nothing_to_revert_are_said() {
    let mut world = World::at_window();
    assert_eq!(
        world.refuses(Command::Cancel { by: Actor::Visitor }),
        Refusal::NothingToCancel
    );
    assert_eq!(world.refuses(Command::Revert), Refusal::NothingToRevert);
}

#[test]
fn a_revert_after_the_window_is_refused_and_changes_nothing() {
    let mut world = World::reversible();
    world.passes(world.rules.revert_window + world.rules.grace);
    assert_eq!(world.refuses(Command::Revert), Refusal::WindowClosed);
    assert_eq!(world.outcome(), Some(Outcome::Kept));
}

#[test]
fn a_second_revert_gets_the_same_answer() {
    let mut world = World::reversible();
    world.does(Command::Revert);
    world.changes_nothing(Command::Revert);
    world.window_passes();
    world.changes_nothing(Command::Revert);
}

#[test]
fn a_revert_after_a_failed_switch_is_refused() {
    let mut world = World::greeting();
    world.does(Command::Refused {
        switch: SwitchId(1),
        reason: Reason::BadRecipient,
    });
    assert_eq!(world.refuses(Command::Revert), Refusal::WindowClosed);
}

#[test]
fn there_is_at_most_one_web_leg() {
    let mut world = World::on_telephone();
    world.visitor_switches(window());
    world.window_passes();
    world.visitor_switches(telephone());
    let views = world
        .chat
        .legs
        .iter()
        .filter(|leg| leg.reach == Reach::View)
        .count();
    assert_eq!((views, world.chat.legs.len()), (1, 2));
}

#[test]
fn a_conversation_begins_once() {
    let mut world = World::at_window();
    let again = Command::Open {
        by: Actor::Visitor,
        target: window(),
    };
    assert_eq!(world.refuses(again), Refusal::Begun);
}
