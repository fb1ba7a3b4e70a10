#!/bin/sh
# The other checks find what they are for: each breach, planted in a copy of the sources, is named.
# usage: check_checks.sh SOURCE_DIRECTORY
set -eu
cd "$1"
here=$PWD/tests
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
trap 'exit 1' HUP INT TERM
failed=0

# plant CHECK FILE LINE: the check, quiet about a small tree, must name the file that gets the line.
plant() {
	rm -rf "$copy/src" "$copy/include" "$copy/tests"
	for folder in src/base src/command src/endpoint src/protocol src/session src/transport \
		include/sockettool tests/base; do
		mkdir -p "$copy/$folder"
		printf '#include <stddef.h>\n\t/* \303\251 %084d */\n' 0 >"$copy/$folder/clean.c"
	done
	printf '#include "command/command.h"\n' >"$copy/src/main.c"
	if ! sh "$here/$1" "$copy" >"$copy/output"; then
		echo "$1 fails on clean sources:"
		cat "$copy/output"
		failed=1
	fi
	printf '%b\n' "$3" >>"$copy/$2"
	if sh "$here/$1" "$copy" >"$copy/output" || ! grep -q "^$2:" "$copy/output"; then
		echo "$1 does not find this in $2: $3"
		failed=1
	fi
}

include_lines() {
	plant check_includes.sh "$@"
}

include_lines src/protocol/planted.c '#include "base/log.h"'
include_lines src/protocol/planted.c '#include "protocol/other.h"'
include_lines src/protocol/planted.c '#include "sockettool/connection.h"'
include_lines src/protocol/planted.c '#include <sys/socket.h>'
include_lines src/protocol/planted.c '#include <unistd.h>'
include_lines src/protocol/planted.c '  #  include	<netdb.h> /* names */'
include_lines src/session/planted.c '#include "transport/poller.h"'
include_lines src/session/planted.c '#include <sys/socket.h>'
include_lines src/session/planted.c '#include <time.h>'
include_lines src/session/planted.h '#include <poll.h>'
include_lines src/transport/planted.c '#include "session/send_queue.h"'
include_lines src/transport/planted.c '#include "protocol/echo.h"'
include_lines src/endpoint/planted.c '#include "command/options.h"'
include_lines src/command/planted.c '#include "endpoint/screen.h"'
include_lines src/base/planted.c '#include "session/chunk.h"'
include_lines src/base/planted.c '#include "error.h"'
include_lines src/base/planted.c '#include "../base/error.h"'
include_lines src/main.c '#include "endpoint/screen.h"'
include_lines include/sockettool/planted.h '#include "base/error.h"'

source_lines() {
	plant check_source.sh "$@"
}

# The clean files have a line of just 100 columns.
hundred=$(printf '%0100d' 0)
source_lines src/base/planted.c 'int a; '
source_lines src/base/planted.c 'int a;\r'
source_lines tests/base/planted.c 'int a;\t'
source_lines src/base/planted.c "${hundred}x"
source_lines src/base/planted.c "\t${hundred%00000000}x"
source_lines src/base/planted.c '    int a;'
source_lines src/base/planted.c '\t        int a;'
source_lines src/base/planted.c '/* TODO */'
source_lines src/base/planted.c '/* FIXME: later */'
source_lines tests/base/planted.c '// XXX'
source_lines src/base/planted.c '#include "../other/x.h"'
source_lines src/base/planted.c 'open("/home/someone/x");'
source_lines src/base/planted.c '/* see /proc/self/fd and /opt/x/y */'
source_lines src/base/planted.c "$(yes '\n' | head -n 451 | tr -d '\n')"

exit $failed
