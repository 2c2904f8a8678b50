/* Registration with the service manager. */
#ifndef REGISTER_H
#define REGISTER_H

struct invwin32_options;

/* Registers the service with these switches, starts it, and writes [Setup
 * State] Mover=service to SMS.INI. Registered already: 0. An exit code. */
int register_install(const struct invwin32_options *options);
/* The opposite; not registered: 0. */
int register_uninstall(const struct invwin32_options *options);

#endif
