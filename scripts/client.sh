#!/bin/sh
# client.sh: start-up work of the client of this machine, before its services;
# the twin of CLIENT.BAT. Runs smswork where it is installed.
here=$(unset CDPATH; cd -- "$(dirname -- "$0")" && pwd) || exit 2
exec /bin/sh "$here/smsls.sh" -start
