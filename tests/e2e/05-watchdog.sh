#!/bin/bash
# SPDX-License-Identifier: MIT
# systemd's watchdog: what is said is true. A thread that hangs is made by
# stopping it as a debugger does; the one that speaks is left alone.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"

test "$(id -u)" -eq 0 || fail "stopping another's threads needs root"

# Prints each datagram as a line, until it is killed.
python3 -u - "$WORK/notify" >said <<'END' &
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
while True:
    print(s.recv(4096).decode().replace("\n", " "))
END
listener=$!
other_pids=$listener

# stopper TID...: these stand still until its standard input ends
stopper() {
	python3 -c '
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
attach, detach, wall = 16, 17, 0x40000000
for tid in map(int, sys.argv[1:]):
    if libc.ptrace(attach, tid, None, None) < 0:
        sys.exit("ptrace: " + os.strerror(ctypes.get_errno()))
    os.waitpid(tid, wall)
print("stopped", flush=True)
sys.stdin.read()
for tid in map(int, sys.argv[1:]):
    libc.ptrace(detach, tid, None, None)
' "$@"
}

said_n() {
	grep -c "$1" said
}

# more_than N TEXT
more_than() {
	test "$(said_n "$2")" -gt "$1"
}

# The daemon's threads: "all", of a name, or of "no" name that is given.
threads() {
	local task name
	for task in "/proc/$daemon_pid/task/"*; do
		name=$(cat "$task/comm")
		case "$1 $name" in
		"no gotofs-timer" | "no gotofs-watchdog") ;;
		"no "* | "$name $name") echo "${task##*/}" ;;
		esac
	done
}

# pause N: for so many seconds, in which something must not happen
pause() {
	read -r -t "$1" -u "$nap_fd"
}

# begin_hold TID...: they stand still until end_hold
begin_hold() {
	local heard
	mkfifo go told
	stopper "$@" <go >told &
	stopper=$!
	exec 8>go
	read -r heard <told
	is stopped "$heard"
}

# end_hold: not a word meanwhile, but as soon as they go on
end_hold() {
	local heard
	pause 2 # for a word that was on its way
	heard=$(said_n WATCHDOG=1)
	pause 4
	is "$heard" "$(said_n WATCHDOG=1)"
	exec 8>&-
	wait $stopper
	is 0 $?
	await 30 more_than "$heard" WATCHDOG=1
	rm go told
}

log_allowed='hangs: no word to the watchdog'
start_sandbox

step "nobody watches: nothing is said"
export NOTIFY_SOCKET=$WORK/notify
await 30 test -S notify
mount_tenant
await 30 grep -q READY=1 said
unmount_tenant
await 30 grep -q STOPPING=1 said
is 0 "$(said_n WATCHDOG=1)"
WATCHDOG_USEC=2000000 WATCHDOG_PID=1 mount_tenant
await 30 more_than 1 READY=1
unmount_tenant
await 30 more_than 1 STOPPING=1
is 0 "$(said_n WATCHDOG=1)"

step "twice in the time; a tenant that hangs is none of its business"
fault '{"match":"GET /users","kind":"hold","count":-1}'
WATCHDOG_USEC=2000000 mount_tenant
await 30 more_than 4 WATCHDOG=1
"$gotofs" refresh "$mnt" &
refresh=$!
wait_for_calls "GET /users" 1
before=$(said_n WATCHDOG=1)
await 30 more_than $((before + 3)) WATCHDOG=1
fault_clear
wait $refresh
is 0 $?

step "the timer stands still"
# shellcheck disable=SC2046 # words
begin_hold $(threads gotofs-timer)
await 60 grep -q "hangs: no word to the watchdog" "$daemon_log"
end_hold

step "the mount does not answer"
# shellcheck disable=SC2046 # words
begin_hold $(threads no)
end_hold

step "it ends as it should"
unmount_tenant
unset NOTIFY_SOCKET
kill $listener
other_pids=
