#!/bin/sh
# The scripts of Linux clients: smsls.sh at logon, by profile.d and by hand.
# shellcheck disable=SC2016 # what is for other shells is in single quotes
. "$(dirname "$0")/lib.sh"

# Blanks and umlauts in every name; a site as make site leaves it, with a
# cli_nt that notes how it was called and ends with $T/code.
NET="$T/net drüben"
ROOT="$NET/PLN-DC1/SMS SHR ä"
NOTES=$T/notes
LAST=$NOTES/called
export SMS_UNC="$NET" HOME="$T/home/Kim Müller"

stub() {
	mkdir -p "$(dirname "$1")"
	cat >"$1" <<END
#!/bin/sh
{
	printf 'program %s\\n' "\$0"
	for word; do
		printf 'word %s\\n' "\$word"
	done
} >'$LAST.new'
mv '$LAST.new' '$LAST'
echo 'the program speaks'
echo 'the program warns' >&2
$2
read -r code 2>/dev/null <'$T/code' && exit "\$code"
exit 0
END
	chmod 755 "$1"
}

new_scripts() {
	chmod -R u+w "$NET" 2>/dev/null
	rm -rf "${T:?}/sys" "${T:?}/home" "$NET" "$LAST" "$T/code"
	mkdir -p "$T/sys/etc/sms" "$HOME" "$ROOT/bin" "$NOTES"
	chmod 777 "$NOTES" "$HOME"
	stub "$ROOT/bin/7.0/cli_nt"
	printf '7.0\r\n' >"$ROOT/bin/CURRENT.TXT"
	cp "$SCRIPTS"/*.sh "$ROOT"
	cp "$SCRIPTS/smsls.sh" "$T/sys/etc/sms/smsls.sh"
	printf '; of this site\r\nROOT=\\\\PLN-DC1\\SMS SHR ä\r\n' \
	    >"$T/sys/etc/sms/logon.conf"
}

installed_stub() {
	stub "$T/sys/opt/sms/BIN/cli_nt" "$1"
}

# The user who logs on has no rights.
user() {
	if [ "$(id -u)" = 0 ]; then
		as_nobody "$@"
	else
		"$@"
	fi
}

smsls() {
	run user timeout 60 sh "$T/sys/etc/sms/smsls.sh" "$@"
}

# called WORD...: the program ran with exactly these words.
called() {
	for word; do
		printf 'word %s\n' "$word"
	done >"$T/wanted"
	grep '^word' "$LAST" >"$T/words" 2>/dev/null
	cmp -s "$T/wanted" "$T/words" ||
		fail "called with $(tr '\n' ' ' <"$T/words")"
}

want_program() {
	[ "$(sed -n 's/^program //p' "$LAST" 2>/dev/null)" = "$1" ] ||
		fail "$(head -n 1 "$LAST" 2>/dev/null) was run, not $1"
}

want_silent() {
	[ -z "$out$err" ] || fail "it speaks: $out $err"
}

begin 'smsls.sh: the program of the share that CURRENT.TXT names is started with /bg, silently'
new_scripts
stub "$ROOT/bin/9.9/cli_nt"
smsls
want_code 0
want_silent
want_program "$ROOT/bin/7.0/cli_nt"
called '-p:\\PLN-DC1\SMS SHR ä' -bg

begin 'smsls.sh: the installed program comes first, and the share is not touched'
new_scripts
installed_stub
rm -rf "$NET"
smsls
want_code 0
want_program "$T/sys/opt/sms/BIN/cli_nt"
called '-p:\\PLN-DC1\SMS SHR ä' -bg

begin 'smsls.sh: SMSBinPath of SMS.INI says where the installed program is'
new_scripts
stub "$T/sys/andere Größe/BIN/cli_nt"
mkdir -p "$T/sys/var/lib/sms"
printf '[Other]\r\nSMSBinPath=/nowhere\r\n[sms]\r\n smsbinpath = %s \r\n' \
    "$T/sys/andere Größe\\BIN" >"$T/sys/var/lib/sms/SMS.INI"
smsls
want_code 0
want_program "$T/sys/andere Größe/BIN/cli_nt"

begin 'smsls.sh: SMS_INI says which SMS.INI counts'
mv "$T/sys/var/lib/sms/SMS.INI" "$HOME/my SMS.INI"
rm "$LAST"
run user env SMS_INI="$HOME/my SMS.INI" sh "$T/sys/etc/sms/smsls.sh"
want_program "$T/sys/andere Größe/BIN/cli_nt"

begin 'smsls.sh: a root as argument counts before logon.conf, a folder too'
new_scripts
smsls "$ROOT"
called "-p:$ROOT" -bg
smsls '//PLN-DC1/SMS SHR ä'
want_code 0
called '-p://PLN-DC1/SMS SHR ä' -bg

begin 'smsls.sh: without a root the installed program asks the servers of SMS.INI'
new_scripts
installed_stub
rm "$T/sys/etc/sms/logon.conf"
smsls
want_code 0
called -bg

begin 'smsls.sh: logon.conf is read and never run'
new_scripts
printf 'touch "%s/harm"\nROOT=$(touch "%s/harm")`touch "%s/harm"`\n' \
    "$NOTES" "$NOTES" "$NOTES" >"$T/sys/etc/sms/logon.conf"
smsls
want_code 69
want_no_file "$NOTES/harm"

begin 'smsls.sh: every exit code of the program is passed on'
new_scripts
installed_stub
for code in 0 1 2 4 64 65 69 75 194 255; do
	echo $code >"$T/code"
	wanted=$code
	smsls
	want_code $wanted
	want_silent
done

begin 'smsls.sh: SMSLS=1 says which program runs, what it says, and what came of it'
echo 4 >"$T/code"
export SMSLS=1
smsls
want_code 4
want_out "smsls: $T/sys/opt/sms/BIN/cli_nt for \\\\PLN-DC1\\SMS SHR ä"
want_out 'the program speaks'
want_out 'the program warns'
want_out 'smsls: requested'
called '-p:\\PLN-DC1\SMS SHR ä' -bg -v
echo 4 >"$T/code"
installed_stub 'echo "@end 5"; echo "@late"; echo "@timer 1"'
smsls
want_code 4
want_out '@end 5'
want_out '@late'
installed_stub
for pair in 1:again 64:switches 65:'bad input' 69:'can be reached' 75:busy \
    194:restart 3:CLI_NT.LOG; do
	echo "${pair%%:*}" >"$T/code"
	smsls
	want_out "${pair#*:}"
done
unset SMSLS

begin 'smsls.sh: no program on the share, no CURRENT.TXT, or a bad one: 69'
new_scripts
rm "$ROOT/bin/7.0/cli_nt"
smsls
want_code 69
want_silent
rm "$ROOT/bin/CURRENT.TXT"
smsls
want_code 69
for name in ../bin/7.0 .. '' '7.0\..'; do
	stub "$ROOT/bin/7.0/cli_nt"
	printf '%s\r\n' "$name" >"$ROOT/bin/CURRENT.TXT"
	smsls
	want_code 69
	want_no_file "$LAST"
done
run user env SMSLS=1 sh "$T/sys/etc/sms/smsls.sh"
want_out 'make site'

begin 'smsls.sh: neither client nor root: nothing is done'
rm "$T/sys/etc/sms/logon.conf"
smsls
want_code 0
want_silent

# hang FIFO COMMAND...: who reads the FIFO hangs; he is let go afterwards. The
# command is not to wait for him.
hang() {
	mkfifo "$1"
	chmod 666 "$1"
	fifo=$1
	shift
	"$@"
	[ -p "$fifo" ] || fail "$fifo was replaced"
	timeout 5 sh -c 'echo >"$0"' "$fifo" || fail 'nobody hung there'
	rm "$fifo"
}

begin 'smsls.sh: a share that hangs is not waited for'
new_scripts
rm "$ROOT/bin/CURRENT.TXT"
hang "$ROOT/bin/CURRENT.TXT" smsls
want_code 69
want_silent

begin 'smsls.sh: a program that hangs is not waited for, nor one that holds its output'
new_scripts
installed_stub "read -r word <'$T/fifo'"
hang "$T/fifo" smsls
want_code 69
want_silent
export SMSLS=1
hang "$T/fifo" smsls
want_code 69
want_out 'the program speaks'
want_out 'not waited for'
unset SMSLS

begin 'smsls.sh: no process is left when it ends in time'
new_scripts
installed_stub
# The processes of a session of its own; what waits there for the end of the
# time would stay.
sed 's/^limit=2.4/limit=1000/' "$SCRIPTS/smsls.sh" >"$T/sys/etc/sms/smsls.sh"
run user setsid sh -c 'sh "$0"; echo $$' "$T/sys/etc/sms/smsls.sh"
session=$out
left_of() {
	cat /proc/[0-9]*/stat 2>/dev/null |
		awk -v session="$1" '{ name = $2; sub(/^.*\) /, "") }
			$4 == session && $1 != "Z" { print name }'
}
gone() { [ -z "$(left_of "$session")" ]; }
wait_for gone || fail "left: $(left_of "$session")"

