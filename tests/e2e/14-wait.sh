#!/bin/bash
# SPDX-License-Identifier: MIT
# Who waits (DESIGN 4.3): a write for its verdict, at most 10 s, and nobody
# with it; what becomes of the change when the writer gives up.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_write.sh
. "$(dirname "$0")/functions_write.sh"

start_sandbox
mount_tenant deadline=120
calls_clear
kim=$users/kim.park@example.com.json

# (it is said once that a change waits for a tenant that does not answer)
log_allowed='^gotofs: users/ann.lee@example.com.json waits: '

# meanwhile CMD...: done before the one in the background is
meanwhile() {
	expect "$@"
	waits
}

# dead_by_now STATUS: long before its verdict or its deadline
dead_by_now() {
	local start=$SECONDS
	ended "$1"
	test $((SECONDS - start)) -le 60 || fail "dead after $((SECONDS - start)) s"
}

hang() {
	fault '{"match":"PUT /users/{}","kind":"hang","count":-1}'
}

step "a tenant that takes its time: the write waits, nobody else does"
fault '{"match":"PUT /users/{}","kind":"hold","count":1}'
expect cp -r "$users" warm
in_background echo_to "$ann" '{"lastName":"Slow"}'
wait_for_calls "PUT /users/{}" 1
waits
meanwhile ls -l "$users" "$mnt/licenses" "$mnt/groups"
meanwhile find "$users" -name '*.json' ! -name 'ann.lee*' -exec cat {} +
meanwhile touch "$users/.scratch"
meanwhile rm "$users/.scratch"
meanwhile mkdir "$mnt/groups/quick"
meanwhile cat "$mnt/.gotofs/status.json" "$mnt/.gotofs/journal.jsonl"
meanwhile stat "$ann"
shown=$(timeout 60 cat "$ann") || fail "the waiting file cannot be read"
test -z "$shown" || is '{"lastName":"Slow"}' "$shown"
meanwhile echo_to "$kim" '{"lastName":"Quick"}'
fault_clear
ended 0
field "$ann" .lastName Slow
sync_tenant
expect_calls "PUT /users/{}=2" "POST /groups=1"

# in_flight TEXT: a change of ann's that is on its way, and whose writer died
in_flight() {
	hang
	calls_clear
	in_background echo_to "$ann" "$1"
	wait_for_calls "PUT /users/{}" 1
	kill -KILL $waiting
	ended 137
}

# writes: requests to write, so far
writes() {
	"$gotofs" status --json "$mnt" | jq .requests.write
}

written_since() {
	test "$(writes)" -gt "$1"
}

step "the same bytes join a change in flight"
in_flight '{"lastName":"Joined"}'
echo '{"lastName":"Joined"}' >"$users/.joined"
expect mv "$users/.joined" "$ann"
writes=$(writes)
in_background echo_to "$ann" '{"lastName":"Joined"}'
await 30 written_since "$writes"
waits
fault_clear
ended 0
sync_tenant
is Joined "$(tenant_user ann.lee@example.com .lastName)"
field "$ann" .lastName Joined
test "$(journal_last .after.lastName 2)" != Joined || fail "sent twice"
calls_clear

step "a newer text follows the one in flight"
in_flight '{"lastName":"First"}'
echo '{"lastName":"Second"}' >"$users/.second"
expect mv "$users/.second" "$ann"
field "$ann" .lastName Second
fault_clear
sync_tenant
is Second "$(tenant_user ann.lee@example.com .lastName)"
field "$ann" .lastName Second
is First "$(journal_last .after.lastName 2)"
calls_clear

# instead JSON: whoever hangs is reset, and this is the answer to his next try
# (which comes after a pause)
instead() {
	fault_clear
	fault "$1"
}

