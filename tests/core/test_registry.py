import pytest

from core.registry import DuplicateKey, Registry, UnknownKey


def test_things_are_found_by_key_in_the_order_they_came():
    plugs: Registry[str] = Registry("plugs")
    plugs.add("b", "second letter")
    plugs.add("a", "first letter")
    assert plugs.keys() == ["b", "a"]
    assert plugs.get("a") == "first letter"
    assert "b" in plugs and "c" not in plugs


def test_a_second_thing_under_one_key_is_refused_and_the_first_stays():
    plugs: Registry[str] = Registry("plugs")
    plugs.add("a", "first")
    with pytest.raises(DuplicateKey):
        plugs.add("a", "second")
    assert plugs.get("a") == "first"


def test_an_unknown_key_raises_and_names_the_registry():
    with pytest.raises(UnknownKey, match="plugs"):
        Registry("plugs").get("a")


def test_register_is_a_decorator_that_leaves_the_thing_as_it_was():
    plugs: Registry[type] = Registry("plugs")

    @plugs.register("one")
    class One:
        title = "Number one"

    assert plugs.get("one") is One
    assert plugs.choices() == [("one", "Number one")]
