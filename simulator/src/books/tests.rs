use super::*;
use crate::{Account, Number};

const ACCOUNT: &str = "AC00000000000000000000000000000001";
const NUMBER: &str = "+15005550006";

fn books() -> Books {
    let mut books = Books::new(7);
    books.accounts.connect(Account {
        account_sid: ACCOUNT.into(),
        auth_token: "secret".into(),
        numbers: vec![Number {
            number: NUMBER.into(),
            webhook_url: "http://host/hook".into(),
            name: None,
        }],
        messaging_service_sid: None,
    });
    books
}

fn send(to: &str, text: &str) -> Entry {
    Entry {
        provider: Provider::Twilio,
        channel: Channel::Sms,
        account: ACCOUNT.into(),
        service: None,
        from: NUMBER.into(),
        to: to.into(),
        named: Named::ByNumber,
        text: text.into(),
        media: Vec::new(),
        content: Content::Plain,
        reply_to: None,
        fate: Fate {
            callback: None,
            faults: Arc::default(),
            end: End::Delivered,
        },
    }
}

fn write(phone: &str, text: &str) -> Write {
    Write {
        channel: Channel::Sms,
        phone: phone.into(),
        to: NUMBER.into(),
        text: text.into(),
        media: Vec::new(),
        content: Content::Plain,
        reply_to: None,
    }
}

#[test]
fn a_phone_keeps_its_latest_thousand_messages() {
    let mut books = books();
    for n in 0..1_003 {
        books.accept(send("+14155550100", &n.to_string()), 0);
    }
    let texts: Vec<&str> = books
        .on_phone("+14155550100")
        .map(|m| m.text.as_str())
        .collect();
    assert_eq!((texts.len(), texts[0], texts[999]), (1_000, "3", "1002"));
}

#[test]
fn the_phone_that_was_quiet_longest_makes_room_for_a_new_one() {
    let mut books = books();
    for n in 0..PHONES {
        books.accept(send(&format!("+1415{n:07}"), "hello"), 0);
    }
    books.accept(send("+14150000000", "again"), 0);
    books.accept(send("+14169999999", "new"), 0);
    assert_eq!(books.phones().len(), PHONES);
    assert_eq!(books.on_phone("+14150000001").count(), 0);
    assert_eq!(books.on_phone("+14150000000").count(), 2);
    assert_eq!(books.on_phone("+14169999999").count(), 1);
}

#[test]
fn the_log_forgets_its_oldest_messages_and_the_phones_forget_them_too() {
    let mut books = books();
    let first = books.accept(send("+14155550100", "first"), 0);
    for n in 0..MESSAGES {
        books.accept(send(&format!("+1416{:07}", n % 100), "more"), 0);
    }
    assert_eq!(books.log(ACCOUNT).count(), MESSAGES);
    assert!(books.message(ACCOUNT, &first.sid).is_none());
    assert_eq!(books.on_phone("+14155550100").count(), 0);
}

#[test]
fn stop_blocks_the_pair_and_is_answered_once() {
    let mut books = books();
    let stopped = books
        .write(write("+14155550100", "Stop"), 0)
        .expect("the number is ours");
    assert!(stopped.answer.is_some());
    assert!(books.blocks("+14155550100", NUMBER));
    assert!(!books.blocks("+14155550101", NUMBER));
    let again = books
        .write(write("+14155550100", "STOP"), 0)
        .expect("the number is ours");
    assert!(again.answer.is_none());
    let started = books
        .write(write("+14155550100", "start"), 0)
        .expect("the number is ours");
    assert!(started.answer.is_some());
    assert!(!books.blocks("+14155550100", NUMBER));
}

#[test]
fn yes_from_a_phone_that_never_stopped_is_only_text() {
    let written = books()
        .write(write("+14155550100", "Yes"), 0)
        .expect("the number is ours");
    assert!(written.answer.is_none());
}

#[test]
fn an_account_never_finds_another_accounts_message() {
    let mut books = books();
    let message = books.accept(send("+14155550100", "mine"), 0);
    assert!(books.message(ACCOUNT, &message.sid).is_some());
    assert!(
        books
            .message("AC00000000000000000000000000000002", &message.sid)
            .is_none()
    );
    assert!(books.message(ACCOUNT, "SM").is_none());
    assert!(
        books
            .message(ACCOUNT, &message.sid.replace("SM", "MM"))
            .is_none()
    );
}

#[test]
fn connecting_an_account_again_keeps_its_other_numbers() {
    let mut books = books();
    books.accounts.connect(Account {
        account_sid: ACCOUNT.into(),
        auth_token: "new".into(),
        numbers: vec![Number {
            number: "+15005550007".into(),
            webhook_url: String::new(),
            name: None,
        }],
        messaging_service_sid: None,
    });
    assert!(books.accounts.knows(ACCOUNT, "new") && !books.accounts.knows(ACCOUNT, "secret"));
    assert!(
        books.accounts.line(Channel::Sms, NUMBER).is_some()
            && books.accounts.line(Channel::Sms, "+15005550007").is_some()
    );
}
