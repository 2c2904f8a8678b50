/*
 * What the two service managers of POSIX share: service.c chooses one, runs its
 * command with a limit, and writes and reads definitions. No call here is cut
 * short by a request to stop: half a stop is worse than a wait with an end.
 */
#ifndef POSIX_SERVICE_H
#define POSIX_SERVICE_H

#include <stdio.h>

#include "posix.h"

struct os_services {
	const struct posix_manager *manager;
	char *command; /* path of systemctl, of sv */
	char *folder;  /* of the definitions */
	struct os_dir *dir;
};

/* As os.h has them; names have been checked. */
struct posix_manager {
	const char *name;
	int (*look)(struct os_services *services, const char *name,
	    struct os_service_info *info);
	int (*check)(
	    struct os_services *services, const struct os_service *service);
	int (*enrol)(
	    struct os_services *services, const struct os_service *service);
	int (*set_start)(struct os_services *services, const char *name,
	    enum os_service_start start);
	int (*forget)(struct os_services *services, const char *name);
	/* It does not run yet, and its program can be started. */
	int (*start)(
	    struct os_services *services, const char *name, int timeout_ms);
	/* It runs. */
	int (*stop)(
	    struct os_services *services, const char *name, int timeout_ms);
	int (*dependents)(struct os_services *services, const char *name,
	    int (*each)(void *arg, const char *name), void *arg);
	/* The program of a service of ours (malloc'd); ERR_EXIST: not ours. */
	int (*program)(
	    struct os_services *services, const char *name, char **program);
};

extern const struct posix_manager posix_systemd, posix_runit;

#define POSIX_ASK_MS   10000 /* what a command that changes no service may take */
#define POSIX_FORCE_MS 10000 /* until what was ended by force is gone */
#define POSIX_NAP_MS   50

bool posix_service_name(const char *name);
/*
 * Runs the manager's command with these arguments (`count`, argv[0] not among
 * them). Its exit code, or ERR_TIMEOUT: it was ended. *out is what it printed
 * (malloc'd, 64 KiB at most), unless `out` is NULL.
 */
int posix_service_run(struct os_services *services, const char *const args[],
    int timeout_ms, char **out);
void posix_service_nap(void);
/* Looks until it is in that state; ERR_TIMEOUT. */
int posix_service_await(struct os_services *services, const char *name,
    enum os_service_state state, int timeout_ms);

/* The first lines of a definition of ours, each with "# " before it. */
void posix_service_head(FILE *out, const struct os_service *service);
/* Is it ours? And its program (malloc'd, NULL when it does not say). */
bool posix_service_ours(const char *text);
char *posix_service_program(const char *text);
/* Calls `put` for the program and each word of the arguments; ERR_NOMEM. */
int posix_service_words(FILE *out, const struct os_service *service,
    void (*put)(FILE *out, const char *word, bool first));
/* The whole file, NUL after it, malloc'd. */
int posix_service_read(struct os_dir *dir, const char *rel, char **text);
/* Replaces `rel` in one step, durably. `tmp` is a name beside it that nobody
 * else uses. */
int posix_service_write(struct os_dir *dir, const char *rel, const char *tmp,
    const char *text, unsigned flags);
/* malloc'd text as by printf; NULL: no memory. */
__attribute__((format(printf, 1, 2))) char *
posix_print(const char *format, ...);

#endif
