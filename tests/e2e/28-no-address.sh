#!/bin/bash
# SPDX-License-Identifier: MIT
# Accounts (and a group) of which the tenant tells no address, no name: it omits
# what is empty. They are shown as all others are, whatever is done to them.

# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
. "$(dirname "$0")/functions_write.sh"
# shellcheck source=tests/e2e/functions_reclaim.sh
. "$(dirname "$0")/functions_reclaim.sh"

users=$mnt/users
# the first 8 digits of the SHA-256 of nothing
none="~$(printf '' | sha256sum | cut -c 1-8)"
one=7000000000000001111
two=7000000000000002222
ann=ann.lee@example.com

# everyone: who is there, by key
everyone() {
	jq -r .key "$users"/*.json | sort
}

# nobody_lost [KEY]...: all whom the tenant has
nobody_lost() {
	is "$(sandbox GET state | jq -r '.users[].key' | sort)" "$(everyone)"
}

# appears KEY: one without an address (the tenant of the sandbox would revive
# whoever had that one before)
appears() {
	mutate '{"op":"create-user","email":"new@example.com","key":"'$1'","license":"GoToMeeting Business"}'
	mutate '{"op":"update-user","email":"new@example.com","fields":{"email":""}}'
}

# has_key NAME KEY
has_key() {
	expect_out "$2" jq -r .key "$users/$1.json"
}

step "the first pull has one of them"
start_sandbox
mutate '{"op":"create-user","email":"","key":"'$two'","license":"GoToMeeting Business","fields":{"firstName":"no","lastName":"mail"}}'
mount_tenant settle=0.5
has_key "$none" $two
nobody_lost

step "two of them: the older key has the plain name; also after a remount and a kill"
appears $one
refresh_tenant
same() {
	has_key "$none" $one
	has_key "$none~2222" $two
	nobody_lost
}
same
refresh_tenant
same
remount
same
kill_and_mount
same

step "what a reader sees of them: record, links, use, reports, a snapshot"
expect_out 'null no mail' jq -r '"\(.email) \(.firstName) \(.lastName)"' "$users/$none~2222.json"
expect diff "$users/$none~2222.json" "$mnt/.gotofs/records/$none~2222.json"
for key in $one $two; do
	name=$none
	test $key = $one || name=$none~2222
	expect_out $key jq -r .key "$mnt/licenses/gotomeeting-business/$name.json"
	expect_out "null gotomeeting" jq -r '"\(.email) \(.product)"' \
		"$mnt/activity/gotomeeting/$name.json"
done
expect cp -r "$mnt/users" "$mnt/activity" "$mnt/reclaim" "$mnt/reports" "$WORK/"
is 2 "$(grep -c '^,' "$mnt/reports/users.csv")"
expect grep -q '^,no,mail,' "$mnt/reports/users.csv"
expect "$gotofs" status "$mnt"
expect mkdir "$mnt/.gotofs/snapshots/now"
expect_out $one jq -r .key "$mnt/.gotofs/snapshots/now/users/$none.json"
expect_out $two jq -r .key "$mnt/.gotofs/snapshots/now/users/$none~2222.json"
expect_out $two jq -r .key "$mnt/.gotofs/snapshots/now/licenses/gotomeeting-business/$none~2222.json"
(cd "$mnt/.gotofs/snapshots/now" && expect sha256sum --quiet -c MANIFEST.sha256)

step "a seat that nobody uses is none to be taken: he may be exempt"
reclaim_opts=settle=0.5
reclaim_know
is "" "$(candidates | grep -F "$none")"
test -n "$(candidates)" || fail "no candidates at all"
expect grep -q '^,no,mail,[^,]*,,,,unknown,' "$mnt/reports/users.csv"
refuse "No such file" 1 mv "$business/$none.json" "$business/approved/"

step "his names change, his seats: the calls that it takes, and nothing else moves"
expect sed -i 's/"lastName": .*/"lastName": "Post",/' "$users/$none~2222.json"
sync_tenant
expect_out "null Post" jq -r '"\(.email) \(.lastName)"' "$users/$none~2222.json"
expect ln -s "../../users/$none.json" "$mnt/licenses/gotowebinar-pro/"
expect ln -s "../../users/$none.json" "$mnt/groups/Berlin/"
sync_tenant
expect_writes "PUT /users/{}=1" "POST /licenses/{}/users/{}=1" "PUT /groups/{}/users/{}=1"
same
refresh_tenant
same

step "the address of somebody vanishes, and comes back"
key=$(tenant_user $ann .key)
ino=$(stat -c %i "$users/$ann.json")
links=$(find "$mnt/licenses" "$mnt/groups" -name "$ann.json" | sort)
mutate '{"op":"update-user","email":"'$ann'","fields":{"email":""}}'
refresh_tenant
name=$(basename "$(grep -l "\"$key\"" "$users"/~*)" .json)
is "$ino" "$(stat -c %i "$users/$name.json")"
is "$links" "$(find "$mnt/licenses" "$mnt/groups" -name "$name.json" |
	sed "s/$name.json/$ann.json/" | sort)"
is "" "$(find "$mnt" -name "$ann.json")"
nobody_lost
mutate '{"op":"update-user","email":"","fields":{"email":"'$ann'"}}'
refresh_tenant
has_key $ann "$key"
is "$ino" "$(stat -c %i "$users/$ann.json")"
is "$links" "$(find "$mnt/licenses" "$mnt/groups" -name "$ann.json" | sort)"
nobody_lost

step "he gets one from here"
expect mv "$users/$none~2222.json" "$users/two@example.com.json"
sync_tenant
is $two "$(tenant_user two@example.com .key)"
has_key two@example.com $two
has_key "$none" $one

step "rm; who comes after him under that name does not take his place in the trash"
expect rm "$users/$none.json"
sync_tenant
no_error_record "users/$none.json"
appears 7000000000000003333
refresh_tenant
has_key "$none" 7000000000000003333
nobody_lost
expect rm "$users/$none.json"
sync_tenant
is "$none.json $none~3333.json" "$(cd "$mnt/.gotofs/trash" && echo *)"
expect_out $one jq -r .key "$mnt/.gotofs/trash/$none.json"
refuse "" 1 mv "$mnt/.gotofs/trash/$none.json" "$users/"
nobody_lost

step "a group without a name is one as well"
mutate '{"op":"create-group","name":""}'
refresh_tenant
expect ls "$mnt/groups/$none"
refresh_tenant
remount
expect ls "$mnt/groups/$none"
nobody_lost

step "whom the profile protects nobody can tell of one without an address"
unmount_tenant
printf '\n[guard]\nprotect = boss@example.com\n' >>"$XDG_CONFIG_HOME/gotofs/$profile.conf"
appears 7000000000000004444
mount_tenant
refresh_tenant
refuse "Operation not permitted" 1 rm "$users/$none.json"
error_record "users/$none.json" "perhaps protected .*no address"
refuse "Operation not permitted" 1 mv "$users/$none.json" "$users/four@example.com.json"
has_key "$none" 7000000000000004444
expect mv "$users/$none.json" "$users/boss@example.com.json"
sync_tenant
has_key boss@example.com 7000000000000004444
