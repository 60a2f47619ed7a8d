//! How far each conversation that a socket follows has been sent.

/// More than this, and the one that was asked for longest ago is followed no more.
const MOST: usize = 200;

/// One conversation that is followed.
#[derive(Debug)]
pub(crate) struct Followed<Id> {
    pub id: Id,
    /// The last entry that was sent, or passed over as not theirs.
    pub sent: u64,
    /// The last of the other side's words that was sent.
    pub shown: u64,
    /// Up to where it is written down that it was shown.
    pub marked: u64,
}

/// What one socket follows: few, so a list.
#[derive(Debug)]
pub(crate) struct Follows<Id>(Vec<Followed<Id>>);

impl<Id> Default for Follows<Id> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<Id: Copy + Eq> Follows<Id> {
    pub(crate) fn get(&mut self, id: Id) -> Option<&mut Followed<Id>> {
        self.0.iter_mut().find(|followed| followed.id == id)
    }

    pub(crate) fn has(&self, id: Id) -> bool {
        self.0.iter().any(|followed| followed.id == id)
    }

    pub(crate) fn ids(&self) -> Vec<Id> {
        self.0.iter().map(|followed| followed.id).collect()
    }

    /// Follows it from here. Answers the one that had to give way.
    pub(crate) fn put(&mut self, followed: Followed<Id>) -> Option<Id> {
        self.0.retain(|other| other.id != followed.id);
        let gone = (self.0.len() >= MOST).then(|| self.0.remove(0).id);
        self.0.push(followed);
        gone
    }

    /// Whether something was shown that is not written down yet.
    pub(crate) fn unmarked(&self) -> bool {
        self.0
            .iter()
            .any(|followed| followed.shown > followed.marked)
    }

    /// What is to be written down, each once.
    pub(crate) fn mark(&mut self) -> Vec<(Id, u64)> {
        let unmarked = self
            .0
            .iter_mut()
            .filter(|followed| followed.shown > followed.marked);
        unmarked
            .map(|followed| {
                followed.marked = followed.shown;
                (followed.id, followed.shown)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(id: usize) -> Followed<usize> {
        Followed {
            id,
            sent: 0,
            shown: 0,
            marked: 0,
        }
    }

    #[test]
    fn the_one_that_was_asked_for_longest_ago_gives_way() {
        let mut follows = Follows::default();
        assert!((0..MOST).all(|id| follows.put(at(id)).is_none()));
        assert_eq!(
            follows.put(at(0)),
            None,
            "asked for again, it is the latest"
        );
        assert_eq!(follows.put(at(MOST)), Some(1));
        assert!(follows.has(0) && !follows.has(1));
    }

    #[test]
    fn what_was_shown_is_written_down_once() {
        let mut follows = Follows::default();
        follows.put(Followed {
            shown: 4,
            marked: 2,
            ..at(7)
        });
        assert!(follows.unmarked());
        assert_eq!(follows.mark(), [(7, 4)]);
        assert!(!follows.unmarked() && follows.mark().is_empty());
    }
}
