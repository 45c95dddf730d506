"""A year of business, told day by day in order of time, so that every wallet's balance is right after each movement.

Orders are made up with their whole fate and written as of now. What moves money is queued and done at its time; what
lies in the future never happens, and so some orders are still in flight.
"""

from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from itertools import accumulate
from random import Random
from typing import Any

from commerce.demo.books import Books, Wallet
from commerce.demo.choices import Shelf, Ware
from commerce.demo.fates import Providers
from commerce.demo.funding import Funding
from commerce.demo.loading import Lines
from commerce.demo.moments import DAY, HOUR, millis, moment, stamp
from commerce.demo.orders import Placed, order_number
from commerce.demo.parties import Crowd, Seller, Shopper
from commerce.demo.prices import PriceBook
from commerce.demo.rhythm import DAYS, orders_by_day, share_of_day, times_of_day
from commerce.demo.shipping import RecentParcels
from commerce.demo.stories import Staff, Stories
from commerce.models import Order
from core.models import Event

BY_CUSTOMERS = 0.06
IN_TEST_MODE = 0.006
# About what an order costs us, in cents.
TYPICAL_COST = 900
# Nobody tries things out with an expensive product.
DEAREST_TEST = 6_000
UNPAID_AFTER = HOUR
# What the first reseller can spend today, in cents, paid in round sums.
PLENTY, ROUND = 10_000_000, 100_000
_NO_COMMISSION = Decimal(0)


