"""What OpenAI's servers answer and their document does not say. Each case turns such an answer into what the document says,
so that all the rest of it is held against the schema; nothing else is forgiven.
"""

import base64
import struct


def said(path, value, streamed):
    """The answer of this path in the document's words."""
    if path == "/completions" and streamed:
        return {**value, "choices": [ended(choice) for choice in value["choices"]]}
    if path == "/embeddings":
        return {**value, "data": [unpacked(each) for each in value["data"]]}
    return value


def ended(choice):
    """The document has one shape for whole and streamed completions; a stream's reason to finish is null until its end."""
    return {**choice, "finish_reason": choice["finish_reason"] or "stop"}


def unpacked(vector):
    """The request knows `encoding_format: base64`; the answer's schema has only numbers. 32-bit little-endian floats."""
    text = vector["embedding"]
    if not isinstance(text, str):
        return vector
    packed = base64.b64decode(text, validate=True)
    return {**vector, "embedding": list(struct.unpack(f"<{len(packed) // 4}f", packed))}