step "of two in a row the first is refused: the second stands alone"
in_flight '{"lastName":"Refused","locale":"de_DE"}'
echo '{"firstName":"Anna"}' >"$users/.second"
expect mv "$users/.second" "$ann"
field "$ann" '.firstName + .lastName' AnnaRefused
instead '{"match":"PUT /users/{}","kind":"status","status":400,"code":"INVALID"}'
sync_tells users/ann.lee@example.com.json
field "$ann" '.firstName + .lastName' AnnaSecond
is AnnaSecond "$(tenant_user ann.lee@example.com '.firstName + .lastName')"
calls_clear
acknowledge

step "a killed writer dies at once, and its change goes on"
hang
in_background echo_to "$ann" '{"lastName":"Killed"}'
wait_for_calls "PUT /users/{}" 1
kill -KILL $waiting
dead_by_now 137
fault_clear
sync_tenant
is Killed "$(tenant_user ann.lee@example.com .lastName)"
field "$ann" .lastName Killed
calls_clear

step "ctrl-C ends it as well; a signal that is handled does not"
hang
# (what runs in the background is deaf to it by default)
in_background env --default-signal=INT cp <(echo '{"lastName":"Int"}') "$ann"
wait_for_calls "PUT /users/{}" 1
kill -INT $waiting
dead_by_now 130
fault_clear
sync_tenant
is Int "$(tenant_user ann.lee@example.com .lastName)"
calls_clear
hang
in_background python3 -c 'import os, signal, sys
signal.signal(signal.SIGUSR1, lambda *args: print("signal"))
f = os.open(sys.argv[1], os.O_WRONLY)
os.write(f, b"{\"lastName\":\"Handled\"}")
print("written")' "$ann"
wait_for_calls "PUT /users/{}" 1
kill -USR1 $waiting
kill -USR1 $waiting
waits
fault_clear
ended 0 written
is Handled "$(tenant_user ann.lee@example.com .lastName)"
calls_clear

step "nobody heard of the refusal of a killed writer: sync tells"
hang
in_background echo_to "$ann" '{"lastName":"Unheard"}'
wait_for_calls "PUT /users/{}" 1
kill -KILL $waiting
ended 137
instead '{"match":"PUT /users/{}","kind":"status","status":400,"count":9}'
sync_tells users/ann.lee@example.com.json
field "$ann" .lastName Handled
fault_clear
acknowledge
calls_clear

step "after the deadline ETIMEDOUT; what has begun goes on, what has not is withdrawn"
unmount_tenant
mount_tenant deadline=2
calls_clear
hang
in_background echo_to "$ann" '{"lastName":"Begun"}'
wait_for_calls "PUT /users/{}" 1
begun=$waiting
echo '{"lastName":"Withdrawn"}' >text
in_background dd if=text of="$ann" conv=notrunc status=none
withdrawn=$waiting
waiting=$begun
ended 1 "Connection timed out"
error_record users/ann.lee@example.com.json "the call has begun and goes on"
: >"$WORK/background"
waiting=$withdrawn
ended 1 "Connection timed out"
error_record users/ann.lee@example.com.json "the change was withdrawn"
is "ETIMEDOUT" "$(journal_last .result)"
field "$ann" .lastName Begun
fault_clear
sync_tenant
is Begun "$(tenant_user ann.lee@example.com .lastName)"
field "$ann" .lastName Begun
error_record users/ann.lee@example.com.json "the change was withdrawn" # which came later
acknowledge

step "fsync waits for what a rename brought"
fault '{"match":"PUT /users/{}","kind":"slow","delay_ms":700}'
calls_clear
echo '{"lastName":"Synced"}' >text
expect python3 - text "$ann" <<'END'
import os, shutil, sys
scratch = os.path.dirname(sys.argv[2]) + "/.scratch"
shutil.copyfile(sys.argv[1], scratch)
os.rename(scratch, sys.argv[2])
fd = os.open(sys.argv[2], os.O_RDONLY)
os.fsync(fd)
END
is 0 "$(jq .changes.pending "$mnt/.gotofs/status.json")"
expect_calls "PUT /users/{}=1"
