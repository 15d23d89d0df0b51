"""Ids that read alike are found by a mark, which only those carry that are not written as they read."""

from django.db import migrations, models


def mark_what_is_there(apps, schema_editor):
    from annotation.formats.id_folding import mark

    for name in ("Pair", "PromptSet"):
        model = apps.get_model("annotation", name)
        some = []
        for pk, external_id in model.objects.values_list("pk", "external_id").iterator(chunk_size=2000):
            if (found := mark(external_id)) is not None:
                some.append(model(pk=pk, alike=found))
            if len(some) >= 2000:
                model.objects.bulk_update(some, ["alike"])
                some.clear()
        if some:
            model.objects.bulk_update(some, ["alike"])


class Migration(migrations.Migration):
    dependencies = [("annotation", "0004_hand_out_at_once")]

    operations = [
        migrations.AddField("pair", "alike", models.BigIntegerField(null=True)),
        migrations.AddField("promptset", "alike", models.BigIntegerField(null=True)),
        migrations.RunPython(mark_what_is_there, migrations.RunPython.noop, elidable=True),
        migrations.AddIndex(
            "pair",
            models.Index(
                condition=models.Q(("alike__isnull", False)), fields=["project", "alike"], name="pair_alike"
            ),
        ),
        migrations.AddIndex(
            "promptset",
            models.Index(
                condition=models.Q(("alike__isnull", False)), fields=["project", "alike"], name="prompt_set_alike"
            ),
        ),
    ]
