#!/bin/sh
# Who may include whom: a file includes its own folder's headers, the contracts and base/. A protocol
# includes sockettool/protocol.h and the calculating part of the C library; session/ nothing that
# brings a system call; a contract nothing but contracts and the system's headers.
# usage: check_includes.sh SOURCE_DIRECTORY
set -eu
cd "$1"

calculating='assert complex ctype errno fenv float inttypes limits locale math stdalign stdarg
	stdbool stddef stdint stdio stdlib string strings tgmath time uchar utmpx wchar wctype'

find src include/sockettool -name '*.[ch]' | sort | while read -r file; do
	sed -n 's|^[[:space:]]*#[[:space:]]*include[[:space:]]*\([<"][^>"]*\).*|\1|p' "$file" |
		sed "s|^|$file |"
done | LC_ALL=C awk -v calculating="$calculating" '
BEGIN {
	n = split(calculating, names)
	for (i = 1; i <= n; i++) {
		in_protocol["<" names[i] ".h"] = 1
		if (names[i] != "time" && names[i] != "locale" && names[i] != "utmpx")
			in_session["<" names[i] ".h"] = 1
	}
	in_protocol["\"sockettool/protocol.h"] = 1
	in_session["<stdatomic.h"] = in_session["<pthread.h"] = in_session["<sys/uio.h"] = 1
}
function breach(why) {
	printf "%s: #include %s%s: %s\n", $1, $2, $2 ~ /^</ ? ">" : "\"", why
	failed = 1
}
{
	split($1, part, "/")
	if ($1 ~ /^include\//)
		folder = "sockettool"
	else if ($1 == "src/main.c")
		folder = "command"
	else
		folder = part[2]
	files[$1] = 1
}
$2 ~ /^"/ {
	split(substr($2, 2), path, "/")
	own = path[1] == folder
	if (folder == "protocol") {
		# The parts of a large protocol: doctor.c and doctor_engine.c share doctor_engine.h.
		split(path[2], stem, "_")
		part_of = own && path[2] ~ /_/ && index(part[3], stem[1]) == 1
		if (!($2 in in_protocol) && !part_of)
			breach("a protocol includes sockettool/protocol.h and no other header of ours")
	} else if (folder == "sockettool" && !own) {
		breach("a contract includes contracts only")
	} else if (!own && path[1] != "sockettool" && path[1] != "base") {
		breach(folder "/ includes its own headers, sockettool/ and base/")
	}
}
$2 ~ /^</ && folder == "protocol" && !($2 in in_protocol) {
	breach("a protocol does no input or output and asks no system")
}
$2 ~ /^</ && folder == "session" && !($2 in in_session) {
	breach("session/ makes no system call")
}
END {
	for (file in files)
		count++
	if (count == 0) {
		print "no source files were found"
		failed = 1
	}
	exit failed
}'
