-- Return the prompts of all that a member was handed since an assignment, that one included: what they may remember.
--
-- What was given back may come again, as an ordinary pair does: the page returns pairs that it has never shown. The state is
-- asked in a CASE: as a plain condition it would offer the planner the partial indexes of held pairs.
CREATE OR REPLACE FUNCTION concord_prompts_since(in_project bigint, in_member bigint, in_assignment bigint) RETURNS bigint[]
LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
  RETURN ARRAY(
    SELECT (SELECT p.prompt_id FROM annotation_pair p WHERE p.id = t.pair_id) FROM annotation_assignment t
    WHERE t.project_id = in_project AND t.member_id = in_member AND t.leased_at IS NOT NULL AND t.id >= in_assignment
      AND CASE WHEN t.state = 'released' THEN false ELSE true END);
END $$;
