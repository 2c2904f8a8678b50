# Makes the tables of doc/bench.md of the lines that the rows left: row, work,
# role, who, unit, runs, min, q1, median, q3, p99; goals are row, work, "goal",
# statistic, factor, of whom. The work "*" stands for every work of its row.

BEGIN { FS = "\t"; OFS = "\t" }

function plain(v) {
	return v == int(v) && v < 99.5 ? v "" : sprintf(v < 0.995 ? "%.2f" : v < 99.5 ? "%.3g" : "%.0f", v)
}

# Median, and the quartiles where there was more than one run.
function cell(k,   text) {
	text = plain(median[k])
	if (unit[k] != "ms" && unit[k] != "1") text = text " " unit[k]
	if (runs[k] > 1) text = text " (" plain(q1[k]) "-" plain(q3[k]) ")"
	if (wants_p99[row_of[k]]) text = text " p99 " plain(p99[k])
	return text
}

function value(k, stat) { return stat == "p99" ? p99[k] : median[k] }

$3 == "goal" {
	id = $1 FS $2
	goals[id] = goals[id] (id in goals && goals[id] != "" ? "\n" : "") $4 FS $5 FS $6
	if ($4 == "p99") wants_p99[$1] = 1
	next
}

{
	k = $1 FS $2 FS $3 FS $4
	key[++keys] = k
	row_of[k] = $1; work_of[k] = $2; role_of[k] = $3; who_of[k] = $4
	unit[k] = $5; runs[k] = $6
	q1[k] = $8; median[k] = $9; q3[k] = $10; p99[k] = $11
	id = $1 FS $2
	if ($2 != "*" && !(id in seen)) { seen[id] = 1; line[++lines] = id }
}

# The key of WHO for a row and work, else of its row.
function find(id, who,   i, k, part) {
	split(id, part, FS)
	for (i = 1; i <= keys; i++) {
		k = key[i]
		if (row_of[k] == part[1] && who_of[k] == who &&
		    (work_of[k] == part[2] || work_of[k] == "*"))
			return k
	}
	return ""
}

# The first floor of a row and work: what is meant by "the floor".
function floor_of(id,   i, part) {
	split(id, part, FS)
	for (i = 1; i <= keys; i++)
		if (role_of[key[i]] == "floor" && row_of[key[i]] == part[1] &&
		    (work_of[key[i]] == part[2] || work_of[key[i]] == "*"))
			return key[i]
	return ""
}

function cells(id, role,   i, k, part, text) {
	split(id, part, FS)
	for (i = 1; i <= keys; i++) {
		k = key[i]
		if (role_of[k] != role || row_of[k] != part[1] ||
		    (work_of[k] != part[2] && work_of[k] != "*"))
			continue
		text = text (text == "" ? "" : "; ") \
		    (role == "peer" || role == "floor" ? who_of[k] " " : "") cell(k)
	}
	return text == "" ? "-" : text
}

# Sets ratio, wanted and met of one line.
function judge(id,   n, g, i, part, ours, k, r, other) {
	ratio = wanted = met = ""
	ours = ""
	for (i = 1; i <= keys; i++)
		if (role_of[key[i]] == "ours" && row_of[key[i]] FS work_of[key[i]] == id)
			ours = key[i]
	n = split(goals[id], g, "\n")
	for (i = 1; i <= n; i++) {
		split(g[i], part, FS)
		if (part[3] ~ /^(ms|MiB|1)$/) {
			r = value(ours, part[1])
			other = part[3] == "1" ? "" : " " part[3]
		} else {
			k = find(id, part[3])
			if (k == "") { other = part[3]; r = -1 }
			else {
				r = value(ours, part[1]) / value(k, part[1])
				other = k == floor_of(id) ? " x floor" : " x " part[3]
			}
		}
		if (i > 1) { ratio = ratio "; "; wanted = wanted "; "; met = met "; " }
		ratio = ratio (part[1] == "p99" ? "p99 " : "") \
		    (r < 0 ? "-" : plain(r) other)
		wanted = wanted (part[1] == "p99" ? "p99 " : "") "<= " part[2] other
		met = met (r < 0 ? "not installed" : r <= part[2] ? "yes" : "**no**")
	}
	if (n == 0) { ratio = wanted = met = "-" }
}

# Work without its number, and the number: what grows.
function series(k,   text) {
	text = work_of[k]
	gsub(/[0-9][0-9,]*/, "N", text)
	return row_of[k] FS text FS who_of[k]
}
function amount(k,   text) {
	text = work_of[k]
	if (!match(text, /[0-9][0-9,]*/)) return 0
	text = substr(text, RSTART, RLENGTH)
	gsub(/,/, "", text)
	return text + 0
}

END {
	print "| row | work | ours | others | floor | ratio | goal | met |"
	print "|---|---|---|---|---|---|---|---|"
	for (l = 1; l <= lines; l++) {
		id = line[l]
		split(id, part, FS)
		judge(id)
		printf "| %s | %s | %s | %s | %s | %s | %s | %s |\n", part[1],
		    part[2], cells(id, "ours"), cells(id, "peer"),
		    cells(id, "floor"), ratio, wanted, met
	}
	print ""
	print "How the cost grows with the work (medians; the last column is the largest"
	print "by the smallest amount of work, where 1.0 is no growth):"
	print ""
	print "| row | work | who | | grows |"
	print "|---|---|---|---|---|"
	for (i = 1; i <= keys; i++) {
		k = key[i]
		s = series(k)
		if (work_of[k] == "*") continue
		if (!(s in first)) { order[++n_series] = s; first[s] = k }
		steps[s] = steps[s] (steps[s] == "" ? "" : ", ") \
		    amount(k) ": " plain(median[k])
		last[s] = k
	}
	for (i = 1; i <= n_series; i++) {
		s = order[i]
		if (first[s] == last[s] || median[first[s]] == 0) continue
		split(s, part, FS)
		printf "| %s | %s | %s | %s | %.1f x from %s to %s |\n", part[1],
		    part[2], part[3], steps[s],
		    median[last[s]] / median[first[s]],
		    amount(first[s]), amount(last[s])
	}
}
