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
	$(BIN)/ruff check src tests bench recipes docs
	$(BIN)/ruff format --check src tests bench recipes docs
	$(BIN)/codespell src tests bench recipes docs mkdocs.yml README.md LOG.md CONTRIBUTING.md
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
	$(BIN)/python bench/retrieval.py
	$(BIN)/python bench/transfer.py --model nano --data grammar

docs: $(VENV)/.developed
	$(BIN)/python -c "from babelscope.tables import schema_page; print(schema_page())" > docs/schema.md
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(VENV)/.developed: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .hypothesis