begin 'smsls.sh -wait: waits for the work, without /bg'
new_scripts
installed_stub 'sleep 0.2'
echo 194 >"$T/code"
smsls -wait
want_code 194
want_silent
called '-p:\\PLN-DC1\SMS SHR ä'

begin 'smsls.sh: an unknown switch is 64'
smsls -nonsense
want_code 64

begin 'two users log on at once: each gets its answer'
new_scripts
installed_stub 'sleep 0.1'
(smsls; echo "$code" >"$T/first") &
other=$!
smsls
want_code 0
wait $other
[ "$(cat "$T/first")" = 0 ] || fail 'the other one failed'

begin 'root starts nothing from a share at logon'
if needs_root; then
	new_scripts
	run env SMSLS=1 sh "$T/sys/etc/sms/smsls.sh"
	want_code 0
	want_out 'by hand'
	want_no_file "$LAST"
fi

begin 'root starts no program, and reads no SMS.INI or logon.conf, that others may write'
if needs_root; then
	new_scripts
	installed_stub
	chmod 777 "$T/sys/opt/sms/BIN/cli_nt"
	run env SMSLS=1 sh "$T/sys/etc/sms/smsls.sh"
	want_no_file "$LAST"
	want_out 'others than root'
	chmod 755 "$T/sys/opt/sms/BIN/cli_nt"
	chmod 777 "$T/sys/opt/sms/BIN"
	run sh "$T/sys/etc/sms/smsls.sh"
	want_no_file "$LAST"
	chmod 755 "$T/sys/opt/sms/BIN"
	for way in sys sys/opt sys/opt/sms; do
		chmod 777 "$T/$way"
		run env SMSLS=1 sh "$T/sys/etc/sms/smsls.sh"
		want_no_file "$LAST"
		want_out 'others than root'
		chmod 755 "$T/$way"
	done
	chown 65534 "$T/sys/opt"
	run sh "$T/sys/etc/sms/smsls.sh"
	want_no_file "$LAST"
	chown 0 "$T/sys/opt"
	# A link is as good as the places that it leads through.
	mkdir -m 777 "$T/sys/anybody"
	mv "$T/sys/opt/sms" "$T/sys/anybody/sms"
	ln -s ../anybody/sms "$T/sys/opt/sms"
	run sh "$T/sys/etc/sms/smsls.sh"
	want_no_file "$LAST"
	mv "$T/sys/anybody/sms" "$T/sys/moved"
	ln -s ../moved "$T/sys/anybody/sms"
	run sh "$T/sys/etc/sms/smsls.sh"
	want_no_file "$LAST"
	# Where it is sticky, nobody moves what is root's.
	chmod 1777 "$T/sys/anybody"
	run sh "$T/sys/etc/sms/smsls.sh"
	want_program "$T/sys/opt/sms/BIN/cli_nt"
	called '-p:\\PLN-DC1\SMS SHR ä' -bg
	rm "$LAST"
	chmod 777 "$T/sys/etc"
	run sh "$T/sys/etc/sms/smsls.sh"
	called -bg
	chmod 755 "$T/sys/etc"
	stub "$T/sys/planted/cli_nt"
	mkdir -p "$T/sys/var/lib/sms"
	printf '[SMS]\nSMSBinPath=%s\n' "$T/sys/planted" >"$T/sys/var/lib/sms/SMS.INI"
	chmod 666 "$T/sys/var/lib/sms/SMS.INI" "$T/sys/etc/sms/logon.conf"
	run sh "$T/sys/etc/sms/smsls.sh"
	want_program "$T/sys/opt/sms/BIN/cli_nt"
	called -bg
