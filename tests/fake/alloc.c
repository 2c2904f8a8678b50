/*
 * Memory that runs out. With the --wrap flags of fake.h the linker sends every
 * malloc of the program to __wrap_malloc, and __real_malloc to the C library;
 * without them __real_malloc is nowhere, and weak so that it links all the
 * same.
 */
#include <stdio.h>
#include <stdlib.h>

#include "inside.h"

/* PE knows no weak name that is nowhere: there the flags are always needed. */
#ifdef _WIN32
#define WEAK
#else
#define WEAK __attribute__((weak))
#endif

WEAK void *__real_malloc(size_t size);
WEAK void *__real_calloc(size_t count, size_t size);
WEAK void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static struct {
	unsigned from;
	unsigned calls;
	enum fake_times times;
	bool met;
} memory;

bool
fake_alloc_works(void)
{
#ifdef _WIN32
	return true;
#else
	return __real_malloc != NULL;
#endif
}

void *
fake_memory(size_t size)
{
	return fake_alloc_works() ? __real_malloc(size) : malloc(size);
}

void
fake_alloc_fail(unsigned from, enum fake_times times)
{
	if (!fake_alloc_works()) {
		fprintf(stderr, "fake: linked without --wrap=malloc\n");
		abort();
	}
	memory.from = from;
	memory.times = times;
	memory.calls = 0;
	memory.met = false;
}

bool
fake_alloc_met(void)
{
	return memory.met;
}

unsigned
fake_alloc_calls(void)
{
	return memory.calls;
}

static bool
runs_out(void)
{
	memory.calls++;
	if (memory.from == 0 || memory.calls < memory.from)
		return false;
	if (memory.calls > memory.from && memory.times == FAKE_ONCE)
		return false;
	memory.met = true;
	return true;
}

void *
__wrap_malloc(size_t size)
{
	return runs_out() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return runs_out() ? NULL : __real_calloc(count, size);
}

void *
__wrap_realloc(void *old, size_t size)
{
	return runs_out() ? NULL : __real_realloc(old, size);
}
