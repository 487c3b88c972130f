## derive: backpropagation through time, derived from a network's forward equations
##
##   make report T=3    the handout for T steps, in output/
##        NETWORK=…     a ready-made network (elman) or a TOML file
##        LOCALE=…      en or zh
##        FORMAT=…      of pdf,tex,md,html,ipynb, with commas
##        ENGINE=…      what makes the PDF: auto, latex or typst
##        MARKDOWN=…    whose Markdown: github or pandoc
##        PAPER=…       a4 or letter
##        HEADING=…     a TOML file with what stands above the title: course, author, date, institution, logo
##        VALUES=…      a TOML file with the numbers of the worked example; or a table, .csv, with a handout for each row
##        SEED=…        what values are drawn by, where VALUES has ranges
##        DIGITS=…      how many digits are printed
##        WITH=…        further chapters, of groups,lags,truncation,forward,costs, or all
##        TRUNCATE=…    truncate after so many steps: 4, or 4,2 for every second step
##        FULL_TABLES=1 also every table whole, as CSV
##        BRIEF=1       the story on two pages
##        LIMIT=…       raise limits on what comes in, with commas: equations=500,paths=9000
##        OUTPUT=…      another folder
##        OPEN=1        open what was made
##   make code          loss and gradients as a file of code; NETWORK and LIMIT as above
##        TARGET=…      numpy, python, torch, jax, c or javascript
##        PLAIN=1       the textbook loop
##        OUTPUT=…      into this file
##   make test          the tests
##   make lint          ruff and mypy
##   make check         lint, then test
##   make faults        try every deliberate fault of the tests, not the sample alone (some minutes)
##   make plant         plant faults in emitted code, 20 of each kind for every network: audits name them (forty minutes)
##   make fuzz          100,000 random inputs by every door, or INPUTS=…; SEED=… for others; RECORD=1 keeps what came of it
##   make golden        renew the golden files of the tests: read the difference before you commit it
##   make gallery       whole handouts, in both languages, for docs/gallery
##   make docs          the site of the project, in output/site: guides, API reference, gallery, pages to try
##   make bench         measure speed and memory against other libraries: benchmarks/RESULTS.md (some minutes, large peers)
##   make tex           install what ENGINE=latex needs, on Debian and Ubuntu
##   make browser       install what the tests of the web page need: Chromium, on Debian, and its driver
##   make wheel         the package, in dist/
##   make clean         remove what was made, but not .venv
##
## The first call makes the virtual environment .venv, with the Python that PYTHON=… names, or else with the first of
## python3.13, python3.12, python3.11 and python3 that will do. To start over: rm -rf .venv
#
# GNU make (also 3.81), POSIX sh. Lines that begin with ## are what `make` alone prints.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.SUFFIXES:
# Two targets at once would install into the same .venv.
.NOTPARALLEL:
.PHONY: help report code test lint check faults plant fuzz golden gallery docs bench tex browser wheel clean broken

# --- what is typed ----------------------------------------------------------------------------------------------------

# Only what stands on make's command line counts and is passed on as it is; everything else is left to the defaults of
# the command. LOCALE, FORMAT or OUTPUT in the environment may well be meant for another program. What is typed is data:
# make expands such a variable wherever it is referred to by $(NAME), and when it hands it to its children in the
# environment, so the first is done with $(value NAME) and the second not at all. A variable of the command line also
# wins over one of that name in this file, hence this part is first.
override GIVEN := $(foreach 1,$(.VARIABLES),$(if $(findstring command,$(origin $1)),$1))
override OPTIONS := T NETWORK LOCALE FORMAT ENGINE MARKDOWN PAPER HEADING VALUES SEED DIGITS WITH TRUNCATE FULL_TABLES BRIEF LIMIT OUTPUT OPEN
override CODE_OPTIONS := NETWORK TARGET PLAIN LIMIT OUTPUT
unexport $(OPTIONS) $(CODE_OPTIONS) INPUTS RECORD PYTHON V

# The shell is given a recipe line by line, and would see half of such a value.
define NEWLINE


endef
override TORN := $(strip $(foreach 1,$(OPTIONS) TARGET PLAIN,$(if $(findstring $(NEWLINE),$(value $1)),$1)))

# A misspelt variable would be a default that nobody asked for. V and those of make itself are for make.
override KNOWN := $(if $(filter report,$(MAKECMDGOALS)),$(OPTIONS)) $(if $(filter code,$(MAKECMDGOALS)),$(CODE_OPTIONS))
override UNKNOWN := $(filter-out $(KNOWN) PYTHON V SHELL .SHELLFLAGS VPATH MAKE MAKE%,$(GIVEN))
ifneq ($(filter report code,$(MAKECMDGOALS)),)
    ifneq ($(UNKNOWN),)
        $(error there is no variable $(UNKNOWN); known are $(strip $(KNOWN)) PYTHON)
    endif
    ifneq ($(filter $(TORN),$(GIVEN)),)
        $(error a value has to stand in one line, unlike that of $(filter $(TORN),$(GIVEN)))
    endif
