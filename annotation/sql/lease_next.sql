-- Lease the next pair of the queue in the common case, in one round trip: lock, live leases, claim.
--
-- in_holding  the leases that the page already shows or keeps ready
--
-- Return nulls where it is not the common case: a live lease that the page does not name, as many leases as anybody may hold,
-- a member who wrote prompts (they walk in steps), nothing beyond the mark.
CREATE OR REPLACE FUNCTION concord_lease_next(
  in_project bigint, in_member bigint, in_route integer, in_lease integer, in_most_leases integer, in_holding uuid[],
  OUT id bigint, OUT uuid uuid
) LANGUAGE plpgsql SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  held integer;
  not_named integer;
  author boolean;
  claimed record;
BEGIN
  PERFORM pg_advisory_xact_lock(1129270851, (in_member % 2147483647)::int);
  SELECT count(*), count(*) FILTER (WHERE uuid <> ALL (in_holding)),
    EXISTS (SELECT FROM annotation_prompt WHERE author_id = in_member)
  INTO held, not_named, author
  FROM annotation_assignment WHERE project_id = in_project AND member_id = in_member AND state = 'leased';
  IF author OR not_named > 0 OR held >= in_most_leases THEN
    RETURN;
  END IF;
  claimed := concord_claim(in_project, in_member, in_route, in_lease, 'Infinity', false, false);
  id := claimed.id;
  uuid := claimed.uuid;
END $$;
