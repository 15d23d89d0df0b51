"""Slots, and the assignments that hold them.

What has to be compared by other than a primary key is counted together and not joined, or looked up pair by pair: a
join of two parts of a project is planned wrong while statistics do not know the project; and so is a join by a key with a condition on the other
table (decision 0009).
"""

from __future__ import annotations

from annotation.selectors.integrity.invariant import Invariant

TAKEN_BACK_BEFORE = """
SELECT 'takenback ' || c.id FROM annotation_takenback c WHERE [c] AND c.at < c.given_at"""


def _of_another_member(name: str) -> str:
    """Rows of a table that name another member than their assignment."""
    return f"""
SELECT '{name} ' || c.id FROM annotation_{name} c
CROSS JOIN LATERAL (SELECT member_id FROM annotation_assignment WHERE id = c.assignment_id OFFSET 0) t
WHERE [c] AND c.member_id <> t.member_id"""  # noqa: S608 - names of our own


INVARIANTS = (
    Invariant(
        "closed_slot_is_held_once",
        "A closed slot is held by exactly one leased or submitted assignment, or withdrawn.",
        """
SELECT 'slot ' || slot_id || ' held ' || count(held_by) || ' times' FROM (
  SELECT s.project_id, s.id AS slot_id, NULL::bigint AS held_by FROM annotation_slot s WHERE [s] AND NOT s.open AND s.withdrawn_at IS NULL
  UNION ALL
  SELECT t.project_id, t.slot_id, t.id FROM annotation_assignment t
  WHERE [t] AND t.state IN ('leased', 'submitted') AND t.slot_id IS NOT NULL) AS one
GROUP BY project_id, slot_id HAVING count(*) > count(held_by) AND count(held_by) <> 1""",
    ),
    Invariant(
        "open_slot_is_free",
        "An open slot is held by nobody.",
        """
SELECT 'slot ' || slot_id || ' held by assignment ' || min(held_by) FROM (
  SELECT s.id AS slot_id, NULL::bigint AS held_by FROM annotation_slot s WHERE [s] AND s.open
  UNION ALL
  SELECT t.slot_id, t.id FROM annotation_assignment t
  WHERE [t] AND t.state IN ('leased', 'submitted') AND t.slot_id IS NOT NULL) AS one
GROUP BY slot_id HAVING count(*) > count(held_by) AND count(held_by) > 0""",
    ),
    Invariant(
        "withdrawn_slot_is_closed",
        "A withdrawn slot is not open.",
        """
SELECT 'slot ' || s.id FROM annotation_slot s WHERE [s] AND s.open AND s.withdrawn_at IS NOT NULL""",
    ),
    Invariant(
        "never_over_the_number_wanted",
        "No pair is leased to or judged by more people than it has slots, surplus judgements aside.",
        """
SELECT 'pair ' || pair_id || ': ' || sum(taken) || ' of ' || sum(wanted) FROM (
  SELECT s.pair_id, 1 AS wanted, 0 AS taken FROM annotation_slot s WHERE [s]
  UNION ALL
  SELECT t.pair_id, 0, 1 FROM annotation_assignment t
  WHERE [t] AND t.state IN ('leased', 'submitted') AND t.slot_id IS NOT NULL) AS one
GROUP BY pair_id HAVING sum(taken) > sum(wanted)""",
    ),
    Invariant(
        "surplus_has_no_slot",
        "Surplus are exactly the ordinary judgements that are in force and fill no slot.",
        """
SELECT 'annotation ' || a.id FROM annotation_annotation a
CROSS JOIN LATERAL (SELECT state, kind, slot_id FROM annotation_assignment WHERE id = a.assignment_id OFFSET 0) t
WHERE [a] AND t.state = 'submitted' AND a.surplus <> (t.kind = 'ordinary' AND t.slot_id IS NULL)""",
    ),
    Invariant(
        "ordinary_lease_has_a_slot",
        "An ordinary lease holds a slot, unless it is surplus work that was undone.",
        """
SELECT 'assignment ' || t.id FROM annotation_assignment t
LEFT JOIN annotation_annotation a ON a.assignment_id = t.id
WHERE [t] AND t.state = 'leased' AND t.kind = 'ordinary' AND t.slot_id IS NULL
  AND a.surplus IS NOT TRUE""",
    ),
    Invariant(
        "gold_and_probes_take_no_slot",
        "Gold and probes take no slot.",
        """
SELECT 'assignment ' || t.id || ' is ' || t.kind FROM annotation_assignment t
WHERE [t] AND t.kind <> 'ordinary' AND t.slot_id IS NOT NULL""",
    ),
    Invariant(
        "gold_pairs_have_no_slots",
        "Gold pairs have no slots, and only gold pairs are handed out as gold.",
        """
SELECT 'slot ' || s.id || ' of gold pair ' || p.id FROM annotation_pair p
CROSS JOIN LATERAL (
  SELECT id FROM annotation_slot WHERE project_id = p.project_id AND pair_id = p.id OFFSET 0) s
WHERE [p] AND p.gold_verdict IS NOT NULL
UNION ALL
SELECT 'assignment ' || t.id FROM annotation_assignment t
CROSS JOIN LATERAL (SELECT gold_verdict FROM annotation_pair WHERE id = t.pair_id OFFSET 0) p
WHERE [t] AND t.kind = 'gold' AND p.gold_verdict IS NULL""",
    ),
    Invariant(
        "probes_come_back_swapped",
        "A probe shows a pair that its annotator had judged, with sides swapped, 50 pairs later or more.",
        """
SELECT 'assignment ' || t.id FROM annotation_assignment t
WHERE [t] AND t.kind = 'probe' AND (
  SELECT true FROM annotation_assignment f
  WHERE f.project_id = t.project_id AND f.pair_id = t.pair_id AND f.member_id = t.member_id AND f.kind <> 'probe'
    AND f.id < t.id AND f.first_on_left <> t.first_on_left
    AND (SELECT true FROM annotation_annotation n WHERE n.assignment_id = f.id)
    AND (SELECT true FROM annotation_assignment b
         WHERE b.project_id = t.project_id AND b.member_id = t.member_id AND b.id > f.id AND b.id < t.id
         ORDER BY b.id OFFSET 49 LIMIT 1)
  LIMIT 1) IS NULL""",
    ),
    Invariant(
        "slot_of_the_same_pair",
        "An assignment's slot is a slot of its pair.",
        """
SELECT 'assignment ' || t.id || ' slot ' || s.id FROM annotation_assignment t
JOIN annotation_slot s ON s.id = t.slot_id WHERE [t] AND s.pair_id <> t.pair_id""",
    ),
    Invariant(
        "once_a_person",
        "Nobody holds or has judged a pair twice, probes aside; and nobody is probed on a pair twice.",
        """
SELECT 'pair ' || pair_id || ' member ' || member_id FROM annotation_assignment t
WHERE [t] AND t.state IN ('leased', 'submitted') GROUP BY pair_id, member_id, kind = 'probe' HAVING count(*) > 1""",
    ),
    Invariant(
        "nobody_judges_their_own_prompt",
        "Nobody was handed a pair of a prompt they wrote.",
        """
SELECT 'assignment ' || t.id FROM annotation_assignment t
CROSS JOIN LATERAL (SELECT prompt_id FROM annotation_pair WHERE id = t.pair_id OFFSET 0) p
CROSS JOIN LATERAL (SELECT author_id FROM annotation_prompt WHERE id = p.prompt_id OFFSET 0) q
WHERE [t] AND q.author_id = t.member_id AND t.leased_at IS NOT NULL""",
    ),
    Invariant(
        "lease_has_side_and_end",
        "A lease has a beginning and an end, and whatever was handed out says which response was on the left.",
        """
SELECT 'assignment ' || t.id FROM annotation_assignment t
WHERE [t] AND (t.state = 'leased' AND (t.lease_until IS NULL OR t.leased_at IS NULL OR t.first_on_left IS NULL)
  OR t.leased_at IS NOT NULL AND t.first_on_left IS NULL)""",
    ),
    Invariant(
        "skips_are_skipped",
        "Every skipped assignment has its reason, and only skipped ones have one.",
        """
SELECT 'assignment ' || t.id || ' is ' || t.state FROM annotation_assignment t
LEFT JOIN annotation_skip s ON s.assignment_id = t.id
WHERE [t] AND (t.state = 'skipped' OR s.id IS NOT NULL)
  AND (t.state = 'skipped') <> (s.id IS NOT NULL)""",
    ),
    Invariant(
        "skips_and_flags_by_their_annotator",
        "Every skip and flag is of the person to whom the pair was handed; none was taken back before it was given.",
        "\nUNION ALL".join((*map(_of_another_member, ("skip", "flag", "takenback")), TAKEN_BACK_BEFORE)),
    ),
    Invariant(
        "drafts_end_with_the_work",
        "No draft is left where the verdict is in or the pair was skipped.",
        """
SELECT 'draft ' || d.id FROM annotation_draft d
CROSS JOIN LATERAL (SELECT state FROM annotation_assignment WHERE id = d.assignment_id OFFSET 0) t
WHERE [d] AND t.state IN ('submitted', 'skipped')""",
    ),
)
