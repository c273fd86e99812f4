"""amqtt's packets, both ways: `amqtt_codec.py encoder` or `amqtt_codec.py decoder`."""

import sys

from amqtt.adapters import BufferReader
from amqtt.errors import NoDataError
from amqtt.mqtt import packet_class
from amqtt.mqtt.connack import ConnackPacket
from amqtt.mqtt.connect import ConnectPacket, ConnectPayload, ConnectVariableHeader
from amqtt.mqtt.disconnect import DisconnectPacket
from amqtt.mqtt.packet import MQTTFixedHeader
from amqtt.mqtt.pingreq import PingReqPacket
from amqtt.mqtt.pingresp import PingRespPacket
from amqtt.mqtt.puback import PubackPacket
from amqtt.mqtt.pubcomp import PubcompPacket
from amqtt.mqtt.publish import PublishPacket
from amqtt.mqtt.pubrec import PubrecPacket
from amqtt.mqtt.pubrel import PubrelPacket
from amqtt.mqtt.suback import SubackPacket
from amqtt.mqtt.subscribe import SubscribePacket
from amqtt.mqtt.unsuback import UnsubackPacket
from amqtt.mqtt.unsubscribe import UnsubscribePacket

from lines import Incomplete, Unsupported, binary, decoder, encoder

WITH_ID = {
    "PUBACK": PubackPacket,
    "PUBREC": PubrecPacket,
    "PUBREL": PubrelPacket,
    "PUBCOMP": PubcompPacket,
    "UNSUBACK": UnsubackPacket,
}
NAMES = (
    "", "CONNECT", "CONNACK", "PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP", "SUBSCRIBE",
    "SUBACK", "UNSUBSCRIBE", "UNSUBACK", "PINGREQ", "PINGRESP", "DISCONNECT", "",
)


def connect(p):
    header = ConnectVariableHeader(keep_alive=p["keep_alive"])
    header.clean_session_flag = p["clean_session"]
    header.will_flag = p["will_topic"] is not None
    header.will_qos = p["will_qos"]
    header.will_retain_flag = p["will_retain"]
    header.username_flag = p["user_name"] is not None
    header.password_flag = p["password"] is not None
    try:
        password = p["password"] and binary(p["password"]).decode()
    except UnicodeDecodeError:
        raise Unsupported("a password is text here") from None
    message = binary(p["will_message"])
    payload = ConnectPayload(p["client_id"], p["will_topic"], message, p["user_name"], password)
    return ConnectPacket(variable_header=header, payload=payload)


def build(p):
    kind = p["packet"]
    if kind == "CONNECT":
        return connect(p)
    if kind == "CONNACK":
        return ConnackPacket.build(int(p["session_present"]), p["return_code"])
    if kind == "PUBLISH":
        return PublishPacket.build(
            p["topic_name"], binary(p["payload"]), p["packet_id"], p["dup"], p["qos"], p["retain"]
        )
    if kind == "SUBSCRIBE":
        requests = [(r["topic_filter"], r["qos"]) for r in p["requests"]]
        return SubscribePacket.build(requests, p["packet_id"])
    if kind == "SUBACK":
        return SubackPacket.build(p["packet_id"], p["return_codes"])
    if kind == "UNSUBSCRIBE":
        return UnsubscribePacket.build(p["topic_filters"], p["packet_id"])
    if kind in WITH_ID:
        return WITH_ID[kind].build(p["packet_id"])
    simple = {"PINGREQ": PingReqPacket, "PINGRESP": PingRespPacket, "DISCONNECT": DisconnectPacket}
    return simple[kind]()


def now(coroutine):
    """What a coroutine returns that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    raise Incomplete


def decode(data):
    reader = BufferReader(data)
    fixed = now(MQTTFixedHeader.from_stream(reader))
    if fixed is None:
        raise Incomplete
    begin = reader._stream.tell()
    if len(data) < begin + fixed.remaining_length:
        raise Incomplete
    # A stream that ends with this packet. What is left in it, or what a field lacks, the library does
    # not compare with Remaining Length; in a longer stream the next packet would suffer.
    reader = BufferReader(data[begin:])
    packet = now(packet_class(fixed).from_stream(reader, fixed_header=fixed))
    return fields(NAMES[fixed.packet_type], packet)


def hexed(data):
    return None if data is None else bytes(data).hex()


def fields(kind, packet):
    p = {"packet": kind}
    head, body = packet.variable_header, packet.payload
    if kind == "CONNECT":
        password = body.password
        p |= {
            "client_id": "" if body.client_id_is_random else body.client_id,
            "clean_session": head.clean_session_flag,
            "keep_alive": head.keep_alive,
            "will_topic": body.will_topic,
            "will_message": hexed(body.will_message),
            "will_qos": head.will_qos,
            "will_retain": head.will_retain_flag,
            "user_name": body.username,
            "password": None if password is None else password.encode().hex(),
        }
    elif kind == "CONNACK":
        p |= {"session_present": bool(head.session_parent), "return_code": head.return_code}
    elif kind == "PUBLISH":
        p |= {
            "dup": packet.dup_flag,
            "qos": packet.qos,
            "retain": packet.retain_flag,
            "topic_name": head.topic_name,
            "packet_id": head.packet_id,
            "payload": hexed(body.data),
        }
    elif kind == "SUBSCRIBE":
        requests = [{"topic_filter": topic, "qos": qos} for topic, qos in body.topics]
        p |= {"packet_id": head.packet_id, "requests": requests}
    elif kind == "SUBACK":
        p |= {"packet_id": head.packet_id, "return_codes": body.return_codes}
    elif kind == "UNSUBSCRIBE":
        p |= {"packet_id": head.packet_id, "topic_filters": body.topics}
    elif kind in WITH_ID:
        p |= {"packet_id": head.packet_id}
    return p


if sys.argv[1:] == ["encoder"]:
    encoder(lambda p: build(p).to_bytes())
elif sys.argv[1:] == ["decoder"]:
    decoder(decode)
else:
    sys.exit(__doc__)
