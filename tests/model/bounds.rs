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
    /// Texts of STOP, then of START.
    pub stops: u8,
    /// Texts that carry the one-time code of the window.
    pub codes: u8,
    /// Texts that ask for the way back, and are answered with a link.
    pub ways_back: u8,
    /// Switches asked by the visitor, from any tab.
    pub switches: u8,
    /// Switches asked by an operator.
    pub operator_switches: u8,
    /// Reconnects, asked by any operator.
    pub reconnects: u8,
    /// Times that the conversation is handed on to another operator.
    pub transfers: u8,
    /// Provider calls whose answer, or which themselves, are lost, or which a slow node comes back from after its lease.
    pub losses: u8,
    /// Provider calls that are refused or put off.
    pub refusals: u8,
    /// Calls that are refused because the provider knows of an opt-out that we do not.
    pub bars: u8,
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
    /// Free text is taken only so long after the phone wrote; else templates, of which operators send so many.
    pub window: Option<Window>,
    /// Receipts are told in any order and again and again, of people who read too, by ids that only the send's answer gives.
    pub receipts: bool,
}

/// The window in which free text is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// How long it stays open.
    pub open_for: i64,
    /// Templates of operators.
    pub templates: u8,
}

/// A safeguard that the environment leaves out, or a rule that it turns round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Without {
    Dedup,
    BindBeforeSend,
    WithdrawOnRevert,
    WithdrawAtRequeue,
    Reconcile,
    VersionCheck,
    ConsentAtDispatch,
    /// What the provider says of an opt-out does not go into the ledger.
    ProvidersConsent,
    /// It does, and the conversation is not told.
    LossByProvidersConsent,
    /// Words do not wait for the phone's answer.
    Holding,
    /// The answer does not let go what waited for it.
    ReleaseOnAnswer,
    /// What waited for the answer still does when the conversation has gone on.
    WithdrawOnLeaving,
    /// Of a leg's messages the last goes first.
    LaneOrder,
    /// A receipt says how far a message is, whatever was known.
    ForwardOnly,
    /// A receipt for an id that is not known yet is thrown away.
    Parking,
    /// Handing a conversation on ends the revert window.
    WindowOutlivesTransfer,
    /// Nobody asks whether free text may be sent when it is written.
    WindowAtDecision,
    /// Nobody asks again when it is handed over.
    WindowAtDispatch,
    /// What the provider says of the window is not written down.
    ProvidersWindow,
    /// The gate takes a template for free text.
    TemplatesPass,
    /// A one-time code or link can be used again.
    UseUp,
    /// Whoever writes first is greeted all the same.
    OwnText,
    /// A link shows the log from its beginning.
    FromWhereTheLegJoined,
    /// Each conversation keeps its own account of who holds a pair.
    UniqueKey,
    /// Whoever asks for a pair takes it over.
    Yielding,
    /// The conversation that loses its pair to a code is not told.
    LossByCode,
}

