//! What is printed: one row a figure, and what the machine was.

use std::fmt;

/// One row.
pub struct Row {
    pub figure: String,
    pub floor: f64,
    pub product: f64,
    pub goal: Goal,
    /// About its rounds, where there is something to say.
    pub note: String,
}

/// What is aimed at.
#[derive(Clone, Copy)]
pub enum Goal {
    /// Product by floor, at least.
    RatioAtLeast(f64),
    /// Product by floor, at most.
    RatioAtMost(f64),
    /// The product's own value, at most.
    AtMost(f64),
    /// Reported, not judged.
    None,
}

impl Row {
    fn ratio(&self) -> f64 {
        self.product / self.floor
    }

    fn met(&self) -> Option<bool> {
        match self.goal {
            Goal::RatioAtLeast(least) => Some(self.ratio() >= least),
            Goal::RatioAtMost(most) => Some(self.ratio() <= most),
            Goal::AtMost(most) => Some(self.product <= most),
            Goal::None => None,
        }
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RatioAtLeast(least) => write!(f, "ratio ≥ {least}"),
            Self::RatioAtMost(most) => write!(f, "ratio ≤ {most}"),
            Self::AtMost(most) => write!(f, "≤ {most}"),
            Self::None => f.write_str("–"),
        }
    }
}

/// The head of the table.
pub const HEAD: &str =
    "figure                                              floor     product   ratio   goal";

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let met = match self.met() {
            Some(true) => "met",
            Some(false) => "MISSED",
            None => "",
        };
        write!(
            f,
            "{:<45} {:>11} {:>11} {:>7.2}   {:<13} {met:<7}{}",
            self.figure,
            shown(self.floor),
            shown(self.product),
            self.ratio(),
            self.goal.to_string(),
            self.note
        )
    }
}

/// As many digits as mean something.
fn shown(value: f64) -> String {
    match value.abs() {
        large if large >= 1_000.0 => format!("{value:.0}"),
        middle if middle >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// The machine: processor, cores, memory, kernel.
pub fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let after = |text: &str, name: &str| {
        text.lines()
            .find(|line| line.starts_with(name))
            .and_then(|line| line.split_once(':'))
            .map_or("?".to_owned(), |(_, value)| value.trim().to_owned())
    };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!(
        "{} · {cores} cores, shared by server and load · memory {} · Linux {}",
        after(&read("/proc/cpuinfo"), "model name"),
        after(&read("/proc/meminfo"), "MemTotal"),
        read("/proc/sys/kernel/osrelease").trim()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_whether_its_goal_is_met() {
        let row = |floor, product, goal| Row {
            figure: "messages/s".into(),
            floor,
            product,
            goal,
            note: String::new(),
        };
        assert_eq!(row(10.0, 5.0, Goal::RatioAtLeast(0.5)).met(), Some(true));
        assert_eq!(row(10.0, 4.9, Goal::RatioAtLeast(0.5)).met(), Some(false));
        assert_eq!(row(10.0, 21.0, Goal::RatioAtMost(2.0)).met(), Some(false));
        assert_eq!(row(2.7, 8.1, Goal::AtMost(8.0)).met(), Some(false));
        assert_eq!(row(2.7, 8.1, Goal::None).met(), None);
        assert!(
            row(10.0, 5.0, Goal::RatioAtLeast(0.5))
                .to_string()
                .contains("0.50")
        );
    }
}
