//! The model: the real machines of `switchboard::core` inside an environment that does its worst.
//!
//! Every interleaving within the [`Bounds`] is visited. Nothing here decides anything that the product decides: [`shell`] is the
//! gateway's transactions (load, decide, commit; gate, hand over, learn) over a store of unique keys, versions and atomic commits,
//! and [`world`] is everybody else. [`promises`] says what must be true of every state, [`watch`] sees whether it is, and
//! [`landmarks`] that the bounds lead somewhere. Each safeguard can be left out of the environment, never of the product; then a
//! promise must break, or its check would prove nothing.
//!
//! `SWITCHBOARD_MODEL=soak` visits larger bounds.

mod bounds;
mod landmarks;
mod promises;
mod shell;
mod watch;
mod world;

use std::thread::available_parallelism;
use std::time::Instant;

use stateright::{Checker, HasDiscoveries, Model};

use bounds::{Bounds, Without};
use landmarks::Landmark;
use promises::Promise;
use world::{Action, World};

/// The model of one set of bounds.
#[derive(Clone, Debug)]
struct Product {
    bounds: Bounds,
    without: Option<Without>,
}

impl Model for Product {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        vec![World::begun(self)]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        // What a broken promise leads to is of no interest.
        if world.broken.is_empty() {
            world.possible(self, actions);
        }
    }

    fn next_state(&self, world: &World, action: Action) -> Option<World> {
        let mut next = world.clone();
        next.does(self, action).then_some(next)
    }

    fn properties(&self) -> Vec<stateright::Property<Self>> {
        promises::all()
    }
}

/// At least so many states are visited in all.
const AT_LEAST: usize = 4_000_000;
/// At most so many steps are taken within one set of bounds: the fingerprints of where they lead must fit in memory.
const AT_MOST: usize = 500_000_000;

fn threads() -> usize {
    available_parallelism().map_or(1, usize::from)
}

fn visit(bounds: Bounds) -> usize {
    let began = Instant::now();
    let checker = Product {
        bounds,
        without: None,
    }
    .checker()
    .threads(threads())
    .target_state_count(AT_MOST)
    .spawn_dfs()
    .join();
    let (unique, depth) = (checker.unique_state_count(), checker.max_depth());
    println!(
        "{}: {unique} unique states, up to {depth} steps deep, in {:.1?}",
        bounds.name,
        began.elapsed()
    );
    checker.assert_properties();
    unique
}

#[test]
fn no_promise_breaks_in_any_state_within_the_bounds() {
    let soak = std::env::var("SWITCHBOARD_MODEL").is_ok_and(|bounds| bounds == "soak");
    let bounds = if soak { bounds::soak() } else { bounds::ci() };
    let visited: usize = bounds.into_iter().map(visit).sum();
    println!("{visited} unique states in all");
    assert!(
        visited >= AT_LEAST,
        "the bounds are too small to prove much"
    );
    assert_eq!(Landmark::missed(), [], "the bounds never lead there");
}

/// With a safeguard left out, that promise must break; the shortest way there is printed.
fn breaks(bounds: Bounds, without: Without, promise: Promise) {
    let checker = Product {
        bounds,
        without: Some(without),
    }
    .checker()
    .finish_when(HasDiscoveries::AnyOf([promise.words()].into()))
    .spawn_bfs()
    .join();
    let path = checker.discovery(promise.words());
    let path = path
        .unwrap_or_else(|| panic!("without {without:?} nothing breaks: its check proves nothing"));
    println!(
        "without {without:?}, after {} states: {:?}",
        checker.unique_state_count(),
        path.into_actions()
    );
}

#[test]
fn without_dedup_a_text_is_logged_twice() {
    breaks(bounds::TINY, Without::Dedup, Promise::LoggedOnce);
}

#[test]
fn without_binding_before_sending_an_answer_goes_astray() {
    breaks(
        bounds::TINY,
        Without::BindBeforeSend,
        Promise::AnswersComeHere,
    );
}

#[test]
fn without_withdrawing_on_revert_words_wait_for_a_phone_that_was_left() {
    breaks(
        bounds::TINY,
        Without::WithdrawOnRevert,
        Promise::NothingWaitsWhereLeft,
    );
}

#[test]
fn without_withdrawing_at_requeue_words_wait_for_a_phone_that_was_left() {
    breaks(
        bounds::TINY,
        Without::WithdrawAtRequeue,
        Promise::NothingWaitsWhereLeft,
    );
}

#[test]
fn without_reconciling_a_phone_gets_a_message_twice() {
    breaks(bounds::TINY, Without::Reconcile, Promise::ReceivedOnce);
}

#[test]
fn without_the_version_check_two_commands_write_over_each_other() {
    breaks(
        bounds::RACE,
        Without::VersionCheck,
        Promise::AsIfOneCameFirst,
    );
    breaks(bounds::RACE, Without::VersionCheck, Promise::NoGapNoRepeat);
}

#[test]
fn without_asking_for_consent_at_dispatch_an_opted_out_phone_is_written_to() {
    breaks(
        Bounds {
            switches: 2,
            ..bounds::TINY
        },
        Without::ConsentAtDispatch,
        Promise::OptOutIsFinal,
    );
}
