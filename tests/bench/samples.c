/* Times of one subject, and what is told of them. */
#include "samples.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int64_t
samples_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void
samples_add(struct samples *samples, int64_t ns)
{
	size_t room = samples->room * 2 + 64;
	int64_t *more;

	if (samples->count == samples->room) {
		more = realloc(samples->ns, room * sizeof(*more));
		if (more == NULL) {
			fprintf(stderr, "out of memory\n");
			exit(2);
		}
		samples->ns = more;
		samples->room = room;
	}
	samples->ns[samples->count++] = ns;
}

static int
compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* In microseconds; between two samples the line that joins them. */
static double
quantile(const struct samples *samples, double part)
{
	double at = part * (double)(samples->count - 1);
	size_t below = (size_t)at;
	size_t above = below + 1 < samples->count ? below + 1 : below;
	double low = (double)samples->ns[below];
	double high = (double)samples->ns[above];

	return (low + (at - (double)below) * (high - low)) / 1000;
}

void
samples_print(struct samples *samples, const char *name)
{
	static const double parts[] = { 0, 0.25, 0.5, 0.75, 0.99 };

	if (samples->count == 0)
		return;
	qsort(samples->ns, samples->count, sizeof(*samples->ns), compare);
	printf("%s\t%zu", name, samples->count);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		printf("\t%.1f", quantile(samples, parts[i]));
	putchar('\n');
}

void
samples_draw(size_t *order, size_t count)
{
	static uint64_t state = 1;
	size_t other;

	for (size_t i = 0; i < count; i++) {
		state = state * UINT64_C(6364136223846793005) +
		    UINT64_C(1442695040888963407);
		other = (size_t)(state >> 33) % (i + 1);
		order[i] = order[other];
		order[other] = i;
	}
}

void
samples_free(struct samples *samples)
{
	free(samples->ns);
	*samples = (struct samples){ .ns = NULL };
}
