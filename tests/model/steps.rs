//! What anybody could do next.

use switchboard::core::delivery::State;
use switchboard::core::{ConsentWord, LegId, Phase, Timestamp};

use crate::Product;
use crate::bounds::Without;
use crate::world::{
    Action, By, Carried, Deed, Fate, Pair, Place, RULES, Stage, Verdict, What, World,
};

impl World {
    /// Every step that anybody could take now.
    pub fn possible(&self, product: &Product, actions: &mut Vec<Action>) {
        self.deeds(product, &mut |deed| {
            actions.push(Action::Do(deed));
            if self.race.is_none() && self.spent.races < product.bounds.races {
                actions.push(Action::Decide(deed));
            }
        });
        if self.race.is_some() {
            actions.push(Action::Commit);
        }
        self.steps_of_the_visitor(product, actions);
        self.steps_of_the_gateway(product, actions);
        self.steps_of_the_provider(product, actions);
        self.steps_of_the_world(product, actions);
    }

    fn deeds(&self, product: &Product, push: &mut impl FnMut(Deed)) {
        let bounds = &product.bounds;
        let places = || std::iter::once(Place::Window).chain((0..bounds.phones).map(Place::Phone));
        if self.said.len() < usize::from(bounds.says) {
            push(Deed::Say);
        }
        if self.told.len() < usize::from(bounds.tells) {
            (0..bounds.operators).map(Deed::Tell).for_each(&mut *push);
        }
        if let Some(window) = bounds.window
            && self.spent.templates < window.templates
        {
            (0..bounds.operators)
                .map(Deed::Template)
                .for_each(&mut *push);
        }
        if self.spent.switches < bounds.switches {
            places()
                .map(|place| Deed::Switch(By::Visitor, place))
                .for_each(&mut *push);
        }
        if self.spent.operator_switches < bounds.operator_switches {
            let last = bounds.operators - 1;
            places()
                .map(|place| Deed::Switch(By::Operator(last), place))
                .for_each(&mut *push);
        }
        if self.spent.reconnects < bounds.reconnects {
            (0..bounds.operators)
                .map(|by| Deed::Reconnect(by, Place::Phone(0)))
                .for_each(&mut *push);
        }
        if self.spent.transfers < bounds.transfers {
            let last = bounds.operators - 1;
            (0..last).for_each(|by| push(Deed::Transfer(by, last)));
            (0..last).for_each(|to| push(Deed::Transfer(last, to)));
        }
        match self.chat.route.phase {
            Phase::Greeting(_) => {
                push(Deed::Cancel(By::Visitor));
                if bounds.operator_switches > 0 {
                    push(Deed::Cancel(By::Operator(bounds.operators - 1)));
                }
            }
            Phase::Reversible { .. } => push(Deed::Revert),
            Phase::Settled => {}
        }
        if self.spent.resolves < bounds.resolves {
            push(Deed::Resolve(By::Visitor));
        }
    }

    fn steps_of_the_visitor(&self, product: &Product, actions: &mut Vec<Action>) {
        let bounds = &product.bounds;
        // With dedup a repeat changes nothing, whenever it comes; without, one is enough.
        if product.without == Some(Without::Dedup) {
            if !self.said.is_empty() {
                actions.push(Action::SayAgain);
            }
            if !self.told.is_empty() {
                actions.push(Action::TellAgain(0));
            }
            actions.extend(
                (0..self.written.len())
                    .filter(|&text| self.written[text].taken)
                    .map(Action::WebhookAgain),
            );
        }
        if self.here && self.spent.leaves < bounds.leaves {
            actions.push(Action::Leave);
        }
        if !self.here {
            actions.push(Action::Return);
        }
        self.texts(product, self.written.len(), actions);
        actions.extend(
            (0..self.written.len())
                .filter(|&text| !self.written[text].taken)
                .map(Action::Webhook),
        );
    }

    /// What phones may write, of which so much is written.
    pub fn texts(&self, product: &Product, written: usize, actions: &mut Vec<Action>) {
        let (bounds, spent) = (&product.bounds, &self.spent);
        let word = if spent.stops == 0 {
            ConsentWord::OptOut
        } else {
            ConsentWord::OptIn
        };
        let may_be_written = [
            (written < usize::from(bounds.writes), What::Words),
            (spent.stops < bounds.stops, What::Consent(word)),
            (spent.codes < bounds.codes, What::Code),
            (spent.ways_back < bounds.ways_back, What::WayBack),
        ];
        for (_, what) in may_be_written.into_iter().filter(|(may, _)| *may) {
            actions.extend((0..bounds.phones).map(|phone| Action::Write(phone, what)));
        }
    }

