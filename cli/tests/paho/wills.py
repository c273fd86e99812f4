"""Wills: published when a client is lost, dropped when it takes its leave."""

from common import Peer, equal, run

watcher = Peer("watcher")
watcher.subscribe(("wills/#", 2))


def a_lost_client_has_its_will_published():
    for qos in range(3):
        will = {"topic": f"wills/{qos}", "payload": "gone", "qos": qos}
        Peer("mortal", will=will).cut()
        message = watcher.message()
        came = (message.topic, message.payload, message.qos, message.retain)
        equal(came, (f"wills/{qos}", b"gone", qos, False))


def one_that_takes_its_leave_has_none():
    Peer("polite", will={"topic": "wills/polite", "payload": "gone"}).disconnect()
    watcher.publish("wills/end", "end")
    equal(watcher.message().topic, "wills/end")


def a_will_can_be_retained():
    will = {"topic": "wills/kept", "payload": "gone", "qos": 1, "retain": True}
    Peer("mortal", will=will).cut()
    equal(watcher.message().topic, "wills/kept")
    late = Peer("late")
    late.subscribe(("wills/+", 1))
    message = late.message()
    equal((message.topic, message.payload, message.retain), ("wills/kept", b"gone", True))
    late.disconnect()


run(
    a_lost_client_has_its_will_published,
    one_that_takes_its_leave_has_none,
    a_will_can_be_retained,
)
