# clisetup. `make` builds optimised programs into build/$(PLATFORM)/bin and
# installs nothing; `make check` tests; `make demo` shows the whole job.
# PLATFORM=posix|win32 and SANITIZE=1 (build/posix-asan) are the switches;
# Q= shows the commands.

PLATFORM = posix
SANITIZE =
STATIC_LIBS = yes
Q = @
VERSION := $(shell cat VERSION)

B = build/$(PLATFORM)$(if $(SANITIZE),-asan)
WIN = $(filter win32,$(PLATFORM))
E = $(if $(WIN),.exe)
WIN_DEPS ?= build/win32-deps

CROSS = $(if $(WIN),x86_64-w64-mingw32-)
CC = $(CROSS)gcc
AR = $(CROSS)ar
WARNINGS = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wvla -Werror
CFLAGS = $(if $(SANITIZE),-O1 -fsanitize=address$(comma)undefined \
	-fno-sanitize-recover=all -fno-omit-frame-pointer,-O2)
HARDEN = $(if $(SANITIZE),,-D_FORTIFY_SOURCE=2 -fstack-protector-strong \
	$(if $(WIN),,-fPIE))
ALL_CFLAGS = -std=c11 -g $(CFLAGS) $(HARDEN) $(WARNINGS) -MMD -MP \
	-D_GNU_SOURCE -DVERSION='"$(VERSION)"' -Iplatform -Ilib \
	$(if $(WIN),$(WIN_CFLAGS))
LDFLAGS = $(if $(SANITIZE),-fsanitize=address$(comma)undefined,\
	$(if $(WIN),$(WIN_LDFLAGS),-Wl$(comma)-z$(comma)relro$(comma)-z$(comma)now))
comma = ,
WIN_CFLAGS = -DUNICODE -D_UNICODE -D_WIN32_WINNT=0x0A00 -DWINVER=0x0A00 \
	-D__USE_MINGW_ANSI_STDIO=1 -D__printf__=__gnu_printf__ -DPCRE2_STATIC \
	-I$(WIN_DEPS)/include
# Nothing but what comes with Windows is loaded, at an address that changes.
WIN_LDFLAGS = -static -fstack-protector-strong -L$(WIN_DEPS)/lib \
	-Wl,--dynamicbase -Wl,--nxcompat \
	-Wl,--high-entropy-va -Wl,--no-insert-timestamp
# For programs: static where the archives are. Tests link what is shared.
LIBS = $(if $(WIN),-municode -s $(OUR_LIBS) $(WIN_LIBS),\
	$$(sh scripts/dev/libs $(if $(SANITIZE),no,$(STATIC_LIBS)) $(CC)))
OUR_LIBS = -linih -lpcre2-8 -lgcrypt -lgpg-error
WIN_LIBS = -lntdll -ladvapi32 -liphlpapi -lwtsapi32 -lws2_32 -luserenv -lole32
TEST_LIBS = $(if $(WIN),,-pie) $(OUR_LIBS) $(if $(WIN),-lws2_32) -lcmocka

platform_SRC = platform/err.c $(addprefix platform/$(PLATFORM)/,$(addsuffix .c,\
	child clock dir file lock machine name people place share walk watch \
	share_reader inventory service software $(if $(WIN),entry error limited \
	replace rights text trust service_register service_run service_self \
	network,notice output service_command service_runit service_systemd \
	service_text)))
sms_SRC = $(addprefix lib/,$(addsuffix .c,\
	buf ccr copylist copylist_compare copylist_component copylist_head \
	copylist_line copylist_name copylist_order copylist_select \
	copylist_sum copylist_write date digest facts facts_hold facts_note file \
	fileversion fileversion_block identity iniedit inifile iniproof \
	installed journal layout layout_protect logfile options ownservice path pattern \
	pending plan plan_steps policy progress rawfile rawfile_full \
	rawfile_read rawfile_status \
	run_changes run_identify run_list run_open run_report run_turn \
	run_update sealed sequence services smsini smsini_change smsini_roots \
	source source_fetch stage step step_text store text \
	trust update update_commit update_owned update_recover \
	window))
