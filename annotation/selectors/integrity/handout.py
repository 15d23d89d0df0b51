"""Slots, and the assignments that hold them."""

from __future__ import annotations

from annotation.selectors.integrity.invariant import Invariant

INVARIANTS = (
    Invariant(
        "closed_slot_is_held_once",
        "A closed slot is held by exactly one leased or submitted assignment.",
        """
SELECT 'slot ' || s.id || ' held ' || count(t.id) || ' times' FROM annotation_slot s
LEFT JOIN annotation_assignment t ON t.project_id = s.project_id AND t.slot_id = s.id AND t.state IN ('leased', 'submitted')
WHERE [s] AND NOT s.open GROUP BY s.id HAVING count(t.id) <> 1""",
    ),
    Invariant(
        "open_slot_is_free",
        "An open slot is held by nobody.",
        """
SELECT 'slot ' || s.id || ' held by assignment ' || t.id FROM annotation_slot s
JOIN annotation_assignment t ON t.slot_id = s.id AND t.state IN ('leased', 'submitted') WHERE [s] AND s.open""",
    ),
    Invariant(
        "never_over_the_number_wanted",
        "No pair is leased to or judged by more people than it has slots, surplus judgements aside.",
        """
SELECT 'pair ' || t.pair_id || ': ' || count(*) || ' of ' || coalesce(max(s.n), 0) FROM annotation_assignment t
LEFT JOIN (SELECT pair_id, count(*) AS n FROM annotation_slot s WHERE [s] GROUP BY pair_id) s
  USING (pair_id)
WHERE [t] AND t.state IN ('leased', 'submitted') AND t.slot_id IS NOT NULL
GROUP BY t.pair_id HAVING count(*) > coalesce(max(s.n), 0)""",
    ),
    Invariant(
        "surplus_has_no_slot",
        "Surplus are exactly the ordinary judgements that are in force and fill no slot.",
        """
SELECT 'annotation ' || a.id FROM annotation_annotation a JOIN annotation_assignment t ON t.id = a.assignment_id
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
JOIN annotation_slot s ON s.project_id = p.project_id AND s.pair_id = p.id
WHERE [p] AND p.gold_verdict IS NOT NULL
UNION ALL
SELECT 'assignment ' || t.id FROM annotation_assignment t JOIN annotation_pair p ON p.id = t.pair_id
WHERE [t] AND t.kind = 'gold' AND p.gold_verdict IS NULL""",
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
JOIN annotation_pair p ON p.id = t.pair_id JOIN annotation_prompt q ON q.id = p.prompt_id
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
        "drafts_end_with_the_work",
        "No draft is left where the verdict is in or the pair was skipped.",
        """
SELECT 'draft ' || d.id FROM annotation_draft d JOIN annotation_assignment t ON t.id = d.assignment_id
WHERE [d] AND t.state IN ('submitted', 'skipped')""",
    ),
)
