#!/bin/bash
# SPDX-License-Identifier: MIT
# examples/compare and watch-changes: what is different in two accounts, and
# what becomes different in one, by whom.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_examples.sh
. "$(dirname "$0")/functions_examples.sh"

ann=ann.lee@example.com
dan=dan.fox@example.com
max=max+test@example.com
pat="pat.o'brien@example.com"

# tenant NAME: one of its own, mounted on $WORK/NAME
tenant() {
	profile=$1
	mnt="$WORK/the $1"
	mkdir "$mnt"
	start_sandbox --users 40
	printf '\n[journal]\nmax_size = 4K\n' >>"$XDG_CONFIG_HOME/gotofs/$1.conf"
	mount_tenant settle=1
}

# differs TEXT CMD...: it exits 1 and prints exactly TEXT
differs() {
	local want=$1 got
	shift
	got=$("$@")
	is 1 $?
	is "$want" "$got"
}

tenant one
one_pid=$daemon_pid one_url=$sandbox_url
other_pids="$sandbox_pid $daemon_pid"
tenant two
two=$mnt one="$WORK/the one"
manners watch-changes DIR
expect "$examples/compare" --help
said "usage: compare"
refuse "usage: compare" 2 "$examples/compare" one
refuse "not mounted: no account is mounted there" 2 "$examples/compare" "$one" "not mounted"

step "compare: the same"
calls_clear
says "" "$examples/compare" "$one" "$two"
says "" "$examples/compare" "$two" "$two"

step "people, fields, licenses, groups"
mutate "{\"op\":\"delete-user\",\"email\":\"$dan\"}"
mutate "{\"op\":\"update-user\",\"email\":\"$pat\",\"fields\":{\"lastName\":\"O\\\\Brien \\\"x\\\" -> y\",\"timeZone\":null}}"
mutate "{\"op\":\"assign\",\"email\":\"$max\",\"license\":\"GoToTraining\"}"
mutate "{\"op\":\"set-group\",\"email\":\"$ann\",\"group\":\"R&D / Labs\"}"
mutate '{"op":"create-group","name":"New & '"'old'"'"}'
mutate '{"op":"create-user","email":"-x%~@example.com","fields":{"firstName":"X","lastName":"Y"}}'
refresh_tenant
cat >want <<END
- groups/Berlin/$ann.json
+ groups/Engineering/R&D %2F Labs/$ann.json
+ groups/New & 'old'
- groups/Sales/$dan.json
- licenses/gotomeeting-business/$dan.json
+ licenses/gototraining/$max.json
+ users/-x%25~@example.com.json
- users/$dan.json
~ users/$pat.json lastName: "O'Brien" -> "O\\\\Brien \\"x\\" -> y"
~ users/$pat.json timeZone: "America/New_York" -> null
END
"$examples/compare" "$one" "$two" >out
is 1 $?
diff <(LC_ALL=C sort want) <(LC_ALL=C sort out) >"$WORK/err" || fail "$(cat "$WORK/err")"

step "a snapshot and what became of it"
expect mkdir "$two/.gotofs/snapshots/before"
says "" "$examples/compare" "the two/.gotofs/snapshots/before" "the two"
printf '{"lastName":"Leigh"}' >"$two/users/$ann.json"
differs "~ users/$ann.json lastName: \"Lee\" -> \"Leigh\"" \
	"$examples/compare" "the two/.gotofs/snapshots/before" "the two"
expect rmdir "$two/.gotofs/snapshots/before"

# heard REGEX: the watcher says so, now or soon; heard_n N: so many lines
heard() {
	await 30 grep -qE -- "$1" background
}

heard_n() {
	is "$1" "$(wc -l <background)"
}

# something: one more line, whatever was there before
begin() {
	! rm "$two/users/admin@example.com.json" 2>/dev/null &&
		grep -q "here rm " background
}

step "watch-changes: what is done here, also what is refused"
calls_clear
in_background "$examples/watch-changes" --every 0.1 "$two"
await 30 begin
heard "^[-0-9]*T[^ ]* here rm of uid 0: remove users/admin@example.com.json: EPERM, this is the account"

printf '{"firstName":"Bob","lastName":"Stone"}' >"$two/users/bob.stone@example.com.json"
expect ln -s ../../users/bob.stone@example.com.json "$two/licenses/gototraining/"
expect mv "$two/groups/Sales" "$two/groups/Selling"
expect mv "$two/users/$pat.json" "$two/users/patrick@example.com.json"
expect rm "$two/users/$max.json"
sync_tenant
heard "here bash of uid 0: create users/bob.stone@example.com.json: ok$"
heard "here ln of uid 0: assign licenses/gototraining/bob.stone@example.com.json: ok$"
heard "here mv of uid 0: group-rename groups/Selling: ok$"
heard "here mv of uid 0: update users/patrick@example.com.json: ok$"
heard "here rm of uid 0: remove users/max\+test@example.com.json: ok$"

