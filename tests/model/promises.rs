//! What must be true of every state: the promises, in their order.

use stateright::Property;

use crate::Product;
use crate::world::World;

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
        /// looked at when it is reached: both in [`World::broken`].
        pub fn all() -> Vec<Property<Product>> {
            vec![$(Property::always($words, |_, world: &World| world.broken.keeps(Promise::$name))),*]
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
    NothingWaitsWhereLeft: "5: nothing waits for a leg that was left by revert or loss",
    LateRevertRefused: "6: a revert after the window is refused and changes nothing",
    OneLeg: "7: a message goes to the leg that was active when it was said, and to no other",
    InOrder: "7: a leg's messages leave in log order, a welcome first",
    ReceivedOnce: "8: no phone gets a message twice",
    OnlyWhileActive: "8: what may have left goes again only to the active leg",
    NeverBackwards: "9: a delivery never reads backwards",
    AsIfOneCameFirst: "11: commands that race end as if one came first",
    OptOutIsFinal: "12: nothing is handed over after an opt-out was committed",
    NothingFromBefore: "14: no phone gets what was said before it joined",
}

/// The promises that were broken on the way to a state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Broken(u32);

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
