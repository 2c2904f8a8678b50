/* File patterns in order. What they stand for is the owner's affair. */
#include "globs.h"

#include <stdlib.h>
#include <string.h>

#include "../../platform/err.h"
#include "buf.h"
#include "pattern.h"
#include "text.h"

int
globs_add(struct globs *globs, const char *glob, unsigned line, size_t value,
    struct buf *why)
{
	struct globs_rule *rule;

	rule = realloc(globs->rules, (globs->count + 1) * sizeof *rule);
	if (rule == NULL)
		return ERR_NOMEM;
	globs->rules = rule;
	rule += globs->count;
	memset(rule, 0, sizeof *rule);
	rule->line = line;
	rule->value = value;
	rule->glob = text_copy(glob);
	if (rule->glob == NULL)
		return ERR_NOMEM;
	globs->count++;
	return pattern_compile_glob(rule->glob, &rule->pattern, why);
}

void
globs_free(struct globs *globs)
{
	size_t i;

	for (i = 0; i < globs->count; i++) {
		pattern_free(globs->rules[i].pattern);
		free(globs->rules[i].glob);
	}
	free(globs->rules);
	globs->rules = NULL;
	globs->count = 0;
}

int
globs_find(struct globs *globs, const char *shown, const char *name,
    const struct globs_rule **found, struct buf *why)
{
	struct globs_rule *rule;
	size_t i;
	int rc;

	*found = NULL;
	for (i = 0; i < globs->count; i++) {
		rule = &globs->rules[i];
		rc = pattern_match(rule->pattern, name);
		if (rc == 0) {
			rule->used = true;
			*found = rule;
			return 0;
		}
		if (rc != ERR_NOENT)
			return buf_why(why, rc == ERR_NOMEM ? rc : ERR_FORMAT,
			    "%s:%u: %s: %s, on the file %s", shown, rule->line,
			    rule->glob, err_text(rc), name);
	}
	return 0;
}

int
globs_unused(const struct globs *globs, const char *shown, struct buf *lines)
{
	const struct globs_rule *rule;
	size_t i;

	for (i = 0; i < globs->count; i++) {
		rule = &globs->rules[i];
		if (!rule->used)
			buf_format(lines, "%s:%u: %s: no file goes by this\n",
			    shown, rule->line, rule->glob);
	}
	return buf_add_text(lines, "");
}