step "what somebody else did, and a refresh has seen; what is on its way is ours"
fault '{"match":"DELETE /users/{}","kind":"hold"}'
expect rm "$two/users/anna.koch@example.com.json"
wait_for_calls "DELETE /users/{}" 1
mutate "{\"op\":\"update-user\",\"email\":\"$ann\",\"fields\":{\"lastName\":\"Lee-Leigh\"}}"
mutate '{"op":"set-group","email":"kim.park@example.com","group":"New & '"'old'"'"}'
mutate "{\"op\":\"update-user\",\"email\":\"ivy.invited@example.com\",\"fields\":{\"status\":\"ACTIVE\"}}"
mutate '{"op":"create-user","email":"web@example.com","fields":{"firstName":"W","lastName":"B"}}'
mutate '{"op":"assign","email":"web@example.com","license":"GoToTraining"}'
calls_clear
refresh_tenant
heard "elsewhere . users/web"
cat >want <<END
elsewhere - groups/Engineering/Platform/kim.park@example.com.json
elsewhere + groups/New & 'old'/kim.park@example.com.json
elsewhere + licenses/gototraining/web@example.com.json
elsewhere ~ users/$ann.json lastName: "Leigh" -> "Lee-Leigh"
elsewhere + users/web@example.com.json
END
# elsewhere: those lines, without the time
elsewhere() {
	grep -vE '^[-0-9]+T[:.0-9]+Z here ' background | sed -E 's/^[-0-9]+T[:0-9]+Z //' |
		sort -k 3
}
heard_lines() {
	cmp -s want <(elsewhere)
}
(await 30 heard_lines) || fail "$(diff want <(elsewhere))"
is "" "$(calls | grep -vE '^GET /|^DELETE /users/\{\}=1$')"
fault_clear
sync_tenant
heard "here rm of uid 0: remove users/anna.koch@example.com.json: ok$"

step "a journal that was rotated meanwhile, more than once: each line, once"
kill -STOP "$waiting"
for i in $(seq 60); do
	! rm "$two/users/second.admin@example.com.json" 2>/dev/null || fail "removed"
done
first=$(head -n 1 "$two/.gotofs/journal.jsonl" | jq .seq)
last=$(tail -n 1 "$two/.gotofs/journal.jsonl" | jq .seq)
test "$first" -gt $((last - 40)) || fail "not rotated: from $first to $last"
kill -CONT "$waiting"
all_heard() {
	test "$(grep -c "remove users/second.admin" background)" -ge 60
}
await 30 all_heard
expect rm -rf "$two/.gotofs/errors/users"
! rm "$two/users/admin@example.com.json" 2>/dev/null || fail "removed"
await 30 bash -c 'tail -n 1 background | grep -q "remove users/admin"'
is 60 "$(grep -c "remove users/second.admin" background)"

step "... and parts of it are away: what is left is told, and once what is missing"
# flood: sixty lines about second.admin while nobody looks
flood() {
	local i seq
	kill -STOP "$waiting"
	seq=$(tail -n 1 "$two/.gotofs/journal.jsonl" | jq .seq)
	for i in {1..60}; do
		! rm "$two/users/second.admin@example.com.json" 2>/dev/null || fail "removed"
	done
	await 30 begins_after $((seq + 1))
	rm -rf "$two/.gotofs/errors/users"
}
begins_after() {
	test "$(head -n 1 "$two/.gotofs/journal.jsonl" | jq .seq)" -gt "$1"
}
# all_told: a last line is written, and told
all_told() {
	local n
	n=$(grep -c "remove users/admin" background)
	! rm "$two/users/admin@example.com.json" 2>/dev/null || fail "removed"
	await 30 admin_told $((n + 1))
}
admin_told() {
	test "$(grep -c "remove users/admin" background)" -eq "$1"
}
flood
expect gzip "$XDG_STATE_HOME/gotofs/two/journal/"*.jsonl
kill -CONT "$waiting"
all_told
is 1 "$(grep -c "of the journal are missing" background)"
n=$(grep -c "remove users/second.admin" background)
test "$n" -gt 60 && test "$n" -lt 120 || fail "$n lines"
flood
kill -CONT "$waiting"
all_told
is 1 "$(grep -c "of the journal are missing" background)"
is $((n + 60)) "$(grep -c "remove users/second.admin" background)"

step "it does not keep the mount busy, and ends with it"
expect kill -STOP "$waiting"
unmount_tenant
kill -CONT "$waiting"
ended 1 "two: no account is mounted there"
cmp want <(elsewhere | grep -v "no account is mounted\|of the journal are missing") ||
	fail "$(cat background)"
mnt=$one sandbox_url=$one_url daemon_pid=$one_pid
