#!/bin/sh
# runsms.sh: sets the client of this machine up, by hand, from the share
# that it lies on; the twin of RUNSMS.BAT. Switches go to cli_nt: runsms.sh -n
here=$(unset CDPATH; cd -- "$(dirname -- "$0")" && pwd) || exit 2
exec /bin/sh "$here/smsls.sh" -by-hand "$here" "$@"
