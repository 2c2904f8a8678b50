#!/bin/sh
# upgrade.sh: upgrades the client of this machine with its components
# stopped, from the share that it lies on; the twin of UPGRADE.BAT.
here=$(unset CDPATH; cd -- "$(dirname -- "$0")" && pwd) || exit 2
exec /bin/sh "$here/smsls.sh" -by-hand "$here" -u "$@"
