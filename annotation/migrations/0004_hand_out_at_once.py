"""The common cases of hand-out and submit as one round trip each.

Their statements are those of annotation.services.handout and annotation.services.judging, word for word (a test holds
them side by side). Each is a statement of its own inside the function, so each sees what was committed before it
began: the claim begins after the lock is held. Plans stay with the connection; sequential scans are forbidden to them,
because a plan that was made while a table was empty may live until the next ANALYZE.
"""

from django.db import migrations

CLAIM = """
CREATE FUNCTION concord_claim(
  in_project bigint, in_member bigint, in_route integer, in_lease integer, in_holding uuid[], OUT id bigint, OUT uuid uuid
) LANGUAGE plpgsql SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  held integer;
  not_named integer;
  author boolean;
BEGIN
  PERFORM pg_advisory_xact_lock(1129270851, (in_member % 2147483647)::int);
  SELECT count(*), count(*) FILTER (WHERE uuid <> ALL (in_holding)),
    EXISTS (SELECT FROM annotation_prompt WHERE author_id = in_member)
  INTO held, not_named, author
  FROM annotation_assignment WHERE project_id = in_project AND member_id = in_member AND state = 'leased';
  IF author OR not_named > 0 OR held >= 3 THEN
    RETURN;
  END IF;
  WITH m AS MATERIALIZED (
    SELECT key FROM annotation_queuemark
    WHERE project_id = in_project AND member_id = in_member AND route = in_route
      AND (walk_to IS NOT NULL) = false),
  c AS MATERIALIZED (
    SELECT s.id, s.pair_id, s.key, s.first_on_left FROM annotation_slot s
    WHERE s.project_id = in_project AND s.route = in_route AND s.open
      AND s.key > (SELECT key FROM m) AND s.key <= 'Infinity'
      AND (SELECT true FROM annotation_assignment t
           WHERE t.project_id = s.project_id AND t.member_id = in_member AND t.pair_id = s.pair_id
             AND t.state IN ('leased', 'submitted', 'skipped') LIMIT 1) IS NULL
    ORDER BY s.key LIMIT 1 FOR UPDATE OF s SKIP LOCKED),
  u AS (UPDATE annotation_slot SET open = false, reopened_at = NULL FROM c WHERE annotation_slot.id = c.id
    RETURNING annotation_slot.id),
  n AS (UPDATE annotation_queuemark SET key = c.key FROM c
    WHERE project_id = in_project AND member_id = in_member AND route = in_route)
  INSERT INTO annotation_assignment (uuid, project_id, member_id, pair_id, slot_id, kind, state, first_on_left,
    guidelines_version, leased_at, lease_until)
  SELECT gen_random_uuid(), in_project, in_member, c.pair_id, c.id, 'ordinary', 'leased', c.first_on_left,
    (SELECT max(version) FROM annotation_guidelines WHERE project_id = in_project),
    clock_timestamp(), clock_timestamp() + make_interval(secs => in_lease)
  FROM c JOIN u USING (id)
  RETURNING id, uuid
  INTO id, uuid;
END $$;
"""

SUBMIT = """
CREATE FUNCTION concord_submit(
  in_project bigint, in_member bigint, in_uuid uuid, in_key uuid, in_body bytea, in_first_left integer,
  in_first_right integer, in_strength integer, in_confidence float8, in_reason text, in_seconds float8
) RETURNS boolean LANGUAGE plpgsql SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  assigned record;
  said integer;
BEGIN
  PERFORM pg_advisory_xact_lock(1129270851, (in_member % 2147483647)::int);
  PERFORM FROM annotation_annotationrevision
  WHERE project_id = in_project AND member_id = in_member AND submit_key = in_key;
  IF FOUND THEN
    RETURN false;
  END IF;
  SELECT id, kind, state, slot_id, first_on_left INTO assigned
  FROM annotation_assignment WHERE project_id = in_project AND uuid = in_uuid AND member_id = in_member FOR UPDATE;
  IF NOT FOUND OR assigned.state <> 'leased' OR (assigned.kind = 'ordinary' AND assigned.slot_id IS NULL) THEN
    RETURN false;
  END IF;
  said := CASE WHEN assigned.first_on_left IS FALSE THEN in_first_right ELSE in_first_left END;
  WITH t AS (
    SELECT id, EXTRACT(EPOCH FROM greatest(clock_timestamp(), leased_at) - leased_at)::float8 AS passed, clock_timestamp() AS at
    FROM annotation_assignment WHERE id = assigned.id),
  n AS (
    INSERT INTO annotation_annotation (project_id, assignment_id, verdict, strength, confidence, reason, seconds,
      surplus, first_at, at)
    SELECT in_project, t.id, said, in_strength, in_confidence, in_reason,
      round(CASE WHEN in_seconds::float8 BETWEEN 0 AND passed THEN in_seconds::float8 ELSE passed END::numeric, 1)::float8,
      false, t.at, t.at FROM t
    ON CONFLICT (assignment_id) DO NOTHING RETURNING id, assignment_id, seconds, at),
  a AS (
    UPDATE annotation_assignment SET state = 'submitted', slot_id = assigned.slot_id FROM n
    WHERE annotation_assignment.id = n.assignment_id),
  d AS (DELETE FROM annotation_draft USING n WHERE annotation_draft.assignment_id = n.assignment_id)
  INSERT INTO annotation_annotationrevision (project_id, annotation_id, member_id, n, kind, submit_key, body_hash,
    verdict, strength, confidence, reason, seconds, at)
  SELECT in_project, n.id, in_member, 1, 'submit', in_key, in_body, said, in_strength, in_confidence,
    in_reason, n.seconds, n.at FROM n;
  RETURN FOUND;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("annotation", "0003_project_leads_the_keys")]

    operations = [
        migrations.RunSQL(CLAIM, "DROP FUNCTION concord_claim;"),
        migrations.RunSQL(SUBMIT, "DROP FUNCTION concord_submit;"),
    ]
