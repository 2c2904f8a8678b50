# clisetup. `make` builds optimised programs into build/$(PLATFORM)/bin and
# installs nothing; `make check` tests; `make demo` shows the whole job.
# PLATFORM=posix|win32 and SANITIZE=1 (build/posix-asan) are the switches;
# Q= shows the commands.

PLATFORM = posix
Q = @
SANITIZE =
STATIC_LIBS = yes
VERSION := $(shell cat VERSION)

B = build/$(PLATFORM)$(if $(SANITIZE),-asan)

CC = gcc
WARNINGS = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wvla -Werror
CFLAGS = $(if $(SANITIZE),-O1 -fsanitize=address$(comma)undefined \
	-fno-sanitize-recover=all -fno-omit-frame-pointer,-O2)
HARDEN = $(if $(SANITIZE),,-D_FORTIFY_SOURCE=2 -fstack-protector-strong)
ALL_CFLAGS = -std=c11 -g $(CFLAGS) $(HARDEN) $(WARNINGS) -MMD -MP \
	-D_GNU_SOURCE -DVERSION='"$(VERSION)"' -Iplatform -Ilib
LDFLAGS = $(if $(SANITIZE),-fsanitize=address$(comma)undefined,-Wl,-z,relro,-z,now)
comma = ,
# Archives of the -dev packages: a start costs 1.08 instead of 1.25 floors.
LIBS = $(if $(filter yes,$(STATIC_LIBS)),-Wl$(comma)-Bstatic) \
	-linih -lpcre2-8 -lgcrypt -lgpg-error -Wl,-Bdynamic

PLATFORM_SRC = platform/err.c $(sort $(wildcard platform/$(PLATFORM)/*.c))
LIB_SRC = $(sort $(wildcard lib/*.c))
PROGRAMS = $(notdir $(patsubst %/,%,$(dir $(wildcard cli_nt/main.c site/publish/main.c)))) \
	$(if $(wildcard monitor/climonnt/main.c),climonnt)
cli_nt_SRC = $(sort $(wildcard cli_nt/*.c))
climonnt_SRC = $(sort $(wildcard monitor/climonnt/*.c))
publish_SRC = $(sort $(wildcard site/publish/*.c))

objects = $(patsubst %.c,$(B)/%.o,$(1))
BIN = $(addprefix $(B)/bin/,$(PROGRAMS))

all: $(BIN)

$(B)/%.o: %.c
	@mkdir -p $(@D)
	@echo '  CC   $@'
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(B)/libsms.a: $(call objects,$(LIB_SRC))
	@rm -f $@
	$(Q)ar rcs $@ $^

$(B)/libplatform.a: $(call objects,$(PLATFORM_SRC))
	@rm -f $@
	$(Q)ar rcs $@ $^

.SECONDEXPANSION:
$(BIN): $(B)/bin/%: $$(call objects,$$(%_SRC)) $(B)/libsms.a $(B)/libplatform.a
	@mkdir -p $(@D)
	@echo '  LINK $@'
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

# Unit tests: tests/unit/test_NOUN.c against the fake platform.
FAKE_SRC = platform/err.c $(sort $(wildcard tests/fake/*.c))
UNIT = $(patsubst tests/unit/%.c,$(B)/unit/%,$(sort $(wildcard tests/unit/test_*.c)))

$(B)/libfake.a: $(call objects,$(FAKE_SRC))
	@rm -f $@
	$(Q)ar rcs $@ $^

# test_climonnt_NOUN.c also links what the program is made of.
$(B)/libclimonnt.a: $(call objects,$(filter-out %/main.c,$(climonnt_SRC)))
	@rm -f $@
	$(Q)ar rcs $@ $^

$(filter $(B)/unit/test_climonnt_%,$(UNIT)): $(B)/libclimonnt.a
$(filter $(B)/unit/test_climonnt_%,$(UNIT)): PROGRAM = $(B)/libclimonnt.a

$(UNIT): $(B)/unit/%: $(B)/tests/unit/%.o $(B)/libsms.a $(B)/libfake.a
	@mkdir -p $(@D)
	@echo '  LINK $@'
	$(Q)$(CC) $(LDFLAGS) -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc \
		-o $@ $< $(PROGRAM) $(B)/libsms.a $(B)/libfake.a \
		$(LIBS) -lcmocka

unit: $(UNIT)

# The platform itself, on the real file system.
PLATFORM_TEST = $(B)/unit/platform/test_$(PLATFORM)

$(PLATFORM_TEST): $(call objects,$(sort $(wildcard tests/platform/*.c))) $(B)/libplatform.a
	@mkdir -p $(@D)
	@echo '  LINK $@'
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -lcmocka

platform-test: $(PLATFORM_TEST)

# Everything compiled, nothing linked: the other compiler's warnings.
objects: $(call objects,$(PLATFORM_SRC) $(LIB_SRC) $(foreach p,$(PROGRAMS),$($(p)_SRC)) \
	$(FAKE_SRC) $(sort $(wildcard tests/unit/*.c)))

check:
	@sh scripts/dev/check

demo:
	@sh scripts/dev/deps build
	@$(MAKE) --no-print-directory -j2 all
	@sh scripts/dev/demo

clean:
	rm -rf build

-include $(shell [ -d $(B) ] && find $(B) -name '*.d')

.PHONY: all unit objects platform-test clean check demo
.SECONDARY:
