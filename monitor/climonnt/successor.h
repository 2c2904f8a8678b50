/*
 * Our own program file was replaced: the new program is started, and takes
 * over once it has shown that it works. Whatever it is, there is one monitor
 * afterwards, never none and never two.
 */
#ifndef SUCCESSOR_H
#define SUCCESSOR_H

#include <stdbool.h>

struct monitor;

/* Remembers what our program file is; before it may be replaced. */
void successor_remember(struct monitor *m);
/*
 * Was the program replaced? Then the new one is started and looked at for a few
 * seconds. True: it, or another one of this user, is at work, and we have to
 * end. False: we go on (the new one was ended); what has failed once is not
 * tried again until its content changes.
 */
bool successor_takes_over(struct monitor *m);

#endif
