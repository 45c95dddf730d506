# ruff: noqa: E501 - tables, a row a line
"""Names, towns and addresses of the demo's people and businesses."""

# Business, contact, town, state, country, price list, commission, credit limit, status, profile, share of orders.
RESELLERS = (
    ("Bluewave Digital", "Amara Okafor", "Lagos", "Lagos", "NG", "silver", "0", "5000", "active", "mixed", 9.0),
    ("Savanna Airtime", "Peter Kamau", "Nairobi", "Nairobi", "KE", "gold", "0.50", "10000", "active", "telecom", 12.0),
    ("GameHub Manila", "Liza Santos", "Quezon City", "Metro Manila", "PH", "gold", "0.75", "8000", "active", "games", 10.0),
    ("Parsian Charge", "Sara Ahmadi", "Tehran", "Tehran", "IR", "silver", "1.00", "3000", "active", "telecom", 8.0),
    ("Topcard Europe", "Jonas Weber", "Hamburg", "Hamburg", "DE", "silver", "0.50", "4000", "active", "cards", 6.0),
    ("Kumasi Mobile Point", "Kwame Mensah", "Kumasi", "Ashanti", "GH", "silver", "1.00", "1500", "active", "telecom", 5.5),
    ("Pixel Arena", "Bilal Khan", "Karachi", "Sindh", "PK", "silver", "0.50", "2000", "active", "games", 5.0),
    ("ChainFuel", "Elena Petrova", "Dubai", "Dubai", "AE", "gold", "0", "6000", "active", "gas", 4.5),
    ("Jakarta Pulsa Center", "Dewi Lestari", "Jakarta", "DKI Jakarta", "ID", "silver", "0.75", "2500", "active", "telecom", 5.0),
    ("Anadolu Kontör", "Mehmet Yılmaz", "İzmir", "İzmir", "TR", "retail", "1.50", "1000", "active", "mixed", 3.2),
    ("Cape Vouchers", "Thandi Nkosi", "Cape Town", "Western Cape", "ZA", "silver", "0.50", "2000", "active", "cards", 3.6),
    ("Abuja Bills & More", "Chinedu Eze", "Abuja", "FCT", "NG", "silver", "0.50", "1500", "active", "bills", 3.4),
    ("Level Up Store", "Marco Rossi", "Milan", "Lombardy", "IT", "retail", "1.00", "500", "active", "games", 2.4),
    ("Gulf SIM Desk", "Huda Al Mansoori", "Abu Dhabi", "Abu Dhabi", "AE", "silver", "0", "3000", "active", "sims", 2.0),
    ("Rift Valley Kiosks", "Grace Wanjiru", "Nakuru", "Nakuru", "KE", "retail", "1.50", "0", "active", "telecom", 2.2),
    ("Ibadan Recharge", "Tunde Balogun", "Ibadan", "Oyo", "NG", "retail", "1.50", "0", "active", "telecom", 2.1),
    ("NordPrepaid", "Freja Lind", "Malmö", "Skåne", "SE", "retail", "0.50", "1000", "active", "cards", 1.6),
    ("Cebu Load Station", "Ramon Cruz", "Cebu City", "Cebu", "PH", "retail", "1.00", "0", "active", "telecom", 1.5),
    ("Node & Gas", "Victor Almeida", "Lisbon", "Lisbon", "PT", "silver", "0", "2500", "active", "gas", 1.4),
    ("Punjab Easy Load", "Ayesha Malik", "Lahore", "Punjab", "PK", "retail", "1.50", "0", "suspended", "telecom", 2.0),
    ("Flash Keys", "Dmitri Sokolov", "Tbilisi", "Tbilisi", "GE", "retail", "0", "0", "suspended", "cards", 1.2),
    ("Accra Play", "Efua Owusu", "Accra", "Greater Accra", "GH", "retail", "1.00", "0", "closed", "games", 1.4),
    ("Harbour Telecom", "Omar Farouk", "Mombasa", "Mombasa", "KE", "retail", "0", "0", "pending", "telecom", 0.0),
    ("Quest Credits", "Maya Hernández", "Guadalajara", "Jalisco", "MX", "retail", "0", "0", "pending", "games", 0.0),
    ("Sunrise eSIM", "Anh Nguyen", "Da Nang", "Da Nang", "VN", "retail", "0", "0", "pending", "sims", 0.0),
)  # fmt: skip
STATUS_REASONS = {
    "suspended": "Documents of the owner have expired; asked for new ones twice.",
    "closed": "Closed at the owner's own wish.",
}

