"""What a product costs: on a day, in a currency, for a quantity. Answers depend on nothing but what is asked."""
from datetime import date, timedelta
from typing import Optional
from zlib import crc32

from caches import Lru
from catalog import Product

PER_EURO = {"EUR": 1.0, "USD": 1.0921, "GBP": 0.8534, "CHF": 0.9587, "SEK": 11.1745, "PLN": 4.2932, "JPY": 161.17}
_WITHOUT_CENTS = ("JPY",)
_DISCOUNT = ((100, 0.88), (25, 0.92), (10, 0.95), (1, 1.0))

price_days = Lru(1024)


def _cents_on(product: Product, day: date) -> int:
    wave = crc32(f"{product.sku}/{day}".encode()) % 1201 - 600  # at most 6 % up or down
    return product.cents + product.cents * wave // 10000


def history(product: Product, last: date, days: int) -> list[dict]:
    """The prices of `days` days up to `last`, newest first."""
    points = []
    for back in range(days):
        day = last - timedelta(days=back)
        cents = price_days.get((product.sku, day.toordinal()), lambda: _cents_on(product, day))
        points.append({"date": day.isoformat(), "cents": cents})
    return points


def convert(cents: float, currency: str) -> float:
    amount = cents / 100 * PER_EURO[currency]
    return round(amount, 0 if currency in _WITHOUT_CENTS else 2)


def quote(product: Product, quantity: int, currency: str) -> Optional[dict]:
    """A price for `quantity` pieces; None where the currency or the quantity is not served."""
    if currency not in PER_EURO or not 1 <= quantity <= 10000:
        return None
    factor = next(factor for least, factor in _DISCOUNT if quantity >= least)
    unit = convert(product.cents * factor, currency)
    return {"sku": product.sku, "name": product.name, "currency": currency, "qty": quantity,
            "unit_price": unit, "total": round(unit * quantity, 2), "discount": round(1 - factor, 2)}