endif

# --- programs ---------------------------------------------------------------------------------------------------------

VENV := .venv
PY := $(VENV)/bin/python
PYTHONS = $(if $(value PYTHON),$(call quote,$(value PYTHON)),python3.13 python3.12 python3.11 python3)

# What the LaTeX of the handouts uses, in both languages, and the tools that look into the PDF.
TEX_PACKAGES := latexmk lmodern texlive-fonts-recommended texlive-lang-chinese texlive-latex-extra \
    texlive-latex-recommended texlive-pictures texlive-xetex poppler-utils poppler-data

# One word for the shell, whatever is in it.
quote = '$(subst ','\'',$(1))'

help:
	@sed -n 's/^## \{0,1\}//p' Makefile

# --- the handout ------------------------------------------------------------------------------------------------------

option = $(if $(filter $(2),$(GIVEN)), --$(1) $(call quote,$(value $(2))))
flag = $(if $(filter $(2),$(GIVEN)),$(if $(filter-out 0 no,$(value $(2))), --$(1)))
arguments = $(call option,steps,T)$(call option,network,NETWORK)$(call option,locale,LOCALE)$(call \
    option,format,FORMAT)$(call option,engine,ENGINE)$(call option,markdown,MARKDOWN)$(call \
    option,paper,PAPER)$(call option,heading,HEADING)$(call \
    option,values,VALUES)$(call option,seed,SEED)$(call option,digits,DIGITS)$(call option,with,WITH)$(call option,truncate,TRUNCATE)$(call \
    flag,full-tables,FULL_TABLES)$(call flag,brief,BRIEF)$(call option,limit,LIMIT)$(call flag,open,OPEN)$(if $(filter OUTPUT,$(GIVEN)),$(call option,output,OUTPUT), --output output)
unused = $(strip $(foreach name,$(OPTIONS),$(if $(findstring environment,$(origin $(name))),$(name))))
say_unused = @echo "Not used: $(unused) in the environment. On the command line it counts: make report NAME=value" >&2

report: $(VENV)/installed
	$(if $(unused),$(say_unused))
	@$(PY) -m derive report$(arguments)

# The text is whole before a file is begun.
code: $(VENV)/installed
	@text=$$($(PY) -m derive code$(call option,network,NETWORK)$(call option,target,TARGET)$(call option,limit,LIMIT)$(call flag,plain,PLAIN)) && \
	    printf '%s\n' "$$text"$(if $(filter OUTPUT,$(GIVEN)), > $(call quote,$(value OUTPUT)))

# --- for those who work on it -----------------------------------------------------------------------------------------

# As many processes as there are cores, but four at most: each may hold a gigabyte of peers. The tests of a file stay together,
# so that what they share is made once; each deliberate fault stands by itself.
PROCESSES := -n logical --maxprocesses 4

test: $(VENV)/installed-test
	@$(PY) -m pytest $(PROCESSES) --dist loadfile

lint: $(VENV)/installed-dev
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy --strict derive

check: lint test

faults: $(VENV)/installed-test
	@$(PY) -m pytest $(PROCESSES) tests/test_deliberate_faults.py --all-faults

plant: $(VENV)/installed-test
	@$(PY) -m pytest tests/review/test_planting.py -m slow -s -q

fuzz: $(VENV)/installed-test
	@PYTHONPATH=tests $(PY) -m fuzz$(call option,inputs,INPUTS)$(call option,seed,SEED)$(call flag,record,RECORD)

golden: $(VENV)/installed-test
	@$(PY) -m pytest --update-golden

gallery: $(VENV)/installed
	@$(PY) scripts/make_gallery.py

docs: $(VENV)/installed-docs
	@$(PY) scripts/make_site.py

bench: $(VENV)/installed-bench
	@$(PY) -m benchmarks

wheel: $(VENV)/installed-test
	@$(PY) -m build --wheel --no-isolation

# Installs the Debian packages $(1), unless they are there; elsewhere says $(2).
define debian
if dpkg -s $(1) >/dev/null 2>&1; then \
    echo "$(3)"; exit 0; \
elif ! command -v apt-get >/dev/null 2>&1; then \
    echo "No apt-get here. $(2)" >&2; exit 1; \
