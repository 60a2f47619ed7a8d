//! Each safeguard left out, each rule turned round: a promise must break, or its check would prove nothing.

use std::fmt::Debug;
use std::hash::Hash;

use stateright::{Checker, HasDiscoveries, Model};

use crate::Product;
use crate::bounds::{self, Bounds, Without};
use crate::promises::{Promise, Watched};
use crate::shared::Shared;

/// With a safeguard left out, that promise must break; the shortest way there is printed.
fn breaks(bounds: Bounds, without: Without, promise: Promise) {
    let model = Product {
        bounds,
        without: Some(without),
    };
    breaks_in(model, without, promise);
}

/// The same of two conversations.
fn breaks_between(bounds: Bounds, without: Without, promise: Promise) {
    let model = Shared(Product {
        bounds,
        without: Some(without),
    });
    breaks_in(model, without, promise);
}

fn breaks_in<M>(model: M, without: Without, promise: Promise)
where
    M: Model + Send + Sync + 'static,
    M::State: Watched + Clone + PartialEq + Debug + Hash + Send + Sync + 'static,
    M::Action: Clone + PartialEq + Debug + Send + Sync,
{
    let checker = model
        .checker()
        .finish_when(HasDiscoveries::AnyOf([promise.words()].into()))
        .spawn_bfs()
        .join();
    let path = checker.discovery(promise.words());
    let path = path
        .unwrap_or_else(|| panic!("without {without:?} nothing breaks: its check proves nothing"));
    println!(
        "without {without:?}, after {} states: {:?}",
        checker.unique_state_count(),
        path.into_actions()
    );
}

#[test]
fn without_dedup_a_text_is_logged_twice() {
    breaks(bounds::TINY, Without::Dedup, Promise::LoggedOnce);
}

#[test]
fn without_binding_before_sending_an_answer_goes_astray() {
    breaks(
        bounds::TINY,
        Without::BindBeforeSend,
        Promise::AnswersComeHere,
    );
}

#[test]
fn without_withdrawing_on_revert_words_wait_for_a_phone_that_was_left() {
    breaks(
        bounds::TINY,
        Without::WithdrawOnRevert,
        Promise::NothingWaitsWhereLeft,
    );
}

#[test]
fn without_withdrawing_at_requeue_words_wait_for_a_phone_that_was_left() {
    breaks(
        bounds::TINY,
        Without::WithdrawAtRequeue,
        Promise::NothingWaitsWhereLeft,
    );
}

#[test]
fn without_reconciling_a_phone_gets_a_message_twice() {
    breaks(bounds::TINY, Without::Reconcile, Promise::ReceivedOnce);
}

#[test]
fn without_the_version_check_two_commands_write_over_each_other() {
    breaks(
        bounds::RACE,
        Without::VersionCheck,
        Promise::AsIfOneCameFirst,
    );
    breaks(bounds::RACE, Without::VersionCheck, Promise::NoGapNoRepeat);
}

#[test]
fn without_asking_for_consent_at_dispatch_an_opted_out_phone_is_written_to() {
    breaks(
        Bounds {
            switches: 2,
            ..bounds::TINY
        },
        Without::ConsentAtDispatch,
        Promise::OptOutIsFinal,
    );
}

#[test]
fn without_the_providers_word_in_the_ledger_an_opted_out_phone_is_written_to() {
    breaks(
        bounds::BARRED,
        Without::ProvidersConsent,
        Promise::OptOutIsFinal,
    );
}

#[test]
fn without_telling_the_conversation_of_it_an_opted_out_phone_stays_active() {
    breaks(
        bounds::BARRED,
        Without::LossByProvidersConsent,
        Promise::ActiveLegUsable,
    );
}

#[test]
fn without_holding_words_reach_a_phone_that_has_not_answered() {
    breaks(bounds::HELD, Without::Holding, Promise::WaitsForTheAnswer);
}

#[test]
fn without_letting_go_at_the_answer_words_wait_for_ever() {
    breaks(
        bounds::HELD,
        Without::ReleaseOnAnswer,
        Promise::LeavesWithTheAnswer,
    );
}

