"""Rows of history of the sources of statements are under the audit chain, as those of all others."""

from django.db import migrations

from core.sql import keep_history


class Migration(migrations.Migration):
    dependencies = [("commerce", "0029_credit")]

    operations = [keep_history(["commerce_historicalstatementsource"])]
