//! The model: the real machines of `switchboard::core` inside an environment that does its worst.
//!
//! Every interleaving within the [`Bounds`] is visited. Nothing here decides anything that the product decides: [`shell`] is the
//! gateway's transactions (load, decide, commit) over a store of unique keys, versions and atomic commits, [`outbox`] and [`phones`]
//! what it does with messages and texts, and [`world`] is everybody else, who take the steps of [`steps`]. [`shared`] is two such
//! conversations that want one phone. [`promises`] says what must be true of every state, [`watch`] and [`look`] see whether it is,
//! and [`landmarks`] that the bounds lead somewhere. Each safeguard can be left out of the environment, never of the product; then a
//! promise must break, or its check would prove nothing.
//!
//! `SWITCHBOARD_MODEL=soak` visits larger bounds.

mod ablations;
mod bounds;
mod landmarks;
mod look;
mod outbox;
mod phones;
mod promises;
mod shared;
mod shell;
mod steps;
mod watch;
mod world;

use std::fmt::Debug;
use std::hash::Hash;
use std::thread::available_parallelism;
use std::time::Instant;

use stateright::{Checker, Model};

use bounds::{Bounds, Without};
use landmarks::Landmark;
use promises::Watched;
use shared::Shared;
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

fn visit<M>(name: &str, model: M) -> usize
where
    M: Model + Send + Sync + 'static,
    M::State: Watched + Clone + PartialEq + Debug + Hash + Send + Sync + 'static,
    M::Action: Clone + PartialEq + Debug + Send + Sync,
{
    let began = Instant::now();
    let checker = model
        .checker()
        .threads(threads())
        .target_state_count(AT_MOST)
        .spawn_dfs()
        .join();
    let (unique, depth) = (checker.unique_state_count(), checker.max_depth());
    println!(
        "{name}: {unique} unique states, up to {depth} steps deep, in {:.1?}",
        began.elapsed()
    );
    checker.assert_properties();
    unique
}

#[test]
fn no_promise_breaks_in_any_state_within_the_bounds() {
    let soak = std::env::var("SWITCHBOARD_MODEL").is_ok_and(|bounds| bounds == "soak");
    let bounds = if soak { bounds::soak() } else { bounds::ci() };
    let alone = bounds.into_iter().map(|bounds| {
        let without = None;
        visit(bounds.name, Product { bounds, without })
    });
    let shared = bounds::shared(soak).into_iter().map(|bounds| {
        let without = None;
        visit(bounds.name, Shared(Product { bounds, without }))
    });
    let visited: usize = shared.chain(alone).sum();
    println!("{visited} unique states in all");
    assert!(
        visited >= AT_LEAST,
        "the bounds are too small to prove much"
    );
    assert_eq!(Landmark::missed(), [], "the bounds never lead there");
}