fi

begin 'runsms.sh: by hand from the share, also for root; says what came of it'
new_scripts
echo 4 >"$T/code"
run sh "$ROOT/runsms.sh" -n '-d:/a b'
want_code 4
want_out 'the program speaks'
want_out 'smsls: requested'
called "-p:$ROOT" -n '-d:/a b'

begin 'upgrade.sh and deinstal.sh ask for /u and /r'
new_scripts
(cd "$ROOT" && sh upgrade.sh -k >/dev/null 2>&1)
called "-p:$ROOT" -u -k
(cd "$ROOT" && sh ./deinstal.sh >/dev/null 2>&1)
called "-p:$ROOT" -r

begin 'client.sh: runs smswork where it is installed, does nothing where not'
new_scripts
run sh "$ROOT/client.sh"
want_code 0
want_silent
want_no_file "$LAST"
stub "$T/sys/opt/sms/BIN/smswork"
echo 3 >"$T/code"
run sh "$ROOT/client.sh"
want_code 3
want_program "$T/sys/opt/sms/BIN/smswork"

# What a login shell is, before and after it has read sms.sh: variables,
# functions, options, umask, traps, folder.
cat >"$T/state.sh" <<'END'
state() {
	set
	alias
	umask
	trap
	pwd
	echo "flags $-"
	case ${ZSH_VERSION:+zsh} in
	zsh) setopt; typeset -f ;;
	*) set -o ;;
	esac
}
END
# login SHELL OPTION...: reads sms.sh; what stays different is printed.
login() {
	login_shell=$1
	shift
	cat >"$T/login.sh" <<END
. '$T/state.sh'
$*
state >'$T/state.before'
. '$SCRIPTS/profile.d/sms.sh'
state >'$T/state.after'
echo alive
END
	: >"$T/state.before"
	: >"$T/state.after"
	chmod 666 "$T/state.before" "$T/state.after"
	run user "$login_shell" "$T/login.sh"
	# Counters of the shell itself; the command that ran last.
	for when in before after; do
		sed -E '/^(_|RANDOM|SECONDS|EPOCH[A-Z]*|LINENO|BASH_LINENO|SRANDOM|BASH_[A-Z]*|PIPESTATUS|FUNCNAME|TTYIDLE|status|pipestatus|PPID|'"'"'?[?!_$#*@-]'"'"'?)=/d' \
		    "$T/state.$when" >"$T/state.$when.seen"
	done
	case $out in *alive) ;; *) fail "$login_shell ended: $err" ;; esac
	[ -s "$T/state.after" ] || fail "$login_shell said nothing of itself"
	cmp -s "$T/state.before.seen" "$T/state.after.seen" ||
		fail "$login_shell $*: $(diff "$T/state.before.seen" "$T/state.after.seen" | head -n 4 | tr '\n' ' ')"
}

