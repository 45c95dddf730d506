from django.db import migrations

# As they were when this was written; what each may do is granted after every migrate (core.roles).
ROLES = ("super_admin", "admin", "moderator", "finance", "support", "auditor")


def make_groups(apps, schema_editor):
    group = apps.get_model("auth", "Group")
    for name in ROLES:
        group.objects.using(schema_editor.connection.alias).get_or_create(name=name)


class Migration(migrations.Migration):
    dependencies = [("core", "0002_append_only_events"), ("auth", "0012_alter_user_first_name_max_length")]

    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]
