#!/bin/bash
# SPDX-License-Identifier: MIT
# Whole trees written at once: rsync, tar, cp -a, git. What is there already
# costs no call (DESIGN P5); what is replaced is an update, never a removal.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_write.sh
. "$(dirname "$0")/functions_write.sh"

start_sandbox
mount_tenant settle=10
calls_clear
kim=$users/kim.park@example.com.json

edit_tree() {
	jq ".lastName = \"$2\"" "$1/ann.lee@example.com.json" >t &&
		cp t "$1/ann.lee@example.com.json"
}

step "what is there already: no call, by whichever tool"
expect cp -a "$users" tree
# tar x, git and cp --remove-destination unlink first: not the protected ones
rm tree/admin@example.com.json tree/second.admin@example.com.json
expect rsync -rc tree/ "$users/"
expect rsync -a tree/ "$users/"
expect rsync -a --inplace --ignore-times tree/ "$users/"
expect rsync -a --ignore-times --delay-updates tree/ "$users/"
expect cp -a tree/. "$users/"
expect cp -r tree/. "$users/"
expect tar -C tree -cf tree.tar .
expect tar -C "$users" --overwrite -xf tree.tar
expect tar -C "$users" -xf tree.tar
sync_tenant
expect_calls
is 200 "$(find "$users" -name '*.json' | wc -l)"
is 200 "$(sandbox GET state | jq '.users | length')"
is "" "$(diff -r tree "$users" | grep -v admin@)"

step "rsync -a settles: the second run finds nothing to send"
expect rsync -a tree/ "$users/"
is "" "$(rsync -ain tree/ "$users/")"

step "one that differs: one call"
n=0
for how in "rsync -a" "rsync -rc --inplace" "rsync -rcb" "rsync -rc --delay-updates" \
	"cp -rT" "cp -aT --remove-destination"; do
	n=$((n + 1))
	edit_tree tree Tree$n
	# shellcheck disable=SC2086 # the tool and its options
	expect $how tree/ "$users/"
	sync_tenant
	is Tree$n "$(tenant_user ann.lee@example.com .lastName)"
	field "$ann" .lastName Tree$n
	expect_calls "PUT /users/{}=1"
	find "$users" -mindepth 1 ! -name '*.json' -delete
done
for how in "tar -x" "tar -x --overwrite"; do
	n=$((n + 1))
	edit_tree tree Tree$n
	tar -C tree -cf tree.tar .
	# shellcheck disable=SC2086
	expect $how -C "$users" -f tree.tar
	sync_tenant
	is Tree$n "$(tenant_user ann.lee@example.com .lastName)"
	expect_calls "PUT /users/{}=1"
done
is 200 "$(sandbox GET state | jq '.users | length')"

step "a bad one among the others: named, and they are not held up"
edit_tree tree Good
jq '.lastName = 7' tree/kim.park@example.com.json >t
cp t tree/kim.park@example.com.json
cp "$kim" before
refuse "kim.park@example.com.json" 23 rsync -rc tree/ "$users/"
error_record users/kim.park@example.com.json "lastName must be text"
expect cmp before "$kim"
sync_tenant
is Good "$(tenant_user ann.lee@example.com .lastName)"
expect_calls "PUT /users/{}=1"
cp before tree/kim.park@example.com.json
acknowledge

step "git: a list that is checked out into the mount"
export GIT_CONFIG_GLOBAL=$WORK/gitconfig GIT_CONFIG_NOSYSTEM=1
git config --global user.name Test
git config --global user.email test@example.com
git config --global init.defaultBranch main
git config --global core.hooksPath /dev/null
mount_git() {
	git --git-dir="$WORK/list.git" --work-tree="$users" "$@"
}
# (the protected ones are no part of the list)
expect git init -q --bare list.git
expect mount_git add -A
expect mount_git commit -qm "as it is"
is "" "$(mount_git status --porcelain)"
expect git clone -q list.git clone
edit_tree clone Git
echo "$bob_text" >clone/bob.stone@example.com.json
expect git -C clone add -A
expect git -C clone commit -qm "change one, add one"
expect git -C clone push -q origin main:next
expect_calls
expect mount_git checkout -q next
sync_tenant
is Git "$(tenant_user ann.lee@example.com .lastName)"
is Stone "$(tenant_user bob.stone@example.com .lastName)"
expect_calls "PUT /users/{}=1" "POST /users=1" "GET /users/{}=1"
expect mount_git checkout -qf main
gone "$bob"
sync_tenant
is Good "$(tenant_user ann.lee@example.com .lastName)"
is "" "$(tenant_user bob.stone@example.com)"
expect_calls "PUT /users/{}=1" "DELETE /users/{}=1"

step "git hears a refusal"
edit_tree clone Refused
sed -i 's/"Refused"/7/' clone/ann.lee@example.com.json
expect git -C clone commit -qam "refused"
expect git -C clone push -q origin main:bad
refuse "unable to create file ann.lee@example.com.json" 1 mount_git checkout -qf bad
field "$ann" .lastName Good
error_record users/ann.lee@example.com.json "lastName must be text"
sync_tenant
is Good "$(tenant_user ann.lee@example.com .lastName)"
expect_calls "POST /users=1" "GET /users/{}=1" # the other of that list
