"""paho-mqtt's packets, taken from a Client at a socket that is none.

The calls of its users are used where they lead to the packet, so that its own checks count. DUP is
not theirs to set; it is set as the client itself sets it when it sends again, behind the same checks.
"""

import paho.mqtt.client as paho

from lines import Unsupported, binary, encoder


class Wire:
    """Takes everything that is sent."""

    def __init__(self):
        self.sent = bytearray()

    def send(self, data):
        self.sent += data
        return len(data)

    def close(self):
        pass

    def fileno(self):
        return -1


def connect(p):
    client = paho.Client(
        paho.CallbackAPIVersion.VERSION2,
        client_id=p["client_id"],
        clean_session=p["clean_session"],
        protocol=paho.MQTTv311,
    )
    wire = client._sock = Wire()
    if p["will_topic"] is not None:
        client.will_set(p["will_topic"], binary(p["will_message"]), p["will_qos"], p["will_retain"])
    elif p["will_qos"] or p["will_retain"]:
        raise Unsupported("flags of a Will without a Will")
    client.username_pw_set(p["user_name"], binary(p["password"]))
    client._send_connect(p["keep_alive"])
    return wire.sent


client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="c", protocol=paho.MQTTv311)


def publish(p, wire):
    client._last_mid = (p["packet_id"] or 1) - 1
    if p["qos"] > 0 and not p["packet_id"]:
        raise Unsupported("the client chooses the identifier")
    if p["dup"] and p["qos"] == 0:
        raise Unsupported("DUP is the client's to set")
    if p["qos"] == 0 and p["packet_id"] is not None:
        raise Unsupported("an identifier at QoS 0")
    client.publish(p["topic_name"], binary(p["payload"]), p["qos"], p["retain"])
    if p["dup"]:
        wire.sent.clear()
        topic = p["topic_name"].encode()
        client._send_publish(
            p["packet_id"], topic, binary(p["payload"]), p["qos"], p["retain"], dup=True
        )


def encode(p):
    kind = p["packet"]
    if kind == "CONNECT":
        return connect(p)
    wire = client._sock = Wire()
    client._out_messages.clear()
    client._inflight_messages = 0
    client._out_packet.clear()
    if kind == "PUBLISH":
        publish(p, wire)
    elif kind in ("SUBSCRIBE", "UNSUBSCRIBE"):
        if p["packet_id"] == 0:
            raise Unsupported("the client chooses the identifier")
        client._last_mid = p["packet_id"] - 1
        if kind == "SUBSCRIBE":
            client.subscribe([(r["topic_filter"], r["qos"]) for r in p["requests"]])
        else:
            client.unsubscribe(p["topic_filters"])
    elif kind == "PINGREQ":
        client._send_pingreq()
    elif kind == "PINGRESP":
        client._send_pingresp()
    elif kind == "DISCONNECT":
        client._send_disconnect()
    elif kind in ("PUBACK", "PUBREC", "PUBREL", "PUBCOMP"):
        # The identifier is always one that the server has sent.
        if p["packet_id"] == 0:
            raise Unsupported("it acknowledges what it has received")
        getattr(client, "_send_" + kind.lower())(p["packet_id"])
    else:
        raise Unsupported("a client does not send it")
    return wire.sent


encoder(encode)