PROGRAMS = ccm cli_nt climonnt cliver invwin32 publish setclcfg
cli_nt_SRC = $(addprefix cli_nt/,$(addsuffix .c,\
	background install main request setup show why))
climonnt_SRC = $(addprefix monitor/climonnt/,$(addsuffix .c,\
	check client climonnt instance main monitor mover notice places raws \
	schedule send start successor trigger))
ccm_SRC = $(addprefix site/ccm/,$(addsuffix .c,\
	batch box boxes ccm instance main pass queue rawcheck rawcheck_place \
	register requestname retry serve server units units_run units_start units_stop work workers))
cliver_SRC = $(addprefix cliver/,$(addsuffix .c,client cliver main))
invwin32_SRC = $(addprefix monitor/invwin32/,$(addsuffix .c,\
	agent collect history invwin32 main names register scan service))
setclcfg_SRC = $(addprefix site/setclcfg/,$(addsuffix .c,\
	client main request setclcfg table))
publish_SRC = $(addprefix site/publish/,$(addsuffix .c,\
	announce cache changes components components_check components_release \
	domain draft forward gc gc_programs gc_store globs hashes history \
	input main mark publish release rollback sources stock stock_check \
	swap sysmap sysmap_choose sysmap_entry sysmap_find sysmap_token tree \
	waiting))

# All that is linked is linked by this, libraries behind it.
define link
@mkdir -p $(@D)
@echo '  LINK $@'
$(Q)$(CC) $(LDFLAGS) -o $@ $^
endef

objects = $(patsubst %.c,$(B)/%.o,$(1))
BIN = $(patsubst %,$(B)/bin/%$(E),$(PROGRAMS))

# tests/ are found by name, so that none can be forgotten.
fake_SRC = platform/err.c $(sort $(wildcard tests/fake/*.c))
platform_TEST = $(sort $(wildcard tests/platform/*.c \
	tests/platform/$(PLATFORM)/*.c))
TEST_SRC = $(sort $(wildcard tests/unit/*.c tests/unit/*/*.c tests/bench/*.c) \
	$(platform_TEST))
ALL = $(sort $(call objects,$(platform_SRC) $(sms_SRC) $(fake_SRC) $(TEST_SRC) \
	$(ccm_SRC) $(foreach p,$(PROGRAMS),$($(p)_SRC))))

all: $(BIN)

# Named one by one: make never takes them for intermediate files, whose loss
# does not count.
$(ALL): $(B)/%.o: %.c VERSION | $(if $(WIN),$(B)/ready)
	@mkdir -p $(@D)
	@echo '  CC   $@'
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

# NAME_SRC without a main: what programs share, and what unit tests link.
.SECONDEXPANSION:
$(B)/lib%.a: $$(call objects,$$(filter-out %/main.c,$$($$*_SRC)))
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

main = $(filter %/main.c,$($(1)_SRC))

$(BIN): $(B)/bin/%$(E): $$(call objects,$$(call main,%)) \
		$(if $(WIN),$(B)/%.res.o) $(B)/lib%.a $(B)/libsms.a \
		$(B)/libplatform.a
	$(link) $(LIBS)

# Windows: what is missing is said before anything is compiled. Each program
# has its manifest, its version and the text of events in it.
$(B)/ready:
	@WIN_DEPS=$(WIN_DEPS) WIN_CC=$(CC) sh scripts/dev/win-deps.sh check \
		$(if $(filter unit platform-test,$(MAKECMDGOALS)),test)
	@mkdir -p $(@D) && touch $@
$(B)/%.res.o: platform/win32/program.rc platform/win32/program.manifest \
		platform/win32/event.mc doc/%.md VERSION | $(B)/ready
	@echo '  RES  $@'
	$(Q)sh scripts/dev/win-resource $* $(CROSS) $@

# Unit tests run on the fake platform, and memory can be made to fail:
# tests/unit/test_NOUN.c for lib, tests/unit/PROGRAM/test_NOUN.c for a program.
UNIT = $(patsubst tests/%.c,$(B)/%$(E),$(sort $(wildcard tests/unit/test_*.c \
	tests/unit/*/test_*.c)))

