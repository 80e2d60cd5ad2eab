# Every target sets up what it needs: .venv with the console command, and the embedded PostgreSQL.

PYTHON ?= python3
BIN := .venv/bin
PIP = $(BIN)/python -m pip --quiet --disable-pip-version-check
PYTEST = $(BIN)/python -m pytest --numprocesses 2 --dist loadgroup
EXPORT = .venv/uv/bin/uv export --quiet --locked --no-emit-project --no-annotate --no-header

.PHONY: install demo test test-browser test-shards bench-shards chromium screenshots test-phone-full soak bench guides lint lock privileges reference format clean

install: .venv/dev

# The versions of requirements/ are those of uv.lock, which pip cannot read.
.venv/demo: pyproject.toml requirements/demo.txt
	@echo 'Installing into .venv …'
	@$(PYTHON) -m venv .venv
	@$(PIP) install --require-hashes --requirement requirements/demo.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev: .venv/demo requirements/dev.txt
	@echo 'Installing the tools of development …'
	@$(PIP) install --require-hashes --requirement requirements/dev.txt
	@touch $@

# On a terminal it ends with a running inbox, on PORT; SERVE=1: anywhere, SERVE=0: nowhere. RESET=1: anew.
demo: .venv/demo
	@$(BIN)/onethread demo $(if $(SERVE),$(if $(filter 0 no,$(SERVE)),--no-serve,--serve)) \
	  $(if $(PORT),--port $(PORT)) $(if $(filter-out 0 no,$(RESET)),--reset)

# What is SQL, concurrency and the attacks where it is installed on Debian's PostgreSQL 15; the heart of it
# on 16, between the two, but for what takes long; then the whole suite on 18, whose summary is the one to read.
test: install
	ONETHREAD_TEST_POSTGRES=15 $(PYTEST) -m 'not slow' tests/sql tests/concurrency tests/security
	ONETHREAD_TEST_POSTGRES=16 $(PYTEST) -m 'not slow' tests/sql/catalog tests/sql/identity tests/sql/link
	$(PYTEST)

# The inbox in a real browser; `make test` runs this too where there is one.
test-browser: install chromium
	$(BIN)/python -m pytest tests/browser

# Two servers behind a router; skipped where there is no SPQR. `make test` runs them too.
test-shards: install
	$(PYTEST) tests/shards

# The router against the server without it.
bench-shards: install
	$(BIN)/python -m tests.shards.measure

# Debian's Chromium, where apt is there and we may use it; anything else that is installed will do.
chromium:
	@command -v chromium chromium-browser google-chrome > /dev/null || { \
	  command -v apt-get > /dev/null && timeout 300 apt-get install --yes --quiet=2 chromium; } \
	  || echo 'Chromium is not installed and cannot be: the browser tests will be skipped.' >&2

# The pictures in docs/img.
screenshots: install chromium
	$(BIN)/python -m tests.browser.screenshots docs/img

# Millions of phone numbers against the reference, with fresh seeds, on each version.
test-phone-full: install
	ONETHREAD_TEST_POSTGRES=15 $(BIN)/python -m tests.phone.full
	ONETHREAD_TEST_POSTGRES=16 $(BIN)/python -m tests.phone.full
	$(BIN)/python -m tests.phone.full

# Everything that can break, again and again under load: MINUTES (10), divided among the faults.
soak: install
	$(BIN)/python -m tests.faults.soak $(if $(MINUTES),--minutes $(MINUTES))

# How fast it is beside what it could be, on the server of DATABASE_URL, else on the embedded one.
# QUICK=1: small tables, few rounds. ONLY="single copy": these workloads.
bench: install
	$(BIN)/python -m tests.benchmarks $(if $(QUICK),--quick) $(if $(ONLY),--only $(ONLY))

# The guides of docs/guides from empty folders, also those that fetch packages of npm and PyPI.
guides: install
	$(BIN)/python -m tests.guides

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m phone_generator --check

# Resolves the dependencies of pyproject.toml; UPGRADE=1: to their newest versions.
lock:
	$(PYTHON) -m venv .venv/uv
	.venv/uv/bin/python -m pip --quiet --disable-pip-version-check install uv
	.venv/uv/bin/uv lock --quiet $(if $(UPGRADE),--upgrade)
	$(EXPORT) --extra embedded --extra server --output-file requirements/demo.txt > /dev/null
	$(EXPORT) --all-extras --output-file requirements/dev.txt > /dev/null
	$(EXPORT) --no-default-groups --extra server --output-file requirements/server.txt > /dev/null

# Who may do what, for review: tests/sql/privileges.txt.
privileges: install
	$(BIN)/python -m tests.sql.privileges

# docs/reference: commands, functions, views, tables, errors, HTTP.
reference: install
	$(BIN)/python -m tests.reference

format: install
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache
