import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


# Rows come and go within seconds: vacuumed by count, whatever the table once held.
STORAGE = "ALTER TABLE annotation_touched SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);"


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0011_adjudication'),
    ]

    operations = [
        migrations.CreateModel(
            name='Touched',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('project', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='annotation.project')),
                ('pair_id', models.BigIntegerField()),
            ],
            options={'indexes': [models.Index(fields=['project', 'id'], name='touched_in_order')]},
        ),
        migrations.RunSQL(STORAGE, migrations.RunSQL.noop),
        pgtrigger.migrations.AddTrigger(
            model_name='annotation',
            trigger=pgtrigger.compiler.Trigger(name='note_new', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO annotation_touched (project_id, pair_id) SELECT m.project_id, t.pair_id FROM made m JOIN annotation_assignment t ON t.id = m.assignment_id; RETURN NULL;', hash='5ab6d005f309ccbdd5567b64b053a47dfc091654', level='STATEMENT', operation='INSERT', pgid='pgtrigger_note_new_ae76e', referencing='REFERENCING NEW TABLE AS made ', table='annotation_annotation', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='annotation',
            trigger=pgtrigger.compiler.Trigger(name='note_changed', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."surplus" IS DISTINCT FROM (NEW."surplus") OR OLD."verdict" IS DISTINCT FROM (NEW."verdict"))', func='INSERT INTO annotation_touched (project_id, pair_id) VALUES (NEW.project_id, (SELECT pair_id FROM annotation_assignment WHERE id = NEW.assignment_id)); RETURN NULL;', hash='921bf03d023b8fa1bf7eedfb821f1ea7f7945ba1', operation='UPDATE', pgid='pgtrigger_note_changed_24b5c', table='annotation_annotation', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='assignment',
            trigger=pgtrigger.compiler.Trigger(name='note_state', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.state <> NEW.state AND OLD.state <> 'leased')", func='INSERT INTO annotation_touched (project_id, pair_id) VALUES (NEW.project_id, NEW.pair_id); RETURN NULL;', hash='aeb04e3742edcd5f3e18aad687ef6b0dc1636d6b', operation='UPDATE', pgid='pgtrigger_note_state_1be05', table='annotation_assignment', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='pair',
            trigger=pgtrigger.compiler.Trigger(name='note_gold', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."gold_verdict" IS DISTINCT FROM (NEW."gold_verdict"))', func='INSERT INTO annotation_touched (project_id, pair_id) VALUES (NEW.project_id, NEW.id); RETURN NULL;', hash='c357d2636a2e5e834bf1266e9b8997ec80b9376d', operation='UPDATE', pgid='pgtrigger_note_gold_d5f3e', table='annotation_pair', when='AFTER')),
        ),
    ]
