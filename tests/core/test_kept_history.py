"""What history pages show is kept by the audit chain: a row that was changed, removed, swapped or added is found."""

import random
import threading

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from core.models import Announcement, ChangedHistory, Event, HistoryColumns, KeptHistory, QuickLink
from core.services import audit_chain, audit_history, audit_proof
from tests.core.test_audit_chain import behind_our_back, found

pytestmark = pytest.mark.django_db
TABLE = "core_historicalquicklink"
PLACES = 40
WAYS = ["flip", "who", "when", "where", "delete", "swap", "add", "copy", "all", "record", "salt", "columns"]
GUARDS = {"history_kept", "history_changed", "history_no_delete", "history_no_truncate"}


def links(count: int = 1, **values: object) -> list[QuickLink]:
    made = []
    for number in range(count):
        link = QuickLink.objects.create(title=f"Link {number}", url=f"/x/{number}", icon="link", **values)
        link.title = f"Changed {number}"
        link.save()
        made.append(link)
    return made


def rows() -> list[int]:
    return list(QuickLink.history.order_by("history_id").values_list("history_id", flat=True))


def emptied(link: QuickLink) -> None:
    """As an erasure does it."""
    with audit_history.emptying(link):
        QuickLink.history.filter(id=link.pk).update(title="")


