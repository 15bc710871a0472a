"""Who asks X: the app by its bearer token, or an account by four keys that sign each question (OAuth 1.0a)."""

import logging
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, SecretStr, ValidationInfo

NAMES = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
"""All four or none; X's developer console calls the first two API key and API key secret."""
_TALKATIVE = ("tweepy", "tweepy.client", "requests_oauthlib.oauth1_auth", "oauthlib.oauth1.rfc5849")
"""At DEBUG these log the bearer token, the keys that are sent, and what is signed."""


def _bare_secret(written: SecretStr, info: ValidationInfo) -> SecretStr:
    bare = written.get_secret_value().strip()
    if not bare or not bare.isascii() or not bare.isprintable() or " " in bare:
        name = (info.field_name or "token").replace("_", " ")
        raise ValueError(f"is empty or no token; copy the app's {name} from X's developer console")
    return SecretStr(bare)


Secret = Annotated[SecretStr, AfterValidator(_bare_secret)]


@dataclass(frozen=True, slots=True)
class Keys:
    """The four keys that sign for one account; reading its own mentions and posts is then cheap."""

    consumer_key: SecretStr
    consumer_secret: SecretStr
    access_token: SecretStr
    access_token_secret: SecretStr

    def bare(self) -> dict[str, str]:
        """Give them in clear, by tweepy's names of them."""
        return {name: getattr(self, name).get_secret_value() for name in NAMES}


def keys_of(*written: SecretStr | None) -> Keys | None:
    """Put the keys together, in the order of NAMES.

    Raises ValueError that names the missing ones where some are there and some are not.
    """
    missing = [name for name, key in zip(NAMES, written, strict=True) if key is None]
    if len(missing) == len(NAMES):
        return None
    if missing:
        raise ValueError(f"{', '.join(missing)} missing; {', '.join(NAMES)} belong together, all or none")
    return Keys(*(key for key in written if key is not None))


def hush_libraries() -> None:
    """Keep the libraries from logging secrets, whatever level the process logs at."""
    for name in _TALKATIVE:
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, logging.WARNING))
