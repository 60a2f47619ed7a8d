//! How many welcomes of which kind there may be.

use crate::config::OnFewAnswers;
use crate::core::Reason;
use crate::store::guard::{Counts, CrowdCounts};

/// The configured limits; 0 switches one off. Windows roll.
#[derive(Clone, Debug)]
pub struct Limits {
    /// To one number in a day.
    pub per_number_day: u32,
    /// To one number in a day that it has not answered.
    pub unanswered_per_number_day: u32,
    /// By one visitor in a day.
    pub per_visitor_day: u32,
    /// From one network in an hour.
    pub per_network_hour: u32,
    /// To one prefix in an hour.
    pub per_prefix_hour: u32,
    /// To one prefix in an hour that nobody there has answered.
    pub unanswered_per_prefix_hour: u32,
    /// To one country in an hour.
    pub per_country_hour: u32,
    /// By one organization in an hour.
    pub per_organization_hour: u32,
    /// Money of one organization in a day.
    pub spend_per_organization_day: f64,
}

/// When so few of the numbers answer that somebody should look.
#[derive(Clone, Copy, Debug)]
pub struct Few {
    /// Fewer of a hundred than this; 0 for never.
    pub percent: u32,
    /// Of the last so many welcomes.
    pub of: u32,
    /// What else happens then.
    pub then: OnFewAnswers,
}

impl Few {
    /// Whether so many answers to so many welcomes are alarming. Fewer welcomes than are counted say nothing.
    #[must_use]
    pub fn answer(&self, welcomes: u32, answers: u32) -> bool {
        welcomes >= self.of
            && u64::from(answers) * 100 < u64::from(self.percent) * u64::from(welcomes)
    }
}

impl Limits {
    /// Which limit the next welcome would break whatever its number is, if any.
    #[must_use]
    pub fn used_up_by(&self, counts: &Counts, cost: f64) -> Option<Reason> {
        if any_used_up(self.of_askers(&counts.crowd)) {
            return Some(Reason::RateLimit);
        }
        let money = self.spend_per_organization_day;
        (money > 0.0 && counts.spent + cost > money).then_some(Reason::SpendLimit)
    }

    /// Which limit the next welcome would break that depends on its number, if any.
    #[must_use]
    pub fn broken_by(&self, counts: &Counts) -> Option<Reason> {
        if used_up(self.per_number_day, counts.number)
            || used_up(self.unanswered_per_number_day, counts.unanswered)
        {
            return Some(Reason::NumberLimit);
        }
        any_used_up(self.of_areas(&counts.crowd)).then_some(Reason::AreaLimit)
    }

    /// Whether half of a limit is used up: something is unusual.
    ///
    /// A prefix may be so short of numbers that it is one alone. The limits of a number are well below half of a prefix's, so that even
    /// then nobody learns from this what was sent to it.
    #[must_use]
    pub fn strained_by(&self, counts: &CrowdCounts) -> bool {
        let mut crowds = (self.of_askers(counts).into_iter()).chain(self.of_areas(counts));
        crowds.any(|(limit, count)| used_up(limit.div_ceil(2), count))
    }

    fn of_askers(&self, counts: &CrowdCounts) -> [(u32, i64); 3] {
        [
            (self.per_visitor_day, counts.visitor),
            (self.per_network_hour, counts.network),
            (self.per_organization_hour, counts.organization),
        ]
    }

    fn of_areas(&self, counts: &CrowdCounts) -> [(u32, i64); 3] {
        [
            (self.per_prefix_hour, counts.prefix),
            (self.unanswered_per_prefix_hour, counts.prefix_unanswered),
            (self.per_country_hour, counts.country),
        ]
    }
}

fn any_used_up<const N: usize>(limits: [(u32, i64); N]) -> bool {
    limits
        .into_iter()
        .any(|(limit, count)| used_up(limit, count))
}

fn used_up(limit: u32, count: i64) -> bool {
    limit > 0 && count >= i64::from(limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        per_number_day: 12,
        unanswered_per_number_day: 4,
        per_visitor_day: 0,
        per_network_hour: 30,
        per_prefix_hour: 120,
        unanswered_per_prefix_hour: 20,
        per_country_hour: 480,
        per_organization_hour: 600,
        spend_per_organization_day: 1.0,
    };

    fn broken_by(counts: &Counts) -> Option<Reason> {
        let limit = LIMITS.used_up_by(counts, 0.01);
        limit.or_else(|| LIMITS.broken_by(counts))
    }

    fn of(crowd: CrowdCounts) -> Counts {
        Counts {
            crowd,
            ..Counts::default()
        }
    }

    #[test]
    fn an_honest_chat_passes() {
        let counts = Counts {
            number: 11,
            unanswered: 1,
            crowd: CrowdCounts {
                visitor: 11,
                ..CrowdCounts::default()
            },
            spent: 0.0,
        };
        assert_eq!(broken_by(&counts), None);
        assert!(!LIMITS.strained_by(&counts.crowd));
    }

    #[test]
    fn a_stranger_is_not_pestered() {
        let counts = Counts {
            unanswered: 4,
            ..Counts::default()
        };
        assert_eq!(broken_by(&counts), Some(Reason::NumberLimit));
    }

    #[test]
    fn nought_switches_a_limit_off() {
        let counts = of(CrowdCounts {
            visitor: 1_000,
            ..CrowdCounts::default()
        });
        assert_eq!(broken_by(&counts), None);
        assert!(!LIMITS.strained_by(&counts.crowd));
    }

    #[test]
    fn each_crowd_has_its_limit_and_is_unusual_from_half_of_it() {
        type Count = fn(&mut CrowdCounts, i64);
        let (asker, area) = (Reason::RateLimit, Reason::AreaLimit);
        let counted: [(Count, i64, Reason); 5] = [
            (|counts, count| counts.network = count, 30, asker),
            (|counts, count| counts.prefix = count, 120, area),
            (|counts, count| counts.prefix_unanswered = count, 20, area),
            (|counts, count| counts.country = count, 480, area),
            (|counts, count| counts.organization = count, 600, asker),
        ];
        for (count, limit, reason) in counted {
            let counts = |many| {
                let mut counts = CrowdCounts::default();
                count(&mut counts, many);
                of(counts)
            };
            assert_eq!(broken_by(&counts(limit - 1)), None);
            assert_eq!(broken_by(&counts(limit)), Some(reason), "{limit}");
            assert!(!LIMITS.strained_by(&counts(limit / 2 - 1).crowd));
            assert!(LIMITS.strained_by(&counts(limit / 2).crowd), "{limit}");
        }
    }

    #[test]
    fn one_number_alone_never_makes_its_prefix_unusual() {
        let counts = CrowdCounts {
            prefix: i64::from(LIMITS.per_number_day),
            prefix_unanswered: i64::from(LIMITS.unanswered_per_number_day),
            ..CrowdCounts::default()
        };
        assert!(!LIMITS.strained_by(&counts));
    }

    #[test]
    fn the_days_money_is_not_overdrawn() {
        let counts = Counts {
            spent: 0.995,
            ..Counts::default()
        };
        assert_eq!(broken_by(&counts), Some(Reason::SpendLimit));
    }

    #[test]
    fn few_answers_to_few_welcomes_say_nothing() {
        let few = Few {
            percent: 20,
            of: 50,
            then: OnFewAnswers::Challenge,
        };
        assert!(!few.answer(49, 0));
        assert!(few.answer(50, 9));
        assert!(!few.answer(50, 10));
        assert!(!Few { percent: 0, ..few }.answer(50, 0));
    }
}
