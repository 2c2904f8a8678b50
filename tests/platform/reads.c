/* Reading of shares; see reads.h. */
#include "reads.h"

#include <stdio.h>

struct os_share *
open_share(const char *rel)
{
	struct os_share *share;

	assert_int_equal(os_share_open(ground_path(rel), &share), 0);
	assert_non_null(share);
	return share;
}

unsigned char
byte_at(size_t i)
{
	return (unsigned char)(i * 31 + i / 251);
}

void
put_large(const char *rel, size_t size)
{
	FILE *file = fopen(ground_path(rel), "wb");

	assert_non_null(file);
	for (size_t i = 0; i < size; i++)
		putc(byte_at(i), file);
	assert_int_equal(fclose(file), 0);
}

size_t
read_all(struct os_share *share)
{
	const unsigned char *data;
	const void *piece;
	size_t len, total = 0;

	for (;;) {
		assert_int_equal(
		    os_share_next(share, LIMIT_MS, &piece, &len), 0);
		data = piece;
		for (size_t i = 0; i < len; i++)
			if (data[i] != byte_at(total + i))
				fail_msg("byte %zu is wrong", total + i);
		total += len;
		if (len == 0)
			return total;
	}
}

int
next_code(struct os_share *share)
{
	const void *data;
	size_t len;

	return os_share_next(share, LIMIT_MS, &data, &len);
}

const size_t ahead_sizes[AHEAD] = { 10000, 1, 0, 4095, 4096, 131072, 131073,
	3000000, 5000, 70000 };

const char *
ahead_name(size_t i)
{
	static char name[16];

	snprintf(name, sizeof(name), "f%zu", i);
	return name;
}

void
put_ahead(void)
{
	for (size_t i = 0; i < AHEAD; i++)
		put_large(ahead_name(i), ahead_sizes[i]);
}

void
ask_ahead(struct os_share *share, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		assert_int_equal(
		    os_share_ahead(share, ahead_name(i), ahead_sizes[i] + 1),
		    0);
}

void
start_ahead(struct os_share *share, size_t i)
{
	assert_int_equal(
	    os_share_start(share, ahead_name(i), ahead_sizes[i] + 1), 0);
}
