"""The lines of `etalon fuzz`, for a codec in Python: one function per half, and it is served.

A function refuses by raising any exception but Unsupported.
"""

import json
import logging
import sys

logging.disable(logging.CRITICAL)


class Unsupported(Exception):
    """The library has no way to be asked for this."""


class Incomplete(Exception):
    """The decoder waits for more bytes."""


def serve(answer):
    """Answers every line of stdin with one line."""
    out = sys.stdout
    for line in sys.stdin:
        try:
            text = answer(line)
        except Unsupported as why:
            text = json.dumps({"unsupported": str(why)})
        except Incomplete:
            text = '{"incomplete":true}'
        except Exception as why:  # whatever a library raises is its way to refuse
            text = json.dumps({"error": f"{type(why).__name__}: {why}"[:300]})
        out.write(text + "\n")
        out.flush()


def encoder(encode):
    """Serves `encode`, which makes bytes of a packet's fields."""
    serve(lambda line: bytes(encode(json.loads(line))).hex())


def decoder(decode):
    """Serves `decode`, which makes a packet's fields of bytes."""
    serve(lambda line: json.dumps(decode(bytes.fromhex(line))))


def binary(text):
    """A binary field: bytes, or None."""
    return None if text is None else bytes.fromhex(text)
