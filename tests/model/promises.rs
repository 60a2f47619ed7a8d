//! What must be true of every state: the promises, in their order.

use std::ops::BitOr;

use stateright::{Model, Property};

/// A state that knows what was broken on the way to it.
pub trait Watched {
    fn broken(&self) -> Broken;
}

/// Makes the list of promises, and of each a property that must always hold.
macro_rules! promises {
    ($($name:ident: $words:literal,)*) => {
        /// Something that the product promises; the number is that of the promise.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u32)]
        pub enum Promise {
            $($name),*
        }

        impl Promise {
            pub fn words(self) -> &'static str {
                match self {
                    $(Self::$name => $words),*
                }
            }
        }

        /// Every promise as a property of every state. What a step must not do is noted while it is done, what a state must not be is
        /// looked at when it is reached: both are [`Watched::broken`].
        pub fn all<M>() -> Vec<Property<M>>
        where
            M: Model,
            M::State: Watched,
        {
            vec![$(Property::always($words, |_, state: &M::State| state.broken().keeps(Promise::$name))),*]
        }
    };
}

promises! {
    LoggedOnce: "1: what was acknowledged is in the log exactly once",
    NeverRefused: "1: no channel, phase or status refuses the visitor's words",
    NothingIsStuck: "1: what waits to be sent has its turn",
    AnswersComeHere: "1: whoever answers a message of ours is heard in its conversation",
    NoGapNoRepeat: "2: the log has no gap and no repeat",
    OneActiveLeg: "3: a conversation with a web leg always has an active leg",
    ActiveLegUsable: "3: the active leg can be written to",
    FailureMovesNothing: "4: only a switch, a revert or a loss moves the active leg",
    OnlyAcceptedMoves: "4: a leg is entered by its welcome only once somebody has that",
    EndsTogether: "4: a switch is pending exactly as long as its welcome is",
    OneAtATime: "4: one switch at a time, each ended before the next",
    RevertRestores: "5: a revert in time restores the leg the switch was asked on",
    RevertTouchesNothingElse: "5: a switch or revert touches no status, holder, queue place or unread",
    TransferTouchesNothingElse: "5: handing a conversation on touches no leg, no pending switch and no window",
    NothingWaitsWhereLeft: "5: nothing waits for a leg that was left by revert or loss",
    LateRevertRefused: "6: a revert after the window is refused and changes nothing",
    OneLeg: "7: a message goes to the leg that was active when it was said, and to no other",
    InOrder: "7: a leg's messages leave in log order, a welcome first",
    ReceivedOnce: "8: no phone gets a message twice",
    OnlyWhileActive: "8: what may have left goes again only to the active leg",
    NeverBackwards: "9: a delivery never reads backwards",
    ReadsWhatWasTold: "9: a message reads at least what the provider told of it, whenever that came",
    AsIfOneCameFirst: "11: commands that race end as if one came first",
    OneWelcome: "11: however many ask for a leg, one welcome goes there",
    UsedOnce: "11: of those who use a one-time code or link, one is let in",
    OneHolder: "11: a phone is written to from one conversation",
    OptOutIsFinal: "12: nothing is handed over after an opt-out was committed",
    NothingFromBefore: "14: no phone gets what was said before it joined, nor does a link show it",
    WaitsForTheAnswer: "held: words wait until the phone has answered",
    LeavesWithTheAnswer: "held: what waited for the answer leaves with it, or is withdrawn when its leg is left",
    FreeTextInItsWindow: "window: no free text is handed over outside of its window",
    RefusedWhenWritten: "window: free text outside of it is refused when it is written, or waits for the first answer",
    TemplatesPass: "window: a template may be sent at any time",
    MovedByItsPerson: "pairs: a held pair is moved only by its person's code",
    CodeArrives: "writing first: a code leads to its leg at once, linked and without a welcome",
    LinkArrives: "way back: whoever opens the link is reached at the window",
}

/// The promises that were broken on the way to a state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Broken(u64);

impl Broken {
    pub fn unless(&mut self, kept: bool, promise: Promise) {
        if !kept {
            self.0 |= 1 << promise as u32;
        }
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    fn keeps(self, promise: Promise) -> bool {
        self.0 & (1 << promise as u32) == 0
    }
}

impl BitOr for Broken {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