begin 'Q157681: sms.sh leaves no variable, function, option or umask behind, in three shells'
new_scripts
installed_stub
echo 69 >"$T/code"
for shell in dash bash zsh; do
	needs $shell || continue
	rm -f "$LAST"
	for settings in : 'set -e' 'set -u' 'set -eu' 'set -f' 'umask 077' \
	    'script=mine root=mine program=mine line=mine'; do
		login $shell "$settings"
	done
	called '-p:\\PLN-DC1\SMS SHR ä' -bg
done

begin 'Q161412: blanks in PATH and in every name do no harm'
new_scripts
installed_stub
run user env PATH="$T/my programs:/no where:" /bin/sh \
    "$T/sys/etc/sms/smsls.sh" "$ROOT"
want_code 0
called "-p:$ROOT" -bg
run user env PATH="$T/my programs" /bin/sh -c '. "$1"; echo "$PATH"' sh \
    "$SCRIPTS/profile.d/sms.sh"
want_code 0
[ "$out" = "$T/my programs" ] || fail "PATH is now $out"
new_scripts
cd "$ROOT" || exit 2
run env PATH="$T/my programs" /bin/sh ./runsms.sh '-d:/a  b*'
cd "$top" || exit 2
want_code 0
called "-p:$ROOT" '-d:/a  b*'

