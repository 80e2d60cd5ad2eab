"""After the migrations: load db/functions, db/views and db/triggers, whoever runs yoyo."""

from yoyo import step

from onethread.schema.sources import load_sources

steps = [step(load_sources)]
