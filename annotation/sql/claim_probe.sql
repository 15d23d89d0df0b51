-- Lease a pair that the member judged a while ago to them once more, with its sides swapped: a probe.
--
-- in_seed   draws which one
-- in_apart  so many of the member's latest judgements have no prompt in common with it; it is older than they are
-- in_among  it is one of so many assignments before those
--
-- Only an ordinary judgement that fills a slot is asked for again, each once, whatever became of the probe. A later claim
-- finds the rest, as each request draws among the last few.
CREATE OR REPLACE FUNCTION concord_claim_probe(
  in_project bigint, in_member bigint, in_lease integer, in_seed bigint, in_apart integer, in_among integer,
  OUT id bigint, OUT uuid uuid
) LANGUAGE plpgsql SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  since bigint := concord_judgements_ago(in_project, in_member, in_apart);
  seen bigint[];
BEGIN
  IF since IS NULL THEN
    RETURN;
  END IF;
  seen := concord_prompts_since(in_project, in_member, since);
  INSERT INTO annotation_assignment (uuid, project_id, member_id, pair_id, slot_id, kind, state, first_on_left,
    guidelines_version, leased_at, lease_until)
  SELECT gen_random_uuid(), in_project, in_member, c.pair_id, NULL, 'probe', 'leased', NOT c.first_on_left,
    (SELECT max(version) FROM annotation_guidelines WHERE project_id = in_project),
    concord_clock(), concord_clock() + make_interval(secs => in_lease)
  FROM (
    SELECT t.pair_id, t.first_on_left, hashint8extended(t.id, in_seed) AS place FROM (
      SELECT a.id, a.pair_id, a.slot_id, a.kind, a.state, a.first_on_left, a.leased_at FROM annotation_assignment a
      WHERE a.project_id = in_project AND a.member_id = in_member AND a.id < since ORDER BY a.id DESC LIMIT in_among) t
    WHERE t.kind = 'ordinary' AND t.state = 'submitted' AND t.slot_id IS NOT NULL AND t.leased_at IS NOT NULL
      AND t.first_on_left IS NOT NULL
    ORDER BY place OFFSET 0) c
  WHERE (SELECT p.gold_verdict IS NULL AND p.prompt_id <> ALL (seen) FROM annotation_pair p WHERE p.id = c.pair_id)
    AND (SELECT true FROM annotation_assignment o
         WHERE o.project_id = in_project AND o.member_id = in_member AND o.pair_id = c.pair_id AND o.kind = 'probe'
         LIMIT 1) IS NULL
  ORDER BY c.place LIMIT 1
  RETURNING id, uuid INTO id, uuid;
END $$;
