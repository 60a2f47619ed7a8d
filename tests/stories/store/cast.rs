//! Who and what the stories are about.

use serde_json::json;
use sqlx::SqlitePool;
use switchboard::core::conversation::Hold;
use switchboard::core::delivery::{Delivery, State};
use switchboard::core::event::{Message, Outgoing as Starts};
use switchboard::core::{
    Actor, ConsentWord, Conversation, ConversationId, Event, Kind, LegId, OperatorId, Proof, Seq,
    Status, Timestamp, VisitorId,
};
use switchboard::store::contacts;
use switchboard::store::conversations::{
    self, ClientKey, Cursors, Inbox, ProviderMessage, Stored, Writes,
};
use switchboard::store::guard::{self, Alarm, Crowd, Messaging, Welcome};
use switchboard::store::leads::{
    self, About, Given, GivenIn, Identity, Kind as AddressKind, Lead, LeadId, LeadState, Source,
    Wanted,
};
use switchboard::store::outbox::{self, Outgoing};
use switchboard::store::pairs::{self, Right};
use switchboard::store::people::{self, OperatorRow};
use switchboard::store::tickets::{self, Opens, Pass};
use switchboard::store::{Conn, StoreError};
use uuid::Uuid;

/// The shop.
pub const ACME: &str = "acme";
/// Another shop on the same server.
pub const GLOBEX: &str = "globex";
/// A window for visitors.
pub const WEB: &str = "web";
/// A number of the shop's.
pub const SMS: &str = "acme-sms";
/// The visitor's phone.
pub const PHONE: &str = "+12025550143";
/// When the stories begin.
pub const NOON: Timestamp = Timestamp(1_800_000_000_000);
/// The visitor, Vera.
pub const VERA: VisitorId = VisitorId(Uuid::from_u128(1));
/// Another visitor.
pub const WALT: VisitorId = VisitorId(Uuid::from_u128(2));
/// An operator.
pub const ADA: OperatorId = OperatorId(Uuid::from_u128(3));
/// Vera's conversation.
pub const CHAT: ConversationId = ConversationId(Uuid::from_u128(4));
/// Vera's lead.
pub const LEAD: LeadId = LeadId(Uuid::from_u128(6));
/// Walt's lead.
pub const OTHER_LEAD: LeadId = LeadId(Uuid::from_u128(7));
/// Another form of her number, as some provider calls her.
pub const FORM: &str = "US.1349";
/// … and yet another, a number.
pub const NUMBER: &str = "+12025550111";
/// Another conversation.
pub const OTHER: ConversationId = ConversationId(Uuid::from_u128(5));

/// A conversation that nobody has stored yet.
pub fn begun(organization: &str, id: ConversationId, visitor: VisitorId) -> Stored {
    Stored {
        organization: organization.to_owned(),
        id,
        visitor,
        widget: WEB.to_owned(),
        version: 0,
        state: Conversation::default(),
        created_at: NOON,
        updated_at: NOON,
        last_message: None,
        cursors: Cursors::default(),
        seen_at: Timestamp(0),
        visitor_name: None,
    }
}

/// Writes conversations over the versions that they were read at. Answers how many were written.
pub async fn save(conn: &mut Conn, changed: &[&Stored]) -> Result<u64, StoreError> {
    let next = |stored: &&Stored| Stored {
        version: stored.version + 1,
        ..(*stored).clone()
    };
    let next: Vec<Stored> = changed.iter().map(next).collect();
    let next: Vec<&Stored> = next.iter().collect();
    conversations::save(conn, &next, |_| Some(WEB.to_owned())).await
}

/// Writes one conversation, its visitor with it.
pub async fn begin(conn: &mut Conn, organization: &str, id: ConversationId, visitor: VisitorId) {
    people::new_visitor(conn, organization, visitor, None, NOON)
        .await
        .expect("a visitor");
    let written = save(conn, &[&begun(organization, id, visitor)])
        .await
        .expect("a conversation");
    assert_eq!(written, 1);
}

