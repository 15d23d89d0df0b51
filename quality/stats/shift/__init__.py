"""Whether something has changed between two windows of a project, each test with a stated rate of false alarms.

Windows are numbers by judgement or by pair: :data:`quality.stats.shift.result.BEFORE`, ``AFTER``, or ``OUTSIDE`` of both.
"""
