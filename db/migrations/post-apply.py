"""After the migrations: load db/functions, db/views and db/triggers, whoever runs yoyo."""

from app.sources import load_sources
from yoyo import step

steps = [step(load_sources)]