/// A conversation of the shop's as it is stored.
pub async fn stored(pool: &SqlitePool, id: ConversationId) -> Stored {
    let found = conversations::get(pool, ACME, id).await;
    found.expect("an answer").expect("it is there")
}

/// Something that the visitor says.
pub fn says(text: &str) -> Event {
    Event {
        at: NOON,
        kind: Kind::Message(Message {
            author: Actor::Visitor,
            leg: LegId(1),
            text: text.into(),
            attachments: Vec::new(),
            template: None,
            consent: None,
            client_id: None,
            outgoing: None::<Starts>,
            welcome: None,
        }),
    }
}

/// Puts an entry into a log.
pub async fn log(
    conn: &mut Conn,
    organization: &str,
    id: ConversationId,
    seq: Seq,
    text: &str,
) -> Result<(), StoreError> {
    let mut writes = Writes::default();
    writes.event(organization, id, seq, &says(text))?;
    writes.flush(conn).await
}

/// The provider's message "SM1", the first entry of a conversation.
pub fn provider_message(organization: &str, conversation: ConversationId) -> ProviderMessage {
    ProviderMessage {
        organization: organization.to_owned(),
        connection: SMS.to_owned(),
        provider_id: "SM1".to_owned(),
        conversation,
        seq: 1,
        extra: json!(null),
    }
}

/// What a client's id of Vera's stands for.
pub fn client_key(organization: &str, client_id: &str, seq: Seq, digest: &str) -> ClientKey {
    ClientKey {
        organization: organization.to_owned(),
        author: format!("v:{VERA}"),
        client_id: client_id.to_owned(),
        conversation: CHAT,
        seq,
        digest: digest.to_owned(),
    }
}

/// A message to the phone that waits for its turn.
pub fn queued(organization: &str, seq: Seq) -> Outgoing {
    Outgoing {
        organization: organization.to_owned(),
        conversation: CHAT,
        delivery: Delivery {
            leg: LegId(2),
            seq,
            welcome: None,
            template: false,
            state: State::Queued,
            doubt: false,
            attempt: 0,
        },
        connection: SMS.to_owned(),
        address: PHONE.to_owned(),
        text: "Your pump is ready".to_owned(),
        template: None,
        network: None,
        created_at: NOON,
        due_at: NOON,
        handed_at: None,
        asked: 0,
        absent: 0,
        provider_id: None,
        code: None,
    }
}

/// The same in another state.
pub fn in_state(state: State, message: Outgoing) -> Outgoing {
    let delivery = Delivery {
        state,
        ..message.delivery
    };
    Outgoing {
        delivery,
        ..message
    }
}

/// Three words, as many keys are.
pub fn triple(organization: &str, second: &str, third: &str) -> (String, String, String) {
    (organization.to_owned(), second.to_owned(), third.to_owned())
}

/// A welcome to Vera's phone, as the guard counts it.
pub fn welcome() -> Welcome<'static> {
    Welcome {
        conversation: CHAT,
        seq: 2,
        number: PHONE,
        cost: 0.01,
        crowd: Crowd {
            visitor: VERA.to_string(),
            network: "192.0.2.0/24",
            prefix: "+12025550",
            country: "US".to_owned(),
        },
    }
}

fn ada(organization: &str) -> OperatorRow {
    OperatorRow {
        organization: organization.to_owned(),
        id: ADA.to_string(),
        email: "ada@acme.example".to_owned(),
        name: "Ada".to_owned(),
        role: "owner".to_owned(),
        password_hash: "$argon2id$".to_owned(),
        presence: "offline".to_owned(),
    }
}

/// One of everything that the store keeps, for one organization.
pub async fn everything(conn: &mut Conn, organization: &str) -> Result<(), StoreError> {
    what_the_first_version_kept(conn, organization).await?;
    what_came_later(conn, organization).await
}

