/* What the files of the fake share; tests include fake.h alone. */
#ifndef INSIDE_H
#define INSIDE_H

#include "fake.h"

#define NEVER	   INT64_MAX
#define NAME_LIMIT 255 /* bytes of one name */

struct node;

struct entry {
	char *name;
	struct node *node;
};

struct names {
	struct entry *list;
	size_t count;
	size_t size;
};

struct content {
	char *data; /* NUL after it; NULL: nothing was ever in */
	size_t len;
	int64_t mtime;
	unsigned flags;
};

/* A file or folder, whatever its names: it lives until fake_reset, so that
 * handles and durable names never point to nothing. */
struct node {
	struct node *next; /* all nodes there are */
	struct node *up;   /* of a folder: where it stands */
	enum os_kind kind;
	enum os_rights rights;
	uint64_t id;
	int64_t changed;
	uint32_t owner;
	uint32_t links; /* names it has now */
	struct content now;
	struct content durable;
	struct names names; /* folder: now */
	struct names kept;  /* folder: durable */
	enum fake_use use;
	bool written;
	unsigned held; /* how often it is open with OS_HOLD */
	int deny;
	unsigned volume; /* 0: that of the folder above */
	int trust;
	bool anybody_adds;
	int may_write;
	bool may_write_set;
	int64_t locked_until; /* ticks; 0: not locked */
};

/* Of a folder; what has no number is on volume 1, files too. */
unsigned fake_volume_of(const struct node *node);

/* Where a path led to: `node` is NULL when the last name is missing; `folder`
 * is NULL when the path was "." or "/". */
struct spot {
	struct node *folder;
	struct node *node;
	char name[NAME_LIMIT + 1];
};

struct fault {
	const char *name; /* NULL: all functions */
	unsigned from;
	unsigned seen;
	enum fake_times times;
	int code;
	bool met;
};

/* A list of texts with a number each: environment, starts, shares, hints. */
struct item {
	char *key;
	char *text;
	int64_t number;
	int state;
};

struct items {
	struct item *list;
	size_t count;
	size_t size;
};

struct text {
	char *data;
	size_t len;
	size_t size;
};

struct managed;

struct fake {
	struct node *root;
	struct node *nodes;
	uint64_t last_id;
	bool ignore_case;
	bool no_links;
	bool sets_aside;
	bool see_all; /* fake_deny does not count */
	unsigned flags_shown;
	uint64_t room; /* bytes of all files; UINT64_MAX: no limit */

	struct fault fault;
	bool short_writes;
	unsigned calls;
	struct items counts; /* calls by function */
	fake_hook_fn *hook;
	void *hook_arg;
	bool in_hook;
	unsigned handles;

	int64_t clock;
	int64_t ticks;
	int64_t stop_at; /* ticks */
	int zone;
	uint64_t random;

	bool admin;
	struct items env;
	char *identity;
	char *mac;
	char *host;
	char *system;
	char *arch;
	char *language;
	char *self;
	struct text events;
	unsigned event_count;

	int child_code;
	int child_ms;
	struct items spawned;

	struct managed *services;
	int services_absent;
	uint64_t last_process;
	struct text actions;
	struct items rows;
	struct text notices;
	int notice_code;

	struct items shares;
	size_t piece;
	struct items hints;

	struct items texts; /* handed out until fake_reset */
};

extern struct fake fake;

/* tree.c */

/* Zeroed memory that the faults of alloc.c do not reach; aborts when there is
 * none. fake_copy copies a text (NULL: NULL). free() frees both. */
void *fake_grab(size_t size);
/* The real malloc: the faults of alloc.c are for the code under test. */
void *fake_memory(size_t size);
char *fake_copy(const char *text);
/* Memory for what os.h hands out, NULL when alloc.c says so. */
char *fake_hand(const char *text);

bool fake_same_name(const char *a, const char *b);
struct node *fake_node(enum os_kind kind, enum os_rights rights);
/* The way `rel` as os.h describes it: ERR_NOENT, ERR_NOTDIR, ERR_LINK when a
 * folder on it is none; ERR_ARG, ERR_NAME for names that are not
 * permitted. */
int fake_find(struct node *base, const char *rel, struct spot *spot);
/* Does the path begin with two separators? Where such paths are then. */
bool fake_is_share(const char *path);
const char *fake_net(void);
/* A path without "." and "..", absolute ("" is the folder above all); the
 * caller frees it. */
char *fake_clean(const char *path);
/* The same for a path, ".." and shares included. */
int fake_find_path(const char *path, struct spot *spot);
struct entry *fake_entry(struct names *names, const char *name);
/* The names that a folder has now, links counted; fake_enlist replaces what
 * has that name. */
void fake_enlist(struct node *folder, const char *name, struct node *node);
void fake_delist(struct node *folder, const char *name);
/* The same for one set of names, links not counted. */
void fake_names_set(struct names *names, const char *name, struct node *node);
void fake_names_drop(struct names *names, const char *name);
void fake_keep_names(struct node *folder);
void fake_keep_content(struct node *node);
void fake_content_set(struct content *content, const void *data, size_t len);
/* 0 or why that node is not a folder, or no regular file. */
int fake_is_folder(const struct node *node);
int fake_is_file(const struct node *node);
void fake_describe(const struct node *node, struct os_info *info);
/* May a name be made where `spot` is? Not in a folder that was removed. */
int fake_may_make(const struct spot *spot);
uint64_t fake_free(void);
void fake_tree_clear(void);

/* files.c */

struct node *fake_dir_node(const struct os_dir *dir);

/* control.c */

/* Counts a call, calls the hook, and answers the code it shall fail with. */
int fake_enter(const char *call);
struct item *fake_item(struct items *items, const char *key);
struct item *
fake_item_add(struct items *items, const char *key, const char *text);
void fake_item_drop(struct items *items, size_t n);
void fake_items_clear(struct items *items);
void fake_text_add(struct text *text, const char *more);

/* services.c */

void fake_services_clear(void);
/* The machine starts anew. */
void fake_services_boot(void);

/* system.c */

/* Lets that time pass; ERR_STOP when the request to stop comes before. */
int fake_wait(int64_t ns);
/* Waits for the moment `when` (ticks), but not longer than timeout_ms
 * (negative: no limit): 0, ERR_STOP, or `late`. */
int fake_wait_for(int64_t when, int timeout_ms, int late);

#endif
