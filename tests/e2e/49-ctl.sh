#!/bin/bash
# SPDX-License-Identifier: MIT
# .gotofs/ctl: a command a write, errno is the answer.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_write.sh
. "$(dirname "$0")/functions_write.sh"

start_sandbox
log_allowed='^gotofs: refresh: '
mount_tenant settle=60
ctl=$mnt/.gotofs/ctl
kim=$users/kim.park@example.com.json
stan=$users/stan.still@example.com.json
webinar=$mnt/licenses/gotowebinar-pro

read_only_is() {
	expect_out "$1" jq .readOnly "$mnt/.gotofs/status.json"
}

step "it is there, empty, its owner's, and wants one command a write"
expect_out "0 600" stat -c '%s %a' "$ctl"
expect_out "" cat "$ctl"
calls_clear
refuse "Invalid argument" 1 echo_to "$ctl" reload
error_record ctl "no such command"
journal_last '"\(.verb) \(.object) \(.result)"' >line
is "ctl .gotofs/ctl EINVAL" "$(cat line)"
refuse "Invalid argument" 1 tee "$ctl" <<<$'ro\nrw'
refuse "Invalid argument" 1 echo_to "$ctl" REFRESH
refuse "Invalid argument" 1 echo_to "$ctl" ""
refuse "Permission denied" 1 setpriv --reuid=65534 --clear-groups tee "$ctl" <<<ro
refuse "Operation not permitted" 1 rm -f "$ctl"
read_only_is false
expect_calls

step "refresh: answers when the pull is over"
mutate '{"op":"create-user","email":"new@example.com","fields":{"firstName":"N","lastName":"E"}}'
fault '{"match":"GET /groups","kind":"hold"}'
echo_to "$ctl" refresh &
waiting=$!
wait_for_calls "GET /groups" 1
expect ls -l "$users" "$mnt/groups"
kill -0 $waiting || fail "it does not wait"
fault_clear
wait $waiting
is 0 $?
expect_calls "GET /users=1" "GET /licenses=1" "GET /groups=1"
await 60 test -e "$users/new@example.com.json"
no_error_record ctl

step "two that wait, one pull for both at most"
fault '{"match":"GET /users","kind":"hold"}'
echo_to "$ctl" refresh &
first=$!
wait_for_calls "GET /users" 1
echo_to "$ctl" refresh &
second=$!
echo_to "$ctl" refresh &
third=$!
fault_clear
wait $first && wait $second && wait $third
is 0 $?
test "$(sandbox GET counters | jq '.byRoute["GET /users"]')" -le 3 || fail "$(calls)"
calls_clear

step "a pull that fails says so; nobody who is killed waits on"
fault '{"match":"GET /users","kind":"status","status":403}'
refuse "Permission denied" 1 echo_to "$ctl" refresh
error_record ctl EACCES
fault '{"match":"GET /users","kind":"hold"}'
calls_clear
echo_to "$ctl" refresh 2>/dev/null &
waiting=$!
wait_for_calls "GET /users" 1
kill -KILL $waiting
wait $waiting 2>/dev/null
is 137 $?
fault_clear
expect echo_to "$ctl" refresh
no_error_record ctl

step "acknowledge: no records, nothing for sync to tell"
fault '{"match":"POST /licenses/{}/users/{}","kind":"status","status":403}'
expect ln -s "../../users/${kim##*/}" "$webinar/"
await 60 test -e "$mnt/.gotofs/errors/licenses/gotowebinar-pro/${kim##*/}.txt"
refuse "Invalid argument" 1 echo_to "$ann" '{"lastName":7}'
expect_out 2 bash -c "find '$mnt/.gotofs/errors' -name '*.txt' | wc -l"
expect echo_to "$ctl" acknowledge
is "" "$(ls "$mnt/.gotofs/errors")"
journal_last '"\(.verb) \(.result)"' >line
is "acknowledge ok" "$(cat line)"
sync_tenant
unmount_tenant
mount_tenant settle=60
is "" "$(ls "$mnt/.gotofs/errors")"

step "rm -r of records takes the folders as well; none is listed that is empty"
errors=$mnt/.gotofs/errors
refuse "Invalid argument" 1 echo_to "$ann" '{"lastName":7}'
refuse "Invalid argument" 1 ln -s nowhere "$webinar/${kim##*/}"
expect_out "licenses users" bash -c "ls '$errors' | paste -sd' '"
refuse "Directory not empty" 1 rmdir "$errors/licenses"
expect rm -r "$errors/users" "$errors/licenses"
is "" "$(ls "$errors")"
refuse "Invalid argument" 1 ln -s nowhere "$webinar/${kim##*/}"
expect rm "$errors/licenses/gotowebinar-pro/${kim##*/}.txt"
is "" "$(ls "$errors")"
refuse "Invalid argument" 1 ln -s nowhere "$webinar/${kim##*/}" # there again
expect_out "licenses/gotowebinar-pro" bash -c "cd '$errors' && echo */*"
expect rm "$errors/licenses/gotowebinar-pro/${kim##*/}.txt"
await 30 test ! -e "$errors/licenses"

step "ro: changes are EROFS, what is held stays so, what is queued is not sent"
calls_clear
fault '{"match":"POST /licenses/{}/users/{}","kind":"hold"}'
expect ln -s "../../users/${kim##*/}" "$webinar/"
wait_for_calls "POST /licenses/{}/users/{}" 1
expect ln -s "../../users/${kim##*/}" "$mnt/groups/Berlin/" # behind the other
expect rm "$stan"
expect echo_to "$ctl" ro
read_only_is true
refuse "Read-only file system" 1 echo_to "$ann" '{"lastName":"X"}'
error_record users/ann.lee@example.com.json "made read-only"
refuse "Read-only file system" 1 rm "$ann"
refuse "Read-only file system" 1 ln -s "../../users/${ann##*/}" "$webinar/"
refuse "Read-only file system" 1 mkdir "$mnt/groups/X"
refuse "Read-only file system" 1 mv "$ann" "$users/anna@example.com.json"
fault_clear
await 60 bash -c "test \$(jq .changes.sending '$mnt/.gotofs/status.json') = 0"
refuse "read-only: 2 changes wait" 3 "$gotofs" sync "$mnt"
expect_out "2 1" jq -r '.changes | "\(.pending) \(.held)"' "$mnt/.gotofs/status.json"
expect_calls "POST /licenses/{}/users/{}=1"
expect rm "$mnt/.gotofs/errors/users/ann.lee@example.com.json.txt"

step "rw undoes it: all goes on"
expect echo_to "$ctl" rw
read_only_is false
sync_tenant
expect_calls "DELETE /users/{}=1" "PUT /groups/{}/users/{}=1"
test ! -e "$stan" || fail "still there"
expect echo_to "$ann" '{"lastName":"Leigh"}'
expect_calls "PUT /users/{}=1"

step "mounted read-only: rw does not undo that"
unmount_tenant
mount_tenant ro
read_only_is true
refuse "Read-only file system" 1 echo_to "$ctl" rw
read_only_is true
