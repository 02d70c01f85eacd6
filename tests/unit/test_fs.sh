#!/bin/bash
# SPDX-License-Identifier: MIT
#
# test_fs.sh TOY: mounts the toy tenant of fs_toy.h in a private folder and
# checks what src/fs promises.  TOY_WRAP (valgrind ...) goes before the toy.
# Exit status 77: there is no /dev/fuse here.

set -u
toy=$1
[ -w /dev/fuse ] || exit 77
command -v fusermount3 >/dev/null || exit 77

work=$(mktemp -d)
mnt=$work/mnt
failed=0
toy_pid=

cleanup() {
	[ -n "$toy_pid" ] && kill -TERM "$toy_pid" 2>/dev/null && wait "$toy_pid"
	mountpoint -q "$mnt" && fusermount3 -u -z "$mnt"
	rm -rf --one-file-system "$work"
}
trap cleanup EXIT

fail() {
	echo "FAIL: $test: $*"
	failed=1
}

# wait_until SECONDS COMMAND...: poll until it succeeds.
wait_until() {
	local end=$(($(date +%s%3N) + $1 * 1000))
	shift
	until "$@" 2>/dev/null; do
		[ "$(date +%s%3N)" -lt $end ] || return 1
		sleep 0.01 # poll
	done
}

start() { # FILES
	mkdir -p "$mnt"
	: >"$work/out"
	${TOY_WRAP-} "$toy" -f "$1" -s "$work/stats" "$mnt" \
		>"$work/out" 2>>"$work/log" &
	toy_pid=$!
	wait_until 30 grep -q ready "$work/out" || fail "the toy does not start"
}

# The toy ends by itself within 10 s, with exit status 0.
ends() {
	local status
	wait_until 10 not_running || fail "the toy does not end"
	wait "$toy_pid"
	status=$?
	[ $status = 0 ] || fail "the toy's exit status is $status"
	toy_pid=
	mountpoint -q "$mnt" && fail "still mounted"
}

not_running() { ! kill -0 "$toy_pid"; }

stop() {
	kill -TERM "$toy_pid"
	ends
}

ctl() { printf '%s\n' "$1" >"$mnt/ctl"; }

stats() {
	rm -f "$work/stats"
	kill -USR1 "$toy_pid"
	wait_until 10 test -e "$work/stats" || fail "no stats"
	cat "$work/stats"
}

since_ms() { echo $(($(date +%s%3N) - $1)); }

is() { # WHAT EXPECTED COMMAND...
	local what=$1 want=$2 got
	shift 2
	got=$("$@" 2>&1)
	[ "$got" = "$want" ] || fail "$what: got '$got', not '$want'"
}

says() { # TEXT COMMAND...: it fails, and says so
	local want=$1 got
	shift
	got=$("$@" 2>&1) && fail "$*: succeeded"
	case $got in
	*"$want"*) ;;
	*) fail "$*: got '$got', not '$want'" ;;
	esac
}

# ---- the tests ----

