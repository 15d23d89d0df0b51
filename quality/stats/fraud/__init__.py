"""Fraud: annotators who answer by a rule that needs no reading, found one judgement at a time.

``alternatives`` names the rules and the bound on false alarms, ``honest`` is what the project's honest annotators do,
``evidence`` adds up judgements, ``copying`` and ``pace`` are about other annotators and about time, and ``examination``
puts them together for a whole project.
"""
