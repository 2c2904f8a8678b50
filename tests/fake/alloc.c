/*
 * Memory that runs out. Only a test that calls fake_alloc_ functions gets this
 * file from the archive, and must be linked with the --wrap flags of fake.h:
 * the linker then sends malloc to __wrap_malloc and __real_malloc to the
 * C library.
 */
#include <stdlib.h>

#include "fake.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static struct {
	unsigned from;
	unsigned calls;
	enum fake_times times;
	bool met;
} memory;

void
fake_alloc_fail(unsigned from, enum fake_times times)
{
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
