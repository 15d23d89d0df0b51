"""How reliable annotators are where the truth is not known: models of their judgements, fitted by maximum likelihood.

Every model takes the same judgements and returns a :class:`quality.stats.reliability.result.Fit`.
"""
