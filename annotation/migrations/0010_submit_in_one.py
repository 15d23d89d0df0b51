"""A submit is one statement; pairs and slots that are assigned stay.

The function holds the statement of annotation.services.judging, word for word (a test holds them side by side): see
0004. Assignments name their pair and slot without a foreign key (decision 0006); its other half, that nobody deletes
what is referred to, is kept by triggers that cost nothing while nobody deletes.
"""

from importlib import import_module

from django.db import migrations

before = import_module("annotation.migrations.0004_hand_out_at_once")

SUBMIT = """
CREATE OR REPLACE FUNCTION concord_submit(
  in_project bigint, in_member bigint, in_uuid uuid, in_key uuid, in_body bytea, in_first_left integer,
  in_first_right integer, in_strength integer, in_confidence float8, in_reason text, in_seconds float8
) RETURNS boolean LANGUAGE plpgsql SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
  PERFORM pg_advisory_xact_lock(1129270851, (in_member % 2147483647)::int);
  WITH t AS (
    UPDATE annotation_assignment SET state = 'submitted'
    WHERE project_id = in_project AND uuid = in_uuid AND member_id = in_member
      AND CASE state WHEN 'leased' THEN kind <> 'ordinary' OR slot_id IS NOT NULL ELSE false END
      AND (SELECT true FROM annotation_annotation n WHERE n.assignment_id = annotation_assignment.id) IS NULL
      AND (SELECT true FROM annotation_annotationrevision r
           WHERE r.project_id = in_project AND r.member_id = in_member AND r.submit_key = in_key) IS NULL
    RETURNING id, clock_timestamp() AS at,
      EXTRACT(EPOCH FROM greatest(clock_timestamp(), leased_at) - leased_at)::float8 AS passed,
      CASE WHEN first_on_left IS FALSE THEN in_first_right ELSE in_first_left END AS verdict),
  n AS (
    INSERT INTO annotation_annotation (project_id, assignment_id, verdict, strength, confidence, reason, seconds,
      surplus, first_at, at)
    SELECT in_project, t.id, t.verdict, in_strength, in_confidence, in_reason,
      round(CASE WHEN in_seconds::float8 BETWEEN 0 AND passed THEN in_seconds::float8 ELSE passed END::numeric, 1)::float8,
      false, t.at, t.at FROM t
    RETURNING id, assignment_id, verdict, seconds, at),
  d AS (DELETE FROM annotation_draft USING n WHERE annotation_draft.assignment_id = n.assignment_id)
  INSERT INTO annotation_annotationrevision (project_id, annotation_id, member_id, n, kind, submit_key, body_hash,
    verdict, strength, confidence, reason, seconds, at)
  SELECT in_project, n.id, in_member, 1, 'submit', in_key, in_body, n.verdict, in_strength, in_confidence,
    in_reason, n.seconds, n.at FROM n;
  RETURN FOUND;
END $$;
"""

KEPT = """
CREATE FUNCTION concord_keep_assigned() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  assigned bigint;
BEGIN
  IF TG_TABLE_NAME = 'annotation_pair' THEN
    SELECT id INTO assigned FROM annotation_assignment WHERE project_id = OLD.project_id AND pair_id = OLD.id LIMIT 1;
  ELSE
    SELECT id INTO assigned FROM annotation_assignment
    WHERE project_id = OLD.project_id AND pair_id = OLD.pair_id AND slot_id = OLD.id LIMIT 1;
  END IF;
  IF FOUND THEN
    RAISE EXCEPTION '% % is still referred to by assignment %', TG_TABLE_NAME, OLD.id, assigned
    USING ERRCODE = 'foreign_key_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER keep_assigned AFTER DELETE ON annotation_pair DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION concord_keep_assigned();
CREATE CONSTRAINT TRIGGER keep_assigned AFTER DELETE ON annotation_slot DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION concord_keep_assigned();
"""
KEPT_BACK = """
DROP TRIGGER keep_assigned ON annotation_pair;
DROP TRIGGER keep_assigned ON annotation_slot;
DROP FUNCTION concord_keep_assigned();
"""


class Migration(migrations.Migration):
    dependencies = [("annotation", "0009_lighter_rows")]

    operations = [
        migrations.RunSQL(SUBMIT, before.SUBMIT.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")),
        migrations.RunSQL(KEPT, KEPT_BACK),
    ]
