#!/bin/sh
# win-deps.sh: what `make PLATFORM=win32` needs and the distribution has not
# built: PCRE2, inih and, for the tests, cmocka, static, for 64-bit Windows, from
# the distribution's source packages, into build/win32-deps/{include,lib}, with
# the licence of each in licences/. What stands there is left.
#
#   win-deps.sh		makes what is missing; one line for each that cannot be
#   win-deps.sh check	makes nothing: one line for each that programs need and
#			that is missing, tools too
#   win-deps.sh check test	and what the tests need
#
# WIN_DEPS=DIR: they are in DIR already, or go there. WIN_CC: the compiler.
#
# apt is used with lists and files of its own below build/, made from the
# machine's list of sources and its keys: signatures and hashes are checked, and
# the machine's own apt stays as it is.
set -u
cd "$(dirname "$0")/../.." || exit 2
to=${WIN_DEPS:-build/win32-deps}
cc=${WIN_CC:-x86_64-w64-mingw32-gcc}
work=build/win32-sources
case $* in
'' | check | 'check test') ;;
*)
	echo 'win-deps.sh [check [test]]' >&2
	exit 64
	;;
esac

# A mirror does not hold every version that its lists name: the machine's own
# release comes first, then these.
releases='own stable testing unstable'

# PACKAGE LIBRARY HEADER
wanted='pcre2 libpcre2-8.a pcre2.h
libinih libinih.a ini.h
cmocka libcmocka.a cmocka.h'

there() {
	[ -s "$to/lib/$2" ] && [ -s "$to/include/$3" ]
}

# Whether the compiler finds a header and library among its own.
compiler_has() {
	echo "#include <$1>
int main(void) { return 0; }" |
		"$cc" -I"$to/include" -x c - -o build/tmp/has.exe -L"$to/lib" \
		    "$2" 2>/dev/null
	has=$?
	rm -f build/tmp/has.exe
	return $has
}

# What is missing, a line for each. Without the compiler nothing else is known.
tools() {
	for tool in "$cc" "${cc%gcc}ar" "${cc%gcc}windres" "${cc%gcc}windmc"; do
		command -v "$tool" >/dev/null && continue
		echo "win-deps: $tool is missing: package gcc-mingw-w64-x86-64"
		return 1
	done
}

check() {
	tools || return
	mkdir -p build/tmp
	missing=0
	compiler_has gcrypt.h -lgcrypt || {
		echo 'win-deps: libgcrypt is missing: package libgcrypt-mingw-w64-dev'
		missing=1
	}
	compiler_has gpg-error.h -lgpg-error || {
		echo 'win-deps: libgpg-error is missing: package libgpg-error-mingw-w64-dev'
		missing=1
	}
	echo "$wanted" | {
		while read -r package library header; do
			there "$package" "$library" "$header" && continue
			[ "$package" != cmocka ] || [ "$1" = test ] || continue
			echo "win-deps: $package is missing in $to: scripts/dev/win-deps.sh"
			missing=1
		done
		return $missing
	}
}

# The machine's list of sources as one of source packages; RELEASE other than
# `own` stands in place of the machine's.
apt_state() {
	rm -rf "$work/apt/parts/$1"
	mkdir -p "$work/apt/parts/$1" "$work/apt/lists/$1" \
	    "$work/apt/cache/archives/partial" || return
	other=s/^//
	# shellcheck source=/dev/null
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	[ "$1" = own ] || [ -z "$codename" ] || other="/^ *#/!s/\\b$codename\\b/$1/g"
	for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
		[ -f "$list" ] || continue
		sed -n "$other; s/^deb /deb-src /p" "$list" \
		    >"$work/apt/parts/$1/${list##*/}.list"
	done
	for list in /etc/apt/sources.list.d/*.sources; do
		[ -f "$list" ] || continue
		sed "$other; s/^Types:.*/Types: deb-src/" "$list" \
		    >"$work/apt/parts/$1/${list##*/}"
	done
	# Lists of a release that is not there are an error line and no more.
	apt apt-get update >>"$log" 2>&1 || :
}

# apt COMMAND...: with that state.
apt() {
	command=$1
	shift
	"$command" -o Dir::Etc::sourcelist=/dev/null \
	    -o Dir::Etc::sourceparts="$here/parts/$release" \
	    -o Dir::State::lists="$here/lists/$release" \
	    -o Dir::Cache="$here/cache" -o APT::Sandbox::User=root "$@" </dev/null
}

# unpack: what stands in the current folder, into src/; with the changes of the
# distribution where they are there.
unpack() {
	rm -rf src
	for dsc in *.dsc; do
		[ -f "$dsc" ] || break
		dpkg-source --no-check -x "$dsc" src && return
	done
	rm -rf src
	mkdir src
	for tarball in *.orig.tar.*; do
		case $tarball in *.asc) continue ;; esac
		tar -xf "$tarball" -C src --strip-components=1 && return
	done
	return 1
}

