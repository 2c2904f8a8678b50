#!/bin/sh
# How the programs are linked: what a start costs, and that a client needs
# nothing but the program.
. "$(dirname "$0")/lib.sh"

built=$top/build/posix/bin
libs=$top/scripts/dev/libs
programs=$(cd "$built" && ls)

# A compiler that links nothing which needs WORD: an archive is missing.
compiler_without() {
	printf '#!/bin/sh\ncase " $* " in *" %s "*) exit 1 ;; esac\nexec %s "$@"\n' \
	    "$1" "${CC:-gcc}" >"$T/cc"
	chmod 755 "$T/cc"
}

begin 'a program needs no loader, no library and no name service'
case $(sh "$libs" yes "${CC:-gcc}") in
*-static-pie*) ;;
*) skip 'the archives of the libraries are not installed' ;;
esac
[ -n "$programs" ] || fail 'no program is built'
for name in $programs; do
	[ -z "$case_skip" ] || break
	readelf -lW "$built/$name" >"$T/segments" || fail "$name is not built"
	grep -q INTERP "$T/segments" && fail "$name wants a loader"
	readelf -dW "$built/$name" | grep NEEDED && fail "$name wants a library"
	nm "$built/$name" | grep -i 'nss_' && fail "$name brings name services"
done

begin 'a program stands at another address each time, its tables read-only'
for name in $programs; do
	readelf -hW "$built/$name" | grep -q 'Type:.*DYN' ||
		fail "$name has a fixed address"
	readelf -lW "$built/$name" | grep -q RELRO || fail "$name: no relro"
	readelf -lW "$built/$name" | grep -q 'STACK.* RWE' &&
		fail "$name has a stack that can be run"
done

begin 'without archives, or when told so, programs link what is shared'
run sh "$libs" no "${CC:-gcc}"
want_out '-pie -Wl,--as-needed -linih'
case $out in *tatic*) fail "no: $out" ;; esac
compiler_without -static-pie
run sh "$libs" yes "$T/cc"
want_code 0
case $out in *static-pie*) fail "without the C library's archive: $out" ;; esac
compiler_without -lpcre2-8
run sh "$libs" yes "$T/cc"
want_code 0
case $out in *tatic*) fail "without an archive: $out" ;; esac
want_out '-pie -Wl,--as-needed -linih'
