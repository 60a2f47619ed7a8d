//! Who attacks, who is honest, and their numbers.

use crate::Plan;

/// A visitor of the run.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// What the proxy says that they come from.
    pub from: String,
    /// The number that they ask to go on at.
    pub number: String,
    /// What they are up to.
    pub aim: Aim,
}

/// What a visitor is up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    /// Their own phone, and whether they answer on it.
    Honest { answers: bool },
    /// A number that pays them, and whether they do the work of a challenge.
    Attack { works: bool },
}

/// Everybody, the honest spread evenly among the attackers.
pub fn everybody(plan: &Plan) -> Vec<Visitor> {
    let every = (plan.networks / plan.honest.max(1)).max(1);
    let mut everybody = Vec::new();
    let mut honest = 0;
    for n in 0..plan.networks {
        everybody.push(attacker(plan, n));
        if n % every == every - 1 && honest < plan.honest {
            everybody.push(honest_one(honest));
            honest += 1;
        }
    }
    everybody.extend((honest..plan.honest).map(honest_one));
    everybody
}

/// The numbers that the attackers own, block by block.
pub fn owned(plan: &Plan, n: u32) -> String {
    let (prefix, last) = (n % plan.prefixes, n / plan.prefixes);
    format!("+1212456{prefix}{last:03}")
}

fn attacker(plan: &Plan, n: u32) -> Visitor {
    Visitor {
        from: format!("10.{}.{}.7", n / 256 % 256, n % 256),
        number: owned(plan, n % plan.numbers),
        aim: Aim::Attack {
            works: n.is_multiple_of(2),
        },
    }
}

/// Half of them in the United States, half in Canada, each in a block of their own.
fn honest_one(n: u32) -> Visitor {
    let area = if n.is_multiple_of(2) { "646" } else { "416" };
    Visitor {
        from: format!("172.{}.{}.7", 16 + n / 256, n % 256),
        number: format!("+1{area}{}0142", 220 + n / 2 + n / 2 / 80 * 20),
        aim: Aim::Honest {
            answers: n % 10 < 7,
        },
    }
}
