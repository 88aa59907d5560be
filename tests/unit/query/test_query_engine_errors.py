"""What the engine raises becomes our errors, and Ctrl-C stays Ctrl-C however the engine says it."""

from __future__ import annotations

import duckdb
import pytest

from certhound.query.engines.duckdb.errors import EngineError, NoRoomError, as_ours
from certhound.query.engines.duckdb.session import Session


@pytest.mark.parametrize(
    ("raised", "becomes"),
    [
        (RuntimeError("Query interrupted"), KeyboardInterrupt),
        (duckdb.InterruptException("INTERRUPT Error: Interrupted!"), KeyboardInterrupt),
        (
            duckdb.InvalidInputException(
                "reading the object registered as 'x' as Arrow data failed: KeyboardInterrupt: "
            ),
            KeyboardInterrupt,
        ),
        (KeyboardInterrupt(), KeyboardInterrupt),
        (duckdb.InvalidInputException("Invalid Input Error: no"), EngineError),
        (duckdb.OutOfMemoryException("Out of Memory Error: no"), NoRoomError),
        (RuntimeError("another"), RuntimeError),
    ],
)
def test_an_error_of_the_engine(raised: BaseException, becomes: type[BaseException]) -> None:
    with pytest.raises(becomes) as found, as_ours():
        raise raised
    assert found.type is becomes


def test_ctrl_c_in_a_function_of_ours() -> None:
    def stopped(_: int) -> int:
        raise KeyboardInterrupt

    with Session() as session:
        session.connection.create_function("stopped", stopped, ["BIGINT"], "BIGINT")
        with pytest.raises(KeyboardInterrupt):
            session.scalar("SELECT sum(stopped(range)) FROM range(3)")


def test_a_transaction_that_failed_does_not_hide_why() -> None:
    with Session() as session:
        session.execute("BEGIN TRANSACTION")
        with pytest.raises(EngineError, match="why"), session.joins_as_written():
            session.execute("SELECT error('why')")
        session.execute("ROLLBACK")
        with session.joins_as_written():
            assert session.scalar("SELECT 1") == 1
