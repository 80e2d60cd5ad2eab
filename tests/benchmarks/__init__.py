"""How fast is it beside what it could be, and beside what it replaces? See `make bench`.

Only ratios within one run are worth anything on a machine that does other work too: every
contestant does the same work in turns, round after round (rounds.py).

    sizes.py       how much of everything: the quick run, the full one
    databases.py   databases of the run's own, and dropping them whatever happens
    client.py      a session with as little work of its own as possible; several at once
    rounds.py      paired rounds
    report.py      results, their targets, how they are shown
    people.py      people, their spellings, and the messages that are written
    contest.py     the baselines as tables (sql/) and how rows are written into them
    app_side.py    the baseline in Python: what the trigger replaces

A module each family of workloads:

    writing.py     single rows, batches, COPY
    meeting.py     first contact
    footprint.py   bytes and blocks a message
    instructions.py  instructions a message, where valgrind is
    contention.py  hot contacts, bursts of new people
    tables.py      tables of 10 thousand to 10 million messages
    growth.py      what an INSERT costs there
    reading.py     the inbox, a thread and a search there
    merging.py     joining two threads
    backfilling.py linking what a CRM had before
    intake.py      webhooks, in a file or posted
    phones.py      normalize_phone() beside Python's phonenumbers
"""
