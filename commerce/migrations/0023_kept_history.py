from django.db import migrations

from core.sql import keep_history

# What history pages show is kept by the audit chain from now on; what is there already, as it is.
TABLES = [
    "commerce_historicalcategory",
    "commerce_historicalbrand",
    "commerce_historicalproduct",
    "commerce_historicalpricelist",
    "commerce_historicalpricerule",
    "commerce_historicalreseller",
    "commerce_historicalmembership",
    "commerce_historicalclient",
    "commerce_historicalcustomer",
    "commerce_historicaldelivery",
    "commerce_historicalprovider",
    "commerce_historicaloffer",
    "commerce_historicalrecipientfield",
    "commerce_historicalcannedanswer",
]


class Migration(migrations.Migration):
    dependencies = [("commerce", "0022_place_bulk"), ("core", "0016_kept_history")]

    operations = [keep_history(TABLES)]
