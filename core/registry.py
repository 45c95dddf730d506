"""What plugs in: providers, field kinds, settings pages, widgets. Filled by explicit imports when the apps
are ready.
"""

from collections.abc import Callable, Iterator


class DuplicateKey(LookupError):
    """Two things were registered under one key."""


class UnknownKey(LookupError):
    """Nothing is registered under this key."""


class Registry[T]:
    """Things by their key, in the order they were registered."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._items: dict[str, T] = {}

    def add(self, key: str, item: T) -> T:
        """Register an item.

        Raises:
            DuplicateKey
        """
        if key in self._items:
            raise DuplicateKey(f"{self.name}: “{key}” is registered already.")
        self._items[key] = item
        return item

    def register(self, key: str) -> Callable[[T], T]:
        """The same as a decorator."""
        return lambda item: self.add(key, item)

    def get(self, key: str) -> T:
        """The item of a key.

        Raises:
            UnknownKey: naming those that exist.
        """
        try:
            return self._items[key]
        except KeyError:
            known = ", ".join(self._items) or "none"
            raise UnknownKey(f"{self.name}: “{key}” is not registered; known: {known}.") from None

    def keys(self) -> list[str]:
        return list(self._items)

    def items(self) -> list[tuple[str, T]]:
        return list(self._items.items())

    def values(self) -> list[T]:
        return list(self._items.values())

    def choices(self) -> list[tuple[str, str]]:
        """For a form or model field: the key, and the item's title where it has one."""
        return [(key, str(getattr(item, "title", key))) for key, item in self._items.items()]

    def __contains__(self, key: str) -> bool:
        return key in self._items

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)