elif [ "$$(id -u)" = 0 ]; then as=; \
elif command -v sudo >/dev/null 2>&1; then as=sudo; \
else echo "This takes root. Ask for: apt-get install $(1)" >&2; exit 1; fi; \
$$as apt-get update -qq; \
$$as env DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends \
    -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 $(1)
endef

comma := ,
tex:
	@$(call debian,$(TEX_PACKAGES),Install a TeX with xelatex$(comma) latexmk$(comma) ctex$(comma) Fandol$(comma) Latin Modern$(comma) TikZ and \
	    tcolorbox (a full TeX Live or MacTeX has them all)$(comma) and poppler for pdftotext and pdftoppm.,TeX is complete.)

browser: $(VENV)/installed-test
	@$(call debian,chromium,Install Chromium.,Chromium is there.)
	@$(call install,.[browser],$(VENV)/installed-test)

clean:
	@rm -rf dist build .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find derive tests -name __pycache__ -type d -prune -exec rm -rf {} +
	@find output -type f ! -name .gitignore -exec rm -f {} +

# --- .venv ------------------------------------------------------------------------------------------------------------

# .venv/installed, -test, -dev and -bench say what .venv holds: derive itself in place, the tools of the tests and of lint,
# and the peers of the benchmarks.
# Each is as old as its last installation, so that only a newer pyproject.toml brings another; and one is due when the
# interpreter behind .venv has gone.
PYTHON_GONE := $(shell [ ! -e $(VENV) ] || [ -x $(PY) ] || echo broken)

$(VENV)/installed: pyproject.toml $(PYTHON_GONE)
	@$(make_venv)
	@$(call install,.,$@)

$(VENV)/installed-test: pyproject.toml $(PYTHON_GONE)
	@$(make_venv)
	@$(call install,.[test],$(VENV)/installed $@)

$(VENV)/installed-dev: pyproject.toml $(PYTHON_GONE)
	@$(make_venv)
	@$(call install,.[dev],$(VENV)/installed $(VENV)/installed-test $@)

$(VENV)/installed-docs: pyproject.toml $(PYTHON_GONE)
	@$(make_venv)
	@$(call install,.[docs],$(VENV)/installed $@)

$(VENV)/installed-bench: pyproject.toml $(PYTHON_GONE)
	@$(make_venv)
	@$(call install,.[bench],$(VENV)/installed $@)

install = $(PY) -m pip install --quiet --disable-pip-version-check --editable '$(1)' && touch $(2) || { \
    echo "The packages that derive needs could not be installed; pip says why above. Then call make again." >&2; exit 1; }

# Makes .venv unless a good one is there. A Python will do if it is 3.11 or newer and has the modules venv and ensurepip;
# Debian packs them apart. The file `unfinished` stays behind when the making is interrupted.
define make_venv
if [ -e $(VENV)/unfinished ] || { [ -e $(VENV)/pyvenv.cfg ] && [ ! -x $(PY) ]; }; then rm -rf $(VENV); fi; \
echo "Setting up $(VENV) (once) …"; \
if [ -e $(VENV) ]; then \
    $(PY) -m pip --version >/dev/null 2>&1 && exit 0; \
    echo "The folder $(VENV) is no virtual environment with pip. Remove it (rm -rf $(VENV)) and call make again." >&2; \
    exit 1; \
fi; \
good= bare= old=; \
for python in $(PYTHONS); do \
    "$$python" -c 'import sys; sys.version_info >= (3, 11) or sys.exit(11); import ensurepip, venv' >/dev/null 2>&1; \
    case $$? in \
        0) good=$$python; break;; \
        11) old=$$python;; \
        126 | 127) ;; \
        *) bare=$${bare:-$$python};; \
    esac; \
done; \
if [ -n "$$good" ]; then \
    mkdir $(VENV) && : >$(VENV)/unfinished && "$$good" -m venv $(VENV) && rm $(VENV)/unfinished && exit 0; \
    rm -rf $(VENV); \
    echo "$$good could not make the virtual environment $(VENV); it says why above." >&2; \
elif [ -n "$$bare" ]; then \
    echo "$$bare cannot make virtual environments: it lacks the module venv or ensurepip." >&2; \
    echo "On Debian or Ubuntu install them with: apt-get install $$(basename "$$bare")-venv" >&2; \
elif [ -n "$$old" ]; then \
    echo "derive needs Python 3.11 or newer; $$old is older." >&2; \
else \
    echo "derive needs Python 3.11 or newer; none was found as" $(PYTHONS) >&2; \
fi; \
echo "Another Python can be named: make $(MAKECMDGOALS) PYTHON=/path/to/python3.12" >&2; \
exit 1
endef
