-- Lease the first open slot beyond the member's queue mark that the member may have, and move the mark to it.
--
-- in_until    the last key to look at: a walk over many slots is cut into steps
-- in_walking  claim only if the mark is on its way back (true) or only if it is not (false)
-- in_author   the member wrote prompts: their own pairs are skipped. A branch, because opening two more tables
--             makes a claim a quarter slower for everybody else.
--
-- The caller took the member's advisory lock in an earlier statement. Taken in this one, the lock would come after the
-- snapshot, and a double click on two connections would lease two slots.
CREATE OR REPLACE FUNCTION concord_claim(
  in_project bigint, in_member bigint, in_route integer, in_lease integer, in_until float8, in_walking boolean,
  in_author boolean, OUT id bigint, OUT uuid uuid
) LANGUAGE plpgsql SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  picked record;
BEGIN
  -- The sub-select on assignment is scalar on purpose: as NOT EXISTS the planner may turn it into an anti join that
  -- reads a whole index at each claim while the table is young.
  IF in_author THEN
    SELECT s.id, s.pair_id, s.key, s.first_on_left INTO picked FROM annotation_slot s
    WHERE s.project_id = in_project AND s.route = in_route AND s.open
      AND s.key > (SELECT m.key FROM annotation_queuemark m
                   WHERE m.project_id = in_project AND m.member_id = in_member AND m.route = in_route
                     AND (m.walk_to IS NOT NULL) = in_walking)
      AND s.key <= in_until
      AND (SELECT true FROM annotation_assignment t
           WHERE t.project_id = s.project_id AND t.member_id = in_member AND t.pair_id = s.pair_id
             AND t.state IN ('leased', 'submitted', 'skipped') LIMIT 1) IS NULL
      AND (SELECT q.author_id FROM annotation_pair p JOIN annotation_prompt q ON q.id = p.prompt_id
           WHERE p.id = s.pair_id) IS DISTINCT FROM in_member
    ORDER BY s.key LIMIT 1 FOR UPDATE OF s SKIP LOCKED;
  ELSE
    SELECT s.id, s.pair_id, s.key, s.first_on_left INTO picked FROM annotation_slot s
    WHERE s.project_id = in_project AND s.route = in_route AND s.open
      AND s.key > (SELECT m.key FROM annotation_queuemark m
                   WHERE m.project_id = in_project AND m.member_id = in_member AND m.route = in_route
                     AND (m.walk_to IS NOT NULL) = in_walking)
      AND s.key <= in_until
      AND (SELECT true FROM annotation_assignment t
           WHERE t.project_id = s.project_id AND t.member_id = in_member AND t.pair_id = s.pair_id
             AND t.state IN ('leased', 'submitted', 'skipped') LIMIT 1) IS NULL
    ORDER BY s.key LIMIT 1 FOR UPDATE OF s SKIP LOCKED;
  END IF;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  WITH closed AS (
    UPDATE annotation_slot SET open = false, reopened_at = NULL WHERE id = picked.id),
  moved AS (
    UPDATE annotation_queuemark SET key = picked.key
    WHERE project_id = in_project AND member_id = in_member AND route = in_route)
  INSERT INTO annotation_assignment (uuid, project_id, member_id, pair_id, slot_id, kind, state, first_on_left,
    guidelines_version, leased_at, lease_until)
  VALUES (gen_random_uuid(), in_project, in_member, picked.pair_id, picked.id, 'ordinary', 'leased',
    picked.first_on_left, (SELECT max(version) FROM annotation_guidelines WHERE project_id = in_project),
    concord_clock(), concord_clock() + make_interval(secs => in_lease))
  RETURNING id, uuid INTO id, uuid;
END $$;
