//! Messages on their way: whose turn it is, and whose word counts.

use switchboard::core::delivery::{Happened, State};
use switchboard::core::{LegId, Reason, Seq, SwitchId, Timestamp};
use switchboard::store::outbox::{self, Outgoing};
use switchboard::store::{Conn, StoreError};

use super::backend::{Backend, on_every_backend};
use super::cast::{ACME, CHAT, NOON, SMS, in_state, queued};

/// How long a message that was taken is its taker's.
const LEASE: i64 = 60_000;

async fn due(backend: &Backend, now: Timestamp) -> Vec<Seq> {
    let due = outbox::due(&backend.store.reads, ACME, SMS, 16, now, 9).await;
    due.expect("what is due")
        .into_iter()
        .map(|message| message.delivery.seq)
        .collect()
}

async fn message(conn: &mut Conn, seq: Seq) -> Outgoing {
    let found = outbox::get(conn, ACME, CHAT, seq).await;
    found.expect("an answer").expect("it is there")
}

/// Takes a message: from now on it is handed over, until its lease ends.
async fn take(conn: &mut Conn, seq: Seq, now: Timestamp) -> Outgoing {
    let mut taken = message(conn, seq).await;
    taken.delivery.learn(Happened::Dispatched);
    taken.due_at = now.plus(LEASE);
    outbox::save(conn, &[taken.clone()]).await.expect("taken");
    taken
}

async fn settle(conn: &mut Conn, mut message: Outgoing, what: Happened) -> Result<(), StoreError> {
    message.delivery.learn(what);
    message.due_at = NOON;
    outbox::save(conn, &[message]).await
}

#[tokio::test]
async fn a_message_that_was_taken_is_not_taken_again_before_its_lease_ends_and_is_after() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        outbox::save(&mut conn, &[queued(ACME, 2)]).await.unwrap();
        assert_eq!(due(backend, NOON).await, [2]);

        take(&mut conn, 2, NOON).await;

        assert!(due(backend, NOON).await.is_empty());
        assert!(due(backend, NOON.plus(LEASE - 1)).await.is_empty());
        assert_eq!(due(backend, NOON.plus(LEASE)).await, [2]);
        let next = outbox::next_due(&backend.store.reads, ACME, SMS, 16).await;
        assert_eq!(next.unwrap(), Some(NOON.plus(LEASE)));
    })
    .await;
}

#[tokio::test]
async fn what_a_stale_attempt_writes_is_not_taken() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        outbox::save(&mut conn, &[queued(ACME, 2)]).await.unwrap();
        let first = take(&mut conn, 2, NOON).await;
        settle(&mut conn, first.clone(), Happened::NotTaken { attempt: 1 })
            .await
            .unwrap();
        take(&mut conn, 2, NOON).await;

        settle(&mut conn, first, Happened::Refused(Reason::BadRecipient))
            .await
            .unwrap();

        let kept = message(&mut conn, 2).await;
        assert_eq!(kept.delivery.state, State::Sending);
        assert_eq!(kept.delivery.attempt, 2);
        assert_eq!(kept.due_at, NOON.plus(LEASE));
    })
    .await;
}

#[tokio::test]
async fn what_was_taken_when_the_process_ended_is_found_at_the_next_start() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        outbox::save(&mut conn, &[queued(ACME, 2), queued(ACME, 3)])
            .await
            .unwrap();
        take(&mut conn, 2, NOON).await;
        backend.reopen().await.expect("it opens again");

        let in_flight = outbox::in_flight(&backend.store.reads).await.unwrap();

        assert_eq!(in_flight, [(ACME.to_owned(), CHAT, 2)]);
    })
    .await;
}

#[tokio::test]
async fn of_a_leg_only_the_first_that_is_not_settled_is_due() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        let mut elsewhere = queued(ACME, 4);
        elsewhere.delivery.leg = LegId(3);
        let lane = [queued(ACME, 2), queued(ACME, 3), elsewhere];
        outbox::save(&mut conn, &lane).await.unwrap();
        assert_eq!(due(backend, NOON).await, [2, 4]);

        for state in [State::Held, State::Sending, State::Uncertain] {
            let first = Outgoing {
                due_at: NOON.plus(LEASE),
                ..in_state(state, queued(ACME, 2))
            };
            outbox::save(&mut conn, &[first]).await.unwrap();
            assert_eq!(
                due(backend, NOON).await,
                [4],
                "behind one that is {state:?}"
            );
        }
        for state in [
            State::Sent,
            State::Withdrawn,
            State::Failed(Reason::Filtered),
        ] {
            let first = in_state(state, queued(ACME, 2));
            outbox::save(&mut conn, &[first]).await.unwrap();
            assert_eq!(
                due(backend, NOON).await,
                [3, 4],
                "behind one that is {state:?}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_welcome_waits_for_none_and_one_of_unknown_outcome_holds_nobody_up() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        let mut welcome = queued(ACME, 3);
        welcome.delivery.welcome = Some(SwitchId(1));
        let lane = [queued(ACME, 2), welcome.clone(), queued(ACME, 4)];
        outbox::save(&mut conn, &lane).await.unwrap();
        assert_eq!(due(backend, NOON).await, [2, 3]);

        let settled = [
            in_state(State::Sent, queued(ACME, 2)),
            Outgoing {
                due_at: NOON.plus(LEASE),
                ..in_state(State::Uncertain, welcome)
            },
        ];
        outbox::save(&mut conn, &settled).await.unwrap();

        assert_eq!(due(backend, NOON).await, [4]);
    })
    .await;
}

#[tokio::test]
async fn one_that_was_asked_about_for_the_last_time_holds_nobody_up() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        let lost = Outgoing {
            asked: 16,
            due_at: Timestamp(i64::MAX),
            ..in_state(State::Uncertain, queued(ACME, 2))
        };
        outbox::save(&mut conn, &[lost, queued(ACME, 3)])
            .await
            .unwrap();
        assert_eq!(due(backend, NOON).await, [3]);
    })
    .await;
}

#[tokio::test]
async fn a_callback_that_came_too_early_is_kept_once_and_taken_once() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        for _ in 0..2 {
            outbox::park(&mut conn, ACME, SMS, "SM1", "delivered", NOON)
                .await
                .unwrap();
        }
        let mut taken = Vec::new();
        for _ in 0..2 {
            taken.push(outbox::unpark(&mut conn, ACME, SMS, "SM1").await.unwrap());
        }
        assert_eq!(taken, [vec!["delivered".to_owned()], vec![]]);
    })
    .await;
}