# fetch PACKAGE WAY: its newest version that can be had in this release, into
# $work/PACKAGE/src.
fetch() {
	for version in $(apt apt-cache showsrc --only-source "$1" 2>/dev/null |
		sed -n 's/^Version: //p' | sort -rVu); do
		rm -rf "${work:?}/$1"
		mkdir -p "$work/$1"
		(cd "$work/$1" && apt apt-get source "$2" --download-only \
		    "$1=$version" && unpack) >>"$log" 2>&1 && {
			echo "win-deps: $1 $version ($release)"
			return 0
		}
	done
	return 1
}

# A package whose upstream tar alone is left is better than none.
find_source() {
	for way in whole tar; do
		for release in $releases; do
			apt_ready "$release"
			case $way in
			tar) fetch "$1" --tar-only && return ;;
			*) fetch "$1" --only-source && return ;;
			esac
		done
	done
	return 1
}

# The lists of a release are fetched once in a run.
apt_ready() {
	case " $releases_ready " in *" $1 "*) return ;; esac
	releases_ready="$releases_ready $1"
	apt_state "$1"
}

# compile NAME SOURCE...: objects and archive, in the current folder.
compile() {
	library=$1
	shift
	rm -f -- *.o "$library"
	# shellcheck disable=SC2086
	printf '%s\n' "$@" | xargs -P 2 -n 4 "$cc" -O2 -DNDEBUG \
	    -fstack-protector-strong $flags -c &&
		"${cc%gcc}ar" rcs "$library" ./*.o
}

pcre2_parts='auto_possess chkdint compile compile_cgroup compile_class config
context convert dfa_match error extuni find_bracket jit_compile maketables match
match_data match_next newline ord2utf pattern_info script_run serialize
string_utils study substitute substring tables ucd valid_utf xclass'

make_pcre2() {
	cd src/src || return
	cp config.h.generic config.h && cp pcre2.h.generic pcre2.h &&
		cp pcre2_chartables.c.dist pcre2_chartables.c || return
	set -- pcre2_chartables.c
	for part in $pcre2_parts; do
		[ ! -f "pcre2_$part.c" ] || set -- "$@" "pcre2_$part.c"
	done
	flags='-DHAVE_CONFIG_H -DPCRE2_CODE_UNIT_WIDTH=8 -DPCRE2_STATIC
		-DSUPPORT_PCRE2_8 -DSUPPORT_UNICODE -DHAVE_MEMMOVE -I.'
	compile libpcre2-8.a "$@" && mv libpcre2-8.a pcre2.h ../..
}

make_libinih() {
	cd src || return
	flags=
	compile libinih.a ini.c && cp libinih.a ini.h ..
}

make_cmocka() {
	cd src || return
	flags='-Iinclude -DHAVE_INTTYPES_H -DHAVE_STDINT_H -DHAVE_MALLOC_H
		-DHAVE_SIGNAL_H -DHAVE_SETJMP_H -DHAVE_TIME_H
		-DHAVE_STRUCT_TIMESPEC -DHAVE_UNISTD_H -DHAVE_IO_H
		-DHAVE_STRINGS_H -D__USE_MINGW_ANSI_STDIO=1 -D_POSIX_C_SOURCE'
	compile libcmocka.a src/cmocka.c && cp libcmocka.a include/cmocka*.h ..
}

make_it() {
	case $1 in
	pcre2) make_pcre2 ;;
	libinih) make_libinih ;;
	cmocka) make_cmocka ;;
	esac
}

# licence PACKAGE: the text of its licence, where the source has it.
licence() {
	for text in debian/copyright LICENCE LICENCE.md LICENSE LICENSE.txt COPYING; do
		[ -f "$work/$1/src/$text" ] || continue
		cp "$work/$1/src/$text" "$to/licences/$1.txt"
		return
	done
}

build() {
	(cd "$work/$1" && make_it "$1") >>"$log" 2>&1 || {
		echo "win-deps: $1 does not compile: the end of $log says why"
		return 1
	}
	cp "$work/$1"/*.h "$to/include/" && licence "$1" &&
		cp "$work/$1/$2" "$to/lib/$2.new" && mv "$to/lib/$2.new" "$to/lib/$2"
}

if [ "${1:-}" = check ]; then
	check "${2:-}"
	exit
fi
tools || exit 1
mkdir -p "$work" "$to/include" "$to/lib" "$to/licences" || exit 2
log=$PWD/$work/log
: >"$log"
here=$PWD/$work/apt
releases_ready=
bad=0
while read -r package library header; do
	there "$package" "$library" "$header" && continue
	if ! command -v apt-get >/dev/null; then
		echo "win-deps: $package: no apt here; WIN_DEPS=DIR names where it is"
		bad=1
	elif ! find_source "$package"; then
		echo "win-deps: $package: no source package of it can be had"
		bad=1
	else
		build "$package" "$library" || bad=1
	fi
done <<END_OF_LIST
$wanted
END_OF_LIST
exit $bad
