"""1,200 products, made from a seed, in an in-memory SQLite table; the same in every process."""
import random
import sqlite3
import uuid
from functools import lru_cache
from typing import NamedTuple, Optional

CATEGORIES = {
    "keyboards": "KB", "mice": "MS", "monitors": "MN", "cables": "CB", "docks": "DK", "headsets": "HS",
    "webcams": "WC", "stands": "ST", "lamps": "LP", "chairs": "CH", "desks": "DS", "printers": "PR",
}
_ADJECTIVES = ("compact", "silent", "wide", "curved", "braided", "foldable", "wireless", "classic", "heavy", "slim")
_PER_CATEGORY = 100


class Product(NamedTuple):
    sku: str
    id: str
    name: str
    category: str
    cents: int
    grams: int


def _make() -> list[Product]:
    rng = random.Random(20240312)
    products = []
    for category, prefix in CATEGORIES.items():
        for number in sorted(rng.sample(range(10000, 99999), _PER_CATEGORY)):
            identity = str(uuid.UUID(int=rng.getrandbits(128), version=4))
            name = f"{rng.choice(_ADJECTIVES)} {rng.choice(_ADJECTIVES)} {category[:-1]} {number % 97}"
            products.append(Product(f"{prefix}-{number}", identity, name, category,
                                    rng.randrange(900, 90000), rng.randrange(40, 25000)))
    return products


def _open() -> sqlite3.Cursor:
    cursor = sqlite3.connect(":memory:", check_same_thread=False).cursor()
    cursor.execute("CREATE TABLE product (sku TEXT PRIMARY KEY, id TEXT UNIQUE, name TEXT, category TEXT, "
                   "cents INTEGER, grams INTEGER) STRICT")
    cursor.executemany("INSERT INTO product VALUES (?, ?, ?, ?, ?, ?)", _make())
    cursor.execute("CREATE INDEX product_category ON product (category, sku)")
    return cursor


_cursor = _open()  # one cursor for all: a connection remembers every cursor that it gave out


def _rows(sql: str, *values) -> list:
    return _cursor.execute(sql, values).fetchall()


@lru_cache(maxsize=512)
def by_sku(sku: str) -> Optional[Product]:
    rows = _rows("SELECT * FROM product WHERE sku = ?", sku)
    return Product(*rows[0]) if rows else None


def by_id(identity: str) -> Optional[Product]:
    rows = _rows("SELECT sku FROM product WHERE id = ?", identity)
    return by_sku(rows[0][0]) if rows else None


def page(category: str, number: int, size: int) -> list[Product]:
    rows = _rows("SELECT sku FROM product WHERE category = ? ORDER BY sku LIMIT ? OFFSET ?",
                 category, size, (number - 1) * size)
    return [by_sku(sku) for (sku,) in rows]


def search(words: str, limit: int) -> list[tuple[str, str, int]]:
    return _rows("SELECT sku, name, cents FROM product WHERE name LIKE ? ORDER BY sku LIMIT ?", f"%{words}%", limit)
