-- Let a lease run its full length again; false where it has ended.
--
-- in_shown  the pair is put on the page again, with the newest guidelines: it is judged by those
--
-- By id alone, and the state is read from the row: a concurrent expiry wins.
CREATE OR REPLACE FUNCTION concord_renew(
  in_project bigint, in_assignment bigint, in_lease integer, in_shown boolean
) RETURNS boolean LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  live boolean;
BEGIN
  UPDATE annotation_assignment SET
    lease_until = CASE WHEN state = 'leased' THEN concord_clock() + make_interval(secs => in_lease) ELSE lease_until END,
    guidelines_version = CASE WHEN in_shown AND state = 'leased' THEN
      (SELECT max(version) FROM annotation_guidelines WHERE project_id = in_project) ELSE guidelines_version END
  WHERE id = in_assignment RETURNING state = 'leased' INTO live;
  RETURN coalesce(live, false);
END $$;
