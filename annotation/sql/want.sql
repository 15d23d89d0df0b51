-- Let so many judgements be wanted of each pair, those that it has among them: withdraw slots beyond that number, put withdrawn
-- ones back into the queue, or make more. Return how many were withdrawn, and how many judgements more are asked for.
--
-- in_wanted  a number for each pair, never above what the caller allows a pair
-- in_as_of   when the judgements were read by which that was decided: a pair judged since is left to the next decision
--
-- Of a pair, filled slots come first, then leased, open and withdrawn ones; the first so many are wanted. A leased slot that is
-- not wanted is marked as withdrawn: its judgement counts if it comes, and the slot stays closed if it does not.
--
-- Pairs are locked in order, so that two decisions never both add a slot; nothing else adds one to a pair. Slots that another
-- transaction has locked are being handed out or given back, and are left for the next decision: nothing here waits for them.
CREATE OR REPLACE FUNCTION concord_want(
  in_project bigint, in_pairs bigint[], in_wanted integer[], in_as_of timestamptz, OUT withdrawn integer, OUT asked integer
) LANGUAGE plpgsql SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  beyond bigint[];
  back bigint[];
  lacking bigint[];
  freed bigint[];
  made bigint[];
  route_of_some integer;
  ahead bigint[];
BEGIN
  PERFORM FROM annotation_pair WHERE id = ANY (in_pairs) AND project_id = in_project ORDER BY id FOR NO KEY UPDATE;
  -- A statement of its own, after the locks: its snapshot has what an earlier decision did.
  WITH w AS MATERIALIZED (
    SELECT u.pair, u.wanted FROM unnest(in_pairs, in_wanted) AS u(pair, wanted)
    WHERE (SELECT p.gold_verdict IS NULL FROM annotation_pair p WHERE p.id = u.pair AND p.project_id = in_project)
      AND (SELECT true FROM annotation_assignment t JOIN annotation_annotation n ON n.assignment_id = t.id
           WHERE t.project_id = in_project AND t.pair_id = u.pair AND n.at > in_as_of AND n.at <= clock_timestamp()
           LIMIT 1) IS NULL),
  s AS MATERIALIZED (
    SELECT w.pair, w.wanted, o.id, o.open, o.withdrawn_at IS NOT NULL AS gone, h.state,
      row_number() OVER (PARTITION BY w.pair ORDER BY
        CASE WHEN h.state = 'submitted' THEN 0 WHEN h.state = 'leased' THEN 1 WHEN o.open THEN 2 ELSE 3 END, o.id) AS place,
      count(o.id) OVER (PARTITION BY w.pair) AS slots
    FROM w
    LEFT JOIN LATERAL (
      SELECT id, open, withdrawn_at FROM annotation_slot
      WHERE project_id = (SELECT in_project) AND pair_id = w.pair OFFSET 0) o ON true
    LEFT JOIN LATERAL (
      SELECT state FROM annotation_assignment
      WHERE project_id = (SELECT in_project) AND slot_id = o.id AND state IN ('leased', 'submitted') OFFSET 0) h ON true)
  SELECT array_agg(id) FILTER (WHERE place > wanted AND NOT gone AND (open OR state = 'leased')),
    array_agg(id) FILTER (WHERE place <= wanted AND gone),
    array_agg(pair) FILTER (WHERE place = 1 AND slots < wanted)
  INTO beyond, back, lacking FROM s;

  WITH closed AS (
    UPDATE annotation_slot SET open = false, withdrawn_at = concord_clock(), reopened_at = NULL
    WHERE id = ANY (ARRAY(SELECT id FROM annotation_slot WHERE id = ANY (beyond) FOR UPDATE SKIP LOCKED))
      AND withdrawn_at IS NULL
    RETURNING id)
  SELECT count(*) INTO withdrawn FROM closed;

  WITH returned AS (
    UPDATE annotation_slot SET withdrawn_at = NULL
    WHERE id = ANY (ARRAY(SELECT id FROM annotation_slot WHERE id = ANY (back) FOR UPDATE SKIP LOCKED))
    RETURNING id)
  SELECT array_agg(id) INTO freed FROM returned;
  -- Who holds one is asked by a statement of its own, now that nobody else can free it without seeing that it is wanted again.
  freed := ARRAY(SELECT s.id FROM annotation_slot s WHERE s.id = ANY (freed) AND NOT s.open AND (
    SELECT true FROM annotation_assignment t
    WHERE t.project_id = in_project AND t.slot_id = s.id AND t.state IN ('leased', 'submitted')) IS NULL);

  -- Sides keep alternating, and the route is that of the pair's slots.
  WITH new AS (
    INSERT INTO annotation_slot (project_id, pair_id, route, key, open, first_on_left)
    SELECT in_project, u.pair, coalesce(l.route, 0), 0, false, (coalesce(l.first_on_left, u.pair % 2 = 0)) <> (i % 2 = 1)
    FROM unnest(in_pairs, in_wanted) AS u(pair, wanted)
    CROSS JOIN LATERAL (
      SELECT count(*) AS slots FROM annotation_slot
      WHERE project_id = (SELECT in_project) AND pair_id = u.pair OFFSET 0) c
    LEFT JOIN LATERAL (
      SELECT route, first_on_left FROM annotation_slot
      WHERE project_id = (SELECT in_project) AND pair_id = u.pair ORDER BY id DESC LIMIT 1) l ON true
    CROSS JOIN LATERAL generate_series(1, u.wanted - c.slots) AS i
    WHERE u.pair = ANY (lacking)
    RETURNING id)
  SELECT array_agg(id) INTO made FROM new;

  ahead := freed || coalesce(made, '{}');
  FOR route_of_some IN SELECT DISTINCT route FROM annotation_slot WHERE id = ANY (ahead) LOOP
    PERFORM concord_reopen(in_project, route_of_some,
      ARRAY(SELECT id FROM annotation_slot WHERE id = ANY (ahead) AND route = route_of_some));
  END LOOP;
  asked := cardinality(ahead);
END $$;
