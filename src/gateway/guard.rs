//! Who may be sent a welcome message: what a number's history, the visitor and the network allow.
//!
//! Asked at dispatch, so that to the visitor it is an ordinary refusal, in words and in time. What the text alone shows (not a number,
//! not a country or a kind of number that is allowed) is said at once, by [`phone`](crate::phone).

use crate::core::Reason;
use crate::store::pairs::Counts;

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
    /// By one organization in an hour.
    pub per_organization_hour: u32,
    /// Money of one organization in a day.
    pub spend_per_organization_day: f64,
}

impl Limits {
    /// Which limit the next welcome would break, if any.
    #[must_use]
    pub fn broken_by(&self, counts: &Counts, cost: f64) -> Option<Reason> {
        let used_up = |limit: u32, count: i64| limit > 0 && count >= i64::from(limit);
        if used_up(self.per_number_day, counts.number)
            || used_up(self.unanswered_per_number_day, counts.unanswered)
        {
            return Some(Reason::NumberLimit);
        }
        if used_up(self.per_visitor_day, counts.visitor)
            || used_up(self.per_network_hour, counts.network)
            || used_up(self.per_prefix_hour, counts.prefix)
            || used_up(self.per_organization_hour, counts.organization)
        {
            return Some(Reason::RateLimit);
        }
        let money = self.spend_per_organization_day;
        (money > 0.0 && counts.spent + cost > money).then_some(Reason::SpendLimit)
    }
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
        per_organization_hour: 600,
        spend_per_organization_day: 1.0,
    };

    #[test]
    fn an_honest_chat_passes() {
        let counts = Counts {
            number: 11,
            unanswered: 1,
            visitor: 11,
            ..Counts::default()
        };
        assert_eq!(LIMITS.broken_by(&counts, 0.01), None);
    }

    #[test]
    fn a_stranger_is_not_pestered() {
        let counts = Counts {
            unanswered: 4,
            ..Counts::default()
        };
        assert_eq!(LIMITS.broken_by(&counts, 0.01), Some(Reason::NumberLimit));
    }

    #[test]
    fn nought_switches_a_limit_off() {
        let counts = Counts {
            visitor: 1_000,
            ..Counts::default()
        };
        assert_eq!(LIMITS.broken_by(&counts, 0.01), None);
    }

    #[test]
    fn the_days_money_is_not_overdrawn() {
        let counts = Counts {
            spent: 0.995,
            ..Counts::default()
        };
        assert_eq!(LIMITS.broken_by(&counts, 0.01), Some(Reason::SpendLimit));
    }
}