/// What the guard keeps besides what it counts.
async fn watched(conn: &mut Conn, organization: &str) -> Result<(), StoreError> {
    assert!(guard::use_challenge(conn, organization, "signature", NOON.plus(1), NOON).await?);
    guard::set_messaging(conn, &stopped(organization)).await?;
    assert!(guard::raise(conn, organization, &alarm()).await?);
    guard::set_watermark(conn, organization, SMS, NOON).await
}

fn stopped(organization: &str) -> Messaging {
    Messaging {
        organization: organization.to_owned(),
        stopped: Some("welcomes".to_owned()),
        reason: None,
        by: "Ada".to_owned(),
        at: NOON.0,
    }
}

fn alarm() -> Alarm {
    Alarm {
        kind: "connection_sick".to_owned(),
        connection: SMS.to_owned(),
        since: NOON.0,
        detail: "the account".to_owned(),
    }
}

/// One of everything that has a table since the first version.
pub async fn what_the_first_version_kept(
    conn: &mut Conn,
    organization: &str,
) -> Result<(), StoreError> {
    people::organization(conn, organization, "Pumps", &format!("wk_{organization}")).await?;
    people::put_operator(conn, &ada(organization)).await?;
    people::begin_session(conn, organization, "session", ADA, NOON, NOON.plus(1)).await?;
    people::new_visitor(conn, organization, VERA, Some("token"), NOON).await?;
    people::name_visitor(conn, organization, VERA, Some("Vera")).await?;
    people::seen(conn, &[(organization.to_owned(), VERA, NOON)]).await?;
    save(conn, &[&begun(organization, CHAT, VERA)]).await?;
    let mut writes = Writes::default();
    writes.event(organization, CHAT, 1, &says("hello"))?;
    writes.client_key(client_key(organization, "c1", 1, "digest"));
    writes.provider_message(provider_message(organization, CHAT));
    writes.flush(conn).await?;
    pairs::hold(
        conn,
        organization,
        (SMS, PHONE),
        CHAT,
        Hold::Firm,
        Right::Asked,
    )
    .await?;
    pairs::consent(
        conn,
        organization,
        ("sms", PHONE),
        ConsentWord::OptOut,
        "STOP",
        NOON,
    )
    .await?;
    guard::count(conn, organization, &welcome(), false, NOON).await?;
    let known = Outgoing {
        provider_id: Some("SM2".to_owned()),
        ..in_state(State::Sent, queued(organization, 2))
    };
    let unknown = in_state(State::Uncertain, queued(organization, 3));
    outbox::save(conn, &[known, unknown]).await?;
    outbox::park(conn, organization, SMS, "SM9", "delivered", NOON).await
}

/// One of everything that got a table in a later version.
pub async fn what_came_later(conn: &mut Conn, organization: &str) -> Result<(), StoreError> {
    watched(conn, organization).await?;
    contacts::heard(conn, organization, (SMS, PHONE), ("SM1", FORM), NOON).await?;
    contacts::link(conn, organization, SMS, PHONE, VERA).await?;
    contacts::stands_for(conn, organization, SMS, FORM, PHONE).await?;
    contacts::stands_for(conn, organization, SMS, NUMBER, PHONE).await?;
    let until = (NOON, NOON.plus(1));
    let (code, link) = ((CHAT, None), (CHAT, Some(LegId(2))));
    tickets::issue(conn, organization, "code", Opens::Code, code, until).await?;
    tickets::issue(conn, organization, "link", Opens::Return, link, until).await?;
    tickets::give_pass(conn, organization, "pass", pass(), NOON).await?;
    leads::put(conn, &lead(organization)).await?;
    leads::give(conn, organization, LEAD, &given()).await?;
    leads::put_identity(conn, organization, VERA, &identity()).await?;
    leads::of_conversation(conn, organization, (WALT, CHAT), OTHER_LEAD, NOON)
        .await
        .map(drop)
}

/// A browser of Vera's that came by a link from her phone.
pub fn pass() -> Pass {
    Pass {
        visitor: VERA,
        conversation: CHAT,
        leg: LegId(2),
        since: 3,
    }
}