begin 'sms.sh: silent, eats no input, and takes smsls.sh of the client first'
new_scripts
installed_stub
cp "$T/sys/etc/sms/smsls.sh" "$T/sys/opt/sms/BIN/smsls.sh"
rm "$T/sys/etc/sms/smsls.sh"
printf 'one\ntwo\n' >"$T/input"
user sh -c '. "$1"; cat' sh "$SCRIPTS/profile.d/sms.sh" \
    <"$T/input" >"$T/eaten" 2>&1
want_same "$T/input" "$T/eaten"
want_program "$T/sys/opt/sms/BIN/cli_nt"

begin 'real programs: runsms.sh installs, smsls.sh follows the next release in the background'
new_scripts
new_client
new_site
ROOT="$NET/PLN-DC1/SMS SHR ä"
rm -r "$ROOT"
mkdir -p "$T/sys/etc/sms" "$HOME" "$T/programs"
cp "$BIN/cli_nt" "$BIN/climonnt" "$T/programs/"
cp "$POLICY" "$T/sys/etc/sms/policy.ini"
add BIN/tool one
cp "$BIN/cli_nt" "$SCRIPTS/smsls.sh" "$SRC/BIN/"
run sh "$SCRIPTS/site" "$ROOT" "$T/programs"
want_code 0
release
export SMS_INI="$INI"
run sh "$ROOT/runsms.sh"
want_code 0
want_out 'all is well'
want_installed
want_same "$SRC/BIN/tool" "$CLIENT/BIN/tool"
echo two >"$SRC/BIN/tool"
release
run sh "$SCRIPTS/profile.d/sms.sh"
want_code 0
want_silent
updated() { cmp -s "$SRC/BIN/tool" "$CLIENT/BIN/tool"; }
wait_for updated || fail 'the client does not follow'
installed() { [ "$(ini "$INI" SMS CopyListVersion)" = "$(version_of)" ] && [ ! -e "$CLIENT/.stage" ]; }
wait_for installed
want_installed
mv "$ROOT" "$T/away"
run sh "$CLIENT/BIN/smsls.sh"
want_code 69
want_silent
mv "$T/away" "$ROOT"
unset SMS_INI

begin 'sms.sh: a login shell goes on where nothing is installed'
rm -rf "$T/sys"
run user sh -euc '. "$1"; echo alive' sh "$SCRIPTS/profile.d/sms.sh"
want_code 0
[ "$out" = alive ] || fail "it said $out"
