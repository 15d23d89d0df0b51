import django.db.models.deletion
import quality.models
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0013_gold'),
        ('quality', '0007_compared'),
    ]

    operations = [
        migrations.CreateModel(
            name='AnnotatorState',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('n', models.PositiveBigIntegerField(default=0)),
                ('compared', models.PositiveBigIntegerField(default=0)),
                ('agreed', models.FloatField(default=0.0)),
                ('gold', models.PositiveBigIntegerField(default=0)),
                ('right', models.PositiveBigIntegerField(default=0)),
                ('state', models.CharField(default='too_early', max_length=9)),
                ('alternative', models.CharField(blank=True, max_length=13)),
                ('evidence', models.JSONField(default=dict)),
                ('sums', models.BinaryField(default=b'')),
                ('copied', models.BinaryField(default=b'')),
                ('as_of', models.DateTimeField()),
                ('member', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='annotation.member')),
                ('project', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='annotation.project')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('project', 'member'), name='annotator_state_once'), models.CheckConstraint(condition=models.Q(('state__in', ['too_early', 'clear', 'watch', 'alarm'])), name='annotator_state_known')],
            },
        ),
        migrations.CreateModel(
            name='HonestModel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('members', models.BinaryField()),
                ('told', models.BinaryField()),
                ('prior', models.BinaryField()),
                ('confusion', models.BinaryField()),
                ('mean', models.BinaryField()),
                ('strength', models.BinaryField()),
                ('mix', models.BinaryField()),
                ('offered', models.BinaryField()),
                ('by_length', models.BinaryField()),
                ('spread', models.FloatField()),
                ('spread_of_people', models.FloatField()),
                ('shared', models.FloatField()),
                ('level', models.FloatField(null=True)),
                ('slope', models.FloatField(null=True)),
                ('project', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='annotation.project')),
                ('run', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='quality.qualityrun')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('project', 'run'), name='honest_model_once_a_run')],
            },
            bases=(quality.models.Columns, models.Model),
        ),
    ]
