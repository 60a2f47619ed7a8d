//! The column *Greeting*: a welcome is on its way and the old leg is still active.

use super::world::*;
use crate::core::conversation::Outcome;
use crate::core::delivery::{Gate, Happened, State};
use crate::core::event::How;
use crate::core::*;

const FIRST: SwitchId = SwitchId(1);
/// The place of its welcome in the log.
const WELCOME: Seq = 5;

#[test]
fn asking_for_the_same_leg_is_the_same_switch() {
    let mut world = World::greeting();
    let command = world.visitor_asks(telephone());
    world.changes_nothing(command);
    let command = world.operator_asks(telephone());
    world.changes_nothing(command);
    assert_eq!(world.mail.len(), 1);
}

#[test]
fn asking_for_another_leg_is_refused() {
    let mut world = World::greeting();
    for command in [
        world.visitor_asks(messenger()),
        world.operator_asks(messenger()),
        world.visitor_asks(window()),
    ] {
        assert_eq!(world.refuses(command), Refusal::SwitchPending);
    }
}

#[test]
fn the_visitors_own_text_on_another_leg_cancels_and_goes_there() {
    let mut world = World::greeting();
    let kinds = world.own_text_asks(messenger());
    assert!(matches!(
        kinds[..],
        [
            Kind::SwitchCancelled { to: TELEPHONE, .. },
            Kind::LegOpened { .. },
            Kind::Switched {
                to: CHAT,
                how: How::Asked,
                ..
            }
        ]
    ));
    assert!(world.leg(TELEPHONE).taken_back);
    assert_eq!(world.state(WELCOME), State::Withdrawn);
}

#[test]
fn the_visitors_own_text_on_the_leg_being_greeted_goes_there_at_once() {
    let mut world = World::greeting();
    world.own_text_asks(telephone());
    assert_eq!(world.active(), Some(TELEPHONE));
    assert!(!world.leg(TELEPHONE).taken_back);
    assert!(world.leg(TELEPHONE).holds);
    assert_eq!(
        world.state(WELCOME),
        State::Withdrawn,
        "its welcome is not needed any more"
    );
}

#[test]
fn the_visitors_own_text_on_the_active_leg_only_cancels() {
    let mut world = World::on_telephone();
    world.visitor_switches(messenger());
    let kinds = world.own_text_asks(telephone());
    assert!(matches!(
        kinds[..],
        [Kind::SwitchCancelled { to: CHAT, .. }]
    ));
    assert_eq!(world.active(), Some(TELEPHONE));
}

#[test]
fn a_taken_welcome_moves_the_active_leg_and_opens_the_window() {
    let mut world = World::greeting();
    let asked_at = world.now;
    world.passes(5_000);
    let kinds = world.provider_takes_the_welcome();
    let until = asked_at.plus(5_000 + world.rules.revert_window);
    assert_eq!(
        kinds,
        [Kind::Switched {
            switch: FIRST,
            by: Actor::Visitor,
            from: Some(WINDOW),
            to: TELEPHONE,
            until: Some(until),
            how: How::Welcome,
        }]
    );
    assert_eq!(world.chat.route.back, Some(WINDOW));
}

#[test]
fn a_welcome_of_another_switch_moves_nothing() {
    let mut world = World::greeting();
    world.changes_nothing(Command::Accepted {
        switch: SwitchId(7),
    });
    world.changes_nothing(Command::Refused {
        switch: SwitchId(7),
        reason: Reason::Unavailable,
    });
    assert!(world.greets(TELEPHONE));
}

#[test]
fn a_refusal_moves_nothing_and_tells_why() {
    let mut world = World::greeting();
    let desk = world.desk();
    let kinds = world.does(Command::Refused {
        switch: FIRST,
        reason: Reason::OptedOut,
    });
    assert_eq!(
        kinds,
        [Kind::SwitchFailed {
            switch: FIRST,
            to: TELEPHONE,
            reason: Reason::OptedOut,
            released: true
        }]
    );
    assert!(world.settled());
    assert_eq!((world.active(), world.desk()), (Some(WINDOW), desk));
    assert_eq!(world.outcome(), Some(Outcome::Failed(Reason::OptedOut)));
}

#[test]
fn a_greeting_reads_settled_from_its_deadline_on_with_no_grace() {
    let mut world = World::greeting();
    world.passes(world.rules.greeting_timeout - 1);
    assert!(world.greets(TELEPHONE));
    world.passes(1);
    assert!(world.settled());
}

