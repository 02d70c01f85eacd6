#!/bin/bash
# SPDX-License-Identifier: MIT
# st_ino and times: of a person, not of a name; the same after a remount and
# after kill -9. What was set by hand is kept, to the nanosecond.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"

start_sandbox
mount_tenant
users=$mnt/users
ann=ann.lee@example.com
dan=dan.fox@example.com
max=max+test@example.com
webinar=$mnt/licenses/gotowebinar-pro

everything() {
	(cd "$mnt" && find users licenses groups \
		-printf '%p ino %i %y %m %U %G %s to=%l m=%T@ c=%C@ n=%n\n' | sort)
}
# same_after CMD...: nothing of all that has moved
same_after() {
	local before
	before=$(everything)
	"$@"
	diff <(echo "$before") <(everything) >"$WORK/diff" ||
		fail "after $*" "$(head -20 "$WORK/diff")"
}
refresh_again() {
	refresh_tenant
	refresh_tenant
}

step "a tree as it came: stable over a remount, kill -9 and a refresh"
touch "$WORK/marker"
same_after remount
same_after kill_and_mount
same_after refresh_again
is "" "$(find "$mnt/users" "$mnt/licenses" "$mnt/groups" -newer "$WORK/marker")"
is "" "$(find "$mnt/users" "$mnt/licenses" "$mnt/groups" -newercm "$WORK/marker")"

step "no number is given twice"
is "" "$(find "$mnt/users" "$mnt/licenses" "$mnt/groups" -printf '%i\n' | sort | uniq -d)"

step "the number survives an update, a replacement, a new address, a pull"
ino=$(stat -c %i "$users/$max.json")
expect sed -i 's/"lastName": .*/"lastName": "One",/' "$users/$max.json"
is "$ino" "$(stat -c %i "$users/$max.json")"
expect install -m 600 "$users/$max.json" here.json
expect install -m 600 here.json "$users/$max.json"
is "$ino" "$(stat -c %i "$users/$max.json")"
expect mv "$users/$max.json" "$users/max@example.com.json"
is "$ino" "$(stat -c %i "$users/max@example.com.json")"
expect mv "$users/max@example.com.json" "$users/$max.json"
sync_tenant # so that the tenant knows him by it
mutate '{"op":"update-user","email":"'$max'","fields":{"lastName":"Two"}}'
sync_tenant
refresh_tenant
is "$ino" "$(stat -c %i "$users/$max.json")"
same_after remount

step "of a link: making it again, a mv of the group"
ino=$(stat -c %i "$mnt/groups/Berlin/$ann.json")
expect ln -sfn ../../users/$ann.json "$mnt/groups/Berlin/$ann.json"
is "$ino" "$(stat -c %i "$mnt/groups/Berlin/$ann.json")"
expect mv "$mnt/groups/Berlin" "$mnt/groups/Bonn"
is "$ino" "$(stat -c %i "$mnt/groups/Bonn/$ann.json")"
expect mv "$mnt/groups/Bonn" "$mnt/groups/Berlin"
expect ln -s ../../users/$ann.json "$webinar/"
expect mkdir "$mnt/groups/New"
expect ln -s ../../users/$dan.json "$mnt/groups/New/"
before=$(stat -c %i "$webinar/$ann.json" "$mnt/groups/New" "$mnt/groups/New/$dan.json")
sync_tenant
is "$before" "$(stat -c %i "$webinar/$ann.json" "$mnt/groups/New" "$mnt/groups/New/$dan.json")"
refresh_tenant
is "$before" "$(stat -c %i "$webinar/$ann.json" "$mnt/groups/New" "$mnt/groups/New/$dan.json")"
same_after remount
is "$before" "$(stat -c %i "$webinar/$ann.json" "$mnt/groups/New" "$mnt/groups/New/$dan.json")"

step "of a new user, before and after the tenant has named him"
expect cp /dev/stdin "$users/bob.stone@example.com.json" <<<'{"firstName":"Bob","lastName":"Stone"}'
sync_tenant
same_after remount
same_after kill_and_mount

