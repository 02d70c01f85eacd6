# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What an e2e test may use: a real sandbox, a real mount, in a folder of its
# own. A test is a script that sources this and goes on to the first failure:
#
#	. "$(dirname "$0")/functions.sh"
#	start_sandbox
#	mount_tenant
#	expect cp new.json "$mnt/users/ann.lee@example.com.json"
#	expect_calls "PUT /users/{}=1"
#
# At its end the mount is taken down: the daemon must exit 0 and have logged
# nothing, or the test has failed after all. Waiting is always for an event,
# and bounded; no sleep stands for one.
#
# tests/e2e/run sets BUILD and WORK; by hand: tests/e2e/run -k NAME.

set -u -o pipefail
export LC_ALL=C

: "${BUILD:?run me through tests/e2e/run}" "${WORK:?}"
gotofs=$BUILD/gotofs
sandbox_program=$BUILD/contrib/sandbox/gotofs-sandbox
mnt=$WORK/mnt                # where mount_tenant mounts
daemon_log=$WORK/daemon.log  # the daemon's stderr
profile=sandbox              # in $XDG_CONFIG_HOME/gotofs
sandbox_url=
sandbox_pid=
daemon_pid=
other_pids= # more daemons, which fall with the test
ending= # not empty: the test is over, one way or the other
# Lines that the daemon may log, as an extended regular expression. A test
# that provokes a warning names it here.
log_allowed='^$'

export XDG_CONFIG_HOME=$WORK/config XDG_STATE_HOME=$WORK/state
mkdir -p "$XDG_CONFIG_HOME/gotofs" "$XDG_STATE_HOME" "$mnt"
cd "$WORK" || exit 1
exec {nap_fd}<> <(:) # nothing ever comes

# ------------------------------------------------------------- saying, failing

# What comes next, for whoever reads the log of a failure.
step() {
	printf '# %s\n' "$*"
}

