#!/bin/sh
# What the compiler does not see: files of one job and lines that fit a screen, tabs, nothing left
# undone, and no path that exists on one machine only.
# usage: check_source.sh SOURCE_DIRECTORY
set -eu
cd "$1"

find src include tests -name '*.[ch]' | sort | LC_ALL=C awk '
function complain(why) {
	printf "%s:%d: %s\n", file, line, why
	failed = 1
}
# The columns a line takes: tabs go to multiples of 8, and a UTF-8 character is one.
function columns(text,    i, column, pieces, n) {
	gsub(/[\200-\277]/, "", text)
	n = split(text, pieces, "\t")
	for (i = 1; i < n; i++)
		column += 8 - (column + length(pieces[i])) % 8 + length(pieces[i])
	return column + length(pieces[n])
}
# Whether a path begins in a directory that not every machine has.
function strange_path(text,    directory) {
	while (match(text, /(^|[ \t"(=])\/[A-Za-z0-9_.-]+\//)) {
		directory = substr(text, RSTART, RLENGTH)
		sub(/^[^\/]*\//, "", directory)
		sub(/\/$/, "", directory)
		if (directory !~ /^(bin|dev|etc|proc|run|rustc|sys|tmp|usr|var)$/)
			return 1
		text = "x" substr(text, RSTART + RLENGTH)
	}
	return 0
}
function check(text) {
	if (text ~ /[ \t\r]$/)
		complain("white space at the end of the line")
	if (columns(text) > 100)
		complain("longer than 100 columns")
	if (text ~ /^ [^*]/ || text ~ /^\t*        / || text ~ /^\t* +\t/)
		complain("indented with spaces")
	if (text ~ /(^|[^A-Za-z0-9_])(TODO|FIXME|XXX)([^A-Za-z0-9_]|$)/)
		complain("something is left to do")
	if (file !~ /^tests\// && (text ~ /\.\.\// || strange_path(text)))
		complain("a path outside the project")
}
{
	file = $0
	line = 0
	while ((getline text < file) > 0) {
		line++
		check(text)
	}
	close(file)
	if (line == 0)
		complain("empty")
	if (file ~ /^src\// && line > 450)
		complain("more than 450 lines: the file has more than one job")
	count++
}
END {
	if (count == 0) {
		print "no source files were found"
		failed = 1
	}
	exit failed
}'
