//! What may be sent to somebody depends on when they wrote last: free text in the window, templates always.

use super::world::*;
use crate::core::command::Words;
use crate::core::delivery::{Gate, State};
use crate::core::event::Template;
use crate::core::{Actor, Command, Facts, FreeText, LegId, Proof, Reason, Refusal, Timestamp};

const TELEPHONE: LegId = LegId(2);

fn template() -> Words {
    Words {
        template: Some(Template {
            id: "pick_up".into(),
            language: "en".into(),
            variables: Vec::new(),
        }),
        ..words("We have news")
    }
}

fn tell_template(world: &World) -> Command {
    Command::Tell {
        operator: ada(),
        leg: world.chat.route.active,
        words: template(),
    }
}

fn window(world: &mut World, free: FreeText) {
    world.facts.insert(
        TELEPHONE,
        Facts {
            free,
            ..Facts::FINE
        },
    );
}

/// A phone that wrote, whose window is over since.
fn silent() -> World {
    let mut world = World::on_telephone();
    world.texts(telephone(), "hello");
    let now = world.now;
    window(&mut world, FreeText::Until(now));
    world
}

#[test]
fn free_text_outside_of_the_window_is_refused_and_a_template_goes() {
    let mut world = silent();
    assert_eq!(world.refuses(world.tell("hello")), Refusal::TemplateNeeded);
    let command = tell_template(&world);
    world.does(command);
    assert_eq!(
        world.hand_over(TELEPHONE),
        Some((world.chat.last_seq, Gate::Go))
    );
}

#[test]
fn words_to_who_never_wrote_wait_for_the_answer_that_opens_the_window() {
    let mut world = World::on_telephone();
    window(&mut world, FreeText::CLOSED);
    let held = world.tells("hello");
    assert_eq!(world.state(held), State::Held);
    let later = world.now.plus(1_000);
    window(&mut world, FreeText::Until(later));
    world.texts(telephone(), "yes?");
    assert_eq!(world.hand_over(TELEPHONE), Some((held, Gate::Go)));
}

#[test]
fn words_whose_window_closed_while_they_waited_are_not_handed_over() {
    let mut world = World::on_telephone();
    world.texts(telephone(), "hello");
    let until = world.now.plus(1_000);
    window(&mut world, FreeText::Until(until));
    let late = world.tells("just a moment");
    world.passes(1_000);
    let refused = Gate::Refuse(Reason::WindowClosed);
    assert_eq!(world.hand_over(TELEPHONE), Some((late, refused)));
}

#[test]
fn a_welcome_that_is_no_template_is_refused_where_only_a_template_may_go() {
    let mut world = World::greeting();
    window(&mut world, FreeText::CLOSED);
    let (seq, gate) = world.hand_over(TELEPHONE).expect("it is due");
    assert_eq!(gate, Gate::Refuse(Reason::WindowClosed));
    let switch = world.delivery(seq).welcome.expect("a welcome");
    world.does(Command::Refused {
        switch,
        reason: Reason::WindowClosed,
    });
    assert_eq!(world.active(), Some(LegId(1)), "nothing moved");
}

#[test]
fn a_welcome_that_is_a_template_goes_to_who_never_wrote() {
    let mut world = World::at_window();
    world.visitor_switches(crate::core::Target {
        welcome_template: template().template,
        ..telephone()
    });
    window(&mut world, FreeText::CLOSED);
    world.provider_takes_the_welcome();
    assert_eq!(world.active(), Some(TELEPHONE));
}

#[test]
fn what_we_answer_ourselves_goes_to_the_leg_that_asked_and_moves_nothing() {
    let mut world = World::from_phone();
    let before = world.chat.route.clone();
    world.does(Command::Notify {
        leg: LegId(1),
        words: words("open this link"),
    });
    assert_eq!(world.chat.route, before);
    let said = world.messages().last().map(|message| message.author);
    assert_eq!(said, Some(Actor::System));
    assert_eq!(
        world.hand_over(LegId(1)),
        Some((world.chat.last_seq, Gate::Go))
    );
}

#[test]
fn what_we_answer_ourselves_is_not_said_where_nobody_may_be_written_to() {
    let mut world = World::from_phone();
    world.stops(LegId(1), telephone());
    world.changes_nothing(Command::Notify {
        leg: LegId(1),
        words: words("open this link"),
    });
}

#[test]
fn who_sends_the_code_is_linked_at_once_without_a_welcome() {
    let mut world = World::at_window();
    let linked = crate::core::Target {
        proof: Proof::Linked,
        ..telephone()
    };
    world.own_text_asks(linked.clone());
    world.texts(linked, "Chat-ABCDE-12345");
    assert_eq!(world.active(), Some(TELEPHONE));
    assert!(world.reversible_now());
    assert_eq!(world.leg(TELEPHONE).proof, Proof::Linked);
    assert!(
        world
            .messages()
            .iter()
            .all(|message| message.welcome.is_none())
    );
}

#[test]
fn a_leg_that_was_only_claimed_is_linked_by_the_code() {
    let mut world = World::on_telephone();
    let linked = crate::core::Target {
        proof: Proof::Linked,
        ..telephone()
    };
    world.own_text_asks(linked.clone());
    world.texts(linked, "Chat-ABCDE-12345");
    assert_eq!(world.leg(TELEPHONE).proof, Proof::Linked);
}

#[test]
fn a_window_that_never_opened_is_closed_at_every_time() {
    assert!(!FreeText::CLOSED.open(Timestamp(1)));
    assert!(FreeText::Always.open(Timestamp(i64::MAX)));
    assert!(!FreeText::Until(Timestamp(5)).open(Timestamp(5)));
}
