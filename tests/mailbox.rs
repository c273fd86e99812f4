//! §4.6: the mailbox with one thread, fact by fact, and with many.
//!
//! All orders of few threads are explored in `loom-tests`; here many threads take some of them.

use std::sync::Arc;
use std::thread;

use etalon::mailbox::Mailbox;
use etalon::spec;

fn drained(mailbox: &Mailbox<u32>) -> Vec<u32> {
    let mut batch = Vec::new();
    mailbox.drain(&mut batch);
    batch
}

#[test]
fn first_push_wakes_an_owner_who_never_looked() {
    let mailbox = Mailbox::new();
    assert!(mailbox.push(1));
    assert!(!mailbox.push(2));
}

#[test]
fn owner_at_work_is_not_woken() {
    let mailbox = Mailbox::new();
    assert!(mailbox.push(1));
    assert_eq!(drained(&mailbox), [1]);
    assert!(!mailbox.push(2));
    assert_eq!(drained(&mailbox), [2]);
}

#[test]
fn owner_who_found_nothing_is_woken_once() {
    let mailbox = Mailbox::new();
    assert_eq!(drained(&mailbox), []);
    assert_eq!(drained(&mailbox), []);
    assert!(mailbox.push(1));
    assert!(!mailbox.push(2));
    assert_eq!(drained(&mailbox), [1, 2]);
    assert!(!mailbox.push(3));
}

#[test]
fn batch_is_added_behind_what_is_left_of_the_last() {
    spec::covers!(MQTT_4_6_0_6);
    let mailbox = Mailbox::new();
    let mut batch = vec![1];
    assert!(mailbox.push(2));
    mailbox.drain(&mut batch);
    assert_eq!(batch, [1, 2]);
    // Something is left to do, but nothing was found: the next push has to say so.
    mailbox.drain(&mut batch);
    assert_eq!(batch, [1, 2]);
    assert!(mailbox.push(3));
}

#[test]
fn mailbox_is_crowded_from_its_mark_on() {
    let mailbox = Mailbox::crowded_at(2);
    let _ = mailbox.push(1);
    assert!(!mailbox.is_crowded());
    let _ = mailbox.push(2);
    assert!(mailbox.is_crowded());
    assert_eq!(mailbox.len(), 2);
    assert_eq!(drained(&mailbox).len(), 2);
    assert!(!mailbox.is_crowded() && mailbox.is_empty());
}

#[test]
fn sleeping_owner_gets_everything_of_eight_producers_in_their_order() {
    spec::covers!(MQTT_4_6_0_6);
    const EACH: u32 = 5_000;
    let mailbox = Arc::new(Mailbox::new());
    let owner = thread::current();
    let producers: Vec<_> = (0..8_u32)
        .map(|producer| {
            let (mailbox, owner) = (Arc::clone(&mailbox), owner.clone());
            thread::spawn(move || {
                for n in 0..EACH {
                    if mailbox.push((producer, n)) {
                        owner.unpark();
                    }
                }
            })
        })
        .collect();
    let mut next = [0; 8];
    let mut batch = Vec::new();
    while next != [EACH; 8] {
        mailbox.drain(&mut batch);
        if batch.is_empty() {
            thread::park();
        }
        for (producer, n) in batch.drain(..) {
            assert_eq!(n, next[producer as usize]);
            next[producer as usize] += 1;
        }
    }
    assert!(mailbox.is_empty());
    assert!(producers.into_iter().all(|producer| producer.join().is_ok()));
}
