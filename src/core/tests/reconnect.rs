//! The row *reconnect*: an operator reaches the visitor of any conversation, or of a lead.

use super::world::*;
use crate::core::event::{Assignment, Reach};
use crate::core::*;

fn reconnect(target: Target) -> Command {
    Command::Reconnect {
        operator: ada(),
        target,
    }
}

#[test]
fn a_lead_is_born_resolved_and_unreachable() {
    let world = World::lead();
    assert_eq!(
        (world.chat.status, world.active()),
        (Status::Resolved, None)
    );
}

#[test]
fn a_lead_is_opened_and_assigned_when_its_welcome_is_taken_and_not_before() {
    let mut world = World::lead();
    world.does(reconnect(telephone()));
    assert_eq!(
        (world.chat.status, world.active()),
        (Status::Resolved, None)
    );
    let kinds = world.provider_takes_the_welcome();
    assert!(matches!(
        kinds[..],
        [
            Kind::Switched { from: None, .. },
            Kind::Reopened { .. },
            Kind::Assigned {
                why: Assignment::Reconnect,
                ..
            }
        ]
    ));
    assert_eq!(world.chat.status, Status::InProgress(ada()));
}

#[test]
fn a_reconnect_that_is_refused_leaves_status_and_route_as_they_were() {
    let mut world = World::lead();
    world.does(reconnect(telephone()));
    world.does(Command::Refused {
        switch: SwitchId(1),
        reason: Reason::OptedOut,
    });
    assert_eq!(
        (world.chat.status, world.active()),
        (Status::Resolved, None)
    );
}

#[test]
fn a_reconnect_does_not_take_what_somebody_else_holds_by_then() {
    let mut world = World::at_window();
    world.here = false;
    world.does(reconnect(telephone()));
    world.does(Command::Claim { operator: bob() });
    world.provider_takes_the_welcome();
    assert_eq!(
        (world.chat.status, world.active()),
        (Status::InProgress(bob()), Some(TELEPHONE))
    );
}

#[test]
fn a_visitor_at_the_window_needs_no_reconnect() {
    let mut world = World::at_window();
    assert_eq!(world.refuses(reconnect(telephone())), Refusal::Reachable);
    world.here = false;
    world.does(reconnect(telephone()));
    assert!(world.greets(TELEPHONE));
}

#[test]
fn a_reconnect_never_leads_to_a_window_that_nobody_is_at() {
    let mut world = World::on_telephone();
    world.here = false;
    assert_eq!(window().reach, Reach::View);
    assert_eq!(world.refuses(reconnect(window())), Refusal::NotThere);
}

#[test]
fn a_reconnect_obeys_the_rules_of_a_switch() {
    let mut world = World::greeting();
    world.here = false;
    assert_eq!(
        world.refuses(reconnect(messenger())),
        Refusal::SwitchPending
    );
    let mut world = World::reversible();
    assert_eq!(world.refuses(reconnect(messenger())), Refusal::WindowOpen);
    let mut world = World::on_telephone();
    world.does(Command::Claim { operator: bob() });
    assert_eq!(world.refuses(reconnect(messenger())), Refusal::Held(bob()));
}

#[test]
fn a_reconnect_is_refused_where_another_conversation_of_theirs_is_open() {
    let mut world = World::lead();
    world.other_open = Some(ConversationId(uuid::Uuid::from_u128(9)));
    assert!(matches!(
        world.refuses(reconnect(telephone())),
        Refusal::Superseded(_)
    ));
}

#[test]
fn a_reconnect_to_an_active_leg_whose_pair_was_given_away_asks_anew() {
    let mut world = World::from_phone();
    world.does(Command::Resolve {
        by: Actor::Operator(ada()),
    });
    world.facts.insert(
        LegId(1),
        Facts {
            held: false,
            ..Facts::FINE
        },
    );
    world.does(reconnect(telephone()));
    assert!(world.greets(LegId(1)));
    assert_eq!(world.active(), None);
}

fn joins(world: &mut World) {
    world.does(Command::Join { target: window() });
}

#[test]
fn a_window_that_joins_moves_nothing_and_is_what_a_revert_restores() {
    let mut world = World::lead();
    world.does(reconnect(telephone()));
    world.provider_takes_the_welcome();
    joins(&mut world);
    assert_eq!(world.active(), Some(LegId(1)), "they are on the phone");
    world.does(Command::Say {
        words: words("here too"),
    });
    world.does(Command::Revert);
    assert_eq!(world.active(), Some(LegId(2)), "a window is home");
}

#[test]
fn a_window_that_joins_who_is_reached_nowhere_is_where_they_are_reached() {
    let mut world = World::lead();
    world.does(reconnect(telephone()));
    joins(&mut world);
    assert_eq!(world.active(), Some(LegId(2)));
    assert!(world.greets(LegId(1)), "the welcome is still on its way");
    world.does(Command::Refused {
        switch: SwitchId(1),
        reason: Reason::OptedOut,
    });
    assert_eq!(world.active(), Some(LegId(2)));
}

#[test]
fn a_conversation_has_one_window_however_often_it_joins() {
    let mut world = World::lead();
    joins(&mut world);
    assert!(world.does(Command::Join { target: window() }).is_empty());
    let kinds = world.does(Command::Switch {
        by: Actor::Visitor,
        target: window(),
        own_text: false,
        invitation: None,
    });
    assert!(
        !kinds
            .iter()
            .any(|kind| matches!(kind, Kind::Switched { .. })),
        "they are there already: {kinds:?}"
    );
}

#[test]
fn a_reconnect_to_the_active_leg_only_opens_and_assigns() {
    let mut world = World::from_phone();
    world.does(Command::Resolve {
        by: Actor::Operator(bob()),
    });
    let kinds = world.does(reconnect(telephone()));
    assert!(matches!(
        kinds[..],
        [Kind::Reopened { .. }, Kind::Assigned { .. }]
    ));
}
