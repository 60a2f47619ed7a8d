//! How firmly a pair leads to its conversation.

use super::world::*;
use crate::core::conversation::Hold;
use crate::core::*;

fn hold(world: &World, leg: LegId) -> Hold {
    world.chat.hold(world.leg(leg), &world.rules)
}

#[test]
fn a_pair_is_held_from_the_ask_on() {
    assert_eq!(hold(&World::greeting(), TELEPHONE), Hold::Firm);
    assert_eq!(hold(&World::on_telephone(), TELEPHONE), Hold::Firm);
}

#[test]
fn a_window_is_no_pair() {
    assert_eq!(hold(&World::at_window(), WINDOW), Hold::Not);
}

#[test]
fn a_refused_welcome_gives_the_pair_back() {
    let mut world = World::greeting();
    world.does(Command::Refused {
        switch: SwitchId(1),
        reason: Reason::BadRecipient,
    });
    assert_eq!(hold(&world, TELEPHONE), Hold::Not);
}

#[test]
fn a_pair_that_was_given_back_is_taken_up_again_when_its_welcome_turns_out_to_be_taken() {
    for report in [
        Command::Reached { leg: TELEPHONE },
        Command::Delivered { leg: TELEPHONE },
    ] {
        let mut world = World::greeting();
        world.does(Command::Refused {
            switch: SwitchId(1),
            reason: Reason::Unavailable,
        });
        world.passes(2 * world.rules.pair_kept_unheard);
        assert_eq!(world.does(report).len(), 1);
        let kept = Hold::Until(world.now.plus(world.rules.pair_kept_unheard));
        assert_eq!(hold(&world, TELEPHONE), kept);
        assert_eq!(world.active(), Some(WINDOW));
        world.changes_nothing(Command::Reached { leg: TELEPHONE });
    }
}

#[test]
fn that_a_welcome_was_taken_says_nothing_new_of_a_pair_that_is_held() {
    let mut world = World::greeting();
    world.changes_nothing(Command::Reached { leg: TELEPHONE });
    let mut world = World::on_telephone();
    world.changes_nothing(Command::Reached { leg: TELEPHONE });
}

#[test]
fn a_refused_welcome_does_not_give_back_a_pair_that_was_reached_before() {
    let mut world = World::on_telephone();
    world.visitor_switches(window());
    world.window_passes();
    world.visitor_switches(telephone());
    world.does(Command::Refused {
        switch: SwitchId(3),
        reason: Reason::Unavailable,
    });
    assert_eq!(
        hold(&world, TELEPHONE),
        Hold::Until(world.now.plus(world.rules.pair_kept_unheard))
    );
}

#[test]
fn left_unheard_it_is_kept_for_an_hour_and_yields() {
    let mut world = World::reversible();
    world.does(Command::Revert);
    assert_eq!(
        hold(&world, TELEPHONE),
        Hold::Until(world.now.plus(3_600_000))
    );
}

#[test]
fn a_welcome_that_nobody_confirmed_in_time_still_leads_its_answer_here() {
    let mut world = World::greeting();
    world.hand_over_the_welcome();
    world.passes(world.rules.greeting_timeout);
    world.does(Command::Lapse);
    assert_eq!(
        hold(&world, TELEPHONE),
        Hold::Until(world.now.plus(3_600_000))
    );
}

#[test]
fn heard_it_is_held_firmly_wherever_the_conversation_stands() {
    let mut world = World::reversible();
    world.does(Command::Revert);
    world.texts(telephone(), "hello");
    assert_eq!(hold(&world, TELEPHONE), Hold::Firm);
    world.visitor_switches(messenger());
    assert_eq!(hold(&world, TELEPHONE), Hold::Firm);
}

#[test]
fn in_a_resolved_conversation_it_is_kept_for_three_days_and_yields() {
    let mut world = World::on_telephone();
    world.texts(telephone(), "hello");
    world.does(Command::Resolve { by: Actor::Visitor });
    assert_eq!(
        hold(&world, TELEPHONE),
        Hold::Until(world.now.plus(72 * 3_600_000))
    );
}

