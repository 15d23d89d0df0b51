-- Return a key shortly after the furthest mark of the route, so that every active member reaches it soon.
--
-- That is the key of an open slot, as many slots ahead as twice the number of active members; where none is left, just
-- beyond the furthest mark.
CREATE OR REPLACE FUNCTION concord_key_ahead(in_project bigint, in_route integer) RETURNS float8
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  furthest float8;
  at_work bigint;
  ahead float8;
BEGIN
  SELECT coalesce(max(key), 0) INTO furthest FROM annotation_queuemark
  WHERE project_id = in_project AND route = in_route;
  SELECT count(DISTINCT member_id) INTO at_work FROM annotation_assignment
  WHERE project_id = in_project AND state = 'leased';
  SELECT s.key INTO ahead FROM annotation_slot s
  WHERE s.project_id = in_project AND s.route = in_route AND s.open AND s.key > furthest
  ORDER BY s.key OFFSET 2 * at_work LIMIT 1;
  RETURN coalesce(ahead, furthest + 1e-7);
END $$;
