#!/bin/sh
# /why: which rule chose or held back the list, each component, each file.
. "$(dirname "$0")/lib.sh"

# why [SWITCH...]: explains, and touches nothing
why() {
	before=$(look "$T/sys" "$T/pc" "$T/home" "$ROOT")
	run cli_nt /why "$@"
	want_untouched "$before" "$T/sys" "$T/pc" "$T/home" "$ROOT"
}

# want_line TEXT: one line of the output is this, but for how many blanks
want_line() {
	printf '%s\n' "$out" | tr -s ' ' | grep -qxF -- "$1" ||
		fail "no line '$1' in: $(echo "$out" | head -c 1200)"
}

new_site
printf '[Component STANDARD]\r\nType=files\r\n[Component CAD]\r\nType=files\r\nFiles=CAD/**\r\nWhen=host:^PLN- os:%s\r\n[Component WIN]\r\nType=files\r\nFiles=WIN/**\r\nWhen=os:%s host:ws017$\r\n[Component Agent]\r\nType=service\r\nService=AGENT\r\nBinary=AGENT/agent\r\nFiles=AGENT/**\r\n' "$THIS_SYSTEM" "$OTHER_SYSTEM" >"$SRC/components.ini"
add DATA/a 'a'
add DATA/b 'b'
add CAD/view 'view'
add WIN/x 'x'
add AGENT/agent 'agent'
release

begin 'a first install is explained: every component and every file'
why
want_code 0
want_no_err
want_line "CopyListVersion $(version_of) on $ROOT"
want_line ' version there is no SMS.INI: a first install'
want_line " signature none: AllowUnsigned=yes in $POLICY"
want_line ' Sequence 1'
want_line ' Rollout 100: every machine'
want_line ' Expires never'
want_line ' so the list is taken now'
want_line '[STANDARD]'
want_line ' wanted it has no When='
want_line '[CAD]'
want_line " wanted When= host:^PLN- matched PLN-WS017, os:$THIS_SYSTEM matched $THIS_SYSTEM"
want_line '[WIN]'
want_line " not wanted When= os:$OTHER_SYSTEM does not match $THIS_SYSTEM"
want_line ' service its files are the matter of the client configuration manager'
want_line ' add - 1 ca978112 DATA/a (new in the list)'
want_line '3 changes, 3 files of 6 bytes to fetch'

begin 'nothing to do is said too, and each file that stays'
run cli_nt
want_code 0
sleep 2.1
why
want_code 0
want_line " version $(version_of) is installed: the same list"
want_line ' phase installed'
want_line " facts host=PLN-WS017;os=$THIS_SYSTEM: as noted"
want_line ' so nothing to do: the list is installed'
want_line ' keep 1 1 ca978112 DATA/a (unchanged)'
want_line '0 changes, 0 files of 0 bytes to fetch'

begin 'a fact that changed is told, and what leaves with it'
export SMS_HOST=LAB-1
why
want_code 0
want_line " facts host=PLN-WS017;os=$THIS_SYSTEM: not true any more"
want_line ' so the list is taken now'
want_line ' not wanted When= host:^PLN- does not match LAB-1'
want_line ' remove - - CAD/view (not in the list any more)'
export SMS_HOST=PLN-WS017

begin 'each file has its reason: replaced, removed, missing, new'
rm "$SRC/DATA/b"
add DATA/c 'c'
add DATA/a 'a, changed'
release
rm "$CLIENT/CAD/view"
why /n
want_code 0
want_line " version $(ini "$INI" SMS CopyListVersion) is installed: this is another list"
want_line ' Sequence 2, the installed list has 1'
want_line ' replace 1 10 d6b470c7 DATA/a (size differs)'
want_line ' remove - - DATA/b (not in the list any more)'
want_line ' add - 1 2e7d2c03 DATA/c (new in the list)'
want_line ' add - 4 2bcb43cb CAD/view (was missing)'

begin 'a component that is held back has its reason'
mkdir -p "$CLIENT/DATA/c"
echo foreign >"$CLIENT/DATA/c/mine"
why
want_code 0
want_line ' held back: DATA/c: a folder stands there, and DATA/c/mine in it is not ours'
want_line ' replace 1 10 d6b470c7 DATA/a (size differs)'

begin 'the wait for the next try is told; /f does not wait'
run cli_nt
want_code 1
next=$(ini "$INI" 'Setup State' NextTry)
why
want_code 0
want_line " NextTry $next: 1 tries of this list"
want_line ' phase verify_files: every file is checked'
want_line " so $next: not before, for SMS.INI says NextTry"
why /f
want_line ' so the list is taken now'
rm -r "$CLIENT/DATA/c"
run cli_nt /f
want_code 0