read_all() {
	find "$mnt" >/dev/null
	ls -l "$mnt/users" "$mnt/links" >/dev/null
	cat "$mnt"/users/* >/dev/null
	cat "$mnt"/links/* >/dev/null
	grep -r nothing "$mnt/users"
	tar -cf - -C "$mnt" users links | cat >/dev/null
	test -e "$mnt/users/nobody.json"
}

# The kernel never caches it; find and grep -r ask once a run.
but_statfs() { sed 's/"statfs":[0-9]*,//'; }

# (The kernel may take a page back at any time: one run of a few is without.)
test_warm() {
	local before after i
	start 500
	read_all
	read_all
	for i in 1 2 3 4 5 6; do
		before=$(stats | but_statfs)
		read_all
		after=$(stats | but_statfs)
		[ "$before" = "$after" ] && break
	done
	[ "$before" = "$after" ] ||
		fail "each of $i warm runs sent requests: $before -> $after"
	stop
}

test_listing() {
	start 3000
	is "all names" 3000 sh -c "ls '$mnt/users' | sort -u | wc -l"
	is "dots" "2" sh -c "ls -fa '$mnt/users' | grep -c '^\.\.*$'"
	is "types" 3000 sh -c "find '$mnt/links' -type l | wc -l"
	is "an inode number is not a node id" 1001 stat -c %i "$mnt"
	is "seats" "50 8" sh -c "df --output=itotal,iavail '$mnt' |
		tail -1 | xargs"
	stop
}

test_invalidation() {
	start 10
	test -e "$mnt/users/new.json" && fail "exists"
	ls "$mnt/users" >/dev/null
	ctl "add users new.json one"
	wait_until 10 test -e "$mnt/users/new.json" || fail "does not appear"
	wait_until 10 sh -c "ls '$mnt/users' | grep -q new.json" ||
		fail "is not listed"
	is "content" one cat "$mnt/users/new.json"
	ctl "set users new.json longer than before"
	wait_until 10 grep -q longer "$mnt/users/new.json" || fail "is stale"
	is "size" 18 stat -c %s "$mnt/users/new.json"
	ctl "set users new.json shorter"
	wait_until 10 sh -c "stat -c %s '$mnt/users/new.json' | grep -qx 7" ||
		fail "its size is stale"
	ctl "del users new.json"
	wait_until 10 test ! -e "$mnt/users/new.json" || fail "does not vanish"
	stop
}

test_plain_changes() {
	start 10
	echo "a long first line" >"$mnt/users/a" || fail "create"
	echo short >"$mnt/users/a" || fail "overwrite"
	is "no old tail" short cat "$mnt/users/a"
	mkdir "$mnt/d" && mv "$mnt/users/a" "$mnt/d/b" || fail "mkdir, mv"
	ln -s target "$mnt/d/l" || fail "ln -s"
	is "link" target readlink "$mnt/d/l"
	touch -d '2001-02-03 04:05:06.123456789 UTC' "$mnt/d/b"
	is "time" 981173106.123456789 stat -c %.9Y "$mnt/d/b"
	touch -d '1960-01-01 00:00:00.5 UTC' "$mnt/d/b"
	is "old time" 1960-01-01 date -u -r "$mnt/d/b" +%F
	chmod 640 "$mnt/d/b"
	is "mode" 640 stat -c %a "$mnt/d/b"
	rm "$mnt/d/b" "$mnt/d/l" && rmdir "$mnt/d" || fail "rm, rmdir"
	is "gone" "" sh -c "ls '$mnt' | grep '^d$'"
	stop
}

test_errno() {
	local long
	start 10
	long=$(printf 'x%.0s' {1..256})
	says "File name too long" touch "$mnt/$long"
	says "File name too long" mv "$mnt/users/u00001.json" "$mnt/$long"
	says "not permitted" mkfifo "$mnt/fifo"
	says "not permitted" ln "$mnt/users/u00001.json" "$mnt/hard"
	says "busy" bash -c "printf x >'$mnt/fail-50'"
	ctl "answer write 11"
	says "Input/output" bash -c "printf x >'$mnt/f'"
	ctl "answer write 4"
	says "Input/output" bash -c "printf x >'$mnt/f'"
	ctl "answer unlink 22"
	says "Input/output" rm -f "$mnt/users/u00001.json"
	ctl "answer unlink 2"
	says "Input/output" rm -f "$mnt/users/u00001.json"
	ctl "answer rename 22"
	says "Bad message" mv "$mnt/users/u00001.json" "$mnt/users/x"
	ctl "answer rename 18"
	says "Input/output" mv "$mnt/users/u00001.json" "$mnt/users/x"
	ctl "answer lookup 38"
	says "Input/output" cat "$mnt/users/never-seen"
	grep -q "may not be answered" "$work/log" || fail "not logged"
	stop
}

# The first read after a rename that commits: right each time.
test_rename_commit() {
	local i text want
	start 10
	for i in {1..200}; do
		[ $((i % 2)) = 0 ] && cat "$mnt/users/r.json" >/dev/null
		text="number $i $(printf 'y%.0s' $(seq $((i % 50 + 1))))"
		printf '%s' "$text" >"$mnt/users/.r.$i"
		mv "$mnt/users/.r.$i" "$mnt/users/r.json"
		want="canonical: $text"
		[ "$(cat "$mnt/users/r.json")" = "$want" ] ||
			fail "content of number $i"
		[ "$(stat -c %s "$mnt/users/r.json")" = ${#want} ] ||
			fail "size of number $i"
	done
	stop
}

test_waiting() {
	local begun
	start 10
	begun=$(date +%s%3N)
	printf text >"$mnt/users/slow-700" || fail "the write fails"
	[ "$(since_ms "$begun")" -ge 690 ] || fail "it did not wait"
	is "content" text cat "$mnt/users/slow-700"
	stop
}

requests_n() { stats | sed "s/.*\"$1\":\([0-9]*\).*/\1/"; } # OPERATION

requests_since() { [ "$(requests_n "$1")" -gt "$2" ]; }

ended() { ! kill -0 "$1"; }

# writer_waits COMMAND...: runs it in the background as $writer, and returns
# when its write has arrived.
writer_waits() {
	local before
	before=$(requests_n write)
	"$@" &
	writer=$!
	wait_until 10 requests_since write "$before" || fail "the writer does not come"
}

test_kill() {
	local sig
	start 10
	ctl hold
	for sig in KILL TERM ABRT; do
		writer_waits sh -c "ulimit -c 0
			printf text >'$mnt/users/held-$sig'"
		kill -$sig $writer
		wait_until 10 ended $writer || fail "$sig: does not end"
		wait $writer 2>/dev/null
	done
	ctl give
	for sig in KILL TERM ABRT; do
		wait_until 10 grep -q text "$mnt/users/held-$sig" ||
			fail "$sig: the change did not go on"
	done
	stop
}

# Signals that do not end the writer leave it waiting; one that does, later,
# is noticed although the kernel announces only the first.
test_harmless_signals() {
	local i sig
	start 10
	ctl hold
	writer_waits bash -c "trap : WINCH CHLD TERM USR1
		trap '' HUP
		printf text >'$mnt/users/held-1'" 2>"$work/err"
	for i in {1..20}; do
		for sig in WINCH TERM HUP USR1 CHLD; do
			kill -$sig $writer
		done
		sleep 0.05 # poll: spread over the wait
	done
	ended $writer 2>/dev/null && fail "it did not wait"
	ctl give
	wait $writer || fail "the write failed: $(cat "$work/err")"
	is "content" text cat "$mnt/users/held-1"

	ctl hold
	writer_waits bash -c "trap : WINCH
		printf text >'$mnt/users/held-2'"
	kill -WINCH $writer
	sleep 0.3 # poll: let it be looked at once
	kill -TERM $writer
	wait_until 10 ended $writer || fail "the second signal is lost"
	ctl give
	wait $writer 2>/dev/null
	stop
}

# While the notifications of some directories cannot be delivered, those of
# others, and those of inodes, must be.
test_blocked_directories() {
	local before d pids=
	start 10
	for d in 1 2 3 4; do
		mkdir "$mnt/d$d" && echo x >"$mnt/d$d/f"
	done
	ls "$mnt/empty" "$mnt/users" >/dev/null
	cat "$mnt/users/u00001.json" >/dev/null
	ctl hold
	before=$(requests_n unlink)
	for d in 1 2 3 4; do
		rm "$mnt/d$d/f" &
		pids="$pids $!"
	done
	wait_until 10 requests_since unlink $((before + 3)) ||
		fail "not all rm come"
	for d in 1 2 3 4; do
		ctl "add d$d new text"
	done
	ctl "add empty new text"
	ctl "set users u00001.json changed"
	wait_until 10 sh -c "ls '$mnt/empty' | grep -q new" ||
		fail "another directory waits"
	wait_until 10 grep -q changed "$mnt/users/u00001.json" ||
		fail "an inode waits"
	for d in $pids; do
		kill -0 "$d" || fail "rm had ended: nothing was tested"
	done
	ctl give
	for d in $pids; do
		wait "$d" || fail "rm fails"
	done
	for d in 1 2 3 4; do
		wait_until 10 test -e "$mnt/d$d/new" || fail "d$d is stale"
	done
	stop
}

test_parallel_writers() {
	local w i pids=
	start 10
	for w in {1..8}; do
		(for i in {1..40}; do
			printf '%s' "$w $i" >"$mnt/users/slow-10-$w.$i" || exit 1
			[ "$(cat "$mnt/users/slow-10-$w.$i")" = "$w $i" ] ||
				exit 1
			printf '%s' "$w $i" >"$mnt/users/.$w.$i" &&
				mv "$mnt/users/.$w.$i" "$mnt/users/$w.json" &&
				rm "$mnt/users/slow-10-$w.$i" || exit 1
		done) &
		pids="$pids $!"
	done
	for w in $pids; do
		wait "$w" || fail "writer $w fails"
	done
	stop
}

test_ends() {
	local pid
	start 10
	cat "$mnt/users/u00001.json" >/dev/null
	umount "$mnt" 2>/dev/null || fusermount3 -u "$mnt"
	ends
	start 10
	cat "$mnt/users/u00001.json" >/dev/null
	fusermount3 -u "$mnt"
	ends
	start 10 # nobody ever asked for anything
	stop
	start 10 # somebody stands in it
	(cd "$mnt/users" && exec sleep 100) &
	pid=$!
	wait_until 5 sh -c "readlink /proc/$pid/cwd | grep -q users" ||
		fail "does not stand in it"
	stop
	kill $pid
	start 10 # somebody waits for a verdict
	writer_waits sh -c "printf text >'$mnt/users/slow-700'"
	stop
	wait "$writer" || fail "the verdict did not arrive"
	start 10 # a notification cannot be delivered
	ctl "unlink_ms 700"
	rm "$mnt/users/u00001.json" &
	pid=$!
	sleep 0.2 # poll: let it hold the directory
	ctl "add users new text"
	stop
	wait $pid || fail "rm fails"
}

for test in ${TESTS-$(declare -F | sed -n 's/^declare -f \(test_.*\)/\1/p')}; do
	begun=$(date +%s%3N)
	$test
	echo "$test: $(since_ms "$begun") ms"
done
if grep -q 'bug' "$work/log" && ! grep -q 'may not be answered' "$work/log"; then
	echo "FAIL: the log speaks of bugs"
	failed=1
fi
[ $failed = 0 ] || cat "$work/log"
exit $failed
