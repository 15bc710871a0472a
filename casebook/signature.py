"""How posts to us and messages from us are signed. Pure."""

import hashlib
import hmac


def code_of(secret: str, second: str, body: bytes) -> str:
    """Give the HMAC-SHA256 of `second`, a full stop and the body, in hexadecimal digits."""
    return hmac.new(secret.encode(), second.encode() + b"." + body, hashlib.sha256).hexdigest()


def signed(secret: str, second: str, body: bytes) -> str:
    """Give the header's value: `t=SECOND,v1=HEX`."""
    return f"t={second},v1={code_of(secret, second, body)}"
