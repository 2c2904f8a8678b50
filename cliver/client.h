/* The installed client, as it stands on disk and as its list has it. */
#ifndef CLIENT_H
#define CLIENT_H

struct options_common;

/* Prints CopyListVersion and a table of the installed programs (with /v, of
 * all files); returns the exit code. */
int client_show(const struct options_common *common);

#endif