/// Vera's lead.
pub fn lead(organization: &str) -> Lead {
    Lead {
        organization: organization.to_owned(),
        id: LEAD,
        visitor: Some(VERA),
        about: About {
            name: Some("Vera".to_owned()),
            company: Some("Well & Sons".to_owned()),
            ..About::default()
        },
        source: Source::Operator,
        state: LeadState::New,
        conversation: None,
        created_at: NOON,
        updated_at: NOON,
    }
}

/// Her e-mail address, as she gave it.
pub fn given() -> Given {
    Given {
        kind: AddressKind::Email,
        address: "vera@example.com".to_owned(),
        given_at: NOON,
        given_in: GivenIn::Lead,
        consent: None,
    }
}

/// Her phone, as a conversation brought it.
pub fn identity() -> Identity {
    Identity {
        channel: "sms".to_owned(),
        address: PHONE.to_owned(),
        proof: Proof::Delivered,
        given_at: NOON,
        given_in: GivenIn::Switch,
        since: Some(NOON),
        heard_at: None,
        gone: None,
    }
}

/// Every question that the store answers about one organization, asked of that one: its name, and whether anything was found.
pub async fn found(
    pool: &SqlitePool,
    conn: &mut Conn,
    organization: &str,
) -> Result<Vec<(&'static str, bool)>, StoreError> {
    let mut found = of_conversations(pool, conn, organization).await?;
    found.extend(of_the_outbox(pool, conn, organization).await?);
    found.extend(of_pairs(conn, organization).await?);
    found.extend(of_people(pool, organization).await?);
    found.extend(of_leads(conn, organization).await?);
    found.extend(of_crossings(pool, conn, organization).await?);
    found.extend(of_the_guard(pool, conn, organization).await?);
    Ok(found)
}

async fn of_conversations(
    pool: &SqlitePool,
    conn: &mut Conn,
    organization: &str,
) -> Result<Vec<(&'static str, bool)>, StoreError> {
    let ids = [(organization.to_owned(), CHAT)];
    let author = format!("v:{VERA}");
    let keys = [triple(organization, &author, "c1")];
    let provider_ids = [triple(organization, SMS, "SM1")];
    let mut found = vec![
        ("load", !conversations::load(conn, &ids).await?.is_empty()),
        (
            "get",
            conversations::get(pool, organization, CHAT)
                .await?
                .is_some(),
        ),
        (
            "open_of",
            conversations::open_of(conn, organization, VERA, WEB)
                .await?
                .is_some(),
        ),
        (
            "events",
            !conversations::events(pool, organization, CHAT, 0, 9)
                .await?
                .is_empty(),
        ),
        (
            "event",
            conversations::event(conn, organization, CHAT, 1)
                .await?
                .is_some(),
        ),
        (
            "unread",
            conversations::unread(conn, organization, CHAT, 0).await? > 0,
        ),
        (
            "client_keys",
            !conversations::client_keys(conn, &keys).await?.is_empty(),
        ),
        (
            "provider_messages",
            !conversations::provider_messages(conn, &provider_ids)
                .await?
                .is_empty(),
        ),
    ];
    for wanted in lists() {
        let rows = conversations::inbox(pool, organization, &wanted).await?;
        found.push(("inbox", !rows.is_empty()));
    }
    Ok(found)
}

/// The lists that people look at, each of which has Vera's waiting conversation in it.
pub fn lists() -> Vec<Inbox> {
    let all = || Inbox {
        limit: 9,
        ..Inbox::default()
    };
    let queue = || Inbox {
        status: Some("waiting".to_owned()),
        ..all()
    };
    vec![
        queue(),
        Inbox {
            unheld: true,
            channel: Some(WEB.to_owned()),
            ..queue()
        },
        Inbox {
            cursor: Some((-1, String::new())),
            ..queue()
        },
        Inbox {
            visitor: Some(VERA),
            ..all()
        },
        Inbox {
            words: Some("ver".to_owned()),
            ..queue()
        },
    ]
}

