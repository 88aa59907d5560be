# Short names for scripts/dev.py, which works without make as well. The environment is .venv (CERTHOUND_VENV).

PYTHON ?= python3

.PHONY: setup demo check test nightly docs clean

setup demo check test nightly:
	$(PYTHON) scripts/dev.py $@

# Pages of docs/ that are made from the code.
docs: setup
	.venv/bin/python scripts/build_docs.py
	.venv/bin/python scripts/build_detections_page.py
	.venv/bin/python scripts/build_equality_page.py
	.venv/bin/python scripts/build_sources_pages.py
	.venv/bin/python scripts/build_report_page.py

clean:
	rm -rf .venv .venv-ci .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build
