//! The row *resolve*, and opening again.

use super::world::*;
use crate::core::*;

fn resolve() -> Command {
    Command::Resolve { by: Actor::Visitor }
}

fn another() -> ConversationId {
    ConversationId(uuid::Uuid::from_u128(9))
}

#[test]
fn resolving_closes_it_once() {
    let mut world = World::at_window();
    world.does(resolve());
    assert_eq!(world.chat.status, Status::Resolved);
    world.changes_nothing(resolve());
}

#[test]
fn resolving_while_greeting_cancels_first() {
    let mut world = World::greeting();
    let kinds = world.does(resolve());
    assert!(matches!(
        kinds[..],
        [Kind::SwitchCancelled { .. }, Kind::Resolved { .. }]
    ));
    assert_eq!(world.active(), Some(WINDOW));
}

#[test]
fn resolving_while_a_reconnect_is_greeting_calls_that_off_too() {
    let mut world = World::lead();
    world.does(Command::Reconnect {
        operator: ada(),
        target: telephone(),
    });
    let kinds = world.does(Command::Resolve {
        by: Actor::Operator(ada()),
    });
    assert!(matches!(kinds[..], [Kind::SwitchCancelled { .. }]));
}

#[test]
fn resolving_leaves_the_window_open() {
    let mut world = World::reversible();
    world.does(resolve());
    assert!(world.reversible_now());
    world.does(Command::Revert);
    assert_eq!(
        (world.active(), world.chat.status),
        (Some(WINDOW), Status::Resolved)
    );
}

#[test]
fn an_operator_may_not_resolve_what_another_holds() {
    let mut world = World::at_window();
    world.does(Command::Claim { operator: ada() });
    assert_eq!(
        world.refuses(Command::Resolve {
            by: Actor::Operator(bob())
        }),
        Refusal::Held(ada())
    );
}

#[test]
fn the_visitors_words_and_switch_open_it_again() {
    for target in [None, Some(telephone())] {
        let mut world = World::at_window();
        world.does(resolve());
        world.passes(5);
        match target {
            None => world.says("again"),
            Some(target) => world.visitor_switches(target),
        };
        assert_eq!(
            (world.chat.status, world.chat.queued_at),
            (Status::Waiting, world.now)
        );
    }
}

#[test]
fn it_stays_closed_where_another_of_theirs_is_open() {
    let mut world = World::at_window();
    world.does(resolve());
    world.other_open = Some(another());
    assert_eq!(
        world.refuses(Command::Say {
            words: words("again")
        }),
        Refusal::Superseded(another())
    );
    let command = world.visitor_asks(telephone());
    assert_eq!(world.refuses(command), Refusal::Superseded(another()));
    assert_eq!(
        world.refuses(Command::Reopen { operator: ada() }),
        Refusal::Superseded(another())
    );
}

#[test]
fn opened_again_on_a_leg_that_cannot_be_written_to_it_stands_on_home() {
    let mut world = World::on_telephone();
    world.does(resolve());
    world.facts.insert(
        TELEPHONE,
        Facts {
            held: false,
            ..Facts::FINE
        },
    );
    world.says("again");
    assert_eq!(world.active(), Some(WINDOW));
}

#[test]
fn an_operators_words_and_switch_are_refused() {
    let mut world = World::at_window();
    world.does(resolve());
    let command = world.tell("one more thing");
    assert_eq!(world.refuses(command), Refusal::Resolved);
    let command = world.operator_asks(telephone());
    assert_eq!(world.refuses(command), Refusal::Resolved);
    assert_eq!(
        world.refuses(Command::Claim { operator: ada() }),
        Refusal::Resolved
    );
    assert_eq!(
        world.refuses(Command::Transfer {
            by: ada(),
            to: bob()
        }),
        Refusal::Resolved
    );
    assert_eq!(
        world.refuses(Command::Invite {
            operator: ada(),
            channel: "telephone".into()
        }),
        Refusal::Resolved
    );
}

#[test]
fn an_operator_who_opens_it_again_holds_it() {
    let mut world = World::at_window();
    world.does(resolve());
    world.does(Command::Reopen { operator: ada() });
    assert_eq!(world.chat.status, Status::InProgress(ada()));
    world.changes_nothing(Command::Reopen { operator: ada() });
    assert_eq!(
        world.refuses(Command::Reopen { operator: bob() }),
        Refusal::Held(ada())
    );
}
