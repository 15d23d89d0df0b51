"""How far annotators agree: one file per coefficient, each from counts, confusion tables or ordered judgements.

Conventions: K is the number of categories that occur. Chance agreement is read from every item with a judgement, observed
agreement from items with two or more; alpha knows only the latter. Intervals of the coefficients over all annotators are
Gwet's variance with Student's t on the number of items less one. With many items judged once that variance is generous:
it treats the share of items judged twice as fixed.
"""
