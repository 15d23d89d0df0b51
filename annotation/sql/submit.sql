-- Store the first verdict on an assignment: state, annotation and revision, in one statement with one timestamp.
--
-- in_first_left, in_first_right  the verdict in canonical order if the first response was on the left, on the right
-- in_seconds  the page's measure of visible time; capped at the time since the lease began
-- in_late     the caller has checked the assignment and chosen the slot: any state is accepted, in_slot and in_surplus apply
--
-- Return false, and store nothing, where the key was used, the assignment is not the member's or was judged before; and,
-- unless in_late, where the lease has ended or holds no slot.
CREATE OR REPLACE FUNCTION concord_submit(
  in_project bigint, in_member bigint, in_uuid uuid, in_key uuid, in_body bytea, in_first_left integer,
  in_first_right integer, in_strength integer, in_confidence float8, in_reason text, in_seconds float8,
  in_late boolean DEFAULT false, in_slot bigint DEFAULT NULL, in_surplus boolean DEFAULT false
) RETURNS boolean LANGUAGE plpgsql SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
  PERFORM pg_advisory_xact_lock(1129270851, (in_member % 2147483647)::int);
  -- The state is read in a CASE: as a plain condition, the planner may walk the index of leases with all its dead
  -- entries.
  WITH t AS (
    UPDATE annotation_assignment SET state = 'submitted', slot_id = CASE WHEN in_late THEN in_slot ELSE slot_id END
    WHERE project_id = in_project AND uuid = in_uuid AND member_id = in_member
      AND CASE WHEN in_late THEN true WHEN state = 'leased' THEN kind <> 'ordinary' OR slot_id IS NOT NULL ELSE false END
      AND (SELECT true FROM annotation_annotation n WHERE n.assignment_id = annotation_assignment.id) IS NULL
      AND (SELECT true FROM annotation_annotationrevision r
           WHERE r.project_id = in_project AND r.member_id = in_member AND r.submit_key = in_key) IS NULL
    RETURNING id, concord_clock() AS at,
      EXTRACT(EPOCH FROM greatest(concord_clock(), leased_at) - leased_at)::float8 AS passed,
      CASE WHEN first_on_left IS FALSE THEN in_first_right ELSE in_first_left END AS verdict),
  n AS (
    INSERT INTO annotation_annotation (project_id, assignment_id, verdict, strength, confidence, reason, seconds,
      surplus, first_at, at)
    SELECT in_project, t.id, t.verdict, in_strength, in_confidence, in_reason,
      round(CASE WHEN in_seconds BETWEEN 0 AND passed THEN in_seconds ELSE passed END::numeric, 1)::float8,
      in_surplus, t.at, t.at FROM t
    RETURNING id, assignment_id, verdict, seconds, at),
  d AS (DELETE FROM annotation_draft USING n WHERE annotation_draft.assignment_id = n.assignment_id)
  INSERT INTO annotation_annotationrevision (project_id, annotation_id, member_id, n, kind, submit_key, body_hash,
    verdict, strength, confidence, reason, seconds, at)
  SELECT in_project, n.id, in_member, 1, 'submit', in_key, in_body, n.verdict, in_strength, in_confidence,
    in_reason, n.seconds, n.at FROM n;
  RETURN FOUND;
END $$;