class History:
    """Tells the year. `run` sends its rows as it goes; wallets end with today's balances."""

    def __init__(
        self, crowd: Crowd, books: Books, shelf: Shelf, prices: PriceBook, providers: Providers, lines: Lines,
        rng: Random, now: int, staff: Staff, left_open: int,
    ) -> None:  # fmt: skip
        """`left_open` is about how many of the last hours' orders have an unknown outcome."""
        self._sellers = sorted((s for s in crowd.sellers if s.weight), key=lambda seller: seller.joined)
        self._shoppers = sorted(crowd.shoppers, key=lambda shopper: shopper.joined)
        self._books, self._shelf, self._prices, self._lines = books, shelf, prices, lines
        self._rng, self._now, self._first = rng, now, moment(now - DAYS * DAY).date()
        self._first_seller = crowd.sellers[0]
        self._queue: dict[int, list[tuple[int, int, Callable[..., None], tuple[Any, ...]]]] = defaultdict(
            list
        )
        self._queued = 0
        self._orders = 0
        self._left_open = left_open
        self._funding = Funding(books, lines, staff.finance, rng, self._at)
        self._stories = Stories(books, providers, lines, staff, rng, now, self._funding.spend_float)
        self.month = moment(now).date().replace(day=1)
        self._month = millis(moment(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0))
        self.this_month: dict[int, int] = defaultdict(int)
        self.customer_wallets: list[Wallet] = []

    def tell(self, at: int, event: str) -> None:
        """Have a line of events written at its time."""
        self._at(at, lambda _at, line: self._lines.of[Event].append(line), event)

    def run(self, total: int) -> None:
        counts = orders_by_day(total, self._first, share_of_day(self._now % DAY), self._rng)
        self._funding.begin(total * TYPICAL_COST // DAYS)
        self._stories.left_open_every = max(1, round(sum(counts[-2:]) * 0.55 / self._left_open))
        self._parcels = RecentParcels(counts, self._now)
        today = self._now // DAY
        for day, count in enumerate(counts, today - DAYS):
            if day == today:
                self._fund_well(day * DAY)
            self._day(day * DAY, count)
            self._lines.send()
        self._lines.finish()

    def _day(self, start: int, count: int) -> None:
        until = min(DAY, self._now - start)
        if count and until > 0:
            buyers = self._buyers(start, count)
            for at, buyer in zip(times_of_day(count, until, self._rng), buyers, strict=True):
                self._order(start + at, buyer)
        self._funding.prepare(start, self._now)
        happenings = self._queue.pop(start // DAY, [])
        happenings.sort(key=lambda happening: happening[:2])
        for _at, _number, happen, arguments in happenings:
            happen(*arguments)

    def _fund_well(self, start: int) -> None:
        """The first reseller is the one people try things with: it begins today with plenty."""
        for wallet in self._first_seller.wallets.values():
            if wallet.balance < PLENTY:
                self._at(start, self._funding.fund, wallet, PLENTY - wallet.balance // ROUND * ROUND)

    def _at(self, at: int, happen: Callable[..., None], *arguments: Any) -> None:
        """Have something happen at its time, unless that is still to come. Its first argument is the time."""
        if at <= self._now:
            self._queued += 1
            self._queue[at // DAY].append((at, self._queued, happen, (at, *arguments)))

    def _buyers(self, start: int, count: int) -> list[Seller | Shopper]:
        """Who orders today: those who were there already and are not gone, the larger ones more often."""
        rng = self._rng
        sellers = [s for s in self._sellers if s.joined <= start and s.left > start + DAY] or self._sellers[
            :1
        ]
        drawn: list[Seller | Shopper] = list(
            rng.choices(sellers, cum_weights=list(accumulate(seller.weight for seller in sellers)), k=count)
        )
        shoppers = [s for s in self._shoppers if s.joined <= start and s.left > start + DAY]
        for place in range(count) if shoppers else ():
            if rng.random() < BY_CUSTOMERS:
                drawn[place] = shoppers[int(len(shoppers) * rng.random() ** 1.6)]
        return drawn

    def _order(self, at: int, buyer: Seller | Shopper) -> None:
        self._orders += 1
        if isinstance(buyer, Shopper):
            self._shopper_order(at, buyer)
        else:
            self._seller_order(at, buyer)

    def _seller_order(self, at: int, seller: Seller) -> None:
        rng = self._rng
        step = self._parcels.step(at)
        if step:
            ware = self._shelf.draw_shipped(seller.country, rng)
        else:
            ware = self._shelf.draw(seller.profile, seller.country, "EUR" in seller.wallets, rng)
        order = self._placed(at, seller, ware)
        order.step = step
        if seller.clients and rng.random() < 0.4:
            client = seller.clients[int(len(seller.clients) * rng.random() ** 1.5)]
        else:
            client = 0
        test = order.wallet.is_test
        if client and not test and at >= self._month:
            self.this_month[client] += 1
        key = seller.test_key_id if test else seller.key_id
        order.party = (
            f"{Order.Source.RESELLER_CLIENT.value}\t{order.channel}\t{test}\t{seller.id}\t{client or '\\N'}\t\\N\t"
            f"{order.wallet.id}\t{key}\t\\N"
        )
        order.actor = f"key\t{key}\t{seller.test_key_label if test else seller.key_label}"
        order.paid_at = stamp(at)
        self._funding.expect(order.wallet, order.priced.total, at)
        self._stories.of_seller(order, ware, self._at)

    def _placed(self, at: int, seller: Seller, ware: Ware) -> Placed:
        rng = self._rng
        amount, quantity = ware.amount(rng), ware.quantity(rng)
        priced = self._prices.price(ware.product, seller.price_list_id, seller.rate, amount, quantity, at)
        test = bool(
            seller.test_key_id
            and rng.random() < IN_TEST_MODE
            and priced.total < DEAREST_TEST
            and ware.product.currency == "USD"
        )
        wallet = seller.test_wallet if test else seller.wallets[ware.product.currency]
        order = self._blank(at, ware, wallet, _channel(ware, rng))
        order.priced = priced
        if seller.reference:
            seller.references += 1
            order.reference = f"{seller.reference}{seller.references:06d}"
        return order

    def _blank(self, at: int, ware: Ware, wallet: Wallet, channel: str) -> Placed:
        rng = self._rng
        return Placed(
            id=self._books.group(at),
            number=order_number(self._orders),
            wallet=wallet,
            priced=None,  # type: ignore[arg-type]  # set by the caller, who knows the price
            recipient=ware.recipients.draw(rng),
            at=at,
            actor="",
            party="",
            channel=channel,
            request_id=f"{rng.getrandbits(128):032x}",
            email=f"buyer{rng.randrange(9000)}@mail.example"
            if ware.product.shipped or not ware.brand.fields
            else "",
        )

    def _shopper_order(self, at: int, shopper: Shopper) -> None:
        rng = self._rng
        ware = self._shelf.draw("mixed", shopper.country, False, rng)
        priced = self._prices.price(ware.product, None, _NO_COMMISSION, ware.amount(rng), 1, at)
        if shopper.wallet is None:
            shopper.wallet = Wallet(
                self._books.next_account(),
                "USD",
                False,
                shopper.name,
                customer_id=shopper.id,
                opened=moment(at),
            )
            self.customer_wallets.append(shopper.wallet)
        order = self._blank(at, ware, shopper.wallet, Order.Channel.TOPUP.value)
        order.priced = priced
        order.email = shopper.email
        order.party = (
            f"{Order.Source.APP_USER.value}\t{order.channel}\tfalse\t\\N\t\\N\t{shopper.id}\t"
            f"{shopper.wallet.id}\t\\N\t\\N"
        )
        order.actor = f"customer\t{shopper.actor_id}\t{shopper.name}"
        order.payment_status = "pending"
        order.expires_at = stamp(at + UNPAID_AFTER)
        self._stories.of_shopper(order, ware, shopper.id, self._at)


def _channel(ware: Ware, rng: Random) -> str:
    draw = rng.random()
    if ware.product.is_range and ware.brand.category == "airtime" and draw < 0.3:
        return Order.Channel.CHARGE.value
    if ware.brand.category == "games" and draw < 0.2:
        return Order.Channel.TOPUP.value
    if draw > 0.88 and not ware.product.shipped:
        return Order.Channel.BULK.value
    return Order.Channel.API.value