#[test]
fn past_the_deadline_the_next_command_says_that_it_failed() {
    let mut world = World::greeting();
    world.passes(world.rules.greeting_timeout);
    let kinds = world.says("still here");
    assert!(matches!(
        kinds[0],
        Kind::SwitchFailed {
            reason: Reason::TimedOut,
            ..
        }
    ));
    world.changes_nothing(Command::Lapse);
}

#[test]
fn a_welcome_taken_after_the_deadline_moves_nothing() {
    let mut world = World::greeting();
    let (switch, seq) = world.hand_over_the_welcome();
    world.passes(world.rules.greeting_timeout);
    world.learn(seq, Happened::Accepted);
    world.does(Command::Accepted { switch });
    assert_eq!(world.active(), Some(WINDOW));
    assert!(world.settled());
}

#[test]
fn a_welcome_that_was_not_handed_over_by_the_deadline_never_is() {
    let mut world = World::greeting();
    world.passes(world.rules.greeting_timeout);
    assert_eq!(world.gate(WELCOME), Gate::Withdraw);
    let kinds = world.does(Command::Lapse);
    assert!(matches!(
        kinds[..],
        [Kind::SwitchFailed { released: true, .. }]
    ));
    assert_eq!(world.state(WELCOME), State::Withdrawn);
}

#[test]
fn the_visitor_and_the_operator_who_asked_may_cancel_and_nobody_else() {
    let mut world = World::at_window();
    world.operator_switches(telephone());
    assert_eq!(
        world.refuses(Command::Cancel {
            by: Actor::Operator(bob())
        }),
        Refusal::NothingToCancel
    );
    world.does(Command::Cancel {
        by: Actor::Operator(ada()),
    });
    assert!(world.settled());

    let mut world = World::greeting();
    assert_eq!(
        world.refuses(Command::Cancel {
            by: Actor::Operator(ada())
        }),
        Refusal::NothingToCancel
    );
    world.does(Command::Cancel { by: Actor::Visitor });
    assert_eq!(world.outcome(), Some(Outcome::Cancelled));
}

#[test]
fn a_cancelled_welcome_that_was_not_handed_over_is_withdrawn_and_its_pair_given_back() {
    let mut world = World::greeting();
    world.does(Command::Cancel { by: Actor::Visitor });
    assert_eq!(world.state(WELCOME), State::Withdrawn);
    assert!(!world.leg(TELEPHONE).holds);
    assert!(world.leg(TELEPHONE).taken_back);
}

#[test]
fn a_cancelled_welcome_that_was_handed_over_keeps_its_pair_for_the_answer() {
    let mut world = World::greeting();
    world.hand_over_the_welcome();
    world.does(Command::Cancel { by: Actor::Visitor });
    assert_eq!(world.state(WELCOME), State::Sending);
    assert!(world.leg(TELEPHONE).holds);
}

#[test]
fn revert_is_refused_while_a_welcome_is_on_its_way() {
    let mut world = World::greeting();
    assert_eq!(world.refuses(Command::Revert), Refusal::SwitchPending);
}

#[test]
fn what_an_operator_says_goes_to_the_old_leg() {
    let mut world = World::on_telephone();
    world.visitor_switches(messenger());
    let seq = world.tells("hello");
    assert_eq!(world.delivery(seq).leg, TELEPHONE);
}

#[test]
fn a_failed_switch_may_be_tried_again_as_a_new_one() {
    let mut world = World::greeting();
    world.does(Command::Refused {
        switch: FIRST,
        reason: Reason::Unavailable,
    });
    world.visitor_switches(telephone());
    assert!(matches!(world.phase(), Phase::Greeting(greeting) if greeting.switch == SwitchId(2)));
    assert_eq!(
        world.gate(WELCOME),
        Gate::Withdraw,
        "the first welcome is of no use now"
    );
    world.provider_takes_the_welcome();
    assert_eq!(world.active(), Some(TELEPHONE));
}

#[test]
fn a_switch_to_a_held_pair_is_refused_at_dispatch_and_takes_nothing() {
    let mut world = World::at_window();
    world.visitor_switches(Target {
        free: false,
        ..telephone()
    });
    assert!(!world.leg(TELEPHONE).holds);
    assert_eq!(world.gate(WELCOME), Gate::Refuse(Reason::Held));
}