async fn of_the_outbox(
    pool: &SqlitePool,
    conn: &mut Conn,
    organization: &str,
) -> Result<Vec<(&'static str, bool)>, StoreError> {
    let twin = Outgoing {
        organization: organization.to_owned(),
        ..in_state(State::Uncertain, queued(organization, 7))
    };
    Ok(vec![
        (
            "on_their_way",
            !outbox::on_their_way(conn, organization, CHAT)
                .await?
                .is_empty(),
        ),
        (
            "delivery",
            outbox::get(conn, organization, CHAT, 2).await?.is_some(),
        ),
        (
            "by_provider_id",
            outbox::by_provider_id(conn, organization, SMS, "SM2")
                .await?
                .is_some(),
        ),
        (
            "states",
            !outbox::states(pool, organization, CHAT, 1, 9)
                .await?
                .is_empty(),
        ),
        (
            "due",
            !outbox::due(pool, organization, SMS, 16, NOON, 9)
                .await?
                .is_empty(),
        ),
        (
            "next_due",
            outbox::next_due(pool, organization, SMS, 16)
                .await?
                .is_some(),
        ),
        (
            "known_to",
            !outbox::known_to(pool, organization, SMS, PHONE, NOON)
                .await?
                .is_empty(),
        ),
        ("has_twin", outbox::has_twin(pool, &twin).await?),
    ])
}

async fn of_pairs(
    conn: &mut Conn,
    organization: &str,
) -> Result<Vec<(&'static str, bool)>, StoreError> {
    let asked = [triple(organization, SMS, PHONE)];
    let counts = guard::counts(conn, organization, &welcome(), NOON).await?;
    Ok(vec![
        (
            "holder",
            pairs::holder(conn, organization, SMS, PHONE)
                .await?
                .is_some(),
        ),
        ("holders", !pairs::holders(conn, &asked).await?.is_empty()),
        (
            "conversations_with",
            !pairs::conversations_with(conn, organization, PHONE)
                .await?
                .is_empty(),
        ),
        (
            "opted_out",
            pairs::opted_out(conn, organization, "sms", PHONE).await?,
        ),
        ("counts", counts.unanswered > 0 && counts.spent > 0.0),
    ])
}

/// The questions that the first version could not answer.
async fn of_the_guard(
    pool: &SqlitePool,
    conn: &mut Conn,
    organization: &str,
) -> Result<Vec<(&'static str, bool)>, StoreError> {
    let answers = guard::answers(conn, organization, 9, NOON).await?;
    let stands = guard::stands(conn, organization, "connection_sick", SMS).await?;
    Ok(vec![
        ("answers", answers == (1, 0)),
        (
            "messaging",
            !guard::messaging(conn, organization).await?.is_empty(),
        ),
        ("stands", stands),
        (
            "alarms",
            guard::alarms(conn, organization).await? == [alarm()],
        ),
        (
            "watermark",
            guard::watermark(pool, organization, SMS).await?.is_some(),
        ),
    ])
}

async fn of_people(
    pool: &SqlitePool,
    organization: &str,
) -> Result<Vec<(&'static str, bool)>, StoreError> {
    let operators = people::operators(pool, organization).await?;
    Ok(vec![
        (
            "operators",
            operators.iter().any(|row| row.presence == "offline"),
        ),
        (
            "session",
            people::session(pool, organization, "session", NOON)
                .await?
                .is_some(),
        ),
        (
            "visitor_by_token",
            people::visitor_by_token(pool, organization, "token")
                .await?
                .is_some(),
        ),
    ])
}

