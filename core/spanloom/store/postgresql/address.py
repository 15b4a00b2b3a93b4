"""Where a PostgreSQL store is: the URL, as libpq reads it."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from spanloom.errors import StoreError

__all__ = ["Address", "address_of"]

_DEFAULTS: Final = {
    "application_name": "spanloom",
    "connect_timeout": "10",
    "tcp_user_timeout": "30000",  # a server that vanished is noticed within 30 s, not within hours
}


class Address(NamedTuple):
    """Where to connect, and how to say so.

    Attributes:
        parameters: For libpq.
        place: User, host and database; never the password.
    """

    parameters: dict[str, Any]
    place: str


def address_of(url: str) -> Address:
    """Read a `postgresql://` URL.

    Raises:
        StoreError: If it can't be read.
    """
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        given = conninfo_to_dict(url)
    except psycopg.Error:  # its message may quote the password
        raise StoreError(
            "the URL of the PostgreSQL store can't be read; expected postgresql://user:password@host:5432/database, "
            "with special characters of the password percent-encoded (@ is %40, / is %2F, % is %25)"
        ) from None
    user = f"{given['user']}@" if "user" in given else ""
    port = f":{given['port']}" if "port" in given else ""
    place = f"postgresql://{user}{given.get('host', '')}{port}/{given.get('dbname', '')}"
    return Address({**_DEFAULTS, **given}, place)
