/* platform/win32/watch.c once more, with room for no change at all: Wine keeps
 * whatever happens, so that a flood alone would not lose a thing. */
#define NEWS	       16

#define os_watch_open  tight_open
#define os_watch_close tight_close
#define os_watch_add   tight_add
#define os_watch_wait  tight_wait

#include "../../../platform/win32/watch.c"
