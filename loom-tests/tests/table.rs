//! How many orders each model has: the table in `README.md` is what this counts.
//!
//! `UPDATE=1 cargo test -p etalon-loom-tests --test table` writes the counts anew.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is the failure of a test")]

#[macro_use]
mod scenarios;

use std::cell::Cell;
use std::fs;

thread_local! {
    static ORDERS: Cell<usize> = const { Cell::new(0) };
}

fn counted(scenario: impl Fn() + Send + Sync + 'static) {
    loom::model(move || {
        ORDERS.set(ORDERS.get() + 1);
        scenario();
    });
}

mod router {
    scenarios!(etalon_loom_tests, loom::thread, super::counted);
}

mod broker {
    broker_scenarios!(
        etalon_loom_tests,
        loom::thread,
        super::counted,
        loom::sync::atomic::AtomicUsize
    );
}

macro_rules! counts {
    ($($module:ident::$scenario:ident($($argument:expr)?),)+) => {
        [$((stringify!($scenario), {
            ORDERS.set(0);
            $module::$scenario($($argument)?);
            ORDERS.get()
        }),)+]
    };
}

#[test]
fn the_table_in_the_readme_is_true() {
    let counts = counts![
        router::subscribed_then_published_is_seen(),
        router::unsubscribed_then_published_is_not_seen(),
        router::replacing_leaves_no_gap(),
        router::going_over_leaves_no_gap(),
        router::replacing_misses_no_retained_publish(),
        router::retained_publish_arrives_once_and_last(),
        router::cleared_message_is_not_left_behind(),
        router::two_publishers_leave_the_newest(),
        router::each_first_level_arrives_once(),
        router::last_place_is_given_once(),
        router::every_push_is_drained_after_a_wake(),
        router::what_is_left_behind_was_announced(),
        router::items_of_each_producer_stay_in_order(),
        broker::workers_that_mail_each_other_wake_up(),
        broker::messages_of_one_publisher_stay_in_order(),
        broker::take_over_misses_no_message(),
        broker::a_clean_take_over_inherits_nothing(),
        broker::stopping_loses_nothing(true),
    ];
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let written = fs::read_to_string(file).unwrap();
    let mut lines: Vec<String> = written.lines().map(str::to_owned).collect();
    for (model, orders) in counts {
        let begin = format!("| `{model}` |");
        let line = lines.iter_mut().find(|line| line.starts_with(&begin));
        let Some(line) = line else { panic!("the table has no row {model}: {orders}") };
        let mut cells: Vec<&str> = line.split('|').collect();
        let count = format!(" {orders} ");
        cells[3] = &count;
        *line = cells.join("|");
    }
    let counted = lines.join("\n") + "\n";
    if std::env::var_os("UPDATE").is_some() {
        fs::write(file, counted).unwrap();
    } else {
        assert!(counted == written, "the table is stale: UPDATE=1 writes it anew");
    }
}
