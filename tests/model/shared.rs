//! Two conversations, of two visitors, who both gave the number of one phone; it has the one-time code of the second.

use stateright::{Model, Property};
use switchboard::core::Status;
use switchboard::core::event::Lost;

use crate::Product;
use crate::bounds::Without;
use crate::promises::{self, Broken, Promise, Watched};
use crate::world::{Action, Pair, Text, WEB, What, World};

/// The model of two conversations within one set of bounds, which count for each of them; the phone's texts are counted once.
#[derive(Clone, Debug)]
pub struct Shared(pub Product);

/// Both, as they stand in one store, and what the phone wrote and we have not heard yet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Both {
    sides: [World; 2],
    texts: Vec<Text>,
}

/// Whose code the phone has.
const CODED: usize = 1;

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// In one conversation.
    In(usize, Action),
    /// The phone writes.
    Write(What),
    /// The webhook of a text.
    Webhook(usize),
    /// Time passes, up to the next moment that matters to either.
    Pass,
}

impl Watched for Both {
    fn broken(&self) -> Broken {
        self.sides[0].broken | self.sides[1].broken
    }
}

impl Model for Shared {
    type State = Both;
    type Action = Step;

    fn init_states(&self) -> Vec<Both> {
        vec![Both {
            sides: [World::begun(&self.0), World::begun(&self.0)],
            texts: Vec::new(),
        }]
    }

    fn actions(&self, both: &Both, steps: &mut Vec<Step>) {
        if both.broken().is_empty() {
            both.possible(&self.0, steps);
        }
    }

    fn next_state(&self, both: &Both, step: Step) -> Option<Both> {
        let mut next = both.clone();
        next.does(&self.0, step).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        promises::all()
    }
}

impl Both {
    fn possible(&self, product: &Product, steps: &mut Vec<Step>) {
        for (side, world) in self.sides.iter().enumerate() {
            let mut actions = Vec::new();
            world.possible(product, &mut actions);
            let own = actions.into_iter().filter(|action| {
                !matches!(
                    action,
                    Action::Pass | Action::Write(..) | Action::Webhook(_)
                )
            });
            steps.extend(own.map(|action| Step::In(side, action)));
        }
        let mut texts = Vec::new();
        let written = self
            .sides
            .iter()
            .map(|side| side.written.len())
            .sum::<usize>();
        self.sides[0].texts(product, written + self.texts.len(), &mut texts);
        steps.extend(texts.into_iter().filter_map(|action| match action {
            Action::Write(_, what) => Some(Step::Write(what)),
            _ => None,
        }));
        steps.extend((0..self.texts.len()).map(Step::Webhook));
        if self
            .sides
            .iter()
            .any(|side| side.next_moment(product).is_some())
        {
            steps.push(Step::Pass);
        }
    }

    fn does(&mut self, product: &Product, step: Step) -> bool {
        let before = self.clone();
        let coded = match step {
            Step::In(side, action) => {
                if !self.sides[side].does(product, action) {
                    return false;
                }
                self.agree(product, side, &before);
                false
            }
            Step::Write(what) => {
                let text = self.sides[0].write(product, 0, what);
                self.sides[1].answered_by(0);
                self.texts.push(text);
                false
            }
            Step::Webhook(index) => self.webhook(product, index),
            Step::Pass => {
                let moments = self
                    .sides
                    .iter()
                    .filter_map(|side| side.next_moment(product));
                let Some(now) = moments.min() else {
                    return false;
                };
                for side in &mut self.sides {
                    side.now = now;
                }
                false
            }
        };
        self.look(&before, coded);
        true
    }

    /// There is one store: what one side wrote into it, the other finds there.
    fn agree(&mut self, product: &Product, side: usize, before: &Self) {
        let (is, was) = (&self.sides[side], &before.sides[side]);
        let (pair, opted_out, silenced) = (is.pairs[0], is.opted_out, is.silenced);
        let moved = pair != was.pairs[0] && product.without != Some(Without::UniqueKey);
        self.sides[side].yielded &= !matches!(pair, Pair::Ours(_));
        let other = &mut self.sides[1 - side];
        (other.opted_out, other.silenced) = (opted_out, silenced);
        if moved {
            let taken = matches!((pair, other.pairs[0]), (Pair::Ours(_), Pair::Ours(_)));
            other.yielded |= taken;
            other.pairs[0] = match pair {
                Pair::Ours(until) => Pair::Theirs(until),
                nobodys_or_a_thirds => nobodys_or_a_thirds,
            };
        }
    }

    /// A text is logged where its code leads, else where its pair does, else in a third conversation. True: it was the code's to move.
    fn webhook(&mut self, product: &Product, index: usize) -> bool {
        let text = self.texts.remove(index);
        let holder = self
            .sides
            .iter()
            .position(|side| matches!(side.pairs[0], Pair::Ours(_)));
        let coded = text.what == What::Code && self.sides[CODED].code_used == 0;
        let takes = if coded { CODED } else { holder.unwrap_or(0) };
        let before = self.clone();
        if let (true, Some(holder)) = (coded, holder.filter(|holder| *holder != CODED)) {
            self.lose(product, holder);
            self.agree(product, holder, &before);
        }
        if !coded && holder.is_none() {
            let other = &mut self.sides[1 - takes];
            other.watch_elsewhere(0, other.leg_of(0));
        }
        let before = self.clone();
        let world = &mut self.sides[takes];
        world.written.push(text);
        world.does(product, Action::Webhook(world.written.len() - 1));
        self.agree(product, takes, &before);
        coded
    }

    /// The conversation that has the pair loses it to the code of another.
    fn lose(&mut self, product: &Product, holder: usize) {
        let world = &mut self.sides[holder];
        if let Some(leg) = world.leg_of(0)
            && product.without != Some(Without::LossByCode)
        {
            world.lose(product, leg, Lost::Moved);
        }
    }

    fn look(&mut self, before: &Self, coded: bool) {
        for side in &mut self.sides {
            side.look();
        }
        let one = self
            .sides
            .iter()
            .filter(|side| side.writes_to_a_phone())
            .count()
            < 2;
        let taken = (0..2).any(|side| {
            before.sides[side].pairs[0] == Pair::Ours(None)
                && matches!(self.sides[side].pairs[0], Pair::Theirs(_))
        });
        let broken = &mut self.sides[0].broken;
        broken.unless(one, Promise::OneHolder);
        broken.unless(!taken || coded, Promise::MovedByItsPerson);
    }
}

impl World {
    /// Operators' words go to a phone.
    fn writes_to_a_phone(&self) -> bool {
        self.chat.status != Status::Resolved
            && self.chat.route.active.is_some_and(|active| active != WEB)
    }
}
