#!/bin/bash
# SPDX-License-Identifier: MIT
# Reading costs what DESIGN 3 says, counted: a warm reader sends no request at
# all, a pull asks for each page once, what is there already costs no call, and
# a restart asks nobody.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"

users_n=2500

do_ls() { ls -l users; }
do_find() { find users -type f; }
do_readlink() { readlink licenses/*/*; }
do_cat() { cat users/*; }
do_grep() { grep -rl Berlin users; }
do_tar() { tar -cf - users licenses groups | cat; } # tar spares /dev/null
do_stat() { stat users/* licenses/*/*; }

# run_in_tree NAME
run_in_tree() (
	cd "$mnt" && "do_$1" >/dev/null
)

# warm NAME: the kernel asks for the times once more after the first read, so
# it is warm the third time. A kernel short of memory may forget some of it,
# and its caches may be dropped for somebody else: it gets more than one try.
warm() {
	local before after try
	for ((try = 0; try < 5; try++)); do
		expect run_in_tree "$1"
		expect run_in_tree "$1"
		before=$(requests)
		expect run_in_tree "$1"
		after=$(requests)
		test "$before" != "$after" || return
	done
	fail "a warm $1 sent $((after - before)) requests"
}

# exact_sizes DIR: st_size is what is read, to the byte, and that is a complete
# document; a link's is the length of its target.
exact_sizes() {
	python3 - "$1" <<'END' || fail "sizes differ in $1"
import json, os, sys
n = 0
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        path = os.path.join(folder, name)
        size = os.lstat(path).st_size
        if os.path.islink(path):
            text = os.readlink(path).encode()
        else:
            text = open(path, "rb").read()
            json.loads(text)
            assert text.endswith(b"\n}\n"), path
        assert size == len(text), (path, size, len(text))
        n += 1
assert n > 0
END
}

# exact_size FILE: of one that changes as it is looked at
exact_size() {
	is "$(stat -c %s "$1")" "$(dd if="$1" status=none | wc -c)"
}

step "a first pull: each page once, and at most five more"
start_sandbox --users $users_n
calls_clear
mount_tenant
expect_calls "GET /users=3" "GET /licenses=1" "GET /groups=1" "GET /me=1"

step "no xattr is asked for after the first"
expect run_in_tree ls
is 1 "$(requests getxattr)"
expect run_in_tree ls
is 1 "$(requests getxattr)"
getfattr -d "$mnt/users/ann.lee@example.com.json" >/dev/null 2>&1
expect cp -a "$mnt/users" "$WORK/copy"
is 1 "$(requests getxattr)"

step "open, flush and opendir are asked for once"
for op in open flush opendir; do
	is 1 "$(requests $op)"
done

step "no request of a warm reader reaches the daemon"
for name in ls find readlink cat grep tar stat; do
	warm $name
done
expect_calls

step "every st_size is exact"
for dir in users licenses groups .gotofs/records .gotofs/licenses; do
	exact_sizes "$mnt/$dir"
done
exact_size "$mnt/.gotofs/status.json"
exact_size "$mnt/.gotofs/journal.jsonl"
exact_size "$mnt/.gotofs/HELP"
is 0 $(($(stat -c %s "$mnt/.gotofs/status.json") % 4096))
expect_calls

step "rsync of what is there: no call"
expect rsync -rc "$WORK/copy/" "$mnt/users/"
expect rsync -rc "$WORK/copy/" "$mnt/users/"
expect_calls

step "what a pull found the same is still warm"
expect run_in_tree cat
expect run_in_tree cat
expect run_in_tree cat
refresh_tenant
expect_calls "GET /users=3" "GET /licenses=1" "GET /groups=1"
warm cat

step "a pull that found one difference has written one record"
# generations: how many, and how many versions of records are stored
stored() {
	sqlite3 -readonly "$XDG_STATE_HOME/gotofs/sandbox/mirror.db" \
		"SELECT (SELECT count(*) FROM generation),
			(SELECT count(*) FROM record), (SELECT count(*) FROM text)"
}
IFS='|' read -r generations records texts < <(stored)
refresh_tenant
is "$generations|$records|$texts" "$(stored)"
dan=$mnt/users/dan.fox@example.com.json
expect chmod 640 "$mnt/users/kim.park@example.com.json"
changed=$(stat -c %z "$dan")
mutate '{"op":"update-user","email":"dan.fox@example.com","fields":{"lastName":"Fuchs"}}'
refresh_tenant
is "$((generations + 1))|$((records + 1))|$((texts + 1))" "$(stored)"
expect_out Fuchs jq -r .lastName "$dan"

step "its ctime moved without a row of its own; after a chmod it still moves"
[[ $(stat -c %z "$dan") > $changed ]] || fail "ctime stands still"
kim=$mnt/users/kim.park@example.com.json
changed=$(stat -c %z "$kim")
mutate '{"op":"update-user","email":"kim.park@example.com","fields":{"lastName":"Pak"}}'
refresh_tenant
[[ $(stat -c %z "$kim") > $changed ]] || fail "ctime stands still"
attrs=$(sqlite3 -readonly "$XDG_STATE_HOME/gotofs/sandbox/mirror.db" \
	"SELECT count(*) FROM attr")
test "$attrs" -lt 100 || fail "$attrs rows of attributes"

step "a restart serves the mirror while the tenant hangs"
unmount_tenant
fault '{"match":"*","kind":"hang","count":-1}'
calls_clear
mount_tenant refresh=300
is $users_n "$(find "$mnt/users" -type f | wc -l)"
expect_out Fuchs jq -r .lastName "$dan"
warm cat
# behind it the refresh has begun, and hangs; unmounting does not wait for it
await 30 jq -e .mirror.refreshing "$mnt/.gotofs/status.json"
unmount_tenant
fault_clear
