"""gmqtt's packet factories, given what its Client gives them."""

from types import SimpleNamespace

from gmqtt import Message, Subscription
from gmqtt.mqtt import package
from gmqtt.mqtt.constants import MQTTv311, MQTTCommands

from lines import Unsupported, binary, encoder

protocol = SimpleNamespace(proto_name=b"MQTT", proto_ver=MQTTv311, id_generator=None)


def next_id(packet_id):
    if not packet_id:
        raise Unsupported("the client chooses the identifier")
    protocol.id_generator = SimpleNamespace(next_id=lambda: packet_id)


def connect(p):
    if p["client_id"] == "":
        raise Unsupported("the Client replaces an empty identifier")
    will = None
    if p["will_topic"] is not None:
        message = binary(p["will_message"])
        will = Message(p["will_topic"], message, p["will_qos"], p["will_retain"])
    elif p["will_qos"] or p["will_retain"]:
        raise Unsupported("flags of a Will without a Will")
    if p["user_name"] is None and p["password"] is not None:
        raise Unsupported("a password without a user name")
    # Client.set_auth_credentials encodes the user name; the identifier stays as it is.
    name = None if p["user_name"] is None else p["user_name"].encode()
    return package.LoginPackageFactor.build_package(
        p["client_id"], name, binary(p["password"]), p["clean_session"], p["keep_alive"],
        protocol, will_message=will,
    )


def encode(p):
    kind = p["packet"]
    if kind == "CONNECT":
        return connect(p)
    if kind == "PUBLISH":
        if p["qos"] > 0:
            next_id(p["packet_id"])
        elif p["packet_id"] is not None:
            raise Unsupported("an identifier at QoS 0")
        message = Message(p["topic_name"], binary(p["payload"]), p["qos"], p["retain"])
        if p["dup"] and p["qos"] == 0:
            raise Unsupported("DUP is the client's to set")
        message.dup = p["dup"]
        return package.PublishPacket.build_package(message, protocol)[1]
    if kind == "SUBSCRIBE":
        next_id(p["packet_id"])
        wanted = [Subscription(r["topic_filter"], r["qos"]) for r in p["requests"]]
        return package.SubscribePacket.build_package(wanted, protocol)[1]
    if kind == "UNSUBSCRIBE":
        next_id(p["packet_id"])
        return package.UnsubscribePacket.build_package(p["topic_filters"], protocol)[1]
    if kind in ("PINGREQ", "DISCONNECT"):
        return package.SimpleCommandPacket.build_package(MQTTCommands[kind])
    if kind in ("PUBACK", "PUBREC", "PUBREL", "PUBCOMP"):
        if p["packet_id"] == 0:
            raise Unsupported("it acknowledges what it has received")
        command = MQTTCommands[kind] | (2 if kind == "PUBREL" else 0)
        return package.CommandWithMidPacket.build_package(
            command, p["packet_id"], False, proto_ver=MQTTv311
        )
    raise Unsupported("a client does not send it")


encoder(encode)
