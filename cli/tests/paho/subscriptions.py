"""Subscriptions: return codes, wildcards, replacing, unsubscribing."""

from common import Peer, equal, run

publisher = Peer("publisher")


def every_filter_has_its_return_code():
    peer = Peer("codes")
    equal(peer.subscribe(("a", 0), ("b/#", 1), ("+/c", 2), ("a", 2)), [0, 1, 2, 2])
    publisher.publish("a", "hi", 2)
    # The last request for a filter counts.
    equal(peer.message().qos, 2)
    peer.disconnect()


def wildcards_select():
    published = ["a", "a/b", "a/b/c", "a//c", "/a", "$own/a", "A", "end"]
    for chosen, expected in [
        ("#", ["a", "a/b", "a/b/c", "a//c", "/a", "A"]),
        ("a/#", ["a", "a/b", "a/b/c", "a//c"]),
        ("+", ["a", "A"]),
        ("+/+", ["a/b", "/a"]),
        ("a/+/c", ["a/b/c", "a//c"]),
    ]:
        peer = Peer("wild")
        peer.subscribe((chosen, 1), ("end", 1))
        for topic in published:
            publisher.publish(topic, "x")
        topics = list(iter(lambda: peer.message().topic, "end"))
        equal(topics, expected)
        peer.disconnect()


def overlapping_filters_bring_the_highest_qos():
    peer = Peer("overlap")
    peer.subscribe(("a/b", 0), ("a/+", 2), ("a/#", 1))
    publisher.publish("a/b", "hi", 2)
    equal(peer.message().qos, 2)
    peer.disconnect()


def an_unsubscribed_filter_brings_nothing():
    peer = Peer("leaver")
    peer.subscribe(("a", 1), ("b", 1), ("end", 1))
    peer.unsubscribe("a", "b", "never/subscribed")
    for topic in "a", "b", "end":
        publisher.publish(topic, topic)
    equal(peer.payload(), "end")
    peer.disconnect()


run(
    every_filter_has_its_return_code,
    wildcards_select,
    overlapping_filters_bring_the_highest_qos,
    an_unsubscribed_filter_brings_nothing,
)
