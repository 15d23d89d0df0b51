-- Give slots that were reopened a while ago, and that every mark of the route has passed since, a new key. Return how many.
--
-- Marks may have moved on since a slot was reopened; without this, nobody would get it until their mark goes back.
CREATE OR REPLACE FUNCTION concord_move_reopened(
  in_project bigint, in_route integer, in_seconds integer, in_most integer
) RETURNS integer LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  furthest float8;
  ahead float8 := concord_key_ahead(in_project, in_route);
  moved integer;
BEGIN
  SELECT max(key) INTO furthest FROM annotation_queuemark WHERE project_id = in_project AND route = in_route;
  WITH stale AS (
    SELECT s.id FROM annotation_slot s
    WHERE s.project_id = in_project AND s.route = in_route AND s.open
      AND s.reopened_at < concord_clock() - make_interval(secs => in_seconds) AND s.key <= furthest
    ORDER BY s.reopened_at LIMIT in_most FOR UPDATE OF s SKIP LOCKED)
  UPDATE annotation_slot SET key = ahead + random() * 1e-7, reopened_at = concord_clock()
  WHERE id = ANY (ARRAY(SELECT id FROM stale));
  GET DIAGNOSTICS moved = ROW_COUNT;
  RETURN moved;
END $$;
