# ruff: noqa: E501 - tables, a row a line
"""Mobile operators of the demo: airtime in any amount and data bundles, with the prefixes of their numbers.

`digits` is the length of the international number without its plus.
"""

from commerce.demo.specs import BrandSpec, Field, Item, amount, pack

PHONE = Field("phone", "msisdn", "Phone number", "With or without the country code.")
USUAL = "5 10 2 20 3 15 1 25 50"


def _airtime(
    code: str,
    name: str,
    country: str,
    digits: int,
    prefixes: str,
    weight: float,
    *extra: Item,
    currency: str = "USD",
) -> BrandSpec:
    usual = "15 10 20 30 25" if currency == "EUR" else USUAL
    item = amount(f"AIR-{code.upper()}", "Airtime", "1", "1000", "0.01", usual, weight=8)
    return BrandSpec(
        "airtime", code, name, (item, *extra), fields=(PHONE,), country=country, currency=currency,
        prefixes=tuple(prefixes.split()), digits=digits, weight=weight, max_quantity=1,
    )  # fmt: skip


AIRTIME = (
    _airtime("mtn-ng", "MTN Nigeria", "NG", 13, "234703 234706 234803 234806 234810 234813 234814 234816 234903 234906 234913", 5.0),
    _airtime("airtel-ng", "Airtel Nigeria", "NG", 13, "234701 234708 234802 234808 234812 234901 234902 234904 234907", 3.0),
    _airtime("glo-ng", "Glo", "NG", 13, "234705 234805 234807 234811 234815 234905", 2.0),
    _airtime("9mobile", "9mobile", "NG", 13, "234809 234817 234818 234908 234909", 0.8),
    _airtime("safaricom", "Safaricom", "KE", 12, "25470 25471 25472 25479 254110 254111 254112 254113", 4.0),
    _airtime("airtel-ke", "Airtel Kenya", "KE", 12, "25473 254750 254751 254752 254753 254754 254755 254100 254101", 1.5),
    _airtime("mtn-gh", "MTN Ghana", "GH", 12, "23324 23354 23355", 2.4),
    _airtime("telecel-gh", "Telecel Ghana", "GH", 12, "23320 23350", 0.9),
    _airtime("vodacom", "Vodacom", "ZA", 11, "2772 2776 2779 2782", 2.0),
    _airtime("mtn-za", "MTN South Africa", "ZA", 11, "2773 2778 2783", 1.6),
    _airtime("jazz", "Jazz", "PK", 12, "9230 9232", 2.6),
    _airtime("zong", "Zong", "PK", 12, "9231", 1.2),
    _airtime("telenor-pk", "Telenor Pakistan", "PK", 12, "9234", 1.0),
    _airtime("globe", "Globe", "PH", 12, "63905 63906 63915 63916 63917 63926 63927 63935 63936 63995", 2.2),
    _airtime("smart", "Smart", "PH", 12, "63907 63908 63909 63910 63912 63918 63919 63920 63921 63928 63998", 1.9),
    _airtime("telkomsel", "Telkomsel", "ID", 13, "62811 62812 62813 62821 62822 62852 62853", 2.4),
    _airtime("hamrahe-aval", "Hamrahe Aval (MCI)", "IR", 12, "98910 98911 98912 98913 98914 98915 98916 98917 98918 98919 98990 98991", 2.2),
    _airtime("irancell", "Irancell", "IR", 12, "98901 98902 98903 98930 98933 98935 98936 98937 98938 98939", 2.0),
    _airtime("turkcell", "Turkcell", "TR", 12, "90530 90531 90532 90533 90534 90535 90536 90537 90538 90539", 1.3),
    _airtime("etisalat-ae", "e& UAE", "AE", 12, "97150 97154 97156", 1.2),
    _airtime(
        "vodafone-de", "Vodafone CallYa", "DE", 13, "49152", 1.2, pack("VF-DE-15", "Refill 15 €", "15.00", face="15.00"), currency="EUR"
    ),
    _airtime("telekom-de", "Telekom MagentaMobil Prepaid", "DE", 13, "49151", 0.9, currency="EUR"),
)  # fmt: skip


def _data(code: str, name: str, country: str, weight: float, *bundles: tuple[str, str]) -> BrandSpec:
    items = tuple(
        pack(
            f"DATA-{code.upper()}-{size.replace(' ', '').replace(',', '-').upper()}",
            size,
            price,
            weight=len(bundles) - place,
        )
        for place, (size, price) in enumerate(bundles)
    )
    return BrandSpec(
        "data", f"{code}-data", name, items, fields=(PHONE,), country=country, weight=weight, max_quantity=1
    )


DATA = (
    _data("mtn-ng", "MTN Nigeria Data", "NG", 4.0, ("1 GB, 1 day", "0.55"), ("2 GB, 30 days", "1.90"), ("10 GB, 30 days", "5.60")),
    _data("airtel-ng", "Airtel Nigeria Data", "NG", 2.4, ("1 GB, 1 day", "0.52"), ("6 GB, 30 days", "3.80")),
    _data("safaricom", "Safaricom Data", "KE", 2.6, ("1 GB, 1 day", "0.80"), ("2.5 GB, 7 days", "2.45"), ("15 GB, 30 days", "8.20")),
    _data("vodacom", "Vodacom Data", "ZA", 1.4, ("1 GB, 7 days", "2.10"), ("5 GB, 30 days", "7.90")),
    _data("jazz", "Jazz Data", "PK", 1.8, ("4 GB, 7 days", "0.95"), ("20 GB, 30 days", "3.60")),
    _data("globe", "Globe Data", "PH", 1.5, ("Go90, 8 GB", "1.65"), ("Go140, 12 GB", "2.60")),
    _data("telkomsel", "Telkomsel Data", "ID", 1.7, ("3 GB, 30 days", "2.40"), ("9 GB, 30 days", "5.30")),
    _data("irancell", "Irancell Data", "IR", 1.3, ("5 GB, 30 days", "1.75"), ("20 GB, 30 days", "4.40")),
)  # fmt: skip