step "mode, owner and times are kept when set, in nanoseconds"
expect touch -m -d '2001-02-03 04:05:06.123456789' "$users/$ann.json" "$users"
expect touch -h -d '2002-02-03 04:05:06.987654321' "$webinar/$ann.json"
expect touch -d '2003-02-03 04:05:06.000000001' "$webinar" "$mnt/groups/Berlin" "$mnt/groups"
expect chmod 640 "$users/$ann.json"
expect chmod 750 "$webinar" "$users"
expect chown 12:34 "$users/$dan.json" "$webinar"
expect chown -h 12:34 "$webinar/$ann.json"
sync_tenant
looks_right() {
	expect_out "640 2001-02-03 04:05:06.123456789 +0000" env TZ=UTC stat -c '%a %y' "$users/$ann.json"
	expect_out "12 34 2002-02-03 04:05:06.987654321 +0000" env TZ=UTC stat -c '%u %g %y' "$webinar/$ann.json"
	expect_out "750 12 34 2003-02-03 04:05:06.000000001 +0000" env TZ=UTC stat -c '%a %u %g %y' "$webinar"
	expect_out "12:34" stat -c '%u:%g' "$users/$dan.json"
	expect_out "2001-02-03 04:05:06.123456789 +0000" env TZ=UTC stat -c '%y' "$users"
}
looks_right
same_after remount
looks_right
same_after kill_and_mount
looks_right
same_after refresh_again

step "none of it was a call"
calls_clear
expect touch "$users/$ann.json" "$webinar"
expect chmod -R u+rwX "$mnt/groups"
sync_tenant
expect_calls

step "a time set by hand holds until the content changes"
expect touch -m -d '2001-01-01' "$users/$ann.json"
mutate '{"op":"update-user","email":"'$ann'","fields":{"lastName":"Newer"}}'
refresh_tenant
test "$users/$ann.json" -nt "$WORK/marker" || fail "a change with an old time"
expect_out 640 stat -c %a "$users/$ann.json"

step "made-up times strictly increase"
last=$(stat -c %.9Y "$users/$ann.json")
lastdir=$(stat -c %.9Y "$users")
for i in 1 2 3 4 5; do
	expect sed -i "s/\"lastName\": .*/\"lastName\": \"N$i\",/" "$users/$ann.json"
	now=$(stat -c %.9Y "$users/$ann.json")
	nowdir=$(stat -c %.9Y "$users")
	test "$(echo "$now > $last" | bc)" = 1 || fail "$last, then $now"
	test "$(echo "$nowdir > $lastdir" | bc)" = 1 || fail "$lastdir, then $nowdir"
	last=$now lastdir=$nowdir
done
sync_tenant
refresh_tenant
test "$(echo "$(stat -c %.9Y "$users/$ann.json") >= $last" | bc)" = 1 || fail "back in time"

step "an open reader keeps its bytes when the file is replaced or removed"
expect tar -C "$users" -cf ann.tar $ann.json
expect sed -i 's/"lastName": .*/"lastName": "Replaced",/' "$users/$ann.json"
sync_tenant
for way in "tar -C $users -xf ann.tar" "rm $users/$ann.json" \
	"cp --remove-destination ann.json $users/$ann.json" "mv ann2.json $users/$ann.json"; do
	cp "$users/$ann.json" "$WORK/ann.json"
	cp "$users/$ann.json" "$WORK/ann2.json"
	exec 9<"$users/$ann.json"
	was=$(md5sum <"$users/$ann.json")
	# shellcheck disable=SC2086 # words
	expect $way
	is "$was" "$(md5sum <&9)"
	exec 9<&-
	test -e "$users/$ann.json" || cp "$WORK/ann.json" "$users/$ann.json"
	sync_tenant
done

step "a person who goes and comes back is another one: another number, or the old"
key=$(tenant_user $dan .key)
ino=$(stat -c %i "$users/$dan.json")
cp "$users/$dan.json" dan.json
expect rm "$users/$dan.json"
sync_tenant
expect cp dan.json "$users/$dan.json"
sync_tenant
test "$key" = "$(tenant_user $dan .key)" -a "$ino" = "$(stat -c %i "$users/$dan.json")" ||
	fail "one account, two numbers"
is "" "$(find "$mnt/users" "$mnt/licenses" "$mnt/groups" -printf '%i\n' | sort | uniq -d)"
same_after remount
