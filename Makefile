# seep: `make help` lists what there is.
BUILD ?= build
TEST_JOBS ?= 3
PREFIX ?= /usr/local
DESTDIR ?=
CC = gcc
VERSION = 0.1.0

CFLAGS ?= -O2 -g1 -pipe
WARNINGS = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2
WERROR ?= -Werror
MODULES = libevent libevent_pthreads libcurl libpcre2-8 sqlite3 yaml-0.1 jansson libssl libcrypto zlib
PACKAGES_BUILD = gcc libc6-dev make pkg-config libevent-dev libcurl4-openssl-dev libpcre2-dev libsqlite3-dev \
	libyaml-dev libjansson-dev libssl-dev zlib1g-dev uthash-dev
PACKAGES_DEMO = python3 python3-flask gunicorn python3-prometheus-client
PACKAGES_TEST = libcmocka-dev perl curl sqlite3 valgrind strace openssl nginx-light nghttp2-server tinyproxy \
	microsocks musl-tools nodejs python3-uvicorn python3-gevent uwsgi-core uwsgi-plugin-python3 git \
	mandoc groff-base zsh fish iproute2 util-linux prometheus libxml2-utils python3-jsonschema libio-pty-perl python3-yaml \
	$(if $(shell command -v kubectl),,kubernetes-client)
PACKAGES_RUNTIMES = default-jdk-headless golang-go
PACKAGES_BROWSER = chromium perl
PACKAGES_COMPOSE = docker.io docker-compose iptables debootstrap
PACKAGES_COVERAGE = gcovr
PACKAGES_FUZZ = clang libclang-rt-14-dev
PACKAGES_BENCH = perl sqlite3 openssl util-linux nginx-light wrk apache2-utils hey nghttp2-client valgrind strace goaccess

# Asked only where something is compiled, so that `make deps` works on a machine without pkg-config; and once, not for each file.
MODULE_FLAGS = $(eval MODULE_FLAGS := $$(shell pkg-config --cflags $(MODULES)))$(MODULE_FLAGS)
MODULE_LIBS = $(eval MODULE_LIBS := $$(shell pkg-config --libs $(MODULES)) -lm -lpthread)$(MODULE_LIBS)
NO_BUILD_PATHS = -ffile-prefix-map=$(CURDIR)=. # what is installed does not say where it was built
COMPILE = $(CC) -std=c17 -D_GNU_SOURCE -DSEEP_VERSION='"$(VERSION)"' -Iharness \
	$(NO_BUILD_PATHS) $(WARNINGS) $(WERROR) $(CFLAGS) $(MODULE_FLAGS)

