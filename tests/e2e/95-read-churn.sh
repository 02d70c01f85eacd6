#!/bin/bash
# SPDX-License-Identifier: MIT
# Backup tools, git and the rest on a snapshot and on the live tree: neither
# pulls that publish nor a tenant that is slow or away make a difference.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_read.sh
. "$(dirname "$0")/functions_read.sh"

log_allowed='refresh: '
start_sandbox --users 80
mount_tenant
nightly=$mnt/.gotofs/snapshots/nightly
load_readers read
expect mkdir "$nightly"

# churn: people change, come and go, and each time a pull publishes it
churn() {
	local i=0 name
	while test ! -e enough; do
		i=$((i + 1))
		name=$(printf 'N%*s' $((i * 37 % 200)) '' | tr ' ' x)
		printf '[%s,%s,%s]' \
			"{\"op\":\"update-user\",\"email\":\"dan.fox@example.com\",\"fields\":{\"lastName\":\"$name\"}}" \
			"{\"op\":\"create-user\",\"email\":\"new$i@example.com\",\"fields\":{\"firstName\":\"$name\"}}" \
			"{\"op\":\"delete-user\",\"email\":\"new$((i - 1))@example.com\"}" |
			jq -c '.[]' | while read -r change; do
			sandbox POST mutate -d "$change" >/dev/null 2>&1
		done
		"$gotofs" refresh "$mnt" || return
		echo $i >rounds
	done
}
churn_begins() {
	rm -f enough rounds
	in_background churn
	await 30 test -s rounds
}
churn_ends() {
	: >enough
	ended 0
	test "$(<rounds)" -gt 3 || fail "only $(<rounds) pulls meanwhile"
}

step "a snapshot while pulls publish: no warning, nobody is missing"
churn_begins
read_all "$nightly"

step "the live tree while pulls publish: no document is cut off silently"
# the tools that keep what they have may say of the live tree that a file went
# or changed; a snapshot is there for that
for id in "${ids[@]}"; do
	"${id}_read" "$mnt" >"$WORK/out" 2>"$WORK/err"
	status=$?
	echo "live: $id, status $status, $(<rounds) pulls"
	copied "$id" || continue
	complete copy >"$WORK/cut" 2>&1 || test $status -ne 0 ||
		grep -qiE 'changed|vanish|shrank|grew' "$WORK/err" ||
		fail "$id says nothing" "$(cat "$WORK/cut")"
done
churn_ends

step "the live tree at rest"
for dir in users licenses groups; do
	for id in rsync cp_a; do
		expect "${id}_read" "$mnt/$dir"
		copied $id
		same_trees "$mnt/$dir" copy
	done
done
complete "$mnt/users"

step "the tenant is slow, then away: the same, and nobody waits for it"
fault '{"match":"*","kind":"hang","count":-1}'
in_background "$gotofs" refresh "$mnt"
wait_for_calls "GET /users" 1
read_all "$nightly" tar rsync restic
expect rsync_read "$mnt/users"
copied rsync
same_trees "$mnt/users" copy
waits
fault_clear
fault '{"match":"*","kind":"reset-before","count":-1}'
fault '{"match":"*oauth*","kind":"reset-before","count":-1}'
kill "$waiting"
wait "$waiting"
refuse "" 4 "$gotofs" refresh "$mnt"
is stale "$(jq -r .state "$mnt/.gotofs/status.json")"
read_all "$nightly" tar borg cp_a
expect rsync_read "$mnt/users"
copied rsync
same_trees "$mnt/users" copy
fault_clear
