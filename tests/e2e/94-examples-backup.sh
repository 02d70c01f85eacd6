#!/bin/bash
# SPDX-License-Identifier: MIT
# examples/nightly-backup: a snapshot in a folder, with restic and with borg;
# and back from there.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_examples.sh
. "$(dirname "$0")/functions_examples.sh"

nightly=$examples/nightly-backup
ann=ann.lee@example.com
dan=dan.fox@example.com
log_allowed="^gotofs: refresh: .*403"
start_sandbox --users 40
mount_tenant settle=1
manners nightly-backup DIR backups
refuse "usage: nightly-backup" 2 "$nightly" --keep 0 "$mnt" backups
refuse "usage: nightly-backup" 2 "$nightly" --keep x "$mnt" backups
refresh=("GET /groups=1" "GET /licenses=1" "GET /users=1")
export RESTIC_PASSWORD=x BORG_PASSPHRASE=x BORG_BASE_DIR=$WORK/borg \
	XDG_CACHE_HOME=$WORK/cache

# none_left: no snapshot, and nothing half done
none_left() {
	is "" "$(ls "$mnt/.gotofs/snapshots")"
	is "" "$(find backups -name '*.part')"
}

# whole DIR: a copy of the account, as it is
whole() {
	(cd "$1" && sha256sum --quiet -c MANIFEST.sha256) || fail "not as it was"
	is "$(ls "$mnt/users")" "$(ls "$1/users")"
	cmp "$1/users/$ann.json" "$mnt/.gotofs/records/$ann.json" || fail "another ann"
	is "../../users/$ann.json" "$(readlink "$1/groups/Berlin/$ann.json")"
}

step "a folder: one file, for nobody else; no call but those of a refresh"
mkdir backups copy
calls_clear
says "" "$nightly" "$mnt" backups
expect_calls "${refresh[@]}"
file=$(echo backups/sandbox-"$(date +%Y)"-*.tar.gz)
is "600 $file" "$(stat -c '%a %n' backups/*)"
expect tar -xzf "$file" -C copy
whole copy
none_left

step "those older than N days go, those of others stay"
for name in sandbox-2020-01-01-000000 other-2020-01-01-000000 sandbox-2-2020-01-01-000000 sandbox-notes; do
	touch -d '3 days ago' "backups/$name.tar.gz"
done
touch -d '1 day ago' backups/sandbox-2020-01-02-000000.tar.gz
says "" "$nightly" --keep 3 "$mnt" backups
test ! -e backups/sandbox-2020-01-01-000000.tar.gz || fail "it is there"
is "other-2020-01-01-000000.tar.gz sandbox-2-2020-01-01-000000.tar.gz sandbox-2020-01-02-000000.tar.gz sandbox-notes.tar.gz" \
	"$(find backups -type f ! -name "sandbox-$(date +%Y)*" -printf '%f\n' | sort | paste -sd' ')"
none_left

step "what fails leaves what there was, and says so"
before=$(ls -l backups)
# as on a full disk: no file may be longer than 1 KiB
refuse "the backup failed" 1 bash -c 'trap "" XFSZ; ulimit -f 1; exec "$@"' - "$nightly" "$mnt" backups
is "$before" "$(ls -l backups)"
none_left
refuse "the backup failed" 1 "$nightly" "$mnt" nowhere
refuse "the backup failed" 1 "$nightly" "$mnt" restic:nowhere
refuse "the backup failed" 1 "$nightly" "$mnt" borg:nowhere
none_left

step "GoTo does not answer: what was last known, and it says so"
n=$(ls backups | wc -l)
fault '{"match":"GET /users","kind":"status","status":403,"count":-1}'
refuse "stored as of $(jq -r .mirror.refreshed "$mnt/.gotofs/status.json")" 1 \
	"$nightly" "$mnt" backups
fault_clear
is $((n + 1)) "$(ls backups | wc -l)"
none_left

step "restic: the second night nothing is new"
expect restic -q -r repo init
says "" "$nightly" "$mnt" restic:repo
says "" "$nightly" "$mnt" restic:repo
mapfile -t ids < <(restic -q -r repo snapshots --json | jq -r 'sort_by(.time)[].short_id')
is 2 ${#ids[@]}
is 1 "$(restic -q -r repo snapshots --json | jq '[.[] | select(.parent)] | length')"
is "" "$(restic -q -r repo diff "${ids[@]}" | grep '^[-+MUT]  */')"
expect restic -q -r repo restore latest --target restored
whole "restored$mnt/.gotofs/snapshots/nightly"
expect restic -q -r repo check

step "borg"
expect borg init -e none borgrepo
says "" "$nightly" "$mnt" borg:borgrepo
is 1 "$(borg list --short borgrepo | grep -c '^sandbox-')"
mkdir again
(cd again && borg extract ../borgrepo::"$(borg list --short ../borgrepo)") || fail "no archive"
whole "again$mnt/.gotofs/snapshots/nightly"
none_left

step "one at a time; one that was killed does not stop the next"
mkfifo hold
mkdir bin
printf '#!/bin/sh\nread -r _ <hold\n' >bin/restic
chmod +x bin/restic
exec {hold}<>hold
in_background env PATH="$WORK/bin:$PATH" "$nightly" "$mnt" restic:x
await 30 test -d "$mnt/.gotofs/snapshots/nightly"
refuse "another one is at work" 1 "$nightly" "$mnt" backups
test -d "$mnt/.gotofs/snapshots/nightly" || fail "the other's snapshot is gone"
kill -KILL "$waiting"
ended 137
echo >&"$hold" # its restic ends, too
await 30 flock -n "$mnt/.gotofs/snapshots" true
says "" "$nightly" "$mnt" backups
none_left

step "terminated: nothing is left"
in_background env PATH="$WORK/bin:$PATH" "$nightly" "$mnt" restic:x
await 30 test -d "$mnt/.gotofs/snapshots/nightly"
kill "$waiting"
echo >&"$hold"
ended 143
none_left

step "and back from there"
expect rm "$mnt/users/$dan.json"
echo '{"lastName":"Wrong"}' >"$mnt/users/$ann.json" || fail "not written"
sync_tenant
calls_clear
for dir in groups licenses users; do
	expect rsync -rlc copy/$dir/ "$mnt/$dir/"
done
sync_tenant
expect_writes "POST /users=1" "PUT /users/{}=1"
is "Lee" "$(tenant_user $ann .lastName)"
is "Sales 1" "$(tenant_user $dan '"\(.groupName) \(.licenseKeys | length)"')"
