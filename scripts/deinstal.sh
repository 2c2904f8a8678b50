#!/bin/sh
# deinstal.sh: removes the client of this machine, from the share that it
# lies on; the twin of DEINSTAL.BAT.
here=$(unset CDPATH; cd -- "$(dirname -- "$0")" && pwd) || exit 2
exec /bin/sh "$here/smsls.sh" -by-hand "$here" -r "$@"
