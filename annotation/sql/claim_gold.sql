-- Lease a gold pair that the member has not had, whose prompt they did not write and have not seen lately.
--
-- in_seed    draws the order in which gold pairs are looked at, another for each claim
-- in_apart   so many of the member's latest judgements have no prompt in common with it
-- in_among   of the first so many that the member may have, the one that the fewest people know is taken: knowing all would
--            take a count for each gold pair of the project
-- in_people  how many people may know a gold pair before it is retired; null for any number
--
-- The pair's row is locked, and its exposure counted behind the lock: two claims at once hand it to no more people than may
-- know it, and neither meets a pair that is being marked or unmarked. Each pair is shown in either order about equally often;
-- where both orders are equal, sides alternate for the member.
CREATE OR REPLACE FUNCTION concord_claim_gold(
  in_project bigint, in_member bigint, in_lease integer, in_seed bigint, in_apart integer, in_among integer,
  in_people integer, OUT id bigint, OUT uuid uuid
) LANGUAGE plpgsql SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  seen bigint[] := concord_prompts_since(in_project, in_member,
    coalesce(concord_judgements_ago(in_project, in_member, in_apart), 0));
  candidate record;
  people bigint;
BEGIN
  FOR candidate IN
    SELECT c.id FROM (
      SELECT p.id, p.place FROM (
        -- All gold is put in order, but looked at one by one until enough was found: with 1,700 gold pairs a claim that
        -- looked at each took 7 ms.
        SELECT g.id, g.prompt_id, hashint8extended(g.id, in_seed) AS place FROM annotation_pair g
        WHERE g.project_id = in_project AND g.gold_verdict IS NOT NULL AND g.gold_retired = ''
        ORDER BY place OFFSET 0) p
      WHERE p.prompt_id <> ALL (seen)
        AND (SELECT q.author_id FROM annotation_prompt q WHERE q.id = p.prompt_id) IS DISTINCT FROM in_member
        AND (SELECT true FROM annotation_assignment t
             WHERE t.project_id = in_project AND t.member_id = in_member AND t.pair_id = p.id
               AND t.state IN ('leased', 'submitted', 'skipped') LIMIT 1) IS NULL
      ORDER BY p.place LIMIT in_among) c
    ORDER BY concord_gold_exposure(in_project, c.id), c.place
  LOOP
    PERFORM FROM annotation_pair p
    WHERE p.id = candidate.id AND p.gold_verdict IS NOT NULL AND p.gold_retired = '' FOR NO KEY UPDATE SKIP LOCKED;
    CONTINUE WHEN NOT FOUND;
    people := concord_gold_exposure(in_project, candidate.id);
    CONTINUE WHEN people >= in_people;
    INSERT INTO annotation_assignment (uuid, project_id, member_id, pair_id, slot_id, kind, state, first_on_left,
      guidelines_version, leased_at, lease_until)
    SELECT gen_random_uuid(), in_project, in_member, candidate.id, NULL, 'gold', 'leased',
      CASE sign(shown.lead)
        WHEN 1 THEN false
        WHEN -1 THEN true
        ELSE NOT coalesce((SELECT g.first_on_left FROM annotation_assignment g
          WHERE g.project_id = in_project AND g.member_id = in_member AND g.kind = 'gold' ORDER BY g.id DESC LIMIT 1),
          hashint8(in_member) % 2 = 0)
      END,
      (SELECT max(version) FROM annotation_guidelines WHERE project_id = in_project),
      concord_clock(), concord_clock() + make_interval(secs => in_lease)
    FROM (
      SELECT count(*) FILTER (WHERE t.first_on_left) - count(*) FILTER (WHERE NOT t.first_on_left) AS lead
      FROM annotation_assignment t
      WHERE t.project_id = in_project AND t.pair_id = candidate.id AND t.kind <> 'probe') shown
    RETURNING id, uuid INTO id, uuid;
    IF people + 1 >= in_people THEN
      UPDATE annotation_pair SET gold_retired = 'exposed' WHERE id = candidate.id;
    END IF;
    RETURN;
  END LOOP;
END $$;