#[test]
fn a_reconnect_of_a_conversation_resolved_long_ago_holds_the_pair_it_asks_for() {
    let mut world = World::lead();
    world.passes(1_000 * 3_600_000);
    world.does(Command::Reconnect {
        operator: ada(),
        target: telephone(),
    });
    assert_eq!(hold(&world, LegId(1)), Hold::Firm);
    world.hand_over_the_welcome();
    world.passes(world.rules.greeting_timeout);
    world.does(Command::Lapse);
    assert_eq!(
        hold(&world, LegId(1)),
        Hold::Until(world.now.plus(3_600_000))
    );
}

#[test]
fn a_pair_that_its_person_moved_is_not_held_any_more() {
    let mut world = World::on_telephone();
    world.lost(TELEPHONE, crate::core::event::Lost::Moved);
    assert_eq!(hold(&world, TELEPHONE), Hold::Not);
    world.changes_nothing(Command::Reached { leg: TELEPHONE });
    world.does(Command::Delivered { leg: TELEPHONE });
    assert_eq!(hold(&world, TELEPHONE), Hold::Not);
}

#[test]
fn asking_again_holds_it_again() {
    let mut world = World::reversible();
    world.does(Command::Revert);
    world.visitor_switches(telephone());
    assert_eq!(hold(&world, TELEPHONE), Hold::Firm);
    assert!(!world.leg(TELEPHONE).taken_back);
}

#[test]
fn left_unheard_by_going_on_or_by_loss_it_yields_as_well() {
    let mut world = World::on_telephone();
    world.visitor_switches(window());
    let kept = Hold::Until(world.now.plus(world.rules.pair_kept_unheard));
    assert_eq!(hold(&world, TELEPHONE), kept);

    let mut world = World::on_telephone();
    world.lost(TELEPHONE, crate::core::event::Lost::ConnectionOff);
    let kept = Hold::Until(world.now.plus(world.rules.pair_kept_unheard));
    assert_eq!(hold(&world, TELEPHONE), kept);
}

#[test]
fn a_refused_welcome_leaves_a_pair_that_was_heard_firmly_held() {
    let mut world = World::on_telephone();
    world.texts(telephone(), "hello");
    world.visitor_switches(window());
    world.window_passes();
    world.visitor_switches(telephone());
    world.does(Command::Refused {
        switch: SwitchId(3),
        reason: Reason::Unavailable,
    });
    assert_eq!(hold(&world, TELEPHONE), Hold::Firm);
}

#[test]
fn a_refused_welcome_does_not_give_back_a_pair_that_wrote_first() {
    let mut world = World::from_phone();
    world.lost(LegId(1), crate::core::event::Lost::ConnectionOff);
    world.does(Command::Reconnect {
        operator: ada(),
        target: telephone(),
    });
    world.does(Command::Refused {
        switch: SwitchId(1),
        reason: Reason::Unavailable,
    });
    assert_eq!(hold(&world, LegId(1)), Hold::Firm);
}

#[test]
fn a_leg_reached_once_stays_reached_however_it_is_entered_later() {
    let mut world = World::on_telephone();
    world.visitor_switches(window());
    world.window_passes();
    world.own_text_asks(telephone());
    world.visitor_switches(window());
    world.window_passes();
    world.visitor_switches(telephone());
    let last = world.chat.route.last.map(|last| last.switch);
    world.does(Command::Refused {
        switch: last.expect("it was asked"),
        reason: Reason::Unavailable,
    });
    assert!(world.leg(TELEPHONE).holds);
}

#[test]
fn asking_for_a_pair_that_another_has_taken_meanwhile_is_not_holding_it() {
    let mut world = World::reversible();
    world.does(Command::Revert);
    world.visitor_switches(Target {
        free: false,
        ..telephone()
    });
    assert_eq!(hold(&world, TELEPHONE), Hold::Not);
}
