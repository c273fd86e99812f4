"""Sessions: kept, resumed, ended, taken over."""

from common import PATIENCE, Peer, equal, run

publisher = Peer("publisher")


def a_kept_session_gets_what_it_has_missed():
    for leave in Peer.disconnect, Peer.cut:
        name = "keeper of " + leave.__name__
        keeper = Peer(name, clean=False)
        assert not keeper.session_present
        keeper.subscribe(("jobs", 2))
        leave(keeper)
        for number in range(100):
            # One QoS at a time: the library prints QoS 2 later than QoS 1.
            publisher.publish("jobs", str(number), 1 + number // 50)
        keeper = Peer(name, clean=False)
        assert keeper.session_present
        came = [keeper.message() for _ in range(100)]
        came.sort(key=lambda message: message.qos)
        equal([message.payload.decode() for message in came], [str(n) for n in range(100)])
        equal([message.qos for message in came], [1] * 50 + [2] * 50)
        # Nothing is owed any more, and the subscription stands.
        keeper.disconnect()
        keeper = Peer(name, clean=False)
        publisher.publish("jobs", "more")
        equal(keeper.payload(), "more")
        keeper.disconnect()


def a_clean_session_ends_the_kept_one():
    keeper = Peer("keeper", clean=False)
    keeper.subscribe(("jobs", 1))
    keeper.disconnect()
    clean = Peer("keeper")
    assert not clean.session_present
    clean.disconnect()
    keeper = Peer("keeper", clean=False)
    assert not keeper.session_present
    keeper.subscribe(("end", 1))
    publisher.publish("jobs", "unwanted")
    publisher.publish("end", "end")
    equal(keeper.payload(), "end")
    keeper.disconnect()


def a_second_connection_takes_over():
    first = Peer("twin", clean=False)
    first.subscribe(("a", 1))
    second = Peer("twin", clean=False)
    assert second.session_present
    assert first.lost.wait(PATIENCE)
    publisher.publish("a", "hi")
    equal(second.payload(), "hi")
    assert first.messages.empty()
    second.disconnect()


run(
    a_kept_session_gets_what_it_has_missed,
    a_clean_session_ends_the_kept_one,
    a_second_connection_takes_over,
)
