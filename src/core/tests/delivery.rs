//! The second machine: the fate of one message on one leg.

use super::world::*;
use crate::core::delivery::{Delivery, Gate, Happened, State, next_in_lane};
use crate::core::event::Lost;
use crate::core::*;

const NO: Reason = Reason::BadRecipient;

/// On the telephone, with one message queued.
fn queued() -> (World, Seq) {
    let mut world = World::on_telephone();
    let seq = world.tells("hello");
    (world, seq)
}

fn sending() -> (World, Seq) {
    let (mut world, seq) = queued();
    assert_eq!(world.hand_over(TELEPHONE), Some((seq, Gate::Go)));
    (world, seq)
}

fn uncertain() -> (World, Seq) {
    let (mut world, seq) = sending();
    world.learn(seq, Happened::Unknown { attempt: 1 });
    (world, seq)
}

fn after(happened: &[Happened]) -> State {
    let (mut world, seq) = sending();
    for happened in happened {
        world.learn(seq, *happened);
    }
    world.state(seq)
}

#[test]
fn an_answer_and_its_callbacks_lead_forward() {
    use Happened::{Accepted, Delivered, Read};
    assert_eq!(after(&[Accepted]), State::Sent);
    assert_eq!(after(&[Accepted, Delivered]), State::Delivered);
    assert_eq!(after(&[Accepted, Delivered, Read]), State::Read);
    assert_eq!(after(&[Happened::Refused(NO)]), State::Failed(NO));
}

#[test]
fn callbacks_may_come_twice_late_or_before_the_answer() {
    use Happened::{Accepted, Delivered, Read};
    assert_eq!(after(&[Delivered, Accepted]), State::Delivered);
    assert_eq!(after(&[Read, Delivered, Delivered, Accepted]), State::Read);
    assert_eq!(after(&[Accepted, Accepted]), State::Sent);
    assert_eq!(
        after(&[Delivered, Happened::Unknown { attempt: 1 }]),
        State::Delivered
    );
    assert_eq!(
        after(&[Delivered, Happened::NotTaken { attempt: 1 }]),
        State::Delivered
    );
}

#[test]
fn failed_yields_only_to_a_later_proof_of_delivery() {
    let failed = Happened::Refused(NO);
    assert_eq!(after(&[failed, Happened::Accepted]), State::Failed(NO));
    assert_eq!(after(&[failed, Happened::Delivered]), State::Delivered);
    assert_eq!(after(&[failed, Happened::Read]), State::Read);
    assert_eq!(after(&[Happened::Accepted, failed]), State::Failed(NO));
    assert_eq!(after(&[Happened::Delivered, failed]), State::Delivered);
}

#[test]
fn what_the_provider_did_not_take_goes_again_and_reads_queued_all_along() {
    let (mut world, seq) = sending();
    assert_eq!(world.delivery(seq).reads(), State::Queued);
    world.learn(seq, Happened::NotTaken { attempt: 1 });
    assert_eq!(world.state(seq), State::Queued);
    assert!(!world.delivery(seq).handed_over());
    assert_eq!(world.hand_over(TELEPHONE), Some((seq, Gate::Go)));
    assert_eq!(world.delivery(seq).attempt, 2);
}

#[test]
fn the_answer_of_an_earlier_attempt_is_fenced_off() {
    let (mut world, seq) = sending();
    world.learn(seq, Happened::NotTaken { attempt: 1 });
    world.hand_over(TELEPHONE);
    world.learn(seq, Happened::Unknown { attempt: 1 });
    world.learn(seq, Happened::NotTaken { attempt: 1 });
    assert_eq!(
        (world.state(seq), world.delivery(seq).doubt),
        (State::Sending, false)
    );
}

#[test]
fn an_unknown_outcome_is_not_repeated_and_reads_uncertain() {
    let (mut world, seq) = uncertain();
    assert_eq!(world.delivery(seq).reads(), State::Uncertain);
    assert_eq!(world.hand_over(TELEPHONE), None);
}

#[test]
fn an_unknown_outcome_is_settled_by_whatever_is_learnt() {
    for (happened, state) in [
        (Happened::Accepted, State::Sent),
        (Happened::Delivered, State::Delivered),
        (Happened::Refused(NO), State::Failed(NO)),
        (Happened::ProvenAbsent, State::Queued),
    ] {
        let (mut world, seq) = uncertain();
        world.learn(seq, happened);
        assert_eq!(world.state(seq), state);
    }
}

#[test]
fn proven_absent_it_goes_again_and_reads_uncertain_until_settled() {
    let (mut world, seq) = uncertain();
    world.learn(seq, Happened::ProvenAbsent);
    assert_eq!(world.delivery(seq).reads(), State::Uncertain);
    assert_eq!(world.hand_over(TELEPHONE), Some((seq, Gate::Go)));
    assert_eq!(world.delivery(seq).reads(), State::Uncertain);
    world.learn(seq, Happened::Accepted);
    assert_eq!(world.delivery(seq).reads(), State::Sent);
}