# A profile says how much more or less of a category a reseller sells than the house.
PROFILES = {
    "mixed": {},
    "telecom": {"airtime": 4.0, "data": 3.0, "games": 0.2, "gift-cards": 0.2, "gas": 0.05, "sim": 0.3},
    "games": {
        "games": 5.0,
        "gift-cards": 1.5,
        "airtime": 0.2,
        "data": 0.2,
        "bills": 0.1,
        "gas": 0.1,
        "sim": 0.1,
    },
    "cards": {"gift-cards": 7.0, "games": 1.2, "airtime": 0.3, "bills": 0.1, "gas": 0.3, "sim": 0.3},
    "bills": {"bills": 7.0, "games": 0.2, "gas": 0.1},
    "sims": {"sim": 18.0, "games": 0.2, "gas": 0.1},
    "gas": {"gas": 30.0, "games": 0.3, "bills": 0.2, "data": 0.3},
}

FIRST = (
    "Ada", "Ali", "Amina", "Ana", "Arjun", "Aylin", "Ben", "Carlos", "Chi", "Daniel", "Diana", "Emeka", "Eva", "Fatima",
    "Femi", "Hana", "Hassan", "Ines", "Ivan", "Jamal", "Joy", "Karim", "Lara", "Leila", "Lucas", "Mariam", "Mina", "Musa",
    "Nadia", "Nikos", "Noor", "Olu", "Omid", "Paula", "Rania", "Reza", "Rosa", "Samuel", "Selin", "Sofia", "Tariq", "Wei",
    "Yara", "Yusuf", "Zainab", "Zoe",
)  # fmt: skip
LAST = (
    "Abdi", "Adeyemi", "Ahmed", "Akter", "Bello", "Costa", "Cruz", "Demir", "Diaz", "Dogan", "Garcia", "Haddad", "Hosseini",
    "Ibrahim", "Jensen", "Karimi", "Kaya", "Khan", "Kim", "Kimani", "Lopez", "Mbeki", "Mohammadi", "Mwangi", "Nair",
    "Ndlovu", "Nguyen", "Njoroge", "Nowak", "Obi", "Okoro", "Patel", "Pham", "Popescu", "Rahimi", "Rashid", "Reyes",
    "Rossi", "Sahin", "Santos", "Sato", "Silva", "Singh", "Tan", "Torres", "Uzun", "Weber", "Yilmaz", "Zhang",
)  # fmt: skip
# Town, state, country.
TOWNS = (
    ("Lagos", "Lagos", "NG"), ("Abuja", "FCT", "NG"), ("Kano", "Kano", "NG"), ("Port Harcourt", "Rivers", "NG"),
    ("Nairobi", "Nairobi", "KE"), ("Mombasa", "Mombasa", "KE"), ("Accra", "Greater Accra", "GH"),
    ("Johannesburg", "Gauteng", "ZA"), ("Durban", "KwaZulu-Natal", "ZA"), ("Karachi", "Sindh", "PK"),
    ("Lahore", "Punjab", "PK"), ("Manila", "Metro Manila", "PH"), ("Davao", "Davao", "PH"), ("Surabaya", "East Java", "ID"),
    ("Bandung", "West Java", "ID"), ("Tehran", "Tehran", "IR"), ("Shiraz", "Fars", "IR"), ("Istanbul", "Istanbul", "TR"),
    ("Ankara", "Ankara", "TR"), ("Dubai", "Dubai", "AE"), ("Sharjah", "Sharjah", "AE"), ("Berlin", "Berlin", "DE"),
)  # fmt: skip
STREETS = (
    "Market Street",
    "Harbour Road",
    "Station Road",
    "Palm Avenue",
    "Unity Close",
    "Garden Lane",
    "Airport Road",
    "King's Way",
)
BUSINESS = (
    "Swift", "Bright", "Metro", "Prime", "Royal", "Sky", "Urban", "Rapid", "Golden", "Smart", "Nova", "Lucky", "Star",
    "Green", "Ocean", "City", "Express", "Fresh", "Giga", "Happy", "Iris", "Jade", "Kite", "Luna", "Mango",
)  # fmt: skip
TRADE = (
    "Recharge", "Top-Up", "Vouchers", "Airtime", "Mobile", "Telecom", "Digital", "Cards", "Games", "Kiosk", "Connect",
    "Prepaid", "Credits", "Store", "Load", "Pay",
)  # fmt: skip
NAMED_MEMBERS = 25
KINDS = (
    "telecom",
    "telecom",
    "telecom",
    "mixed",
    "mixed",
    "games",
    "cards",
    "bills",
    "telecom",
    "games",
    "sims",
    "gas",
)
PLANS = ("basic", "standard", "business", "premium")
COURIERS = ("DHL Express", "Aramex", "GIG Logistics", "Sendy", "Yurtiçi Kargo")
# Role of staff, first name, last name, language.
STAFF = (
    ("super_admin", "owner", "Nadia", "Rahman"),
    ("admin", "admin", "Daniel", "Osei"),
    ("moderator", "moderator", "Priya", "Menon"),
    ("finance", "finance", "Helen", "Brandt"),
    ("support", "support", "Kevin", "Otieno"),
    ("auditor", "auditor", "Ingrid", "Solberg"),
)