def run(statement: str, *parameters: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        # Foreign keys that wait for the end of the transaction would keep the table from being changed.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(statement, parameters)


class TestKeeping:
    def test_every_table_of_history_is_kept(self):
        """One that is not: its migration needs `core.sql.keep_history(["the_table"])`."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'"
            )
            there = {(table, name) for table, name in cursor.fetchall()}
        missing = [
            (table, name) for table in audit_history.tables() for name in GUARDS if (table, name) not in there
        ]
        assert missing == []
        assert len(audit_history.tables()) >= 19

    def test_migrating_notes_the_columns_so_that_no_writer_has_to(self):
        """Whoever notes new ones holds up everybody else who writes until its transaction ends."""
        assert set(HistoryColumns.objects.values_list("table_name", flat=True)) == {*audit_history.tables()}
        links()
        assert HistoryColumns.objects.count() == len(audit_history.tables())

    def test_a_statement_writes_one_record_with_its_rows(self):
        links()
        assert [kept.ids for kept in KeptHistory.objects.order_by("id")] == [[number] for number in rows()]
        many = [QuickLink(title=str(number), url="/", icon="link") for number in range(300)]
        QuickLink.history.bulk_history_create(QuickLink.objects.bulk_create(many), batch_size=1000)
        last = KeptHistory.objects.latest("id")
        assert len(last.ids) == 300
        assert (len(last.digests), len(last.salts), last.last_id) == (300 * 32, 300 * 16, max(last.ids))
        assert found() == {}

    def test_it_is_no_event_and_sealed_like_one(self):
        links(3)
        assert not Event.objects.exists()
        assert audit_chain.run() == KeptHistory.objects.count() == 6
        outcome = audit_proof.prove()
        assert outcome.figures == {"events": 0, "changes": 6, "seals": 1}
        assert found() == {}

    def test_a_session_in_another_zone_keeps_the_same(self):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL timezone = 'Asia/Kathmandu'")
        links()
        assert found() == {}

    def test_what_was_there_before_is_kept_as_it_is(self):
        links(3)
        behind_our_back("DELETE FROM core_kepthistory")
        assert found() == {"history_added": 6}
        audit_history.keep_rest(TABLE)
        assert found() == {}
        audit_history.keep_rest(TABLE)
        assert KeptHistory.objects.count() == 1

    @pytest.mark.parametrize(
        "statement",
        [
            f"UPDATE {TABLE} SET title = 'x'",
            f"DELETE FROM {TABLE}",
            f"TRUNCATE {TABLE}",
            "UPDATE core_kepthistory SET digests = ''",
            "UPDATE core_kepthistory SET salts = ''",
            "DELETE FROM core_kepthistory",
            "UPDATE core_historycolumns SET columns = '{}'",
            "DELETE FROM core_historycolumns",
            "DELETE FROM core_changedhistory",
            "UPDATE core_changedhistory SET after = ''",
        ],
    )
    def test_the_database_refuses_to_change_it(self, statement):
        [link] = links()
        emptied(link)
        with pytest.raises(DatabaseError, match="stay as they were written"):
            run(statement)

    def test_an_erasure_empties_words_and_leaves_who_and_when(self):
        [link] = links()
        with pytest.raises(DatabaseError, match="stay as they were written"), audit_history.emptying(link):
            QuickLink.history.update(history_type="-")
        with pytest.raises(DatabaseError, match="stay as they were written"):
            QuickLink.history.update(title="It is over")


def tamper(chance: random.Random, ids: list[int]) -> str:
    """Do one of the things that somebody with all rights in the database might do; what was done."""
    how = chance.choice(WAYS)
    one, other = chance.sample(ids, 2)
    match how:
        case "flip":
            behind_our_back(f"UPDATE {TABLE} SET title = title || ' ' WHERE history_id = %s", one)
        case "who":
            behind_our_back(f"UPDATE {TABLE} SET history_change_reason = 'x' WHERE history_id = %s", one)
        case "when":
            behind_our_back(
                f"UPDATE {TABLE} SET history_date = history_date - interval '1 microsecond' WHERE history_id = %s",
                one,
            )
        case "where":
            behind_our_back(f"UPDATE {TABLE} SET history_address = '10.0.0.1' WHERE history_id = %s", one)
        case "delete":
            behind_our_back(f"DELETE FROM {TABLE} WHERE history_id = %s", one)
        case "swap":
            behind_our_back(
                f"UPDATE {TABLE} SET history_id = -history_id WHERE history_id IN (%s, %s)", one, other
            )
            behind_our_back(
                f"UPDATE {TABLE} SET history_id = CASE history_id WHEN %s THEN %s ELSE %s END WHERE history_id < 0",
                -one, other, one,
            )  # fmt: skip
        case "add":
            behind_our_back(_COPIED.format(number="%s"), max(ids) + chance.randrange(1, 99), one)
        case "copy":
            # With a record of its own, put between what was sealed.
            number = max(ids) + 1
            behind_our_back(_COPIED.format(number="%s"), number, one)
            behind_our_back(
                "INSERT INTO core_kepthistory SELECT min(id) - 1, table_name, columns_id, ARRAY[%s::bigint],"
                " '\\x00', '\\x00', %s, now() FROM core_kepthistory GROUP BY table_name, columns_id",
                number, number,
            )  # fmt: skip
        case "all":
            behind_our_back(f"DELETE FROM {TABLE}")
        case "record":
            behind_our_back("DELETE FROM core_kepthistory WHERE %s = ANY (ids)", one)
            behind_our_back(f"DELETE FROM {TABLE} WHERE history_id = %s", one)
        case "salt":
            behind_our_back("UPDATE core_kepthistory SET salts = digests WHERE %s = ANY (ids)", one)
        case _:
            # As if the column had come later: what it says would not be compared.
            behind_our_back("UPDATE core_historycolumns SET columns = array_remove(columns, 'title')")
            behind_our_back(f"UPDATE {TABLE} SET title = 'x' WHERE history_id = %s", one)
    return how


_COPIED = f"""
INSERT INTO {TABLE} SELECT (jsonb_populate_record(t, jsonb_build_object('history_id', {{number}}))).* FROM {TABLE} t
WHERE history_id = %s
"""


class TestTampering:
    @pytest.fixture
    def ids(self):
        for _ in range(4):
            links(5)
            audit_chain.run()
        assert found() == {}
        return rows()

    def test_tampering_at_forty_places_is_found(self, ids):
        chance, done = random.Random(4), set()
        for _ in range(PLACES):
            with transaction.atomic():
                done.add(how := tamper(chance, ids))
                assert found(), how
                transaction.set_rollback(True)
            assert found() == {}
        assert len(done) == len(WAYS), "Every way was tried"

    def test_the_finding_names_the_change_and_the_command_says_so(self, ids, capsys):
        behind_our_back(f"UPDATE {TABLE} SET title = 'x' WHERE history_id = %s", ids[3])
        [result] = [one for one in audit_proof.prove().results if one.count]
        assert (result.name, result.findings[0][0]) == ("history", f"Quick link: change {ids[3]}")
        with pytest.raises(CommandError, match="1 findings in 0 events, 40 changes"):
            call_command("check_audit")
        assert "Each change that history pages show" in capsys.readouterr().out

    def test_negative_control_without_the_comparison_nobody_sees_it(self, ids, monkeypatch):
        monkeypatch.setattr("core.services.audit_history_proof.compare", lambda _add: 0)
        behind_our_back(f"UPDATE {TABLE} SET title = 'x' WHERE history_id = %s", ids[3])
        assert found() == {}

    def test_a_table_of_history_that_is_gone_is_found(self, ids, monkeypatch):
        left = {name: model for name, model in audit_history.tables().items() if name != TABLE}
        monkeypatch.setattr("core.services.audit_history_proof.tables", lambda: left)
        assert found() == {"history_gone": 1}


class TestErasure:
    @pytest.fixture
    def link(self):
        _other, link = links(2)
        audit_chain.run()
        emptied(link)
        audit_chain.run()
        return link

    def test_what_it_emptied_is_accounted_for(self, link):
        assert found() == {}
        told = Event.objects.get(kind="history.erased")
        assert told.data["rows"] == "2" == str(ChangedHistory.objects.filter(event_id=told.pk).count())
        assert told.subject_id == str(link.pk)

    def test_a_second_one_goes_on_from_the_first(self, link):
        with audit_history.emptying(link):
            QuickLink.history.filter(id=link.pk).update(url="")
        audit_chain.run()
        assert found() == {}
        assert ChangedHistory.objects.count() == 4

    def test_nothing_is_told_where_nothing_was_emptied(self):
        [link] = links()
        with audit_history.emptying(link):
            QuickLink.history.filter(id=-1).update(url="")
            QuickLink.history.filter(id=link.pk).update(icon="link")
        assert not Event.objects.exists() and not ChangedHistory.objects.exists()

    def test_the_words_cannot_be_found_by_trying(self, link):
        """Of an erased row the salt is another: what was kept fits no words at all any more."""
        row = QuickLink.history.filter(id=link.pk).earliest("history_id")
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT encode(sha256(k.salt || convert_to((to_jsonb(t) || %s)::text, 'UTF8')), 'hex'),"
                f" encode(k.digest, 'hex') FROM core_history_in(%s) k JOIN {TABLE} t USING (history_id)"
                " WHERE t.history_id = %s",
                ['{"title": "Link 1"}', TABLE, row.history_id],
            )
            tried, kept = cursor.fetchone()
        assert tried != kept

    @pytest.mark.parametrize(
        ("statements", "question"),
        {
            "put words into an emptied row": (
                [f"UPDATE {TABLE} SET title = 'x' WHERE title = ''"], "history"),
            "empty one that no erasure names": (
                [f"UPDATE {TABLE} SET title = '' WHERE title = 'Link 0'"], "history"),
            "forget what was emptied": (["DELETE FROM core_changedhistory"], "history"),
            "name one more under the same erasure": (
                ["INSERT INTO core_changedhistory (table_name, history_id, before, after, columns_id, event_id)"
                 " SELECT x.table_name, k.history_id, k.digest, k.digest, k.columns_id, x.event_id"
                 " FROM core_changedhistory x, core_history_in(x.table_name) k"
                 " WHERE k.history_id <> x.history_id LIMIT 1"], "history_erased"),
            "an erasure that no event tells of": (
                ["SELECT set_config('core.history_change', '1', true)",
                 "SET LOCAL session_replication_role = origin",
                 f"UPDATE {TABLE} SET title = 'x' WHERE title = 'Link 0'"], "history_erased"),
            "emptied from what nobody kept": (
                ["UPDATE core_changedhistory SET before = after"], "history_erased"),
        }.values(),
    )  # fmt: skip
    def test_tampering_after_it_is_found(self, link, statements, question):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            for statement in statements:
                cursor.execute(statement)
        assert question in found()

    def test_one_that_was_tampered_with_before_is_found_after_it(self):
        [link] = links()
        audit_chain.run()
        behind_our_back(f"UPDATE {TABLE} SET url = '/elsewhere' WHERE history_id = %s", rows()[0])
        emptied(link)
        assert found() == {"history_erased": 1}


class TestColumns:
    """Tables change with the product: what was kept of them must not."""

    def test_a_column_that_came_later_says_nothing_of_older_rows(self):
        links(2)
        run(f"ALTER TABLE {TABLE} ADD COLUMN later varchar(9) NOT NULL DEFAULT 'new'")
        assert found() == {}
        links(2)
        assert found() == {}
        assert HistoryColumns.objects.filter(table_name=TABLE).count() == 2
        emptied(QuickLink.objects.latest("pk"))
        emptied(QuickLink.objects.earliest("pk"))
        assert found() == {}
        behind_our_back(
            f"UPDATE {TABLE} SET later = 'x' WHERE history_id = (SELECT max(history_id) FROM {TABLE})"
        )
        assert found() == {"history": 1}

    def test_after_a_column_was_dropped_rows_are_kept_anew(self):
        links(2)
        audit_chain.run()
        run(f"ALTER TABLE {TABLE} DROP COLUMN icon")
        assert found() == {"history": 4}
        audit_history.keep_anew(TABLE, reason="Links have no icons any more")
        audit_chain.run()
        assert found() == {}
        assert Event.objects.get(kind="history.kept_anew").data["rows"] == "4"
        behind_our_back(f"UPDATE {TABLE} SET title = 'x' WHERE history_id = %s", rows()[0])
        assert found() == {"history": 1}


@pytest.mark.django_db(transaction=True)
def test_writers_side_by_side_are_all_kept():
    start = threading.Barrier(4)

    def write(number: int) -> None:
        try:
            start.wait(20)
            for _ in range(10):
                with transaction.atomic():
                    Announcement.objects.create(title=f"{number}", text="x")
                    links(2)
                audit_chain.run()
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for _ in range(4):
        audit_chain.run()
    assert found() == {}
    outcome = audit_proof.prove()
    assert outcome.figures["changes"] == 4 * 10 * 5
