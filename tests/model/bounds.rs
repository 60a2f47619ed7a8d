//! How much of everything may happen, and which safeguard is left out.

/// So much may happen at most.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// What is looked at.
    pub name: &'static str,
    /// The visitor's phones, each on a connection of its own.
    pub phones: u8,
    /// Operators who write, switch and claim.
    pub operators: u8,
    /// Messages of the visitor in the window.
    pub says: u8,
    /// Messages of operators.
    pub tells: u8,
    /// Texts from the phones.
    pub writes: u8,
    /// Of these: STOP, then START.
    pub stops: u8,
    /// Switches asked by the visitor, from any tab.
    pub switches: u8,
    /// Switches and reconnects asked by operators.
    pub operator_switches: u8,
    /// Provider calls whose answer, or which themselves, are lost, or which a slow node comes back from after its lease.
    pub losses: u8,
    /// Provider calls that are refused or put off.
    pub refusals: u8,
    /// Messages that the carrier gives up on later.
    pub undeliverables: u8,
    /// Times that the process ends and starts again.
    pub crashes: u8,
    /// Times that the conversation is resolved.
    pub resolves: u8,
    /// Times that the last window is closed, and opened again.
    pub leaves: u8,
    /// Other conversations that ask for the pair.
    pub strangers: u8,
    /// A command that another node decides while the world goes on.
    pub races: u8,
    /// Words wait until the phone has answered.
    pub hold: bool,
}

/// A safeguard that the environment leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Without {
    Dedup,
    BindBeforeSend,
    WithdrawOnRevert,
    WithdrawAtRequeue,
    Reconcile,
    VersionCheck,
    ConsentAtDispatch,
}

const NOTHING: Bounds = Bounds {
    name: "nothing",
    phones: 1,
    operators: 1,
    says: 0,
    tells: 0,
    writes: 0,
    stops: 0,
    switches: 0,
    operator_switches: 0,
    losses: 0,
    refusals: 0,
    undeliverables: 0,
    crashes: 0,
    resolves: 0,
    leaves: 0,
    strangers: 0,
    races: 0,
    hold: false,
};

/// Enough of everything for every ablation to break something.
pub const TINY: Bounds = Bounds {
    name: "tiny",
    says: 1,
    tells: 1,
    writes: 1,
    stops: 1,
    switches: 1,
    losses: 1,
    refusals: 1,
    ..NOTHING
};

/// Two nodes on one conversation.
pub const RACE: Bounds = Bounds {
    name: "two nodes, two tabs and two operators race",
    operators: 2,
    tells: 1,
    switches: 1,
    operator_switches: 1,
    races: 1,
    ..NOTHING
};

/// Web to a phone and back, and again, while everything that can fail fails.
const FAULTS: Bounds = Bounds {
    name: "there and back while calls, answers and processes are lost",
    tells: 1,
    switches: 2,
    losses: 1,
    refusals: 1,
    crashes: 1,
    ..NOTHING
};

/// STOP and START at every point.
const CONSENT: Bounds = Bounds {
    name: "the phone opts out and in",
    tells: 1,
    stops: 2,
    switches: 2,
    ..NOTHING
};

/// Two phones: a number corrected, a second channel, welcomes that are never delivered.
const PHONES: Bounds = Bounds {
    name: "two phones and welcomes that never arrive",
    phones: 2,
    tells: 1,
    switches: 2,
    undeliverables: 1,
    refusals: 1,
    ..NOTHING
};

/// The visitor closes the window and writes from the phone.
const AWAY: Bounds = Bounds {
    name: "the window closes and the visitor writes from the phone",
    writes: 2,
    switches: 1,
    operator_switches: 1,
    leaves: 1,
    ..NOTHING
};

/// The conversation is resolved and reached again; others ask for its number.
const ENDED: Bounds = Bounds {
    name: "the conversation ends, others ask for the number, operators reconnect",
    writes: 1,
    switches: 1,
    operator_switches: 1,
    resolves: 1,
    strangers: 1,
    ..NOTHING
};

/// Words wait until the phone has answered.
const HELD: Bounds = Bounds {
    name: "words wait for the phone's answer",
    says: 1,
    tells: 2,
    writes: 1,
    stops: 1,
    switches: 1,
    refusals: 1,
    hold: true,
    ..NOTHING
};

/// What is visited with every change: a minute or so.
pub fn ci() -> Vec<Bounds> {
    vec![FAULTS, CONSENT, PHONES, AWAY, ENDED, HELD, RACE]
}

/// What is visited at leisure: hundreds of millions of states.
pub fn soak() -> Vec<Bounds> {
    vec![
        Bounds {
            says: 1,
            writes: 1,
            ..FAULTS
        },
        Bounds {
            tells: 2,
            losses: 1,
            crashes: 1,
            ..CONSENT
        },
        Bounds {
            writes: 1,
            stops: 1,
            ..PHONES
        },
        Bounds {
            says: 1,
            tells: 1,
            switches: 2,
            ..AWAY
        },
        Bounds {
            tells: 1,
            leaves: 1,
            losses: 1,
            ..ENDED
        },
        Bounds {
            switches: 2,
            losses: 1,
            ..HELD
        },
        Bounds {
            says: 1,
            writes: 1,
            switches: 2,
            ..RACE
        },
    ]
}