#[test]
fn proven_absent_it_is_withdrawn_unless_its_leg_is_active() {
    let (mut world, seq) = uncertain();
    world.visitor_switches(window());
    world.learn(seq, Happened::ProvenAbsent);
    assert_eq!(world.gate(seq), Gate::Withdraw);
}

#[test]
fn proven_absent_after_a_revert_it_is_withdrawn_even_where_the_leg_is_active_again() {
    let mut world = World::reversible();
    let seq = world.tells("hello");
    world.hand_over(TELEPHONE);
    world.learn(seq, Happened::Unknown { attempt: 1 });
    world.does(Command::Revert);
    world.visitor_switches(telephone());
    world.provider_takes_the_welcome();
    world.learn(seq, Happened::ProvenAbsent);
    assert_eq!(
        (world.active(), world.gate(seq)),
        (Some(TELEPHONE), Gate::Withdraw)
    );
}

#[test]
fn a_welcome_is_never_sent_twice() {
    let mut world = World::greeting();
    let (_, seq) = world.hand_over_the_welcome();
    world.learn(seq, Happened::Unknown { attempt: 1 });
    world.learn(seq, Happened::ProvenAbsent);
    assert_eq!(world.state(seq), State::Withdrawn);
    assert_eq!(world.hand_over(TELEPHONE), None);
}

#[test]
fn a_proof_of_absence_means_nothing_to_what_is_not_uncertain() {
    assert_eq!(after(&[Happened::ProvenAbsent]), State::Sending);
    assert_eq!(
        after(&[Happened::Accepted, Happened::ProvenAbsent]),
        State::Sent
    );
}

#[test]
fn what_was_handed_over_is_not_withdrawn_by_a_revert_or_a_loss() {
    let (mut world, seq) = sending();
    world.lost(TELEPHONE, Lost::ConnectionOff);
    assert_eq!(world.state(seq), State::Sending);
    world.learn(seq, Happened::NotTaken { attempt: 1 });
    assert_eq!(
        world.gate(seq),
        Gate::Withdraw,
        "back in the queue, the route is asked again"
    );
}

#[test]
fn consent_connection_and_pair_are_asked_again_at_every_dispatch() {
    for (facts, reason) in [
        (
            Facts {
                opted_out: true,
                ..Facts::FINE
            },
            Reason::OptedOut,
        ),
        (
            Facts {
                on: false,
                ..Facts::FINE
            },
            Reason::ConnectionOff,
        ),
        (
            Facts {
                held: false,
                ..Facts::FINE
            },
            Reason::Held,
        ),
    ] {
        let (mut world, seq) = queued();
        world.facts.insert(TELEPHONE, facts);
        assert_eq!(
            world.hand_over(TELEPHONE),
            Some((seq, Gate::Refuse(reason)))
        );
        assert_eq!(world.state(seq), State::Failed(reason));
    }
}

#[test]
fn a_message_for_a_leg_that_does_not_exist_is_withdrawn() {
    let (mut world, seq) = queued();
    world
        .mail
        .iter_mut()
        .for_each(|delivery| delivery.leg = LegId(9));
    assert_eq!(world.gate(seq), Gate::Withdraw);
}

fn lane(states: &[(Option<u32>, State)]) -> Option<Seq> {
    let lane: Vec<_> = (1..)
        .zip(states)
        .map(|(seq, (welcome, state))| Delivery {
            leg: TELEPHONE,
            seq,
            welcome: welcome.map(SwitchId),
            template: false,
            state: *state,
            doubt: false,
            attempt: 0,
        })
        .collect();
    next_in_lane(&lane).map(|delivery| delivery.seq)
}

#[test]
fn messages_of_a_leg_leave_one_after_the_other_in_log_order() {
    use State::{Failed, Held, Queued, Sending, Sent, Uncertain};
    assert_eq!(lane(&[(None, Queued), (None, Queued)]), Some(1));
    assert_eq!(lane(&[(None, Sent), (None, Queued)]), Some(2));
    assert_eq!(lane(&[(None, Failed(NO)), (None, Queued)]), Some(2));
    for first in [Sending, Uncertain, Held] {
        assert_eq!(lane(&[(None, first), (None, Queued)]), None);
    }
    assert_eq!(lane(&[]), None);
}

#[test]
fn a_welcome_waits_for_nothing_and_what_comes_later_waits_for_it() {
    use State::{Queued, Sending, Sent, Uncertain};
    assert_eq!(lane(&[(None, Uncertain), (Some(1), Queued)]), Some(2));
    assert_eq!(lane(&[(Some(1), Sending), (None, Queued)]), None);
    assert_eq!(lane(&[(Some(1), Sent), (None, Queued)]), Some(2));
}

#[test]
fn a_welcome_whose_outcome_is_unknown_holds_nobody_up() {
    use State::{Queued, Uncertain};
    assert_eq!(lane(&[(Some(1), Uncertain), (None, Queued)]), Some(2));
}
