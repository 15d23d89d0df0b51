import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models
from django.db.models.functions import Now

FILL = """
UPDATE annotation_{table} SET member_id = t.member_id
FROM annotation_assignment t WHERE t.id = annotation_{table}.assignment_id
"""


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0005_accounts'),
    ]

    operations = [
        migrations.AddField(
            model_name='skip',
            name='member',
            field=models.ForeignKey(null=True, db_index=False, on_delete=models.PROTECT, related_name='+', to='annotation.member'),
        ),
        migrations.AddField(
            model_name='flag',
            name='member',
            field=models.ForeignKey(null=True, db_index=False, on_delete=models.PROTECT, related_name='+', to='annotation.member'),
        ),
        migrations.RunSQL([FILL.format(table='skip'), FILL.format(table='flag'), 'SET CONSTRAINTS ALL IMMEDIATE'], ''),
        migrations.CreateModel(
            name='TakenBack',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('verdict', 'Verdict'), ('skip', 'Skip'), ('flag', 'Flag')], max_length=8)),
                ('reason', models.CharField(max_length=16)),
                ('note', models.TextField(blank=True, max_length=2000)),
                ('given_at', models.DateTimeField()),
                ('submit_key', models.UUIDField()),
                ('at', models.DateTimeField(db_default=Now())),
            ],
        ),
        migrations.AlterField(
            model_name='flag',
            name='at',
            field=models.DateTimeField(db_default=Now()),
        ),
        migrations.AlterField(
            model_name='flag',
            name='member',
            field=models.ForeignKey(db_index=False, on_delete=models.PROTECT, related_name='+', to='annotation.member'),
        ),
        migrations.AlterField(
            model_name='skip',
            name='at',
            field=models.DateTimeField(db_default=Now()),
        ),
        migrations.AlterField(
            model_name='skip',
            name='member',
            field=models.ForeignKey(db_index=False, on_delete=models.PROTECT, related_name='+', to='annotation.member'),
        ),
        migrations.AddIndex(
            model_name='flag',
            index=models.Index(fields=['project', 'member', '-at'], name='flag_person_latest'),
        ),
        migrations.AddIndex(
            model_name='skip',
            index=models.Index(fields=['project', 'member', '-at'], name='skip_person_latest'),
        ),
        migrations.AddField(
            model_name='takenback',
            name='assignment',
            field=models.ForeignKey(on_delete=models.PROTECT, related_name='+', to='annotation.assignment'),
        ),
        migrations.AddField(
            model_name='takenback',
            name='member',
            field=models.ForeignKey(db_index=False, on_delete=models.PROTECT, related_name='+', to='annotation.member'),
        ),
        migrations.AddField(
            model_name='takenback',
            name='project',
            field=models.ForeignKey(on_delete=models.CASCADE, related_name='+', to='annotation.project'),
        ),
        migrations.AddConstraint(
            model_name='takenback',
            constraint=models.UniqueConstraint(fields=('project', 'member', 'submit_key'), name='taken_back_key_once'),
        ),
        migrations.AddConstraint(
            model_name='takenback',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['skip', 'flag'])), name='taken_back_kind_known'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='takenback',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';", hash='a8298f2e7abd7c2d81da29e56e11ec6fbb2285bf', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_7a205', table='annotation_takenback', when='BEFORE')),
        ),
    ]
