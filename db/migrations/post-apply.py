"""After the migrations: load db/functions, db/views and db/triggers, whoever runs yoyo.

Not over what somebody else has under these names.
"""

from yoyo import step

from onethread.schema.loading import load_sources
from onethread.schema.ownership import refuse_collisions

steps = [step(refuse_collisions), step(load_sources)]
