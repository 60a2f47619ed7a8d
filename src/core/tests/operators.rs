//! Who holds a conversation.

use super::world::*;
use crate::core::event::Assignment;
use crate::core::*;

#[test]
fn whoever_claims_first_holds_it() {
    let mut world = World::at_window();
    world.does(Command::Claim { operator: ada() });
    world.changes_nothing(Command::Claim { operator: ada() });
    assert_eq!(
        world.refuses(Command::Claim { operator: bob() }),
        Refusal::Held(ada())
    );
}

#[test]
fn an_operators_commands_that_reach_the_visitor_claim_a_waiting_conversation() {
    let invite = Command::Invite {
        operator: ada(),
        channel: "telephone".into(),
    };
    let tell = Command::Tell {
        operator: ada(),
        leg: None,
        words: words("hello"),
    };
    let switch = Command::Switch {
        by: Actor::Operator(ada()),
        target: telephone(),
        own_text: false,
        invitation: None,
    };
    for command in [invite, tell, switch] {
        let mut world = World::at_window();
        world.does(command);
        assert_eq!(world.chat.status, Status::InProgress(ada()));
    }
}

#[test]
fn they_are_refused_in_anothers() {
    let invite = Command::Invite {
        operator: bob(),
        channel: "telephone".into(),
    };
    let tell = Command::Tell {
        operator: bob(),
        leg: None,
        words: words("hello"),
    };
    let switch = Command::Switch {
        by: Actor::Operator(bob()),
        target: telephone(),
        own_text: false,
        invitation: None,
    };
    let transfer = Command::Transfer {
        by: bob(),
        to: bob(),
    };
    for command in [invite, tell, switch, transfer] {
        let mut world = World::at_window();
        world.does(Command::Claim { operator: ada() });
        assert_eq!(world.refuses(command), Refusal::Held(ada()));
    }
}

#[test]
fn a_visitor_needs_no_operator_to_switch() {
    let world = World::reversible();
    assert_eq!(world.chat.status, Status::Waiting);
}

#[test]
fn a_switch_leaves_status_holder_queue_and_unread_as_they_are() {
    let mut world = World::at_window();
    world.says("hello");
    let desk = world.desk();
    world.visitor_switches(telephone());
    world.provider_takes_the_welcome();
    assert_eq!(world.desk(), desk);
}

#[test]
fn a_transfer_hands_it_on() {
    let mut world = World::at_window();
    world.does(Command::Claim { operator: ada() });
    world.does(Command::Transfer {
        by: ada(),
        to: bob(),
    });
    assert_eq!(world.chat.holder(), Some(bob()));
    world.changes_nothing(Command::Transfer {
        by: bob(),
        to: bob(),
    });
}

#[test]
fn a_transfer_inside_the_window_leaves_it_open() {
    let mut world = World::reversible();
    let route = world.chat.route.clone();
    world.does(Command::Transfer {
        by: ada(),
        to: bob(),
    });
    assert_eq!(world.chat.route, route);
}

#[test]
fn words_to_an_absent_holder_put_it_back_in_the_queue_at_its_place() {
    let mut world = World::on_telephone();
    let queued_at = world.chat.queued_at;
    for from_phone in [false, true] {
        world.holder_present = true;
        world.does(Command::Claim { operator: ada() });
        world.holder_present = false;
        world.passes(1_000);
        let kinds = if from_phone {
            world.texts(telephone(), "hello?")
        } else {
            world.says("hello?")
        };
        assert!(matches!(
            kinds.last(),
            Some(Kind::Assigned {
                operator: None,
                why: Assignment::Requeued,
                ..
            })
        ));
        assert_eq!(
            (world.chat.status, world.chat.queued_at),
            (Status::Waiting, queued_at)
        );
    }
}

#[test]
fn an_operators_words_read_what_the_visitor_wrote() {
    let mut world = World::at_window();
    world.says("one");
    world.says("two");
    assert_eq!(world.chat.unread, 2);
    world.tells("hello");
    assert_eq!(world.chat.unread, 0);
}
