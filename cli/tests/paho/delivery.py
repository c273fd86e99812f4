"""What is published arrives: QoS, order, size."""

import random

from common import Peer, equal, run


def a_message_arrives_at_the_lower_of_both_qos():
    publisher = Peer("publisher")
    for asked in range(3):
        subscriber = Peer("subscriber")
        equal(subscriber.subscribe(("a/+", asked)), [asked])
        for given in range(3):
            publisher.publish("a/b", "hi", given)
            message = subscriber.message()
            came = (message.topic, message.payload, message.qos, message.retain, message.dup)
            equal(came, ("a/b", b"hi", min(asked, given), False, False))
        subscriber.disconnect()
    publisher.disconnect()


def a_thousand_messages_keep_their_order_at_each_qos():
    for qos in range(3):
        subscriber = Peer("subscriber")
        subscriber.subscribe(("many", qos))
        publisher = Peer("publisher")
        sent = [publisher.client.publish("many", str(number), qos) for number in range(1000)]
        equal([subscriber.payload() for _ in range(1000)], [str(number) for number in range(1000)])
        for info in sent:
            info.wait_for_publish(30)
        publisher.disconnect()
        subscriber.disconnect()


def a_mebibyte_arrives_byte_for_byte():
    payload = random.Random(311).randbytes(1 << 20)
    for qos in range(3):
        peer = Peer("big")
        peer.subscribe(("big", qos))
        peer.publish("big", payload, qos)
        assert peer.message().payload == payload, f"QoS {qos}"
        peer.disconnect()


def an_empty_payload_is_a_message():
    peer = Peer("empty")
    peer.subscribe(("a", 1))
    peer.publish("a", None)
    equal(peer.message().payload, b"")
    peer.disconnect()


run(
    a_message_arrives_at_the_lower_of_both_qos,
    a_thousand_messages_keep_their_order_at_each_qos,
    a_mebibyte_arrives_byte_for_byte,
    an_empty_payload_is_a_message,
)
