# ruff: noqa: E501 - tables, a row a line
"""Games, gift cards, bills, SIM cards and network gas of the demo."""

from decimal import Decimal

from commerce.demo.specs import BrandSpec, Field, Item, amount, pack

PLAYER = Field("player_id", "player_id", "Player id", "As the game shows it in the profile.")
ZONE = Field("zone", "zone", "Zone", "The number in brackets behind the player id.", pattern=r"[0-9]{4,5}")
SERVER = Field("server", "choice", "Server", choices=("America", "Europe", "Asia", "TW, HK, MO"))
EMAIL = Field("email", "email", "E-mail", "The code is sent there.")
EVM = Field(
    "wallet",
    "wallet_address",
    "Wallet address",
    "0x and 40 characters.",
    pattern=r"0[xX][0-9a-fA-F]{40}",
    sensitive=True,
)

# The first two brands are the briefs' samples, to the letter: their products need no recipient, the code goes by
# e-mail. The place in this list is the product's id: “UC Pack 500” of PUBG Mobile has to be number 4.
GAMES = (
    BrandSpec(
        "games", "pubg123", "PUBG Mobile", ingame_currency="UC", weight=3.0, description="Codes for Unknown Cash.",
        items=(
            pack("PUBG-UC-60", "UC Pack 60", "0.99", 60, weight=5),
            pack("PUBG-UC-325", "UC Pack 325", "4.99", 325, weight=4),
            pack("PUBG-UC-660", "UC Pack 660", "9.99", 660, weight=3),
            pack("PUBG-UC-500", "UC Pack 500", "399.00", 500, weight=0.05),
            pack("PUBG-UC-1800", "UC Pack 1800", "24.99", 1800, weight=1.5),
            pack("PUBG-UC-3850", "UC Pack 3850", "49.99", 3850, weight=0.6),
        ),
    ),
    BrandSpec(
        "games", "coc123", "clash of clan", ingame_currency="Gems", weight=1.0, description="Codes for gems.",
        items=(
            pack("COC-UC-500", "UC Pack 500", "699.00", 500, weight=0.03),
            pack("COC-GEMS-500", "500 Gems", "4.99", 500, weight=3),
            pack("COC-GEMS-1200", "1,200 Gems", "9.99", 1200, weight=2),
            pack("COC-PASS", "Gold Pass", "6.99", weight=2),
        ),
    ),
    BrandSpec(
        "games", "mlbb", "Mobile Legends: Bang Bang", ingame_currency="Diamonds", weight=3.0, fields=(PLAYER, ZONE),
        items=(
            pack("MLBB-86", "86 Diamonds", "1.49", 86, weight=5),
            pack("MLBB-172", "172 Diamonds", "2.95", 172, weight=4),
            pack("MLBB-257", "257 Diamonds", "4.35", 257, weight=3),
            pack("MLBB-706", "706 Diamonds", "11.60", 706),
            pack("MLBB-PASS", "Weekly Diamond Pass", "1.89", weight=3),
        ),
    ),
    BrandSpec(
        "games", "freefire", "Garena Free Fire", ingame_currency="Diamonds", weight=2.5, fields=(PLAYER,),
        items=(
            pack("FF-100", "100 Diamonds", "0.98", 100, weight=5),
            pack("FF-310", "310 Diamonds", "2.95", 310, weight=3),
            pack("FF-520", "520 Diamonds", "4.90", 520, weight=2),
            pack("FF-1060", "1,060 Diamonds", "9.80", 1060),
        ),
    ),
    BrandSpec(
        "games", "genshin", "Genshin Impact", ingame_currency="Genesis Crystals", weight=1.2, fields=(PLAYER, SERVER),
        items=(
            pack("GI-60", "60 Genesis Crystals", "0.99", 60, weight=3),
            pack("GI-330", "330 Genesis Crystals", "4.99", 330, weight=2),
            pack("GI-WELKIN", "Blessing of the Welkin Moon", "4.99", weight=4),
        ),
    ),
    BrandSpec(
        "games", "codm", "Call of Duty: Mobile", ingame_currency="CP", weight=1.0, fields=(PLAYER,),
        items=(pack("CODM-80", "80 CP", "0.99", 80, weight=3), pack("CODM-420", "420 CP", "4.99", 420, weight=2)),
    ),
    BrandSpec(
        "games", "honorofkings", "Honor of Kings", ingame_currency="Tokens", weight=0.9, fields=(PLAYER,),
        items=(pack("HOK-80", "80 Tokens", "0.99", 80, weight=2), pack("HOK-400", "400 Tokens", "4.99", 400)),
    ),
    BrandSpec(
        "games", "valorant", "VALORANT", ingame_currency="VP", weight=0.9,
        fields=(Field("riot_id", "player_id", "Riot ID", "Name#TAG", pattern=r"[A-Za-z0-9._-]{3,16}#[A-Za-z0-9]{3,5}"),),
        items=(pack("VAL-475", "475 Valorant Points", "4.99", 475, weight=2), pack("VAL-1000", "1,000 Valorant Points", "9.99", 1000)),
    ),
)  # fmt: skip