async fn of_crossings(
    pool: &SqlitePool,
    conn: &mut Conn,
    organization: &str,
) -> Result<Vec<(&'static str, bool)>, StoreError> {
    let contact = contacts::get(conn, organization, SMS, PHONE).await?;
    let address = contacts::address_of(conn, organization, SMS, FORM).await?;
    let issued =
        tickets::issued_since(conn, organization, CHAT, Opens::Code, NOON.plus(-1)).await?;
    let held = tickets::pass(pool, organization, "pass").await?;
    let number = contacts::number_of(conn, organization, PHONE).await?;
    Ok(vec![
        ("contact", contact.visitor == Some(VERA)),
        ("address_of", address.as_deref() == Some(PHONE)),
        ("number_of", number.as_deref() == Some(NUMBER)),
        ("issued_since", issued == 1),
        ("pass", held == Some(pass())),
    ])
}

async fn of_leads(
    conn: &mut Conn,
    organization: &str,
) -> Result<Vec<(&'static str, bool)>, StoreError> {
    let mut found = vec![
        (
            "lead",
            leads::get(conn, organization, LEAD).await?.is_some(),
        ),
        (
            "lead of_visitor",
            leads::of_visitor(conn, organization, VERA).await?.is_some(),
        ),
        (
            "given",
            !leads::given(conn, organization, LEAD).await?.is_empty(),
        ),
        (
            "identities",
            !leads::identities(conn, organization, VERA)
                .await?
                .is_empty(),
        ),
        (
            "identity",
            leads::identity(conn, organization, VERA, ("sms", PHONE))
                .await?
                .is_some(),
        ),
        (
            "last_conversation",
            leads::last_conversation(conn, organization, VERA)
                .await?
                .is_some(),
        ),
    ];
    for wanted in lists_of_leads() {
        let rows = leads::list(conn, organization, &wanted, NOON).await?;
        found.push(("leads", !rows.is_empty()));
    }
    Ok(found)
}

/// The lists that people look at, each of which has Vera's lead in it.
pub fn lists_of_leads() -> Vec<Wanted> {
    let all = || Wanted {
        limit: 9,
        ..Wanted::default()
    };
    let with = |words: &str| Wanted {
        words: Some(words.to_owned()),
        ..all()
    };
    vec![
        all(),
        Wanted {
            state: Some(LeadState::New),
            ..all()
        },
        Wanted {
            cursor: Some((NOON.plus(1), String::new())),
            ..all()
        },
        with("well & sons"),
        with("vera@"),
        with("0143"),
    ]
}

/// Undoes whatever can be undone of [`everything`].
pub async fn undo(conn: &mut Conn, organization: &str) -> Result<(), StoreError> {
    people::set_presence(conn, organization, ADA, "busy").await?;
    people::end_session(conn, organization, "session").await?;
    people::name_visitor(conn, organization, VERA, None).await?;
    let mut resolved = begun(organization, CHAT, VERA);
    resolved.version = 1;
    resolved.state.status = Status::Resolved;
    assert_eq!(save(conn, &[&resolved]).await?, 1);
    pairs::hold(
        conn,
        organization,
        (SMS, PHONE),
        CHAT,
        Hold::Not,
        Right::Held,
    )
    .await?;
    pairs::consent(
        conn,
        organization,
        ("sms", PHONE),
        ConsentWord::OptIn,
        "START",
        NOON,
    )
    .await?;
    guard::answered(conn, organization, PHONE).await?;
    assert!(guard::clear(conn, organization, "connection_sick", SMS).await?);
    let read = [2, 3].map(|seq| in_state(State::Read, queued(organization, seq)));
    outbox::save(conn, &read).await?;
    outbox::unpark(conn, organization, SMS, "SM9").await?;
    contacts::window_closed(conn, organization, (SMS, PHONE), NOON).await?;
    contacts::moved(conn, organization, SMS, PHONE, PHONE).await?;
    pairs::move_to(conn, organization, SMS, PHONE, CHAT).await?;
    tickets::use_up(conn, organization, "code", Opens::Code, NOON).await?;
    leads::reached(conn, organization, WALT, NOON).await?;
    leads::take(conn, organization, LEAD, AddressKind::Email).await?;
    leads::erase(conn, &lead(organization)).await
}
