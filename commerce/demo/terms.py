"""On which terms the demo sells: categories, price lists, what providers charge, and what they are like."""

from commerce.demo.operators import AIRTIME, DATA
from commerce.demo.shops import BILLS, GAMES, GAS, GIFT_CARDS, SIMS
from commerce.demo.specs import BrandSpec, PriceListSpec, ProviderSpec, RuleSpec

# Code, name, icon, share of all orders.
CATEGORIES = (
    ("games", "Games", "sports_esports", 0.265),
    ("airtime", "Airtime", "phone_android", 0.33),
    ("data", "Data", "wifi", 0.14),
    ("bills", "Bills", "receipt_long", 0.09),
    ("gift-cards", "Gift cards", "redeem", 0.10),
    ("sim", "SIM", "sim_card", 0.03),
    ("gas", "Network gas", "local_gas_station", 0.045),
)
BRANDS: tuple[BrandSpec, ...] = (*GAMES, *AIRTIME, *DATA, *BILLS, *GIFT_CARDS, *SIMS, *GAS)

ATLAS = ProviderSpec(
    "atlas",
    "Atlas Connect",
    "sandbox",
    failing=0.034,
    silent=0.0035,
    seconds=(0.3, 1.6),
    bad_hours=(18, 19, 20),
    low_float="5000",
)
MERIDIAN = ProviderSpec(
    "meridian",
    "Meridian Digital",
    "sandbox",
    failing=0.011,
    silent=0.0012,
    seconds=(0.8, 4.5),
    low_float="3000",
)
WAREHOUSE = ProviderSpec("warehouse", "SIM warehouse", "manual")
PROVIDERS = (ATLAS, MERIDIAN, WAREHOUSE)

# What the two charge of the list price or the amount, per cent, and who is asked first.
COSTS = {
    "games": (89.5, 91.0, "atlas"),
    "airtime": (95.6, 96.2, "atlas"),
    "data": (92.5, 93.4, "meridian"),
    "bills": (98.9, 99.2, "meridian"),
    "gift-cards": (94.0, 94.8, "atlas"),
    "sim": (70.0, 72.5, "meridian"),
    "gas": (94.5, 95.5, "meridian"),
}
# Sold by one of the two alone.
SINGLE_SOURCE = {
    "pln": "atlas",
    "meralco": "meridian",
    "valorant": "atlas",
    "solana": "meridian",
    "netflix": "atlas",
}
WAREHOUSE_COST_PERCENT = 58

# The briefs' samples cost what the briefs say on every list.
_SAMPLES = (RuleSpec(sku="PUBG-UC-500"), RuleSpec(sku="COC-UC-500"))
PRICE_LISTS = (
    PriceListSpec(
        "retail", "Retail", "List prices, for everybody who has no list of their own.", is_default=True,
        rules=(
            RuleSpec(category="bills", service_fee="0.99"),
            RuleSpec(category="gas", service_fee="0.50"),
            RuleSpec(category="sim", tax_percent="5"),
        ),
    ),
    PriceListSpec(
        "silver", "Silver", "For resellers with a steady turnover.",
        rules=(
            RuleSpec(category="games", kind="percent", percent="97"),
            RuleSpec(category="gift-cards", kind="percent", percent="98.5", commission_percent="0.5"),
            RuleSpec(category="data", kind="percent", percent="98"),
            RuleSpec(category="bills", service_fee="0.50"),
            RuleSpec(category="gas", service_fee="0.25"),
            RuleSpec(category="sim", kind="percent", percent="95", tax_percent="5"),
            RuleSpec(brand="freefire", kind="percent", percent="93", promotion=True),
            *_SAMPLES,
        ),
    ),
    PriceListSpec(
        "gold", "Gold", "For the largest partners.",
        rules=(
            RuleSpec(category="games", kind="percent", percent="95"),
            RuleSpec(category="airtime", kind="percent", percent="98.5"),
            RuleSpec(category="gift-cards", kind="percent", percent="97.5", commission_percent="0.75"),
            RuleSpec(category="data", kind="percent", percent="96.5"),
            RuleSpec(category="bills", service_fee="0.25", commission_percent="0.3"),
            RuleSpec(category="gas", kind="percent", percent="98.5"),
            RuleSpec(category="sim", kind="percent", percent="90", tax_percent="5"),
            RuleSpec(brand="mlbb", kind="percent", percent="94"),
            RuleSpec(sku="GI-WELKIN", kind="fixed", fixed_price="4.60"),
            RuleSpec(brand="freefire", kind="percent", percent="92", promotion=True),
            *_SAMPLES,
        ),
    ),
)  # fmt: skip
