//! What the guard counts, uses up and remembers.

use switchboard::store::guard::{self, Alarm, Watermark, Welcome};

use super::backend::on_every_backend;
use super::cast::{ACME, NOON, PHONE, SMS, welcome};

const DAY: i64 = 24 * 3_600_000;

fn at(seq: u64) -> Welcome<'static> {
    Welcome { seq, ..welcome() }
}

#[tokio::test]
async fn a_refused_attempt_counts_against_who_asked_and_against_no_number() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        for (seq, refused) in [(2, false), (3, true), (3, true)] {
            guard::count(&mut conn, ACME, &at(seq), refused, NOON)
                .await
                .expect("counted");
        }

        let counts = guard::counts(&mut conn, ACME, &welcome(), NOON.plus(1))
            .await
            .expect("counts");

        assert_eq!((counts.number, counts.unanswered), (1, 1));
        let crowd = counts.crowd;
        assert_eq!((crowd.visitor, crowd.network), (2, 2));
        assert_eq!((crowd.prefix, crowd.prefix_unanswered), (1, 1));
        assert_eq!((crowd.country, crowd.organization), (1, 1));
        assert!((counts.spent - 0.01).abs() < 1e-9);
        guard::answered(&mut conn, ACME, PHONE)
            .await
            .expect("heard");
        let counts = guard::counts(&mut conn, ACME, &welcome(), NOON.plus(1)).await;
        let counts = counts.expect("counts");
        assert_eq!((counts.unanswered, counts.crowd.prefix_unanswered), (0, 0));
    })
    .await;
}

#[tokio::test]
async fn windows_roll() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        guard::count(&mut conn, ACME, &welcome(), false, NOON)
            .await
            .expect("counted");
        for (later, day, hour) in [(1, 1, 1), (DAY / 24, 1, 0), (DAY, 0, 0)] {
            let counts = guard::counts(&mut conn, ACME, &welcome(), NOON.plus(later)).await;
            let counts = counts.expect("counts");
            assert_eq!((counts.number, counts.crowd.organization), (day, hour));
        }
    })
    .await;
}

#[tokio::test]
async fn answers_are_counted_of_the_last_welcomes_that_had_time() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        for seq in 2..12 {
            let sent = NOON.plus(i64::try_from(seq).expect("small") * 1_000);
            guard::count(&mut conn, ACME, &at(seq), false, sent)
                .await
                .expect("counted");
        }
        for (last, before, counted) in [
            (50, 11_000, (10, 0)),
            (4, 11_000, (4, 0)),
            (50, 5_000, (4, 0)),
        ] {
            let answers = guard::answers(&mut conn, ACME, last, NOON.plus(before)).await;
            assert_eq!(answers.expect("counts"), counted);
        }
        guard::answered(&mut conn, ACME, PHONE)
            .await
            .expect("heard");
        let answers = guard::answers(&mut conn, ACME, 50, NOON.plus(11_000)).await;
        assert_eq!(answers.expect("counts"), (10, 10));
    })
    .await;
}

#[tokio::test]
async fn a_challenge_counts_once_and_is_forgotten_when_it_has_expired() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        let mut uses = Vec::new();
        for (signature, now) in [("one", NOON), ("one", NOON), ("two", NOON.plus(11))] {
            let expires = now.plus(10);
            let used = guard::use_challenge(&mut conn, ACME, signature, expires, now).await;
            uses.push(used.expect("an answer"));
        }
        assert_eq!(uses, [true, false, true]);
        let kept = backend.rows().await;
        assert!(kept.contains(&("challenge", 1)), "{kept:?}");
    })
    .await;
}

#[tokio::test]
async fn an_alarm_that_stands_keeps_its_time() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        let alarm = |since: i64, detail: &str| Alarm {
            kind: "few_answers".to_owned(),
            connection: String::new(),
            since,
            detail: detail.to_owned(),
        };
        let mut news = Vec::new();
        for raised in [alarm(1, "few"), alarm(2, "few"), alarm(3, "fewer")] {
            news.push(
                guard::raise(&mut conn, ACME, &raised)
                    .await
                    .expect("raised"),
            );
        }
        assert_eq!(news, [true, false, true]);
        let stand = guard::alarms(&mut conn, ACME).await.expect("alarms");
        assert_eq!(stand, [alarm(1, "fewer")]);
        for there in [true, false] {
            let cleared = guard::clear(&mut conn, ACME, "few_answers", "").await;
            assert_eq!(cleared.expect("cleared"), there);
        }
    })
    .await;
}

#[tokio::test]
async fn a_watermark_never_goes_back() {
    on_every_backend(async |backend| {
        let mut conn = backend.writer().await;
        for read_to in [NOON, NOON.plus(10), NOON.plus(5)] {
            guard::set_watermark(&mut conn, ACME, SMS, read_to)
                .await
                .expect("written");
        }
        let known = guard::watermark(&backend.store.reads, ACME, SMS).await;
        let expected = Watermark {
            began_at: NOON,
            read_to: NOON.plus(10),
        };
        assert_eq!(known.expect("an answer"), Some(expected));
    })
    .await;
}
