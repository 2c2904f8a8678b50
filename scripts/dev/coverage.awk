# What gcov -bn prints, as a table. A source comes several times, once for each
# program or test that holds it: objects are shared, so the counts are the same.
/^File / {
	file = $0
	sub(/^File '/, "", file)
	sub(/'$/, "", file)
	ours = file ~ /^(lib|platform|cli_nt|cliver|monitor|site)\// &&
	    file ~ /\.c$/
	next
}
!ours { next }
function share(text) { sub(/^.*:/, "", text); sub(/%.*/, "", text); return text }
function of(text) { sub(/.* of /, "", text); return text + 0 }
/^Lines executed/ && !(file in lines) {
	lines[file] = of($0)
	executed[file] = share($0) * of($0) / 100
	name[++files] = file
}
/^Taken at least once/ && !(file in branches) {
	branches[file] = of($0)
	taken[file] = share($0) * of($0) / 100
}
function row(label, l, e, b, t) {
	printf "%-34s %6d %5.1f %% %7d %5.1f %%\n", label, l,
	    l ? 100 * e / l : 100, b, b ? 100 * t / b : 100
}
END {
	printf "%-34s %6s %7s %7s %7s\n", "file", "lines", "run", "branches",
	    "taken"
	for (i = 1; i <= files; i++) {
		f = name[i]
		row(f, lines[f], executed[f], branches[f], taken[f])
		l += lines[f]; e += executed[f]
		b += branches[f]; t += taken[f]
	}
	row("all", l, e, b, t)
}
