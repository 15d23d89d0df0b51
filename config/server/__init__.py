"""The web server: gunicorn starts, watches and ends the processes, waitress reads and writes the connections of each.

No thread works on a request before its last byte has come, and none waits while an answer is read (waitress buffers both), so
that slow clients cost a socket and no thread. What waitress leaves open is set here: how long a request may take to come and an
answer to be read (``deadlines``), how a connection goes on and ends (``channels``), who may send a large body (``asking``), how
many of those come at once and who is let go when there are too many connections (``listeners``), what is answered to what is no
request (``refusals``), and how a process begins and ends (``worker``).
"""