pub const NOTHING: Bounds = Bounds {
    name: "nothing",
    phones: 1,
    operators: 1,
    says: 0,
    tells: 0,
    writes: 0,
    stops: 0,
    codes: 0,
    ways_back: 0,
    switches: 0,
    operator_switches: 0,
    reconnects: 0,
    transfers: 0,
    losses: 0,
    refusals: 0,
    bars: 0,
    undeliverables: 0,
    crashes: 0,
    resolves: 0,
    leaves: 0,
    strangers: 0,
    races: 0,
    hold: false,
    window: None,
    receipts: false,
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

/// The conversation is resolved and written in again; others ask for its number.
const ENDED: Bounds = Bounds {
    name: "the conversation ends, and others ask for the number",
    writes: 1,
    switches: 1,
    operator_switches: 1,
    resolves: 1,
    strangers: 1,
    ..NOTHING
};

/// The conversation is resolved, the visitor goes, and an operator reaches for them; others ask for the number.
const REACHED_AGAIN: Bounds = Bounds {
    name: "the conversation ends, and an operator reconnects",
    switches: 1,
    reconnects: 1,
    resolves: 1,
    leaves: 1,
    strangers: 1,
    ..NOTHING
};

/// Words wait until the phone has answered.
pub const HELD: Bounds = Bounds {
    name: "words wait for the phone's answer",
    tells: 2,
    writes: 1,
    stops: 1,
    switches: 1,
    refusals: 1,
    hold: true,
    ..NOTHING
};

/// The provider knows of an opt-out that we do not.
pub const BARRED: Bounds = Bounds {
    name: "the provider says that the phone has opted out",
    tells: 1,
    stops: 1,
    switches: 2,
    bars: 1,
    ..NOTHING
};

/// Everything that a provider can tell of a message, in every order.
pub const RECEIPTS: Bounds = Bounds {
    name: "receipts come early, late, twice and in any order",
    tells: 2,
    switches: 1,
    losses: 1,
    undeliverables: 1,
    receipts: true,
    ..NOTHING
};

/// The conversation changes hands while a switch can be put back.
pub const HANDED_ON: Bounds = Bounds {
    name: "the conversation is handed on while it is being switched",
    operators: 2,
    tells: 1,
    switches: 1,
    transfers: 1,
    races: 1,
    ..NOTHING
};

/// Several operators reach for a visitor who has gone.
pub const RECONNECTED: Bounds = Bounds {
    name: "several operators reconnect at once",
    operators: 2,
    reconnects: 2,
    leaves: 1,
    races: 1,
    ..NOTHING
};

/// Free text is taken for a while after the phone wrote.
pub const WINDOWED: Bounds = Bounds {
    name: "free text in its window, templates at any time",
    tells: 1,
    writes: 1,
    switches: 1,
    refusals: 1,
    window: Some(Window {
        open_for: 9,
        templates: 1,
    }),
    ..NOTHING
};

/// Two phones send one code.
pub const WRITTEN_FIRST: Bounds = Bounds {
    name: "two phones write first with one code",
    phones: 2,
    stops: 1,
    codes: 2,
    switches: 1,
    ..NOTHING
};

/// The phone asks for the way back to the window.
pub const CAME_BACK: Bounds = Bounds {
    name: "the phone asks for the way back",
    says: 1,
    codes: 1,
    ways_back: 1,
    switches: 1,
    ..NOTHING
};

/// Two conversations and one phone: each of these for each.
pub const SHARED: Bounds = Bounds {
    name: "two conversations want one phone",
    writes: 1,
    codes: 1,
    switches: 1,
    ..NOTHING
};

/// What is visited with every change: a minute or so.
pub fn ci() -> Vec<Bounds> {
    vec![
        RECEIPTS,
        WINDOWED,
        WRITTEN_FIRST,
        CAME_BACK,
        BARRED,
        HANDED_ON,
        RECONNECTED,
        AWAY,
        ENDED,
        REACHED_AGAIN,
        HELD,
        RACE,
        CONSENT,
        PHONES,
        FAULTS,
    ]
}

/// The same of two conversations.
pub fn shared(soak: bool) -> Vec<Bounds> {
    let larger = Bounds {
        tells: 1,
        writes: 2,
        ..SHARED
    };
    vec![if soak { larger } else { SHARED }]
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
            reconnects: 1,
            leaves: 1,
            ..ENDED
        },
        Bounds {
            says: 1,
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
        Bounds {
            writes: 1,
            losses: 1,
            ..BARRED
        },
        Bounds {
            writes: 1,
            refusals: 1,
            ..RECEIPTS
        },
        Bounds {
            operator_switches: 1,
            transfers: 2,
            ..HANDED_ON
        },
        Bounds {
            switches: 1,
            operator_switches: 1,
            resolves: 1,
            ..RECONNECTED
        },
        Bounds {
            tells: 2,
            writes: 2,
            losses: 1,
            switches: 2,
            ..WINDOWED
        },
        Bounds {
            tells: 1,
            resolves: 1,
            strangers: 1,
            ..WRITTEN_FIRST
        },
        Bounds {
            tells: 1,
            leaves: 1,
            losses: 1,
            ..CAME_BACK
        },
    ]
}
