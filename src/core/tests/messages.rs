//! What happens to each message.

use super::world::*;
use crate::core::delivery::{Gate, State};
use crate::core::event::Outgoing;
use crate::core::*;

/// On the telephone, where words wait until it has answered.
fn holding() -> World {
    let mut world = World::on_telephone();
    world.rules.hold_before_reply = true;
    world
}

#[test]
fn an_operators_words_go_to_the_leg_active_when_they_commit() {
    let mut world = World::on_telephone();
    let seq = world.tells("hello");
    assert_eq!(
        (world.delivery(seq).leg, world.state(seq)),
        (TELEPHONE, State::Queued)
    );
}

#[test]
fn words_in_the_window_need_no_delivery() {
    let mut world = World::at_window();
    world.tells("hello");
    assert!(world.mail.is_empty());
    assert_eq!(world.messages()[0].outgoing, None);
}

#[test]
fn words_for_a_stale_leg_are_refused_while_the_new_one_is_not_heard() {
    let mut world = World::on_telephone();
    let stale = Command::Tell {
        operator: ada(),
        leg: Some(WINDOW),
        words: words("hello"),
    };
    assert_eq!(world.refuses(stale.clone()), Refusal::LegChanged(TELEPHONE));
    world.texts(telephone(), "I am here");
    world.does(stale);
    assert_eq!(
        world.mail.last().map(|delivery| delivery.leg),
        Some(TELEPHONE)
    );
}

#[test]
fn words_that_name_no_leg_go_to_the_active_one() {
    let mut world = World::on_telephone();
    world.does(Command::Tell {
        operator: ada(),
        leg: None,
        words: words("hello"),
    });
    assert_eq!(
        world.mail.last().map(|delivery| delivery.leg),
        Some(TELEPHONE)
    );
}

#[test]
fn a_stale_leg_is_no_matter_where_the_window_is_active() {
    let mut world = World::reversible();
    world.does(Command::Revert);
    world.does(Command::Tell {
        operator: ada(),
        leg: Some(TELEPHONE),
        words: words("hello"),
    });
    assert_eq!(
        world.messages().last().map(|message| message.leg),
        Some(WINDOW)
    );
}

#[test]
fn words_to_a_phone_not_heard_yet_are_held_until_it_is() {
    let mut world = holding();
    let seq = world.tells("hello");
    assert_eq!(world.state(seq), State::Held);
    assert_eq!(world.hand_over(TELEPHONE), None);
    world.texts(telephone(), "I am here");
    assert_eq!(world.state(seq), State::Queued);
    let next = world.tells("good");
    assert_eq!(
        world.messages().last().and_then(|message| message.outgoing),
        Some(Outgoing::Queued)
    );
    assert_eq!(world.hand_over(TELEPHONE), Some((seq, Gate::Go)));
    assert_eq!(world.state(next), State::Queued);
}

#[test]
fn an_opt_out_is_no_answer_to_what_is_held() {
    let mut world = holding();
    let seq = world.tells("hello");
    world.stops(TELEPHONE, telephone());
    assert_eq!(world.state(seq), State::Withdrawn);
}

#[test]
fn going_on_withdraws_what_was_held_and_sends_what_was_queued() {
    let mut world = World::on_telephone();
    let queued = world.tells("before");
    world.rules.hold_before_reply = true;
    let held = world.tells("hello");
    world.visitor_switches(window());
    assert_eq!(
        (world.state(queued), world.state(held)),
        (State::Queued, State::Withdrawn)
    );
    assert_eq!(world.gate(queued), Gate::Go);
}

#[test]
fn nothing_is_moved_to_another_leg() {
    let mut world = World::on_telephone();
    let seq = world.tells("hello");
    world.visitor_switches(window());
    world.does(Command::Revert);
    assert_eq!(world.delivery(seq).leg, TELEPHONE);
    assert_eq!(
        world
            .mail
            .iter()
            .filter(|delivery| delivery.seq == seq)
            .count(),
        1
    );
}

#[test]
fn the_visitors_words_in_the_window_are_logged_whichever_leg_is_active() {
    for mut world in [
        World::at_window(),
        World::greeting(),
        World::reversible(),
        World::on_telephone(),
    ] {
        let route = world.chat.route.clone();
        let kinds = world.says("hello");
        assert!(
            matches!(&kinds[..], [Kind::Message(message)] if message.leg == WINDOW && message.outgoing.is_none())
        );
        assert_eq!(world.chat.route, route);
    }
}

#[test]
fn a_visitor_with_no_window_cannot_speak_in_one() {
    let mut world = World::from_phone();
    assert_eq!(
        world.refuses(Command::Say {
            words: words("hello")
        }),
        Refusal::Unreachable
    );
}