begin 'Rollout is told with the number of this machine'
version=$(($(version_of) + 10))
relist "s/^CopyListVersion=.*/CopyListVersion=$version\r/; s/^Sequence=.*/Sequence=9\r/; s/^Rollout=.*/Rollout=0\r/"
hex=$(printf '%s\n%s' "$(ini "$INI" SMS 'SMS Unique ID')" "$(ini "$ROOT/cl_nt.txt" SMS Release)" | sha256sum | cut -c 1-16)
bucket=$(python3 -c "print(int('$hex', 16) % 100)")
why
want_code 0
want_line " Rollout 0: the number of this machine is $bucket, not below it"
want_line ' so not yet, by Rollout'
relist "s/^Rollout=.*/Rollout=$((bucket + 1))\r/"
why
want_line " Rollout $((bucket + 1)): the number of this machine is $bucket, below it"
want_line ' so the list is taken now'

begin 'NotBefore, Window and Expires are told'
relist "s/^Rollout=.*/Rollout=100\r\nNotBefore=2035-01-01T00:00:00Z\r\nWindow=00:00-24:00\r/"
printf '[Security]\r\nAllowUnsigned=yes\r\n[Limits]\r\nWindow=00:00-24:00\r\n' >"$POLICY"
relist 's/^Published=/Expires=2034-01-01T00:00:00Z\r\nPublished=/'
why
want_code 0
want_line ' NotBefore 2035-01-01T00:00:00Z: not yet'
want_line ' Window 00:00-24:00 of the list: open'
want_line " Window 00:00-24:00 of $POLICY: open"
want_line ' Expires 2034-01-01T00:00:00Z'
want_line ' so 2035-01-01T00:00:00Z: not before, by NotBefore or Window'

begin 'without rights it explains as well, and asks for nothing'
if needs_root; then
	chmod 777 "$ROOT/ccr.box"
	relist '/^NotBefore=/d'
	before=$(look "$T/sys" "$T/pc" "$ROOT")
	run as_nobody env HOME="$T/home" "$BIN/cli_nt" /p:"$ROOT" /i:"$INI" /why
	want_code 0
	want_untouched "$before" "$T/sys" "$T/pc" "$ROOT"
	want_line ' signature none, and none is asked for without rights'
	want_line ' so the list is requested now'
	want_line ' keep 1 1 2e7d2c03 DATA/c (unchanged)'
fi

begin 'a list that may not be used: what was found so far, and 65'
printf '[Security]\r\nAllowUnsigned=no\r\n' >"$POLICY"
if needs_root; then
	why
	want_code 65
	want_err 'cli_nt: the list is not signed'
	want_line " version $(ini "$INI" SMS CopyListVersion) is installed: this is another list"
fi
printf '[Security]\r\nAllowUnsigned=yes\r\n' >"$POLICY"
relist 's/^Type=files/Type=fils/'
why
want_code 65
want_err 'Type=fils is neither files nor service'

begin '[SMS] Components of DOMAIN.INI is told as a reason'
printf '[SMS]\r\nSiteCode=PL2\r\nComponents=CAD\r\n' >"$SRC/DOMAIN.INI"
(SMS_SYSROOT=$T/site publish /force) >/dev/null 2>&1
why
want_code 0
want_line " wanted [SMS] Components of DOMAIN.INI names it; When= host:^PLN- matched PLN-WS017, os:$THIS_SYSTEM matched $THIS_SYSTEM"
want_line " not wanted [SMS] Components of DOMAIN.INI does not name it; When= os:$OTHER_SYSTEM does not match $THIS_SYSTEM"

begin 'a component that the list dropped is told as leaving'
printf '[Component STANDARD]\r\nType=files\r\n' >"$SRC/components.ini"
rm -r "$SRC/CAD"
(SMS_SYSROOT=$T/site publish /force) >/dev/null 2>&1
why
want_code 0
want_line '[CAD]'
want_line ' not wanted the list has no such component'

begin '/why goes on while another run works, for it takes no lock'
if needs flock; then
	run flock "$STATE/LOCK" "$BIN/cli_nt" /p:"$ROOT" /i:"$INI" /c:"$POLICY" /why
	want_code 0
	run flock "$STATE/LOCK" "$BIN/cli_nt" /p:"$ROOT" /i:"$INI" /c:"$POLICY"
	want_code 75
fi
