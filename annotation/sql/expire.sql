-- End lapsed leases, the oldest first, and reopen their slots. Return how many ended.
--
-- in_spare  a member whose leases are left alone: they are asking for a pair, so they are active
--
-- Rows that another transaction has locked are left for the next call.
CREATE OR REPLACE FUNCTION concord_expire(in_project bigint, in_route integer, in_most integer, in_spare bigint)
RETURNS integer LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  ended integer;
  freed bigint[];
BEGIN
  -- The ids are an array on purpose: as a join, the planner may read the whole table's index instead.
  WITH lapsed AS (
    SELECT id FROM annotation_assignment
    WHERE project_id = in_project AND state = 'leased' AND lease_until < concord_clock()
      AND member_id <> in_spare
    ORDER BY lease_until LIMIT in_most FOR UPDATE SKIP LOCKED),
  ended AS (
    UPDATE annotation_assignment SET state = 'expired' WHERE id = ANY (ARRAY(SELECT id FROM lapsed))
    RETURNING slot_id)
  SELECT count(*), array_agg(slot_id) FILTER (WHERE slot_id IS NOT NULL) INTO ended, freed FROM ended;
  IF freed IS NOT NULL THEN
    PERFORM concord_reopen(in_project, in_route, freed);
  END IF;
  RETURN ended;
END $$;