def _cards(code: str, name: str, sku: str, title: str, values: dict[int, int], weight: float) -> BrandSpec:
    """Cards in dollars, sold at face value; `values` with how often each is bought."""
    items = tuple(
        pack(f"{sku}-{v}", f"{title} ${v}", f"{v}.00", face=f"{v}.00", weight=w) for v, w in values.items()
    )
    return BrandSpec("gift-cards", code, name, items, fields=(EMAIL,), country="US", weight=weight)


GIFT_CARDS = (
    _cards("amazon-us", "Amazon.com", "AMZ-US", "Gift card", {10: 3, 25: 4, 50: 2, 100: 1}, 3.0),
    _cards("apple-us", "Apple", "APL-US", "Gift card", {10: 4, 25: 3, 50: 1}, 2.5),
    _cards("google-play", "Google Play", "GP-US", "Gift code", {5: 4, 10: 4, 25: 2}, 2.5),
    _cards("steam", "Steam", "STEAM", "Wallet code", {5: 3, 10: 4, 20: 3, 50: 1}, 2.0),
    _cards("playstation", "PlayStation Store", "PSN-US", "Gift card", {10: 3, 25: 2, 50: 1}, 1.5),
    _cards("netflix", "Netflix", "NFLX", "Gift card", {15: 3, 30: 1}, 1.2),
    BrandSpec(
        "gift-cards", "roblox", "Roblox", fields=(EMAIL,), country="US", weight=1.6, ingame_currency="Robux",
        items=(pack("RBX-10", "Gift card $10", "10.00", 800, face="10.00", weight=3), pack("RBX-25", "Gift card $25", "25.00", 2200, face="25.00")),
    ),
    BrandSpec(
        "gift-cards", "amazon-de", "Amazon.de", fields=(EMAIL,), country="DE", currency="EUR", weight=1.5,
        items=(pack("AMZ-DE-15", "Gutschein 15 €", "15.00", face="15.00", weight=3), pack("AMZ-DE-50", "Gutschein 50 €", "50.00", face="50.00")),
    ),
)  # fmt: skip


def _meter(pattern: str, words: str) -> Field:
    return Field("meter", "meter", "Meter number", words, pattern=pattern)


METER_KIND = Field("meter_type", "choice", "Meter type", choices=("prepaid", "postpaid"))
PHONE = Field("phone", "msisdn", "Phone number", "The token is also sent there.", required=False)
BILLS = (
    BrandSpec(
        "bills", "ikeja-electric", "Ikeja Electric", country="NG", weight=3.0, max_quantity=1,
        fields=(_meter("[0-9]{11,13}", "11 to 13 digits."), METER_KIND, PHONE),
        items=(amount("IKEDC", "Electricity", "1", "500", "0.01", "5 10 20 3 15 50"),),
    ),
    BrandSpec(
        "bills", "eko-electric", "Eko Electricity", country="NG", weight=2.0, max_quantity=1,
        fields=(_meter("[0-9]{11,13}", "11 to 13 digits."), METER_KIND, PHONE),
        items=(amount("EKEDC", "Electricity", "1", "500", "0.01", "5 10 20 3 15"),),
    ),
    BrandSpec(
        "bills", "kplc", "Kenya Power", country="KE", weight=2.2, max_quantity=1,
        fields=(_meter("[0-9]{11}", "11 digits."), PHONE),
        items=(amount("KPLC", "Prepaid token", "1", "400", "0.01", "4 8 2 12 20"),),
    ),
    BrandSpec(
        "bills", "dstv", "DStv", country="NG", weight=2.0, max_quantity=1,
        fields=(Field("smartcard", "account_number", "Smartcard number", "10 digits.", pattern="[0-9]{10}"),),
        items=(
            pack("DSTV-PADI", "Padi, one month", "2.90", weight=3),
            pack("DSTV-COMPACT", "Compact, one month", "12.50", weight=2),
            pack("DSTV-PREMIUM", "Premium, one month", "29.50"),
        ),
    ),
    BrandSpec(
        "bills", "pln", "PLN", country="ID", weight=1.6, max_quantity=1,
        fields=(_meter("[0-9]{11,12}", "11 or 12 digits."),),
        items=(
            pack("PLN-50", "Electricity token 50,000", "3.25", weight=3),
            pack("PLN-100", "Electricity token 100,000", "6.40", weight=2),
            pack("PLN-200", "Electricity token 200,000", "12.70"),
        ),
    ),
    BrandSpec(
        "bills", "k-electric", "K-Electric", country="PK", weight=1.4, max_quantity=1,
        fields=(Field("account", "account_number", "Account number", "13 digits.", pattern="[0-9]{13}"),),
        items=(amount("KE-BILL", "Bill payment", "5", "600", "0.01", "25 18 40 12 60"),),
    ),
    BrandSpec(
        "bills", "meralco", "Meralco", country="PH", weight=1.2, max_quantity=1,
        fields=(Field("account", "account_number", "Customer account number", "10 digits.", pattern="[0-9]{10}"),),
        items=(amount("MERALCO", "Bill payment", "5", "500", "0.01", "30 45 22 60"),),
    ),
)  # fmt: skip

