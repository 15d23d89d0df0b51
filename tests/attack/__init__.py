"""`make attack`: the product under load, slow clients, kills and lost servers, and what it promises of each, measured.

Everything is started here and ends here: a PostgreSQL and a Valkey of its own, web processes, a worker, beat; connections go to
the loopback address alone. It takes about four minutes, with FULL=1 about fifteen.
"""
