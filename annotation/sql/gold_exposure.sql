-- Return how many people were handed a gold pair, or judged it elsewhere, whatever became of it.
CREATE OR REPLACE FUNCTION concord_gold_exposure(in_project bigint, in_pair bigint) RETURNS bigint
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  people bigint;
BEGIN
  SELECT count(DISTINCT member_id) INTO people FROM annotation_assignment
  WHERE project_id = in_project AND pair_id = in_pair AND kind <> 'probe';
  RETURN people;
END $$;