    fn steps_of_the_gateway(&self, product: &Product, actions: &mut Vec<Action>) {
        for (leg, _) in self.chat.numbered().skip(1) {
            if switchboard::core::delivery::next_in_lane(&self.lane(leg)).is_some() {
                actions.push(Action::HandOver(leg));
            }
        }
        for (index, call) in self.calls.iter().enumerate() {
            if matches!(call.stage, Stage::Back(_)) {
                actions.push(Action::Answer(index));
            }
            if matches!(call.stage, Stage::Out | Stage::Back(Verdict::Accept))
                && self.spent.losses < product.bounds.losses
            {
                actions.push(Action::Lose(index));
                actions.push(Action::Outlive(index));
            }
        }
        for delivery in self
            .mail
            .iter()
            .filter(|delivery| delivery.state == State::Uncertain)
        {
            // Not being listed proves nothing while the provider may still be at it, though we may have hung up long ago.
            let out = self
                .calls
                .iter()
                .any(|call| call.seq == delivery.seq && call.stage == Stage::Out);
            if !out || product.without == Some(Without::Reconcile) {
                actions.push(Action::Ask(delivery.seq));
            }
        }
        for (index, link) in self.links.iter().enumerate() {
            // A link that is used up opens nothing, however often it is tried.
            if link.opened == 0 || (link.opened == 1 && product.without == Some(Without::UseUp)) {
                actions.push(Action::Open(index, false));
                actions.push(Action::Open(index, true));
            }
        }
        if self.spent.crashes < product.bounds.crashes {
            actions.push(Action::Crash);
        }
        if matches!(&self.chat.route.phase, Phase::Greeting(greeting) if self.now >= greeting.deadline)
        {
            actions.push(Action::Lapse);
        }
    }

    fn steps_of_the_provider(&self, product: &Product, actions: &mut Vec<Action>) {
        for (index, call) in self.calls.iter().enumerate() {
            if call.stage == Stage::Out {
                self.verdicts(product, call.leg, call.template, |verdict| {
                    actions.push(Action::Arrive(index, verdict));
                });
            }
        }
        for (index, carried) in self.carried.iter().enumerate() {
            for fate in [
                Fate::Accepted,
                Fate::Delivered,
                Fate::Read,
                Fate::Undelivered,
            ] {
                if self.may_be_told(product, carried, fate) {
                    actions.push(Action::Callback(index, fate));
                }
            }
        }
    }

    fn verdicts(
        &self,
        product: &Product,
        leg: LegId,
        template: bool,
        mut push: impl FnMut(Verdict),
    ) {
        let bounds = &product.bounds;
        if !template && !self.takes_free_text(product, leg) {
            return push(Verdict::Close);
        }
        push(Verdict::Accept);
        if self.spent.refusals < bounds.refusals {
            push(Verdict::Refuse);
            push(Verdict::PutOff);
            if bounds.window.is_some() && !template {
                push(Verdict::Close);
            }
        }
        if self.spent.bars < bounds.bars {
            push(Verdict::Bar);
        }
    }

    fn may_be_told(&self, product: &Product, carried: &Carried, fate: Fate) -> bool {
        let bounds = &product.bounds;
        let true_of_it = match fate {
            Fate::Accepted => true,
            Fate::Delivered => carried.fate != Fate::Undelivered,
            Fate::Read => bounds.receipts && carried.fate != Fate::Undelivered,
            Fate::Undelivered => match carried.fate {
                Fate::Accepted => self.spent.undeliverables < bounds.undeliverables,
                Fate::Delivered | Fate::Read => false,
                Fate::Undelivered => true,
            },
        };
        if bounds.receipts || !true_of_it {
            return true_of_it;
        }
        // Elsewhere than where receipts are looked at, one that tells nothing new is left out: it changes nothing.
        let state = self.delivery(carried.seq).state;
        match fate {
            Fate::Accepted => state <= State::Uncertain,
            Fate::Undelivered => {
                carried.fate == Fate::Accepted || !matches!(state, State::Failed(_))
            }
            Fate::Delivered | Fate::Read => state < State::Delivered,
        }
    }

    fn steps_of_the_world(&self, product: &Product, actions: &mut Vec<Action>) {
        if self.next_moment(product).is_some() {
            actions.push(Action::Pass);
        }
        if self.spent.strangers < product.bounds.strangers && self.pairs[0].yields() {
            actions.push(Action::Stranger(0));
        }
    }

    /// The next moment at which anything changes by itself.
    pub fn next_moment(&self, product: &Product) -> Option<Timestamp> {
        let phase = match &self.chat.route.phase {
            Phase::Greeting(greeting) => Some(greeting.deadline),
            Phase::Reversible { until, .. } => Some(until.plus(RULES.grace)),
            Phase::Settled => None,
        };
        let kept = self.pairs.iter().filter_map(|pair| match pair {
            Pair::Ours(until) if product.bounds.strangers > 0 => *until,
            _ => None,
        });
        let windows = product.bounds.window.into_iter().flat_map(|window| {
            let heard = self.heard.iter().flatten();
            heard.map(move |heard| heard.plus(window.open_for))
        });
        phase
            .into_iter()
            .chain(kept)
            .chain(windows)
            .filter(|moment| *moment > self.now)
            .min()
    }
}
