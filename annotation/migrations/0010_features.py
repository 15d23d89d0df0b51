from typing import Any

from django.db import connection, migrations, models

from annotation.formats.features import Features, features
from annotation.formats.records import content_of

AT_ONCE = 2000
UPDATE = f"""
UPDATE annotation_response r SET {", ".join(f"{name} = w.{name}" for name in Features._fields)}
FROM unnest(%s::bigint[], {", ".join(["%s::int[]"] * len(Features._fields))}) AS w(id, {", ".join(Features._fields)})
WHERE r.id = w.id
"""


def count(apps: Any, _editor: Any) -> None:
    """Count what is in the responses that are stored already, in order of their keys, so that little is held at once."""
    Response = apps.get_model("annotation", "Response")
    last = 0
    while rows := list(Response.objects.filter(pk__gt=last).order_by("pk").values_list("pk", "content")[:AT_ONCE]):
        last = rows[-1][0]
        found = [features(content_of(content)) for _, content in rows]
        with connection.cursor() as cursor:
            cursor.execute(UPDATE, [[pk for pk, _ in rows], *map(list, zip(*found, strict=True))])


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0009_counters'),
    ]

    operations = [
        *(
            migrations.AddField(model_name='response', name=name, field=models.IntegerField(db_default=0))
            for name in Features._fields
        ),
        migrations.RunPython(count, migrations.RunPython.noop),
    ]
