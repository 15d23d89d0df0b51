-- Lease a gold pair that the member has not had and whose prompt they did not write. Sides alternate for each member;
-- the order is a hash of pair and member, so that no two members get the gold pairs in the same order.
CREATE OR REPLACE FUNCTION concord_claim_gold(
  in_project bigint, in_member bigint, in_lease integer, OUT id bigint, OUT uuid uuid
) LANGUAGE plpgsql SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
  INSERT INTO annotation_assignment (uuid, project_id, member_id, pair_id, slot_id, kind, state, first_on_left,
    guidelines_version, leased_at, lease_until)
  SELECT gen_random_uuid(), in_project, in_member, p.id, NULL, 'gold', 'leased',
    NOT coalesce((SELECT g.first_on_left FROM annotation_assignment g
      WHERE g.project_id = in_project AND g.member_id = in_member AND g.kind = 'gold' ORDER BY g.id DESC LIMIT 1),
      hashint8(in_member) % 2 = 0),
    (SELECT max(version) FROM annotation_guidelines WHERE project_id = in_project),
    concord_clock(), concord_clock() + make_interval(secs => in_lease)
  FROM (
    -- All gold is put in order, but looked at one by one until the member may have one: with 1,700 gold pairs a claim that
    -- looked at each took 7 ms.
    SELECT g.id, g.prompt_id, hashint8extended(g.id, in_member) AS place FROM annotation_pair g
    WHERE g.project_id = in_project AND g.gold_verdict IS NOT NULL
    ORDER BY place OFFSET 0) p
  WHERE (SELECT q.author_id FROM annotation_prompt q WHERE q.id = p.prompt_id) IS DISTINCT FROM in_member
    AND (SELECT true FROM annotation_assignment t
         WHERE t.project_id = in_project AND t.member_id = in_member AND t.pair_id = p.id
           AND t.state IN ('leased', 'submitted', 'skipped') LIMIT 1) IS NULL
  ORDER BY p.place LIMIT 1
  RETURNING id, uuid INTO id, uuid;
END $$;
