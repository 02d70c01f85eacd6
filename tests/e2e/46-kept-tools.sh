#!/bin/bash
# SPDX-License-Identifier: MIT
# Files that keep what was written (DESIGN 4.4), with tools that look again:
# rclone verifies, restic restores, rsync compares a whole account.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_write.sh
. "$(dirname "$0")/functions_write.sh"

start_sandbox --users 40
mount_tenant
calls_clear
max=max+test@example.com.json
webinar=licenses/gotowebinar-pro
export RCLONE_CONFIG=$WORK/rclone.conf
: >"$RCLONE_CONFIG"
clone() {
	rclone --log-level NOTICE --checkers 1 --transfers 1 "$@"
}

# is_same FILE SOURCE: bytes, size and time, to the second
is_same() {
	cmp "$2" "$1" >"$WORK/out" 2>&1 || fail "not kept" "$(cat "$1")"
	is "$(stat -c '%s %Y' "$2")" "$(stat -c '%s %Y' "$1")"
}
# write_list LASTNAME SECOND
write_list() {
	printf '{"firstName":"Ann","lastName":"%s"}\n' "$1" >list/ann.lee@example.com.json
	printf '{"lastName":"%s"}\n' "$1" >"list/$max"
	touch -d "2020-01-02 03:04:$2.123456789" list/*
}
settles() {
	is "" "$(rsync -ani "$1" "$2")"
}

mkdir list
write_list First 05

step "rclone: what it copied passes its own check, and is not copied again"
expect clone copy list "$users"
is "" "$(cat "$WORK/err")"
is_same "$ann" list/ann.lee@example.com.json
expect_calls "PUT /users/{}=2"
expect clone check --one-way list "$users"
expect clone check --one-way --download list "$users"
expect clone copy list "$users"
expect clone copy --checksum list "$users"
expect_calls
write_list Second 06
expect clone copy list "$users"
expect clone check --one-way list "$users"
expect_calls "PUT /users/{}=2"
printf '{"firstName":"Bob","lastName":"Stone"}' >list/bob.stone@example.com.json
expect clone copy list "$users"
expect clone check --one-way list "$users"
expect_calls "POST /users=1" "GET /users/{}=1"

step "restic: what it restores is what it has backed up, and is kept"
export RESTIC_REPOSITORY=$WORK/repository RESTIC_PASSWORD=test
expect restic init --no-cache --quiet
expect env -C list restic backup --no-cache --quiet .
write_list Third 07
rm list/bob.stone@example.com.json
expect cp -p list/* "$users/"
calls_clear
expect restic restore --no-cache --quiet --verify latest --target "$users"
sync_tenant
expect_calls "PUT /users/{}=2"
mkdir restored
expect restic restore --no-cache --quiet latest --target restored
for file in restored/*; do
	is_same "$users/${file##*/}" "$file"
done
is Second "$(tenant_user ann.lee@example.com .lastName)"
expect restic restore --no-cache --quiet latest --target "$users"
expect_calls

step "rsync --inplace, over longer and shorter texts"
rm -rf list restored
mkdir list
for name in Fourth Fi Seventeenth; do
	write_list $name "$((10 + ${#name}))"
	expect rsync -a --inplace list/ "$users/"
	is_same "$ann" list/ann.lee@example.com.json
	settles list/ "$users/"
done
sync_tenant
settles list/ "$users/"
expect_calls "PUT /users/{}=6"

step "a copy of the whole account, put back: nothing to do"
expect rm "$users/bob.stone@example.com.json"
sync_tenant
calls_clear
mkdir copy
for dir in groups licenses users; do
	expect rsync -a "$mnt/$dir/" copy/$dir/
done
# all_back [OPTION...]: what rsync would change, or has changed
all_back() {
	local dir
	for dir in groups licenses users; do
		rsync -ai --delete "$@" copy/$dir/ "$mnt/$dir/" ||
			fail "exit $? of rsync $dir"
	done
}
is "" "$(all_back -n)"
is "" "$(all_back)"
expect_calls

step "... edited: sent once, and then there is nothing to do again"
jq '.lastName = "Edited"' "copy/users/$max" >t && cp t "copy/users/$max"
printf '{"firstName":"Bob","lastName":"Stone"}\n\n' >copy/users/bob.stone@example.com.json
ln -s ../../users/bob.stone@example.com.json "copy/$webinar/"
touch -h -d 2020-02-03 "copy/$webinar/bob.stone@example.com.json"
find copy/groups -name "$max" -delete
ln -s "../../users/$max" "copy/groups/Berlin/$max"
rm -f "copy/groups/Berlin/ann.lee@example.com.json"
all_back >moved
sync_tenant
is Edited "$(tenant_user "${max%.json}" .lastName)"
is "" "$(all_back -n)"
calls_clear
nothing_to_do() {
	is "" "$(all_back -n)"
	is "" "$(all_back -n --link-dest="$WORK/copy/users")"
	expect rsync -a --delete --stats copy/users/ "$users/"
	said "Number of regular files transferred: 0"
	is "" "$(all_back)"
	expect_calls
}
nothing_to_do
is_same "$users/$max" "copy/users/$max"
is_same "$bob" copy/users/bob.stone@example.com.json
is "2020-02-03" "$(stat -c %y "$mnt/$webinar/bob.stone@example.com.json" | cut -d' ' -f1)"

step "... after a refresh and after a remount"
refresh_tenant
calls_clear
nothing_to_do
unmount_tenant
mount_tenant
calls_clear
nothing_to_do

step "one drifts: rsync -ani --delete is the plan"
mutate '{"op":"update-user","email":"'"${max%.json}"'","fields":{"lastName":"Drifted"}}'
mutate '{"op":"delete-user","email":"bob.stone@example.com"}'
refresh_tenant
calls_clear
all_back -n | grep -v '^\.d' >plan
is "$(printf '%s\n' "<f" "cL" | sort)" "$(cut -c 1-2 plan | sort -u | sed 's/>f/<f/')"
grep -q "$max" plan || fail "not in the plan: $max" "$(cat plan)"
expect_calls
all_back >moved
sync_tenant
is Edited "$(tenant_user "${max%.json}" .lastName)"
is "" "$(all_back -n)"
