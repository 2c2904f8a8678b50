/* The requests of one go. */
#include "batch.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "text.h"

int
batch_add(struct batch *batch, const struct batch_item *item, const char *name,
    const char *machine)
{
	struct batch_item *grown, *added;
	size_t size;

	if (batch->count == batch->size) {
		size = batch->size == 0 ? 64 : batch->size * 2;
		grown = realloc(batch->items, size * sizeof *grown);
		if (grown == NULL)
			return ERR_NOMEM;
		batch->items = grown;
		batch->size = size;
	}
	added = &batch->items[batch->count];
	*added = *item;
	added->name = (uint32_t)batch->texts.len;
	buf_add(&batch->texts, name, strlen(name) + 1);
	added->machine = (uint32_t)batch->texts.len;
	buf_add(&batch->texts, machine, strlen(machine) + 1);
	if (batch->texts.failed)
		return ERR_NOMEM;
	batch->count++;
	return 0;
}

const char *
batch_name(const struct batch *batch, size_t i)
{
	return batch->texts.data + batch->items[i].name;
}

const char *
batch_machine(const struct batch *batch, size_t i)
{
	return batch->texts.data + batch->items[i].machine;
}

/* The order of reading is kept within a machine: offsets rise. */
static int
compare(const void *a, const void *b)
{
	const struct batch_item *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash > y->hash ? 1 : -1;
	if (x->retrying != y->retrying)
		return x->retrying ? 1 : -1;
	return (x->name > y->name) - (x->name < y->name);
}

void
batch_sort(struct batch *batch)
{
	if (batch->count > 0)
		qsort(
		    batch->items, batch->count, sizeof *batch->items, compare);
}

size_t
batch_next(const struct batch *batch, size_t i)
{
	const struct batch_item *items = batch->items;
	size_t next;

	for (next = i + 1; next < batch->count; next++)
		if (items[next].hash != items[i].hash ||
		    !text_same(
			batch_machine(batch, next), batch_machine(batch, i)))
			break;
	return next;
}

void
batch_clear(struct batch *batch)
{
	batch->count = 0;
	buf_clear(&batch->texts);
}

void
batch_free(struct batch *batch)
{
	free(batch->items);
	buf_free(&batch->texts);
	*batch = (struct batch){ .items = NULL };
}
