import django.db.models.deletion
from django.db import migrations, models

# A run changes what the model says of every pair, and no index holds it: free room keeps those updates in place.
STORAGE = "ALTER TABLE quality_consensus SET (fillfactor = 70);"


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0012_touched'),
        ('quality', '0005_parts'),
    ]

    operations = [
        migrations.CreateModel(
            name='LiveState',
            fields=[
                ('project', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='annotation.project')),
                ('round', models.PositiveBigIntegerField(default=0)),
                ('as_of', models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name='consensus',
            name='entropy',
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name='consensus',
            name='given',
            field=models.BinaryField(db_default=b'', default=b''),
        ),
        migrations.AddField(
            model_name='consensus',
            name='known',
            field=models.PositiveSmallIntegerField(choices=[(0, 'First is better'), (1, 'Second is better'), (2, 'Tie'), (3, 'Both bad')], null=True),
        ),
        migrations.AddField(
            model_name='consensus',
            name='likeliest',
            field=models.PositiveSmallIntegerField(choices=[(0, 'First is better'), (1, 'Second is better'), (2, 'Tie'), (3, 'Both bad')], null=True),
        ),
        migrations.AddField(
            model_name='consensus',
            name='p_both_bad',
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name='consensus',
            name='p_first',
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name='consensus',
            name='p_second',
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name='consensus',
            name='p_tie',
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name='consensus',
            name='probability',
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name='consensus',
            name='round',
            field=models.PositiveBigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='reliability',
            name='mean',
            field=models.BinaryField(db_default=b'', default=b''),
        ),
        migrations.RunSQL(STORAGE, "ALTER TABLE quality_consensus RESET (fillfactor);"),
    ]