#[test]
fn without_withdrawing_on_leaving_words_wait_for_an_answer_that_nobody_waits_for() {
    breaks(
        Bounds {
            phones: 2,
            tells: 1,
            switches: 2,
            hold: true,
            ..bounds::NOTHING
        },
        Without::WithdrawOnLeaving,
        Promise::LeavesWithTheAnswer,
    );
}

#[test]
fn without_a_lane_words_overtake_each_other() {
    breaks(bounds::HELD, Without::LaneOrder, Promise::InOrder);
}

#[test]
fn without_moving_only_forward_a_late_receipt_takes_back_what_is_known() {
    breaks(
        bounds::RECEIPTS,
        Without::ForwardOnly,
        Promise::NeverBackwards,
    );
}

#[test]
fn without_keeping_early_receipts_what_they_told_is_lost() {
    breaks(
        bounds::RECEIPTS,
        Without::Parking,
        Promise::ReadsWhatWasTold,
    );
}

#[test]
fn without_outliving_a_transfer_the_window_is_closed_by_it() {
    breaks(
        bounds::HANDED_ON,
        Without::WindowOutlivesTransfer,
        Promise::TransferTouchesNothingElse,
    );
}

#[test]
fn without_the_version_check_two_who_reconnect_send_two_welcomes() {
    breaks(
        bounds::RECONNECTED,
        Without::VersionCheck,
        Promise::OneWelcome,
    );
}

#[test]
fn without_asking_when_it_is_written_free_text_is_taken_that_cannot_be_sent() {
    breaks(
        bounds::WINDOWED,
        Without::WindowAtDecision,
        Promise::RefusedWhenWritten,
    );
}

#[test]
fn without_asking_at_dispatch_free_text_leaves_after_its_window() {
    breaks(
        bounds::WINDOWED,
        Without::WindowAtDispatch,
        Promise::FreeTextInItsWindow,
    );
}

#[test]
fn without_the_providers_word_free_text_leaves_outside_of_its_window() {
    breaks(
        Bounds {
            tells: 2,
            ..bounds::WINDOWED
        },
        Without::ProvidersWindow,
        Promise::FreeTextInItsWindow,
    );
}

#[test]
fn without_telling_templates_apart_they_are_held_to_the_window() {
    breaks(
        bounds::WINDOWED,
        Without::TemplatesPass,
        Promise::TemplatesPass,
    );
}

#[test]
fn without_using_it_up_a_code_lets_two_phones_in_and_a_link_two_browsers() {
    breaks(bounds::WRITTEN_FIRST, Without::UseUp, Promise::UsedOnce);
    breaks(bounds::CAME_BACK, Without::UseUp, Promise::UsedOnce);
}

#[test]
fn without_the_rule_for_who_writes_first_they_are_greeted() {
    breaks(
        bounds::WRITTEN_FIRST,
        Without::OwnText,
        Promise::CodeArrives,
    );
}

#[test]
fn without_a_beginning_a_link_shows_what_was_said_before_its_phone_joined() {
    breaks(
        bounds::CAME_BACK,
        Without::FromWhereTheLegJoined,
        Promise::NothingFromBefore,
    );
}

/// Two conversations and a phone that says nothing.
fn silent() -> Bounds {
    Bounds {
        writes: 0,
        codes: 0,
        ..bounds::SHARED
    }
}

#[test]
fn without_a_unique_key_two_conversations_write_to_one_phone() {
    breaks_between(silent(), Without::UniqueKey, Promise::OneHolder);
}

#[test]
fn without_yielding_whoever_asks_takes_a_phone_over() {
    breaks_between(silent(), Without::Yielding, Promise::MovedByItsPerson);
}

#[test]
fn without_being_told_a_conversation_stands_on_a_phone_that_was_moved() {
    breaks_between(
        bounds::SHARED,
        Without::LossByCode,
        Promise::ActiveLegUsable,
    );
}
