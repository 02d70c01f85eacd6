# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: MIT
#
# What a benchmark may use: a sandbox, gotofs, a copy of its tree on a tmpfs,
# passthrough_ll over that copy, and a table. The script sets $build, and
# $work: an empty folder of its own.

gotofs=$build/gotofs
profile=sandbox
mnt=$work/mnt
peer=$work/peer
table=() # rows, the fields divided by a tab
headings=(what gotofs tmpfs passthrough_ll ratio goal reached)
declare -i missed=0
sandbox_pid='' daemon_pid='' peer_pid=''

export LC_ALL=C XDG_CONFIG_HOME=$work/config

say() {
	printf '# %s\n' "$*" >&2
}

die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 2
}

# wait_until SECONDS CMD...
wait_until() {
	local until=$((SECONDS + $1 + 1))
	shift
	while ! "$@" 2>/dev/null; do
		test $SECONDS -lt $until || return 1
		sleep 0.01 # poll
	done
}

# --------------------------------------------------------------------- sandbox

# start_sandbox USERS [PRODUCTS]: of which it is asked who uses them, as fast as
# may be; none
start_sandbox() {
	mkdir -p "$XDG_CONFIG_HOME/gotofs"
	mkfifo "$work/fifo"
	"$build/contrib/sandbox/gotofs-sandbox" --rate 0 --users "$1" \
		--profile "$XDG_CONFIG_HOME/gotofs/$profile.conf" \
		>"$work/fifo" 2>"$work/sandbox.log" &
	sandbox_pid=$!
	read -r -t 60 _ _ sandbox_url <"$work/fifo" || die "no sandbox"
	rm "$work/fifo"
	printf '[activity]\nproducts = %s\nrate = 100\n' "${2-none}" \
		>>"$XDG_CONFIG_HOME/gotofs/$profile.conf"
}

stop_sandbox() {
	test -n "$sandbox_pid" || return 0
	kill "$sandbox_pid"
	wait "$sandbox_pid"
	sandbox_pid=
}

# sandbox METHOD PATH [CURL-OPTION...]
sandbox() {
	local method=$1 path=$2
	shift 2
	curl -sS --fail --max-time 60 -X "$method" \
		"$sandbox_url/sandbox/$path" "$@"
}

# calls [JQ-CONDITION]: of the API, OAuth's not among them
calls() {
	sandbox GET counters | jq "[.byRoute | to_entries[] |
		select(.key | contains(\"oauth\") | not) |
		select(${1-true}) | .value] | add"
}

calls_clear() {
	sandbox POST counters/clear >/dev/null
}

# ---------------------------------------------------------------------- gotofs

# start_gotofs STATE [OPT[,OPT]]: until it answers
start_gotofs() {
	mkdir -p "$mnt"
	"$gotofs" mount -f -o "rate=100,state_dir=$1,${2-refresh=0}" \
		"$profile" "$mnt" 2>"$work/daemon.log" &
	daemon_pid=$!
	socket=$1/control.sock
	wait_until 300 daemon_is_up || die "gotofs does not get ready"
	kill -0 "$daemon_pid" 2>/dev/null || die "$(cat "$work/daemon.log")"
}

daemon_is_up() {
	mountpoint -q "$mnt" && test -e "$mnt/.gotofs/HELP" && return
	! kill -0 "$daemon_pid" 2>/dev/null
}

stop_gotofs() {
	test -n "$daemon_pid" || return 0
	kill "$daemon_pid"
	wait "$daemon_pid" || say "the daemon's exit status is $?"
	cat "$work/daemon.log" >&2
	daemon_pid=
}

# requests: all that ever reached the daemon. statfs is not counted: find and
# grep -r ask it, and the kernel never keeps the answer. Asked of the control
# socket, because "gotofs status" itself goes through the mount.
requests() {
	python3 -c '
import json, socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(b"{\"command\":\"status\"}\n")
r = json.loads(s.makefile().readline())["status"]["requests"]
print(sum(n for op, n in r.items() if op != "statfs"))' "$socket"
}

rss_mib() {
	awk '/^VmRSS/ { printf "%.0f\n", $2 / 1024 }' "/proc/$daemon_pid/status"
}

# -------------------------------------------------------------- passthrough_ll

# Prints the path of libfuse's example, as Debian's libfuse3-dev has it; where
# the documentation of packages is not installed, out of the package itself.
passthrough_source() {
	local file=usr/share/doc/libfuse3-dev/examples/passthrough_ll.c
	if test -e "/$file"; then
		echo "/$file"
		return
	fi
	mkdir "$work/deb" && cd "$work/deb" &&
		apt-get download libfuse3-dev >&2 &&
		dpkg-deb -x libfuse3-dev_*.deb . &&
		test -e "$file" && echo "$work/deb/$file"
}

build_passthrough() {
	local source flags
	source=$(passthrough_source) || return 1
	read -ra flags <<<"$(pkg-config --cflags --libs fuse3)"
	cc -O2 -w -o "$work/passthrough_ll" "$source" "${flags[@]}"
}

# start_passthrough SOURCE: anew. It holds a descriptor for each file that it
# was asked for: where the limit cannot be raised, some trees are too big for it.
start_passthrough() {
	stop_passthrough
	mkdir -p "$peer"
	(
		ulimit -n 1000000 2>/dev/null || ulimit -n "$(ulimit -Hn)"
		exec "$work/passthrough_ll" -f \
			-o "source=$1,cache=always" "$peer"
	) 2>"$work/passthrough.log" &
	peer_pid=$!
	wait_until 10 mountpoint -q "$peer"
}

stop_passthrough() {
	test -n "$peer_pid" || return 0
	umount "$peer"
	kill "$peer_pid" 2>/dev/null
	wait "$peer_pid"
	peer_pid=
}

# ----------------------------------------------------------------------- table

# timed CMD...: sets $ms to how long it took, with two decimals
timed() {
	local start=${EPOCHREALTIME/[.,]/} us
	"$@" >/dev/null || return
	us=$((${EPOCHREALTIME/[.,]/} - start))
	printf -v ms '%d.%02d' $((us / 1000)) $((us % 1000 / 10))
}

# median NUMBER...
median() {
	printf '%s\n' "$@" | sort -g | sed -n "$((($# + 1) / 2))p"
}

# least NUMBER...
least() {
	printf '%s\n' "$@" | sort -g | head -n 1
}

# holds AWK-CONDITION: over numbers
holds() {
	awk "BEGIN { exit !($1) }"
}

ratio() {
	awk "BEGIN { printf \"%.2f\", $1 / $2 }"
}

# row WHAT and a value under each of the headings [AWK-CONDITION]: one that holds
# if the goal is reached; without it there is no goal.
row() {
	local reached=-
	if test $# -ge 7; then
		reached=yes
		holds "$7" || reached=NO
		test $reached = yes || missed=$((missed + 1))
	fi
	table+=("$1	$2	$3	$4	$5	$6	$reached")
	say "$1: $2 (${headings[2]} $3, ${headings[3]} $4) $6: $reached"
}

print_table() {
	local IFS=$'\t'
	printf '%s\n' "${headings[*]}" "${table[@]}" |
		column -t -s "$IFS" -o ' | '
}

stop_all() {
	stop_gotofs
	stop_passthrough
	stop_sandbox
}
