/* ccm as a service of this machine: /install and /uninstall. */
#ifndef REGISTER_H
#define REGISTER_H

struct ccm_options;
struct logfile;
struct server;

/* Registers this program with the switches it was called with, and starts it;
 * on a client, requests go to its own box from then on. The exit code. */
int register_install(const struct ccm_options *options, struct server *server,
    struct logfile *log);
/* Takes both back. The exit code. */
int register_uninstall(struct server *server, struct logfile *log);

#endif
