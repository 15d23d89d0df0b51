-- Put closed slots back into the queue shortly after the furthest mark. Return how many.
--
-- The random part keeps keys distinct: a member whose mark is at a key never gets another slot with the same key.
CREATE OR REPLACE FUNCTION concord_reopen(in_project bigint, in_route integer, in_slots bigint[]) RETURNS integer
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  ahead float8 := concord_key_ahead(in_project, in_route);
  reopened integer;
BEGIN
  UPDATE annotation_slot SET open = true, reopened_at = concord_clock(), key = ahead + random() * 1e-7
  WHERE id = ANY (in_slots) AND NOT open;
  GET DIAGNOSTICS reopened = ROW_COUNT;
  RETURN reopened;
END $$;
