# Every target sets up what it needs: .venv with the console command, and the embedded PostgreSQL.

PYTHON ?= python3
BIN := .venv/bin
export PYTHONDONTWRITEBYTECODE := 1

.PHONY: install demo test test-phone-full lint format clean

install: .venv/installed

.venv/installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

demo: install
	@$(BIN)/onethread demo

# The whole suite on PostgreSQL 18, then what is SQL or concurrency on 16 and, where it is
# installed, on Debian's 15.
test: install
	$(BIN)/python -m pytest --numprocesses 2 --dist loadgroup
	ONETHREAD_TEST_POSTGRES=16 $(BIN)/python -m pytest --numprocesses 2 --dist loadgroup tests/sql tests/concurrency
	ONETHREAD_TEST_POSTGRES=15 $(BIN)/python -m pytest --numprocesses 2 --dist loadgroup tests/sql tests/concurrency

# Several million phone numbers against the reference, with fresh seeds.
test-phone-full: install
	$(BIN)/python -m tests.phone.full

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m app.phone_metadata --check

format: install
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache
