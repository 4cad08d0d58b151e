# Each target sets up what it needs; nothing but Python (3.10 or later), make and a package index is expected.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test check bench docs clean

demo: $(VENV)/.installed
	$(BIN)/babelscope demo --out runs/demo

test: $(VENV)/.developed
	$(BIN)/python -m pytest

check: $(VENV)/.developed
	$(BIN)/ruff check src tests bench recipes
	$(BIN)/ruff format --check src tests bench recipes
	$(BIN)/codespell src tests bench recipes docs README.md LOG.md CONTRIBUTING.md
	$(BIN)/pyright --pythonpath $(BIN)/python

bench: $(VENV)/.developed
	$(BIN)/python bench/capture.py
	$(BIN)/python bench/scan.py
	$(BIN)/python bench/scores.py
	$(BIN)/python bench/ablation.py
	$(BIN)/python bench/track.py
	$(BIN)/python bench/engines.py -n 200
	$(BIN)/python bench/callback.py
	$(BIN)/python bench/probing_selection.py
	$(BIN)/python bench/probing_training.py

docs: $(VENV)/.installed
	$(BIN)/python -c "from babelscope.tables import schema_page; print(schema_page())" > docs/schema.md

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(VENV)/.developed: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .hypothesis
