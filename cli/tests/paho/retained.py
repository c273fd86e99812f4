"""Retained messages: kept, replaced, cleared, and told apart from live ones."""

from common import Peer, equal, run

publisher = Peer("publisher")


def told(message):
    return message.topic, message.payload, message.qos, message.retain


def the_last_one_meets_a_new_subscriber():
    for payload in "old", "new":
        publisher.publish("lamp/1", payload, 1, retain=True)
    subscriber = Peer("first")
    subscriber.subscribe(("lamp/#", 2))
    equal(told(subscriber.message()), ("lamp/1", b"new", 1, True))
    # To a subscription that is there it is a message like any other.
    publisher.publish("lamp/1", "newer", 2, retain=True)
    equal(told(subscriber.message()), ("lamp/1", b"newer", 2, False))
    subscriber.disconnect()


def an_empty_one_clears():
    publisher.publish("lamp/1", "on", 1, retain=True)
    publisher.publish("lamp/1", None, 1, retain=True)
    subscriber = Peer("second")
    subscriber.subscribe(("lamp/#", 2))
    publisher.publish("lamp/1", "live")
    equal(told(subscriber.message()), ("lamp/1", b"live", 1, False))
    subscriber.disconnect()


def one_without_retain_leaves_it():
    publisher.publish("lamp/2", "kept", 1, retain=True)
    publisher.publish("lamp/2", "passing")
    subscriber = Peer("third")
    subscriber.subscribe(("lamp/2", 0))
    equal(told(subscriber.message()), ("lamp/2", b"kept", 0, True))
    subscriber.disconnect()


run(the_last_one_meets_a_new_subscriber, an_empty_one_clears, one_without_retain_leaves_it)
