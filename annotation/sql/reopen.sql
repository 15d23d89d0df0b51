-- Put closed slots back into the queue shortly after the furthest mark; withdrawn ones stay closed. Return how many were closed.
--
-- The random part keeps keys distinct: a member whose mark is at a key never gets another slot with the same key.
CREATE OR REPLACE FUNCTION concord_reopen(in_project bigint, in_route integer, in_slots bigint[]) RETURNS integer
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  ahead float8 := concord_key_ahead(in_project, in_route);
  reopened integer;
BEGIN
  -- Whether it is withdrawn is read from the row once it is locked, and is no condition: a slot that another transaction is
  -- putting back just now would be passed over, and lost.
  UPDATE annotation_slot SET open = withdrawn_at IS NULL, key = ahead + random() * 1e-7,
    reopened_at = CASE WHEN withdrawn_at IS NULL THEN concord_clock() END
  WHERE id = ANY (in_slots) AND NOT open;
  GET DIAGNOSTICS reopened = ROW_COUNT;
  RETURN reopened;
END $$;
