SHELL := /bin/bash
PACKAGE := ros2_ws/src/vtm_ros
CODE := $(PACKAGE) scripts benchmarks examples
ROS_ENV := source .venv/ros_env.sh

.PHONY: help setup demo teleop-demo docs latency test suite lint oldest clean

help:  ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

setup:  ## Prepare .venv/: Python packages, ROS 2, the built workspace, sample clips
	@scripts/setup.sh

demo: setup  ## A real clip through camera node, capture node and subscriber; results in out/
	@$(ROS_ENV) && .venv/bin/python scripts/demo.py

teleop-demo:  ## A simulated robot follows the person in a clip, through ROS 2; film and figures in out/
	@scripts/setup.sh simulation
	@$(ROS_ENV) && .venv/bin/python scripts/teleop_demo.py $(ARGS)

latency: setup  ## From the camera's stamp to the joint angles, through real topics; JSON=FILE keeps the figures
	@$(ROS_ENV) && .venv/bin/python benchmarks/latency.py $(if $(JSON),--out "$(JSON)")

docs:  ## The documentation as a site, in out/site/index.html
	@scripts/setup.sh docs
	NO_MKDOCS_2_WARNING=1 .venv/bin/python -m mkdocs build --strict --quiet

test: lint suite  ## Lint, types and every test

# Three processes on two cores: many tests wait for each other's nodes.
suite:  ## Every test
	@scripts/setup.sh test
	@$(ROS_ENV) && .venv/bin/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder --max-worker-restart 0

lint:  ## ruff, mypy and the direction of imports
	@scripts/setup.sh test
	.venv/bin/ruff check $(CODE)
	.venv/bin/ruff format --check $(CODE)
	.venv/bin/mypy
	.venv/bin/python -m pytest -q $(PACKAGE)/tests/test_architecture.py

oldest:  ## The demo with the oldest Python, in a clean copy of the last commit
	@scripts/check_oldest_python.sh

clean:  ## Remove .venv/, out/ and caches
	rm -rf .venv out .pytest_cache .mypy_cache .ruff_cache .hypothesis $(PACKAGE)/*.egg-info
	find $(CODE) -name __pycache__ -prune -exec rm -rf {} +