NAME = Field("full_name", "text", "Full name", "As on the identity document.", sensitive=True)
CONTACT = Field("contact_phone", "msisdn", "Contact phone", "The courier calls there.")


def _sim(sku: str, name: str, price: str, weight: float = 1.0) -> Item:
    return Item(sku, name, price=Decimal(price), sim_type="physical", shipped=True, weight=weight)


def _esim(sku: str, name: str, price: str, weight: float = 1.0, *, by_us: bool = False) -> Item:
    """By a provider, or handed out by our own desk as a card is."""
    return Item(sku, name, price=Decimal(price), sim_type="esim", shipped=by_us, weight=weight)


SIMS = (
    BrandSpec(
        "sim", "mtn-sim", "MTN SIM", country="NG", weight=1.0, fields=(CONTACT, NAME), max_quantity=5,
        items=(
            _sim("SIM-MTN-NG", "Starter SIM with 1 GB", "4.50", 2), _sim("SIM-MTN-NG-10", "SIM with 10 GB", "12.00"),
            _esim("ESIM-MTN-NG", "eSIM with 5 GB", "6.00", by_us=True),
        ),
    ),
    BrandSpec(
        "sim", "turkcell-sim", "Turkcell Tourist SIM", country="TR", weight=0.6, fields=(CONTACT, NAME), max_quantity=5,
        items=(
            _sim("SIM-TC-20", "Tourist SIM with 20 GB", "32.00"),
            _esim("ESIM-TC-10", "Tourist eSIM with 10 GB", "19.00", by_us=True),
        ),
    ),
    BrandSpec(
        "sim", "etisalat-sim", "e& Visitor Line", country="AE", weight=0.6, fields=(CONTACT, NAME), max_quantity=5,
        items=(_sim("SIM-EAND-VISIT", "Visitor SIM with 4 GB", "21.50"),),
    ),
    BrandSpec(
        "sim", "airalo", "Airalo eSIM", weight=2.4, fields=(EMAIL,), description="The QR code goes by e-mail.",
        items=(
            _esim("ESIM-EU-3", "Europe, 3 GB, 30 days", "11.00", 2), _esim("ESIM-EU-10", "Europe, 10 GB, 30 days", "28.00"),
            _esim("ESIM-GL-1", "Global, 1 GB, 7 days", "8.00", 2), _esim("ESIM-TR-5", "Turkey, 5 GB, 30 days", "13.00"),
        ),
    ),
)  # fmt: skip

TRON = Field(
    "wallet",
    "wallet_address",
    "Wallet address",
    "T and 33 characters.",
    pattern=r"T[1-9A-HJ-NP-Za-km-z]{33}",
    sensitive=True,
)
SOLANA = Field(
    "wallet",
    "wallet_address",
    "Wallet address",
    "32 to 44 characters.",
    pattern=r"[1-9A-HJ-NP-Za-km-z]{32,44}",
    sensitive=True,
)


def _gas(code: str, name: str, sku: str, weight: float, field: Field = EVM) -> BrandSpec:
    item = amount(sku, "Network gas", "2", "500", "1", "10 5 20 25 50 2 100")
    return BrandSpec("gas", code, name, (item,), fields=(field,), weight=weight, max_quantity=1)


GAS = (
    _gas("ethereum", "Ethereum", "GAS-ETH", 2.0), _gas("bnb-chain", "BNB Smart Chain", "GAS-BNB", 2.2),
    _gas("polygon", "Polygon", "GAS-POL", 1.0), _gas("arbitrum", "Arbitrum One", "GAS-ARB", 0.7),
    _gas("base", "Base", "GAS-BASE", 0.8), _gas("tron", "TRON", "GAS-TRX", 2.6, TRON), _gas("solana", "Solana", "GAS-SOL", 1.2, SOLANA),
)  # fmt: skip