SOURCES := $(sort $(wildcard harness/*/*.c))
LIBRARY_SOURCES := $(filter-out harness/agents/% harness/cmd/%,$(SOURCES))
PROGRAM_SOURCES := $(wildcard harness/main.c) $(filter harness/cmd/%,$(SOURCES))
# What a page holds beside its words: files that are built in as strings, named after them (html.css: html_css).
BUILT_IN := $(patsubst harness/%,$(BUILD)/obj/%,$(wildcard harness/report/*.css harness/report/*.html harness/report/*.js))
LIBRARY_OBJECTS := $(LIBRARY_SOURCES:harness/%.c=$(BUILD)/obj/%.o) $(BUILT_IN:%=%.o)
PROGRAM_OBJECTS := $(PROGRAM_SOURCES:harness/%.c=$(BUILD)/obj/%.o)
BENCH_HELPERS := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(sort $(wildcard tests/bench/*.c)))
WATCH_HELPERS := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(sort $(wildcard tests/bench/watch/*.c)))
VERDICT_SOURCES := $(sort $(wildcard tests/bench/verdict/*.c))
SUSPECTS_SOURCES := $(sort $(wildcard tests/bench/suspects/*.c)) tests/bench/verdict/chance.c tests/bench/verdict/bounds.c
# The agent runs in other people's processes: never with this build's CFLAGS, which may be a sanitizer's.
AGENT_CFLAGS ?= -O2 -g
AGENT_COMPILE = -std=c17 -D_GNU_SOURCE $(NO_BUILD_PATHS) $(WARNINGS) $(WERROR) $(AGENT_CFLAGS) -fPIC -fvisibility=hidden \
	-ftls-model=initial-exec $(NO_MALLOC_BUILTINS) -shared -static-libgcc \
	-Wl,--eh-frame-hdr,--exclude-libs,ALL,-z,now,-z,defs
NO_MALLOC_BUILTINS = $(addprefix -fno-builtin-,malloc calloc realloc free)
AGENT_SOURCES := $(sort $(wildcard harness/agents/malloc/*.c))
MUSL := $(if $(shell command -v musl-gcc),-musl)
AGENT_SCRIPTS := $(sort $(wildcard harness/agents/python/*.py harness/agents/node/*.js))
PRELOADS := $(BUILD)/libseep-malloc.so $(MUSL:%=$(BUILD)/libseep-malloc%.so)
AGENTS := $(PRELOADS) $(AGENT_SCRIPTS:harness/%=$(BUILD)/%)
DOCUMENTS := $(BUILD)/seep.1 $(BUILD)/completions/seep.bash $(BUILD)/completions/_seep $(BUILD)/completions/seep.fish
SERVERS := $(patsubst tests/servers/%.c,$(BUILD)/servers/%,$(sort $(wildcard tests/servers/*.c)))
SCORE_SERVER := $(BUILD)/servers/score/native
HUNTED_SERVER := $(BUILD)/servers/bisect/native
SITES_SERVER := $(BUILD)/servers/sites/server
TORTURE_SOURCES := $(sort $(wildcard tests/agents/torture/*.c))
TORTURES := $(BUILD)/agents/torture $(MUSL:%=$(BUILD)/agents/torture%)
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(sort $(wildcard tests/unit/test_*.c)))
CLI_NEEDS = $(BUILD)/seep $(AGENTS) $(DOCUMENTS) $(SERVERS) $(HUNTED_SERVER) $(SITES_SERVER) $(TORTURES) $(BUILD)/bench/verdict/simulate \
	$(BUILD)/bench/suspects/worlds
SELF_NEEDS := $(patsubst tests/self/%.c,$(BUILD)/self/%,$(filter-out %/leaking.c,$(sort $(wildcard tests/self/*.c)))) \
	$(BUILD)/self/leaking.so
SOAK := $(BUILD)/bench/soak/simulate
FAULT_NEEDS := $(patsubst tests/faults/%.c,$(BUILD)/faults/%.so,$(sort $(wildcard tests/faults/*.c))) $(SOAK)
COUNTS_NEED = $(BUILD)/seep $(AGENTS) $(BENCH_HELPERS) $(WATCH_HELPERS)

# What was told stays in build/tap, for tests/count.
PROVE = PERL_TEST_HARNESS_DUMP_TAP=$(shell mkdir -p $(BUILD)/tap)$(abspath $(BUILD))/tap tests/prove-twice --timer --state=save --statefile=$(BUILD)/tap/state

.PHONY: test-hunts test-faults test-faults-run all help deps deps-build deps-demo deps-test deps-compose install demo demo-run test test-build test-run test-unit test-cli test-counts bench bench-watch bench-verdict bench-bisect bench-suspects bench-narrow bench-sites bench-published bench-record bench-shards bench-swarm bench-import soak-compressed test-runtimes test-compose test-compose-run test-swarm test-swarm-run test-sanitize fuzz fuzz-corpus test-browser picture reference check-floors format clean test-self test-self-run coverage test-sanitize-run
.DELETE_ON_ERROR:
.SECONDARY: $(BUILT_IN:%=%.c)

all: $(BUILD)/seep $(AGENTS) $(DOCUMENTS) ## build build/seep, the agents, the manual and the completions

help: ## this list
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile | awk -F'|' '{printf "  make %-15s %s\n", $$1, $$2}'

$(BUILD)/seep: $(PROGRAM_OBJECTS) $(BUILD)/libseep.a
	@echo "  ld $@"
	@$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(MODULE_LIBS)

$(BUILD)/libseep.a: $(LIBRARY_OBJECTS)
	@rm -f $@
	@ar rcs $@ $^

$(sort $(dir $(LIBRARY_OBJECTS) $(PROGRAM_OBJECTS))):
	@mkdir -p $@

$(BUILD)/obj/%.o: harness/%.c Makefile | $(sort $(dir $(LIBRARY_OBJECTS) $(PROGRAM_OBJECTS)))
	@echo "  cc $<"; exec $(COMPILE) -MMD -MP -c -o $@ $<

$(BUILD)/obj/%.c: harness/% Makefile | $(sort $(dir $(LIBRARY_OBJECTS) $(PROGRAM_OBJECTS)))
	@{ echo 'extern const char $(subst .,_,$(notdir $*))[];'; echo 'const char $(subst .,_,$(notdir $*))[] ='; \
		sed 's/\\/\\\\/g; s/"/\\"/g; s/^[ \t]*/"/; s/$$/\\n"/' $<; echo ';'; } >$@

$(BUILD)/obj/%.o: $(BUILD)/obj/%.c
	@echo "  cc $<"; exec $(COMPILE) -c -o $@ $<

$(BUILD)/agents/%: harness/agents/%
	@mkdir -p $(@D)
	@cp $< $@

$(BUILD)/seep.1: FORM = man
$(BUILD)/completions/seep.bash: FORM = bash
$(BUILD)/completions/_seep: FORM = zsh
$(BUILD)/completions/seep.fish: FORM = fish
$(DOCUMENTS): $(BUILD)/seep
	@mkdir -p $(@D)
	@$< help $(FORM) >$@

reference: $(BUILD)/seep ## harness/REFERENCE.md, from the tables of commands, options and topics
	@$< help reference >harness/REFERENCE.md

$(BUILD)/unit/%: tests/unit/%.c $(BUILD)/libseep.a
	@mkdir -p $(@D)
	@echo "  cc $<"
	@$(COMPILE) $(LDFLAGS) -MMD -MP -Itests/unit -o $@ $< $(BUILD)/libseep.a -lcmocka $(MODULE_LIBS)

$(BUILD)/bench/%: tests/bench/%.c Makefile
	@mkdir -p $(@D)
	@echo "  cc $<"
	@$(CC) -std=c17 -D_GNU_SOURCE $(WARNINGS) $(WERROR) $(CFLAGS) $(LDFLAGS) -o $@ $<

$(BUILD)/bench/watch/%: tests/bench/watch/%.c $(BUILD)/libseep.a
	@mkdir -p $(@D)
	@echo "  cc $<"
	@$(COMPILE) $(LDFLAGS) -MMD -MP -o $@ $< $(BUILD)/libseep.a $(MODULE_LIBS)

$(BUILD)/swarm/%: tests/swarm/%.c $(BUILD)/libseep.a
	@mkdir -p $(@D)
	@echo "  cc $<"
	@$(COMPILE) $(LDFLAGS) -MMD -MP -o $@ $< $(BUILD)/libseep.a $(MODULE_LIBS)

$(BUILD)/browser/%: tests/browser/%.c $(BUILD)/libseep.a
	@mkdir -p $(@D)
	@echo "  cc $<"
	@$(COMPILE) $(LDFLAGS) -MMD -MP -o $@ $< $(BUILD)/libseep.a $(MODULE_LIBS)

$(BUILD)/bench/verdict/simulate: $(VERDICT_SOURCES) $(wildcard tests/bench/verdict/*.h) $(BUILD)/libseep.a
	@mkdir -p $(@D)
	@echo "  cc $@"
	@$(COMPILE) $(LDFLAGS) -o $@ $(VERDICT_SOURCES) $(BUILD)/libseep.a $(MODULE_LIBS)

$(BUILD)/bench/suspects/worlds: $(SUSPECTS_SOURCES) $(wildcard tests/bench/suspects/*.h) $(BUILD)/libseep.a
	@mkdir -p $(@D)
	@echo "  cc $@"
	@$(COMPILE) $(LDFLAGS) -o $@ $(SUSPECTS_SOURCES) $(BUILD)/libseep.a $(MODULE_LIBS)

$(SOAK): $(wildcard tests/bench/soak/*.[ch]) $(BUILD)/libseep.a
	@mkdir -p $(@D)
	@echo "  cc $@"
	@$(COMPILE) $(LDFLAGS) -Itests/bench/soak -o $@ $(wildcard tests/bench/soak/*.c) $(BUILD)/libseep.a $(MODULE_LIBS)

%-musl.so %-musl: CC = musl-gcc

$(PRELOADS): $(AGENT_SOURCES) $(wildcard harness/agents/malloc/*.h) Makefile
	@mkdir -p $(@D)
	@echo "  ld $@"
	@$(CC) $(AGENT_COMPILE) -o $@ $(AGENT_SOURCES) -lpthread

# Without builtins, so that the compiler takes no call away.
$(TORTURES): $(TORTURE_SOURCES) tests/agents/torture/torture.h Makefile
	@mkdir -p $(@D)
	@echo "  ld $@"
	@$(CC) -std=c17 -D_GNU_SOURCE $(WARNINGS) $(WERROR) $(AGENT_CFLAGS) -fno-builtin -Wl,--eh-frame-hdr \
		-o $@ $(TORTURE_SOURCES) -lpthread

$(BUILD)/servers/%: tests/servers/%.c Makefile
	@mkdir -p $(@D)
	@echo "  cc $<"
	@$(CC) -std=c17 -D_GNU_SOURCE $(WARNINGS) $(WERROR) $(AGENT_CFLAGS) -o $@ $< -lpthread

$(BUILD)/servers/sites/libkeeper.so.1: tests/servers/sites/native/keeper.c tests/servers/sites/native/keeper.h Makefile
	@mkdir -p $(@D)
	@echo "  ld $@"
	@$(CC) -std=c17 -D_GNU_SOURCE $(WARNINGS) $(WERROR) $(AGENT_CFLAGS) -fPIC -shared -Wl,-soname,$(@F) -o $@ $<

$(SITES_SERVER): tests/servers/sites/native/server.c $(BUILD)/servers/sites/libkeeper.so.1
	@echo "  ld $@"
	@$(CC) -std=c17 -D_GNU_SOURCE $(WARNINGS) $(WERROR) $(AGENT_CFLAGS) -Wl,-rpath,'$$ORIGIN' -o $@ $^ -lpthread

$(BUILD)/faults/%.so: tests/faults/%.c Makefile
	@mkdir -p $(@D)
	@echo "  ld $@"
	@$(CC) -std=c17 -D_GNU_SOURCE $(WARNINGS) $(WERROR) -O2 -g -fPIC -shared -o $@ $< -ldl -lpthread

$(BUILD)/self/%.so: tests/self/%.c Makefile
	@mkdir -p $(@D)
	@echo "  ld $@"
	@$(CC) -std=c17 -D_GNU_SOURCE $(WARNINGS) $(WERROR) -O2 -g -fPIC -shared -o $@ $< -ldl

$(BUILD)/self/%: tests/self/%.c Makefile
	@mkdir -p $(@D)
	@echo "  cc $<"
	@$(CC) -std=c17 -D_GNU_SOURCE $(WARNINGS) $(WERROR) -O2 -g -o $@ $< -lpthread

$(BUILD)/self/main.o: $(BUILD)/obj/main.o
	@mkdir -p $(@D)
	@objcopy --redefine-sym main=seep_main $< $@

$(BUILD)/self/again: tests/self/again.c $(BUILD)/self/main.o $(PROGRAM_OBJECTS) $(BUILD)/libseep.a
	@echo "  cc $<"
	@$(COMPILE) $(LDFLAGS) -o $@ $< $(BUILD)/self/main.o $(filter-out %/main.o,$(PROGRAM_OBJECTS)) $(BUILD)/libseep.a $(MODULE_LIBS)

-include $(wildcard $(BUILD)/swarm/*.d $(BUILD)/fuzz/*.d $(BUILD)/targets/*.d) $(BUILD)/browser/pages.d $(LIBRARY_OBJECTS:.o=.d) $(PROGRAM_OBJECTS:.o=.d) $(UNIT_TESTS:=.d) $(WATCH_HELPERS:=.d)

deps: deps-build deps-demo deps-test ## install every Debian package that building, demo and tests need
deps-build: ## install what building needs
	@tests/install-packages $(PACKAGES_BUILD)
deps-demo:
	@tests/install-packages $(PACKAGES_BUILD) $(PACKAGES_DEMO)
deps-test:
	@tests/install-packages $(PACKAGES_BUILD) $(PACKAGES_DEMO) $(PACKAGES_TEST)

deps-compose: ## install a Docker Engine and what makes its base image, for test-compose
	@tests/install-packages $(PACKAGES_COMPOSE)

demo: deps-demo ## find the leak of the pricing service; leaves results/demo.json and results/demo.html
	@$(MAKE) --no-print-directory all
	@$(MAKE) --no-print-directory demo-run

demo-run:
	@scenarios/demo

test: deps-test ## unit tests (cmocka) and black-box tests (TAP under prove) against the real service
	@$(MAKE) --no-print-directory -j$(TEST_JOBS) all test-build
	@$(MAKE) --no-print-directory test-run

test-build: $(UNIT_TESTS) $(CLI_NEEDS) $(COUNTS_NEED)

test-run: check-floors test-unit test-cli

test-unit: $(UNIT_TESTS) ## only the unit tests
	@TEST_JOBS=$(TEST_JOBS) UNIT_COUNTS=$(BUILD)/tap/unit.tsv tests/run-unit $(UNIT_TESTS)

test-cli: $(CLI_NEEDS) $(COUNTS_NEED) ## only the black-box tests, and the counts, which neighbours do not change
	@SEEP=$(abspath $(BUILD)/seep) BUILD=$(abspath $(BUILD)) HARNESS_RULESFILE=tests/testrules.yml \
		$(PROVE) -j$(TEST_JOBS) tests/cli tests/servers/pricing tests/bench/counts.t

test-counts: $(COUNTS_NEED) ## only the instructions and system calls per request against their limits
	@SEEP=$(abspath $(BUILD)/seep) BUILD=$(abspath $(BUILD)) $(PROVE) tests/bench/counts.t

FAULTS_TABLE ?= results/faults.tsv

test-faults: deps-test ## faults on purpose, of the target and of seep itself: results/faults.tsv (FAULTS=short: fewer of each)
	@$(MAKE) --no-print-directory -j$(TEST_JOBS) all test-build $(FAULT_NEEDS)
	@$(MAKE) --no-print-directory test-faults-run

test-faults-run: $(CLI_NEEDS) $(FAULT_NEEDS)
	@rm -f $(FAULTS_TABLE)
	@SEEP=$(abspath $(BUILD)/seep) BUILD=$(abspath $(BUILD)) FAULTS=$(FAULTS) FAULTS_TABLE=$(abspath $(FAULTS_TABLE)) \
		HARNESS_RULESFILE=tests/faults/testrules.yml $(PROVE) -j$(TEST_JOBS) tests/faults

test-self: deps-test ## seep judged by seep: no growth over 10 million requests and 1,000 trials (SELF=short: fewer; SELF_REQUESTS, SELF_TRIALS)
	@$(MAKE) --no-print-directory -j$(TEST_JOBS) all $(SELF_NEEDS)
	@$(MAKE) --no-print-directory test-self-run

test-self-run: $(BUILD)/seep $(AGENTS) $(SELF_NEEDS)
	@SEEP=$(abspath $(BUILD)/seep) BUILD=$(abspath $(BUILD)) SELF=$(SELF) $(PROVE) tests/self

test-hunts: deps-test ## hunts of the pricing service, its rarer leaks as well: 5 min
	@$(MAKE) --no-print-directory -j$(TEST_JOBS) all test-build
	@SEEP=$(abspath $(BUILD)/seep) BUILD=$(abspath $(BUILD)) HUNTS=all prove --timer tests/cli/hunt.t

test-runtimes: deps-test ## servers in Java and Go, unchanged; installs a JDK and Go, which `make test` does not
	@tests/install-packages $(PACKAGES_RUNTIMES)
	@$(MAKE) --no-print-directory all
	@SEEP=$(abspath $(BUILD)/seep) prove --timer tests/cli/runtimes.t

test-compose: ## images and compose runs on a real Docker Engine; skipped in one line where there is none
	@tests/compose/with-engine $(MAKE) --no-print-directory test-compose-run

test-compose-run: deps-build
	@$(MAKE) --no-print-directory -j$(TEST_JOBS) all
	@SEEP=$(abspath $(BUILD)/seep) HARNESS_RULESFILE=tests/compose/testrules.yml \
		$(PROVE) -j$(TEST_JOBS) tests/compose

test-swarm: ## stacks on a real Docker Engine in swarm mode, of one node; skipped in one line where there is none (SWARM=short: fewer)
	@tests/swarm/with-swarm $(MAKE) --no-print-directory test-swarm-run

# One after the other: a test that drains the node ends the tasks of all.
test-swarm-run: deps-build
	@$(MAKE) --no-print-directory -j$(TEST_JOBS) all
	@SEEP=$(abspath $(BUILD)/seep) BUILD=$(abspath $(BUILD)) SWARM=$(SWARM) $(PROVE) tests/swarm

bench: deps-build ## seep beside wrk, ab, hey and h2load, on this machine: results/bench.md (BENCH=cpu,arrivals,memory,counts)
	@tests/install-packages $(PACKAGES_BENCH)
	@$(MAKE) --no-print-directory all $(BENCH_HELPERS)
	@SEEP=$(abspath $(BUILD)/seep) BUILD=$(abspath $(BUILD)) tests/bench/bench

bench-watch: deps-build deps-demo ## what watching costs, on this machine: results/bench-watch.md (BENCH_SIZES="50M 1G 4G", BENCH_ROUNDS=10)
	@tests/install-packages $(PACKAGES_BENCH)
	@$(MAKE) --no-print-directory all $(BENCH_HELPERS) $(WATCH_HELPERS) $(SERVERS)
	@SEEP=$(abspath $(BUILD)/seep) BUILD=$(abspath $(BUILD)) tests/bench/bench-watch

bench-verdict: deps-test ## how often a verdict is right where the truth is known: results/bench-verdict.md (BENCH_VERDICT=simulation,servers)
	@$(MAKE) --no-print-directory all $(BUILD)/bench/usage $(BUILD)/bench/verdict/simulate $(SCORE_SERVER)
	@SEEP=$(abspath $(BUILD)/seep) BUILD=$(abspath $(BUILD)) tests/bench/bench-verdict

bench-bisect: deps-test ## hunts on real servers, held to the truth: results/bench-bisect.md (BENCH_SERVERS, BENCH_KINDS, BENCH_MINUTES=45, ...)
	@tests/install-packages $(PACKAGES_RUNTIMES)
	@$(MAKE) --no-print-directory all $(HUNTED_SERVER)
	@SEEP=$(abspath $(BUILD)/seep) BUILD=$(abspath $(BUILD)) tests/bench/bench-bisect

bench-suspects: deps-test ## suspects held to the truth, in simulated fleets and real Prometheus: results/bench-suspects.md (BENCH_SUSPECTS, BENCH_SEEDS=60, BENCH_MINUTES=15, ...)
	@$(MAKE) --no-print-directory all $(BENCH_HELPERS) $(BUILD)/bench/suspects/worlds
	@SEEP=$(abspath $(BUILD)/seep) BUILD=$(abspath $(BUILD)) tests/bench/bench-suspects

bench-narrow: deps-test ## which requests grow, for each leak of tests/servers/orders.py (NARROW_SEED=1): 6 min
	@$(MAKE) --no-print-directory all
	@SEEP=$(abspath $(BUILD)/seep) NARROW=all_of_them prove --timer -v tests/cli/narrow.t

bench-sites: deps-test ## what allocation sites explain, on leaks of many shapes: results/bench-sites.md (BENCH_SITES=python,node/timers, BENCH_MINUTES=25)
	@$(MAKE) --no-print-directory all $(SITES_SERVER)
	@SEEP=$(abspath $(BUILD)/seep) BUILD=$(abspath $(BUILD)) tests/bench/bench-sites

bench-published: deps-test ## hunts on published leaks of npm packages, and on their fixes: results/bench-published.md (BENCH_LEAKS, BENCH_SIDES, BENCH_MINUTES=60, ...)
	@$(MAKE) --no-print-directory all $(BENCH_HELPERS)
	@SEEP=$(abspath $(BUILD)/seep) BUILD=$(abspath $(BUILD)) tests/bench/bench-published

soak-compressed: deps-test ## a store of 30 days and 100 million outcomes, and reports of it: results/soak-compressed.md (SOAK_DAYS, SOAK_OUTCOMES, SOAK_STORE): 5 min
	@$(MAKE) --no-print-directory all $(BENCH_HELPERS) $(SOAK)
	@SEEP=$(abspath $(BUILD)/seep) BUILD=$(abspath $(BUILD)) tests/bench/soak-compressed

bench-record: deps-build ## seep record beside nginx as a proxy, and beside none: results/bench-record.md (BENCH_ROUNDS=7)
	@tests/install-packages $(PACKAGES_BENCH)
	@$(MAKE) --no-print-directory all
	@SEEP=$(abspath $(BUILD)/seep) BUILD=$(abspath $(BUILD)) tests/bench/bench-record

bench-shards: deps-build ## what a shard sends, what sharding and merging cost: results/bench-shards.md (BENCH_SHARDS="1 2 4", BENCH_ROUNDS=5, BENCH_MINUTES=8): 6 min
	@tests/install-packages $(PACKAGES_BENCH)
	@$(MAKE) --no-print-directory all $(BENCH_HELPERS)
	@SEEP=$(abspath $(BUILD)/seep) BUILD=$(abspath $(BUILD)) tests/bench/bench-shards

bench-swarm: deps-build ## how the time of a hunt by stacks falls with the trials at once: results/bench-swarm.md (BENCH_JOBS="1 2 4", BENCH_ROUNDS=2, BENCH_MINUTES=25)
	@tests/install-packages $(PACKAGES_BENCH)
	@$(MAKE) --no-print-directory all $(BENCH_HELPERS)
	@SEEP=$(abspath $(BUILD)/seep) BUILD=$(abspath $(BUILD)) tests/swarm/with-swarm tests/bench/bench-swarm

bench-import: deps-build ## how fast logs come in, and in how much memory, beside GoAccess: results/bench-import.md (BENCH_LINES, BENCH_LENGTHS, BENCH_ROUNDS)
	@tests/install-packages $(PACKAGES_BENCH)
	@$(MAKE) --no-print-directory all $(BENCH_HELPERS)
	@SEEP=$(abspath $(BUILD)/seep) BUILD=$(abspath $(BUILD)) tests/bench/bench-import

test-browser: deps-demo ## pages, and a HAR that is saved, in a real headless Chromium
	@tests/install-packages $(PACKAGES_BROWSER)
	@$(MAKE) --no-print-directory all $(BUILD)/browser/pages
	@SEEP=$(abspath $(BUILD)/seep) BUILD=$(abspath $(BUILD)) $(PROVE) tests/browser

picture: deps-demo ## the README's pictures, light and dark, of a demo: its page and what its terminal showed
	@tests/install-packages $(PACKAGES_BROWSER)
	@$(MAKE) --no-print-directory all demo-run
	@tests/browser/picture results/demo.html tests/browser/demo.png
	@tests/browser/picture results/demo.html tests/browser/demo-dark.png dark
	@for theme in light dark; do \
		$(BUILD)/seep report last --color always | \
			tests/browser/terminal-picture $$theme '$$ seep bisect results/pricing' >tests/browser/terminal-$$theme.svg && \
		echo tests/browser/terminal-$$theme.svg || exit 1; done

test-sanitize: deps-test ## the tests under AddressSanitizer, UBSan, ThreadSanitizer and valgrind: tests/sanitize (SANITIZE=short: a minute)
	@$(MAKE) --no-print-directory -j2 all $(CLI_NEEDS)
	@$(MAKE) --no-print-directory test-sanitize-run

test-sanitize-run:
	@failed=0; for kind in $(if $(filter short,$(SANITIZE)),address,address thread memcheck); do \
		BUILD=$(BUILD) SANITIZE=$(SANITIZE) tests/sanitize $$kind || failed=1; done; exit $$failed

coverage: deps-test ## which lines the tests go through, room by room: results/coverage.md
	@tests/install-packages $(PACKAGES_COVERAGE)
	@$(MAKE) --no-print-directory -j$(TEST_JOBS) all $(CLI_NEEDS)
	@BUILD=$(BUILD) TEST_JOBS=$(TEST_JOBS) tests/coverage

FUZZ_SOURCES := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZ_TARGETS := $(FUZZ_SOURCES:tests/fuzz/fuzz_%.c=%)
FUZZ_SECONDS ?= 60
FUZZ_JOBS ?= 2
FUZZ_FLAGS = -O1 -g -fsanitize=address,undefined -fno-omit-frame-pointer

fuzz: ## libFuzzer on what comes from outside: results/fuzz.md (FUZZ_SECONDS=60 each, FUZZ_TARGETS="yaml edit", FUZZ_JOBS=2)
	@tests/install-packages $(PACKAGES_BUILD) $(PACKAGES_FUZZ)
	@$(MAKE) --no-print-directory -j$(FUZZ_JOBS) BUILD=$(BUILD)/fuzz CC=clang WERROR= CFLAGS="$(FUZZ_FLAGS) -fsanitize=fuzzer-no-link" \
		LDFLAGS="-fsanitize=fuzzer,address,undefined" $(FUZZ_TARGETS:%=$(BUILD)/fuzz/targets/%)
	@tests/fuzz/run $(BUILD)/fuzz $(FUZZ_SECONDS) $(FUZZ_JOBS) $(FUZZ_TARGETS)

# The same library as test-sanitize builds: the flags have to be the same.
fuzz-corpus: ## each fuzz target once over its corpus, then a few seconds of other bytes, under gcc's sanitizers
	@$(MAKE) --no-print-directory -j$(FUZZ_JOBS) BUILD=$(BUILD)/address WERROR= CFLAGS="$(FUZZ_FLAGS)" LDFLAGS="-fsanitize=address,undefined" \
		$(BUILD)/address/fuzz/replay
	@UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 FUZZ_CRASHES=$(BUILD)/address/fuzz \
		$(BUILD)/address/fuzz/replay tests/fuzz/corpus $(FUZZ_JOBS) $(FUZZ_TARGETS)

$(BUILD)/targets/%: tests/fuzz/fuzz_%.c tests/fuzz/fuzz.h $(BUILD)/libseep.a
	@mkdir -p $(@D)
	@echo "  cc $<"
	@$(COMPILE) $(LDFLAGS) -Itests/unit -MMD -MP -o $@ $< $(BUILD)/libseep.a $(MODULE_LIBS)

$(BUILD)/fuzz/%.o: tests/fuzz/%.c tests/fuzz/fuzz.h
	@mkdir -p $(@D)
	@echo "  cc $<"; exec $(COMPILE) -DFUZZ_REPLAY -Itests/unit -MMD -MP -c -o $@ $<

$(BUILD)/fuzz/replay: $(FUZZ_SOURCES:tests/fuzz/%.c=$(BUILD)/fuzz/%.o) $(BUILD)/fuzz/replay.o $(BUILD)/libseep.a
	@echo "  ld $@"
	@$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(MODULE_LIBS)

check-floors: ## no room includes a room of its own floor or above
	@tests/check-floors

install: $(BUILD)/seep $(AGENTS) $(DOCUMENTS) ## install under PREFIX (/usr/local)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/doc/seep
	install -m 755 $(BUILD)/seep $(DESTDIR)$(PREFIX)/bin/seep
	install -d $(DESTDIR)$(PREFIX)/lib/seep/agents/python $(DESTDIR)$(PREFIX)/lib/seep/agents/node
	install -m 644 $(PRELOADS) $(DESTDIR)$(PREFIX)/lib/seep/
	install -m 644 $(filter %.py,$(AGENT_SCRIPTS)) $(DESTDIR)$(PREFIX)/lib/seep/agents/python/
	install -m 644 $(filter %.js,$(AGENT_SCRIPTS)) $(DESTDIR)$(PREFIX)/lib/seep/agents/node/
	install -d $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/bash-completion/completions
	install -d $(DESTDIR)$(PREFIX)/share/zsh/site-functions $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	install -m 644 $(BUILD)/seep.1 $(DESTDIR)$(PREFIX)/share/man/man1/seep.1
	install -m 644 $(BUILD)/completions/seep.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/seep
	install -m 644 $(BUILD)/completions/_seep $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_seep
	install -m 644 $(BUILD)/completions/seep.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/seep.fish
	install -m 644 README.md harness/REFERENCE.md LICENSE harness/report/result.schema.json $(DESTDIR)$(PREFIX)/share/doc/seep/

format: ## clang-format every C file
	clang-format -i $$(git ls-files '*.c' '*.h')

clean: ## remove build/
	rm -rf $(BUILD)