$(UNIT): $(B)/unit/%$(E): $(B)/tests/unit/%.o \
		$$(foreach d,$$(filter-out ./,$$(dir $$*)),$(B)/lib$$(d:/=).a) \
		$(B)/libsms.a $(B)/libfake.a
	$(link) -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc $(TEST_LIBS)

# The platform itself, on the real file system.
PLATFORM_TEST = $(B)/unit/platform-$(PLATFORM)$(E)
$(PLATFORM_TEST): $(call objects,$(platform_TEST)) $(B)/libplatform.a
	$(link) $(if $(WIN),-municode $(WIN_LIBS),-pie) -lcmocka

# What measures, and what is measured against: the floors, with shared libraries
# and linked as ours. `first` is what is started, and has nothing to load.
BENCH = $(patsubst tests/bench/%.c,$(B)/bench/%,$(filter-out %/samples.c,\
	$(sort $(wildcard tests/bench/*.c))))
$(BENCH): $(B)/bench/%: $(B)/tests/bench/%.o $(B)/tests/bench/samples.o
	$(link) $(if $(filter first,$*),-no-pie -static)
$(B)/bench/floor_static: $(B)/tests/bench/floor_read.o
	$(link) $(LIBS)

unit: $(UNIT)
# The value of a variable, for scripts.
print-%:
	@echo $($*)
platform-test: $(PLATFORM_TEST)
bench-programs: $(BENCH) $(B)/bench/floor_static
# Everything compiled, nothing linked: the other compiler's warnings.
objects: $(ALL)

# Each is a script of its own.
check figures format coverage:
	@sh scripts/dev/$@
lint:
	@sh scripts/dev/check lint

demo:
	@sh scripts/dev/deps demo
	@$(MAKE) --no-print-directory -j2 all
	@sh scripts/dev/demo

# Long proofs; their figures stand in doc/reliability.md.
torture:
	@sh scripts/dev/deps test
	@$(MAKE) --no-print-directory -j2 all
	@sh tests/readers/readers.sh 1000
	@sh tests/scenario/climonnt_storm.sh 100000
	@for test in tests/torture/*.sh; do sh $$test || exit; done
	@python3 tests/mutants/mutants.py --stride 10

# How many broken copies of the parsers the unit tests catch: all of them, or
# every tenth with STRIDE=10.
mutants:
	@sh scripts/dev/deps test
	@python3 tests/mutants/mutants.py --stride $(or $(STRIDE),1)

# Times beside those of other programs: ROWS="P1 P3" does those alone,
# RECORD=1 puts the table into doc/bench.md.
bench:
	@sh scripts/dev/deps bench
	@$(MAKE) --no-print-directory -j2 all bench-programs
	@RECORD=$(RECORD) sh tests/bench/bench.sh $(ROWS)

# ROOT=DIR reaches the script through the environment, whatever is in it.
site: all
	@sh scripts/dev/stripped build/posix/bin build/posix/stripped
	@sh scripts/site "$$ROOT" build/posix/stripped \
		$$([ ! -d build/win32/bin ] || echo build/win32/bin)

# A zip for administrators of Windows: doc/windows.md.
dist-win:
	@sh scripts/dev/deps windows
	@WIN_DEPS=$(WIN_DEPS) sh scripts/dev/win-deps.sh
	@$(MAKE) --no-print-directory -j2 PLATFORM=win32 all
	@sh scripts/dev/dist-win

clean:
	rm -rf build

-include $(shell [ -d $(B) ] && find $(B) -name '*.d')

.PHONY: all bench bench-programs check clean coverage demo dist-win figures \
	format lint mutants objects platform-test site torture unit
