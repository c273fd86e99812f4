"""A client with its callbacks turned into queues, and a way to run the facts of a script."""

import queue
import socket
import sys
import threading

import paho.mqtt.client as mqtt

# How long to wait for what has to come; nothing is measured by it.
PATIENCE = 30
PORT = int(sys.argv[1])


class Peer:
    def __init__(self, client_id, clean=True, will=None):
        self.client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=clean,
            protocol=mqtt.MQTTv311,
            reconnect_on_failure=False,
        )
        self.client.max_inflight_messages_set(0)
        self.client.max_queued_messages_set(0)
        if will is not None:
            self.client.will_set(**will)
        self.events = queue.Queue()
        self.messages = queue.Queue()
        self.lost = threading.Event()
        self.client.on_connect = self._on_connect
        self.client.on_subscribe = self._on_subscribe
        self.client.on_unsubscribe = self._on_unsubscribe
        self.client.on_message = self._on_message
        self.client.on_disconnect = self._on_disconnect
        self.client.connect("127.0.0.1", PORT)
        self.client.loop_start()
        kind, self.session_present, code = self.events.get(timeout=PATIENCE)
        assert kind == "connack" and code == 0, (kind, code)

    def _on_connect(self, client, userdata, flags, code, properties):
        self.events.put(("connack", flags.session_present, code.value))

    def _on_subscribe(self, client, userdata, mid, codes, properties):
        self.events.put(("suback", mid, [code.value for code in codes]))

    def _on_unsubscribe(self, client, userdata, mid, codes, properties):
        self.events.put(("unsuback", mid, None))

    def _on_message(self, client, userdata, message):
        self.messages.put(message)

    def _on_disconnect(self, client, userdata, flags, code, properties):
        self.lost.set()

    def subscribe(self, *filters):
        """Takes (filter, qos) and returns the return codes."""
        result, mid = self.client.subscribe(list(filters))
        assert result == mqtt.MQTT_ERR_SUCCESS
        kind, acknowledged, codes = self.events.get(timeout=PATIENCE)
        assert (kind, acknowledged) == ("suback", mid)
        return codes

    def unsubscribe(self, *filters):
        result, mid = self.client.unsubscribe(list(filters))
        assert result == mqtt.MQTT_ERR_SUCCESS
        kind, acknowledged, _ = self.events.get(timeout=PATIENCE)
        assert (kind, acknowledged) == ("unsuback", mid)

    def publish(self, topic, payload, qos=1, retain=False):
        """Returns when the exchange is over."""
        info = self.client.publish(topic, payload, qos, retain)
        info.wait_for_publish(PATIENCE)
        assert info.is_published()

    def message(self):
        return self.messages.get(timeout=PATIENCE)

    def payload(self):
        return self.message().payload.decode()

    def disconnect(self):
        """Leaves with DISCONNECT."""
        self.client.disconnect()
        self.client.loop_stop()

    def cut(self):
        """Loses the network, without DISCONNECT."""
        self.client.socket().shutdown(socket.SHUT_RDWR)
        assert self.lost.wait(PATIENCE)
        self.client.loop_stop()


def equal(came, expected):
    assert came == expected, f"{came!r} instead of {expected!r}"


def run(*facts):
    for fact in facts:
        fact()
    print(f"all {len(facts)} hold: " + ", ".join(fact.__name__ for fact in facts))
