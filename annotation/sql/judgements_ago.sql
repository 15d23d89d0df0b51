-- Return the id of the assignment that the member judged so many judgements ago, in the order of hand-out; null where they
-- have judged fewer.
--
-- The member's assignments are read from the latest on, by the index that holds them so, and the state is asked of each: as a
-- condition beside the order, it would offer the planner the partial indexes of held pairs, which it would have to sort.
CREATE OR REPLACE FUNCTION concord_judgements_ago(in_project bigint, in_member bigint, in_judgements integer) RETURNS bigint
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  found bigint;
BEGIN
  SELECT t.id INTO found FROM (
    SELECT id, state FROM annotation_assignment
    WHERE project_id = in_project AND member_id = in_member AND leased_at IS NOT NULL ORDER BY id DESC OFFSET 0) t
  WHERE t.state = 'submitted' OFFSET in_judgements - 1 LIMIT 1;
  RETURN found;
END $$;
