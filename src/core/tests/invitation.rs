//! The visitor action command.

use super::world::*;
use crate::core::event::Closed;
use crate::core::*;

fn invite() -> Command {
    Command::Invite {
        operator: ada(),
        channel: "telephone".into(),
    }
}

fn invited() -> World {
    let mut world = World::at_window();
    world.does(invite());
    world
}

fn answer(invitation: u32) -> Command {
    Command::Switch {
        by: Actor::Visitor,
        target: telephone(),
        own_text: false,
        invitation: Some(InvitationId(invitation)),
    }
}

fn closing(kinds: &[Kind]) -> Option<Closed> {
    kinds.iter().find_map(|kind| match kind {
        Kind::InvitationClosed { why, .. } => Some(*why),
        _ => None,
    })
}

#[test]
fn submitting_it_is_the_visitors_switch_and_uses_it_up() {
    let mut world = invited();
    let kinds = world.does(answer(1));
    assert_eq!(closing(&kinds), Some(Closed::Used));
    assert!(world.greets(TELEPHONE));
    world.does(Command::Cancel { by: Actor::Visitor });
    assert_eq!(world.refuses(answer(1)), Refusal::InvitationGone);
}

#[test]
fn it_expires() {
    let mut world = invited();
    world.passes(world.rules.invitation_expires - 1);
    assert!(
        world
            .chat
            .invitation
            .as_ref()
            .is_some_and(|invitation| invitation.open(world.now))
    );
    world.passes(1);
    assert_eq!(world.refuses(answer(1)), Refusal::InvitationGone);
    world.visitor_switches(telephone());
    assert!(
        world.greets(TELEPHONE),
        "late, it is the same without the id"
    );
}

#[test]
fn a_newer_one_takes_its_place() {
    let mut world = invited();
    let kinds = world.does(invite());
    assert_eq!(closing(&kinds), Some(Closed::Replaced));
    assert_eq!(world.refuses(answer(1)), Refusal::InvitationGone);
    world.does(answer(2));
}

#[test]
fn declining_closes_it_and_declining_nothing_changes_nothing() {
    let mut world = invited();
    assert_eq!(
        closing(&world.does(Command::Decline)),
        Some(Closed::Declined)
    );
    world.changes_nothing(Command::Decline);
}

#[test]
fn resolving_and_changing_the_leg_close_it() {
    let mut world = invited();
    assert_eq!(
        closing(&world.does(Command::Resolve { by: Actor::Visitor })),
        Some(Closed::Resolved)
    );
    let mut world = invited();
    assert_eq!(
        closing(&world.own_text_asks(telephone())),
        Some(Closed::Left)
    );
}

#[test]
fn a_greeting_that_was_not_its_answer_closes_it_as_well() {
    let mut world = invited();
    world.visitor_switches(telephone());
    assert_eq!(world.chat.invitation, None);
}

#[test]
fn a_revert_closes_it() {
    let mut world = World::on_telephone();
    world.visitor_switches(window());
    world.does(invite());
    assert_eq!(closing(&world.does(Command::Revert)), Some(Closed::Left));
}

#[test]
fn it_stands_only_while_the_window_is_active() {
    let mut world = World::on_telephone();
    assert_eq!(world.refuses(invite()), Refusal::NotThere);
    let mut world = World::greeting();
    assert_eq!(world.refuses(invite()), Refusal::SwitchPending);
}

#[test]
fn it_blocks_nothing_on_the_server() {
    let mut world = invited();
    world.says("I would rather not");
    assert!(world.chat.invitation.is_some());
}