# The line of the test script that called us.
where() {
	local i
	for ((i = 1; i < ${#BASH_SOURCE[@]}; i++)); do
		if [[ ${BASH_SOURCE[i]##*/} != functions*.sh ]]; then
			echo "${BASH_SOURCE[i]##*/}:${BASH_LINENO[i - 1]}"
			return
		fi
	done
}

fail() {
	printf 'FAILED at %s: %s\n' "$(where)" "$*"
	test -z "$ending" || stop_all 1
	exit 1
}

# ------------------------------------------------------------------- expecting

# expect CMD...: it exits 0. Its output stays in $WORK/out and $WORK/err.
expect() {
	"$@" >"$WORK/out" 2>"$WORK/err" && return
	fail "exit $? of: $*" "$(tail -n 20 "$WORK/out" "$WORK/err")"
}

# expect_out TEXT CMD...: it exits 0 and prints exactly TEXT.
expect_out() {
	local want=$1 got
	shift
	got=$("$@" 2>"$WORK/err") || fail "exit $? of: $*" "$(cat "$WORK/err")"
	test "$got" = "$want" || fail "$*: expected \"$want\", got \"$got\""
}

# refuse TEXT EXIT CMD...: it exits EXIT, and says TEXT on stderr.
refuse() {
	local text=$1 want=$2 got
	shift 2
	"$@" >"$WORK/out" 2>"$WORK/err"
	got=$?
	test $got -eq "$want" ||
		fail "exit $got, not $want, of: $*" "$(tail -n 20 "$WORK/err")"
	grep -qF -- "$text" "$WORK/err" ||
		fail "no \"$text\" from: $*" "$(tail -n 20 "$WORK/err")"
}

# said TEXT: the last expect or refuse printed it
said() {
	grep -qF -- "$1" "$WORK/out" "$WORK/err" ||
		fail "nothing said \"$1\"" "$(tail -n 20 "$WORK/out" "$WORK/err")"
}

# is WANT GOT
is() {
	test "$1" = "$2" || fail "expected \"$1\", got \"$2\""
}

# await SECONDS CMD...: until it exits 0, looking again and again.
await() {
	local until=$((SECONDS + $1 + 1))
	shift
	while ! "$@" >/dev/null 2>&1; do
		test $SECONDS -lt $until || fail "never came true: $*"
		read -r -t 0.02 -u "$nap_fd" # a poll, without a process
	done
}

# free_port: of loopback, which nobody listens on now
free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

# ------------------------------------------------------------------- meanwhile

# in_background CMD...: its process is $waiting; its words go to
# $WORK/background, its status to ended
in_background() {
	"$@" >>"$WORK/background" 2>&1 &
	waiting=$!
}

# ended STATUS [TEXT]: the one in the background, now or soon, and said TEXT
ended() {
	local status
	wait "$waiting"
	status=$?
	test $status -eq "$1" ||
		fail "exit $status, not $1" "$(tail "$WORK/background")"
	test $# -eq 1 || grep -qF -- "$2" "$WORK/background" ||
		fail "no \"$2\"" "$(cat "$WORK/background")"
}

# has_ended PID
has_ended() {
	! kill -0 "$1" 2>/dev/null
}

waits() {
	kill -0 "$waiting" 2>/dev/null || fail "it does not wait"
}

# --------------------------------------------------------------------- sandbox

# start_sandbox [OPTION...]: a tenant, and a profile that leads to it.
start_sandbox() {
	local fifo=$WORK/sandbox.fifo
	mkfifo "$fifo"
	"$sandbox_program" --port 0 --rate 0 --users 200 --seed 1 \
		--profile "$XDG_CONFIG_HOME/gotofs/$profile.conf" "$@" \
		>"$fifo" 2>"$WORK/sandbox.log" &
	sandbox_pid=$!
	read -r -t 60 _ _ sandbox_url <"$fifo" || fail "the sandbox did not start"
	rm "$fifo"
	# calls are exact: nobody asks in the background, unless a test says so
	printf '\n[activity]\nproducts = %s\nrate = 100\n' \
		"${activity_products:-none}" \
		>>"$XDG_CONFIG_HOME/gotofs/$profile.conf"
}

stop_sandbox() {
	kill "$sandbox_pid"
	wait "$sandbox_pid"
	is 0 $?
	sandbox_pid=
}

# sandbox METHOD PATH [CURL-OPTION...]: its control endpoint
sandbox() {
	local method=$1 path=$2
	shift 2
	curl -sS --fail-with-body --max-time 60 -X "$method" \
		"$sandbox_url/sandbox/$path" "$@"
}

# fault JSON, switch JSON, mutate JSON, advance_ms N: see the sandbox's README
fault() {
	expect sandbox POST fault -d "$1"
}

fault_clear() {
	expect sandbox DELETE fault
}

switch() {
	expect sandbox POST switch -d "$1"
}

mutate() {
	expect sandbox POST mutate -d "$1"
}

advance_ms() {
	expect sandbox POST clock -d "{\"advance_ms\":$1}"
}

# tenant_user EMAIL [JQ-FILTER]: the truth; nothing when there is no such user
tenant_user() {
	sandbox GET user -G --data-urlencode "email=$1" 2>/dev/null |
		jq -r "if .email then ${2-.} else empty end"
}

# tenant_license DESCRIPTION [JQ-FILTER], tenant_group NAME [JQ-FILTER]
tenant_license() {
	sandbox GET state | jq -r --arg d "$1" \
		"first(.licenses[] | select(.description == \$d)) | ${2-.}"
}

tenant_group() {
	sandbox GET state | jq -r --arg d "$1" \
		"first(.groups[] | select(.name == \$d)) | ${2-.}"
}

# log_in PROFILE: by a browser; what was said to whom is in $WORK/login
log_in() {
	rm -f "$WORK/login" # of the last one
	"$gotofs" login --port 0 "$1" >"$WORK/login" 2>&1 </dev/null &
	waiting=$!
	await 60 grep -q ^http "$WORK/login"
	expect curl -sSL --max-time 60 "$(grep ^http "$WORK/login")"
	wait $waiting
	is 0 $?
}

# --------------------------------------------------------------- counted calls

calls_clear() {
	expect sandbox POST counters/clear
}

# requests [NAME]: that ever reached the daemon. Without NAME all but statfs:
# find and grep -r ask it, and the kernel never keeps the answer. Asked of the
# control socket, because "gotofs status" itself goes through the mount.
requests() {
	python3 - "$XDG_STATE_HOME/gotofs/$profile/control.sock" "${1-}" <<'END'
import json, socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(b'{"command":"status"}\n')
r = json.loads(s.makefile().readline())["status"]["requests"]
print(r[sys.argv[2]] if sys.argv[2] else
      sum(n for op, n in r.items() if op != "statfs"))
END
}

# The calls of the API since then, "ROUTE=N" a line, in byte order; OAuth's
# are not among them.
calls() {
	sandbox GET counters | jq -r '.byRoute | to_entries[] |
		select(.value > 0 and (.key | contains("oauth") | not)) |
		"\(.key)=\(.value)"' | sort
}

# expect_calls [ROUTE=N]...: these and no others. Clears the counters.
expect_calls() {
	local want got
	want=$(if test $# -gt 0; then printf '%s\n' "$@"; fi | sort)
	got=$(calls) || fail "no counters"
	test "$got" = "$want" ||
		fail "expected the calls" "${want:-none}" "and got" "${got:-none}"
	calls_clear
}

# expect_writes [ROUTE=N]...: these calls that change something and no others
# (whoever was pushed to a moment ago is read again). Clears the counters.
expect_writes() {
	local want got
	want=$(if test $# -gt 0; then printf '%s\n' "$@"; fi | sort)
	got=$(calls | grep -v '^GET ')
	test "$got" = "$want" ||
		fail "expected the writing calls" "${want:-none}" "and got" "${got:-none}"
	calls_clear
}

# wait_for_calls ROUTE N: since calls_clear
wait_for_calls() {
	# (curl --data-urlencode writes a blank as +, which a path is not)
	sandbox GET wait -G -d "route=$(jq -rn --arg r "$1" '$r | @uri')" \
		-d "count=$2" -d timeout_ms=30000 >"$WORK/out" 2>&1 ||
		fail "never asked $2 times: $1" "$(calls)"
}

# ----------------------------------------------------------------------- mount

# mount_tenant [OPT[,OPT]]: in the foreground, as a child of ours. Without
# refresh, so that calls are exact; with a short settle time.
mount_tenant() {
	start_daemon "$profile" "$mnt" "$@"
	await 120 daemon_is_up
	kill -0 "$daemon_pid" 2>/dev/null ||
		fail "no mount" "$(cat "$daemon_log")"
}

# start_daemon PROFILE DIR [OPT[,OPT]]: without waiting
start_daemon() {
	: >"$daemon_log"
	"$gotofs" mount -f -o "refresh=0,settle=0.5,rate=100${3:+,$3}" \
		"$1" "$2" 2>"$daemon_log" &
	daemon_pid=$!
}

# or has ended: whoever waits must look
daemon_is_up() {
	test -e "$mnt/.gotofs/status.json" && mountpoint -q "$mnt" && return
	! kill -0 "$daemon_pid" 2>/dev/null
}

# unmount_tenant: the daemon must exit 0, with a clean log.
unmount_tenant() {
	expect "$gotofs" umount "$mnt"
	daemon_ended 0
}

remount() {
	unmount_tenant
	mount_tenant
}

# clear_away: what a dead daemon has left; it is busy until those who were in
# a call of theirs have heard of it, and closed their files
clear_away() {
	await 60 "$gotofs" umount "$mnt"
}

# crash: the daemon is killed, and what is left of the mount goes
crash() {
	kill -KILL "$daemon_pid"
	wait "$daemon_pid" 2>/dev/null
	clear_away
}

# crash_clear: and no fault is left, nor a count
crash_clear() {
	crash
	fault_clear
	calls_clear
}

kill_and_mount() {
	crash
	mount_tenant
}

# daemon_ended STATUS: it does, with that status; its log is clean.
daemon_ended() {
	local status
	wait "$daemon_pid"
	status=$?
	daemon_pid=
	test $status -eq "$1" ||
		fail "the daemon's exit status is $status" "$(cat "$daemon_log")"
	! grep -vE "$log_allowed" "$daemon_log" >"$WORK/err" ||
		fail "the daemon logged" "$(cat "$WORK/err")"
}

# sync_tenant [PATH]: all below it has reached its verdict, and a good one.
sync_tenant() {
	expect "$gotofs" sync --timeout 60 "$mnt${1:+/$1}"
}

refresh_tenant() {
	expect "$gotofs" refresh "$mnt"
}

# word JQ-FILTER: of status.json
word() {
	jq -r "$1" "$mnt/.gotofs/status.json"
}

# error_record PATH REGEX: .gotofs/errors says so about it
error_record() {
	local file=$mnt/.gotofs/errors/$1.txt
	test -e "$file" || fail "no record $file" "$(find "$mnt/.gotofs/errors")"
	grep -qE -- "$2" "$file" || fail "no \"$2\" in $file" "$(cat "$file")"
}

no_error_record() {
	test ! -e "$mnt/.gotofs/errors/$1.txt" ||
		fail "an error record" "$(cat "$mnt/.gotofs/errors/$1.txt")"
}

# ------------------------------------------------------------------------- end

# A test that got to its end takes its mount down as a person would. (An exit
# within the trap runs no other: fail() comes to stop_all by itself then.)
finish() {
	local status=$?
	ending=yes
	if test $status -eq 0 && test -n "$daemon_pid"; then
		step "the end: unmount"
		unmount_tenant
	fi
	stop_all $status
}

# stop_all STATUS: whatever is left goes by force. (Mounts: tests/e2e/run looks
# for them.)
stop_all() {
	if test -n "$daemon_pid"; then
		echo "--- the daemon's log"
		tail -n 40 "$daemon_log"
		kill -KILL "$daemon_pid" 2>/dev/null
	fi
	# shellcheck disable=SC2086 # words
	test -z "$other_pids" || kill -KILL $other_pids 2>/dev/null
	if test -n "$sandbox_pid"; then
		kill "$sandbox_pid" 2>/dev/null
		wait "$sandbox_pid" 2>/dev/null
	fi
	exit "$1"
}
trap finish EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
