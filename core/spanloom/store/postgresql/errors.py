"""What PostgreSQL's errors mean for the user: never with the password."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanloom.errors import StoreError
from spanloom.store.postgresql.migrations import SCHEMA

if TYPE_CHECKING:
    import psycopg

__all__ = ["cannot_open", "cannot_use", "is_about_content"]


def cannot_open(place: str, error: psycopg.Error) -> StoreError:
    """Describe why no connection was made, or the tables not."""
    from psycopg import errors

    reason = " ".join(str(error).split())
    if isinstance(error, errors.InsufficientPrivilege):
        return StoreError(
            f"the trace store {place} can't be set up ({reason}). Let an administrator run, in this database: "
            f"CREATE SCHEMA {SCHEMA} AUTHORIZATION <your role>; or, if it is there already: "
            f"GRANT USAGE ON SCHEMA {SCHEMA} TO <your role>; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN "
            f"SCHEMA {SCHEMA} TO <your role>"
        )
    if "password" in reason or "authentication" in reason:
        hint = "check user and password in the URL (percent-encoded), or PGPASSWORD, or ~/.pgpass"
    elif "does not exist" in reason:
        hint = "check the names in the URL, or make what is missing with createdb or createuser"
    elif "too many" in reason or "remaining connection slots" in reason:
        hint = "the server has no connection left: raise max_connections, or put a pooler before it"
    else:
        hint = "check that the server runs, and host and port in the URL: postgresql://user:password@host:5432/database"
    return StoreError(f"the trace store {place} can't be opened ({reason}); {hint}")


def cannot_use(place: str, what: str, error: psycopg.Error) -> StoreError:
    """Describe why a statement failed."""
    from psycopg import errors

    reason = " ".join(str(error).split())
    if isinstance(error, errors.InsufficientPrivilege):
        reason += f"; an administrator may GRANT it on the tables of the schema {SCHEMA}"
    return StoreError(f"the trace store {place} can't be {what}: {reason}")


def is_about_content(error: BaseException | None) -> bool:
    """Whether a statement failed for one of its values, which will fail again."""
    from psycopg import DataError, IntegrityError, ProgrammingError, errors

    of_values = (DataError, IntegrityError, errors.DatatypeMismatch, errors.ProgramLimitExceeded)
    return isinstance(error, of_values) or type(error) is ProgrammingError  # psycopg's own: it knows no such type
