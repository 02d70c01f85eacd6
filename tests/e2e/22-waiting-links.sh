#!/bin/bash
# SPDX-License-Identifier: MIT
# A link to somebody who is still to come waits for him and goes with him
# (rsync visits licenses/ before users/), and links in a tar archive.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"

start_sandbox
mount_tenant settle=10
bob=bob.stone@example.com
eve=eve.new@example.com
ann=ann.lee@example.com
business=$mnt/licenses/gotomeeting-business
webinar=$mnt/licenses/gotowebinar-pro
calls_clear

step "links before the user: shown, dangling, and waiting"
expect ln -s ../../users/$bob.json "$business/"
expect ln -s ../../users/$bob.json "$webinar/"
expect ln -s ../../users/$bob.json "$mnt/groups/Berlin/"
expect_out "../../users/$bob.json" readlink "$business/$bob.json"
refuse "No such file" 1 cat "$business/$bob.json"
test ! -e "$mnt/users/$bob.json" || fail "made up"
expect_out "" "$gotofs" sync "$mnt"
grep -q "3 links wait .*: users/$bob.json;" "$WORK/err" || fail "$(cat "$WORK/err")"
expect ln -s ../../users/$eve.json "$mnt/groups/Berlin/"
expect_out "" "$gotofs" sync "$mnt/groups"
grep -q "2 links wait .*: users/$bob.json users/$eve.json;" "$WORK/err" || fail "$(cat "$WORK/err")"
expect rm "$mnt/groups/Berlin/$eve.json"
expect_calls

step "then he comes: one POST has all of it"
expect cp /dev/stdin "$mnt/users/$bob.json" <<<'{"firstName":"Bob","lastName":"Stone"}'
expect_calls "POST /users=1" "GET /users/{}=1"
body=$(sandbox GET log | jq -r 'select(.route == "POST /users") | .body')
expect_out 2 jq -r '.licenseKeys | length' <<<"$body"
expect_out "$(tenant_group Berlin .key)" jq -r .groupKey <<<"$body"
expect_out $bob jq -r .email "$business/$bob.json"
expect_out Berlin jq -r .groupName "$mnt/users/$bob.json"
expect_out "" "$gotofs" sync "$mnt"
is "" "$(cat "$WORK/err")"
is "Berlin 2" "$(tenant_user $bob '"\(.groupName) \(.licenseKeys | length)"')"
expect_calls

step "a link that was taken away again in time is not folded in"
expect ln -s ../../users/$eve.json "$business/"
expect ln -s ../../users/$eve.json "$webinar/"
expect ln -s ../../users/$eve.json "$mnt/groups/Berlin/"
expect rm "$webinar/$eve.json" "$mnt/groups/Berlin/$eve.json"
expect cp /dev/stdin "$mnt/users/$eve.json" <<<'{"firstName":"Eve","lastName":"New"}'
sync_tenant
expect_calls "POST /users=1" "GET /users/{}=1"
is "null 1" "$(tenant_user $eve '"\(.groupName) \(.licenseKeys | length)"')"

step "a create that is refused: the links wait on, for a better document"
expect ln -s ../../users/late@example.com.json "$webinar/"
refuse "Invalid argument" 1 cp /dev/stdin "$mnt/users/late@example.com.json" <<<'{"firstName":"L"}'
fault '{"match":"POST /users","kind":"status","status":400,"count":2}'
refuse "Invalid argument" 1 cp /dev/stdin "$mnt/users/late@example.com.json" \
	<<<'{"firstName":"L","lastName":"A"}' # with his link, and without
test -L "$webinar/late@example.com.json" || fail "the link is gone"
expect cp /dev/stdin "$mnt/users/late@example.com.json" <<<'{"firstName":"L","lastName":"A"}'
expect_calls "POST /users=3" "GET /users/{}=1"
is 1 "$(tenant_user late@example.com '.licenseKeys | length')"

step "the user comes by GoTo's web page instead: the link is sent after him"
expect ln -s ../../users/web@example.com.json "$webinar/"
mutate '{"op":"create-user","email":"web@example.com","fields":{"firstName":"W","lastName":"B"}}'
refresh_tenant # whom we sent lately is read once more, by himself
sync_tenant
is "GET /groups=1 GET /licenses=1 GET /users=1 POST /licenses/{}/users/{}=1" \
	"$(calls | grep -v '^GET /users/{}=' | paste -sd' ')"
is 1 "$(tenant_user web@example.com '.licenseKeys | length')"

step "a link to somebody who is being removed, and then is not"
calls_clear
expect rm "$mnt/users/$eve.json"
expect ln -s ../../users/$eve.json "$webinar/"
expect cp /dev/stdin "$mnt/users/$eve.json" <<<'{"firstName":"Eve","lastName":"New"}'
sync_tenant
expect_calls "POST /licenses/{}/users/{}=1"
is 2 "$(tenant_user $eve '.licenseKeys | length')"

step "waiting links are there after a remount"
expect ln -s ../../users/zoe@example.com.json "$webinar/"
unmount_tenant
mount_tenant settle=10
expect readlink "$webinar/zoe@example.com.json"
calls_clear
expect cp /dev/stdin "$mnt/users/zoe@example.com.json" <<<'{"firstName":"Z","lastName":"O"}'
expect_calls "POST /users=1" "GET /users/{}=1"
is 1 "$(tenant_user zoe@example.com '.licenseKeys | length')"

step "rsync of a new user's list: licenses/ first, one POST"
mkdir -p list/users list/licenses/gotowebinar-pro list/groups/Berlin
new=rita.sync@example.com
echo '{"firstName":"Rita","lastName":"Sync"}' >list/users/$new.json
ln -s ../../users/$new.json list/licenses/gotowebinar-pro/
ln -s ../../users/$new.json list/groups/Berlin/
expect rsync -a list/ "$mnt/"
sync_tenant
expect_calls "POST /users=1" "GET /users/{}=1"
is "Berlin 1" "$(tenant_user $new '"\(.groupName) \(.licenseKeys | length)"')"
expect rsync -a list/ "$mnt/"
sync_tenant
expect_calls

step "tar x of all of it again: no call, and above all no DELETE"
# (tar unlinks first, which the administrators' files refuse)
expect tar -C "$mnt" -cf "$WORK/all.tar" --exclude='*admin@*' users licenses groups
expect tar -C "$mnt" -xf "$WORK/all.tar" --warning=no-timestamp
sync_tenant
expect_calls
before=$(cd "$mnt" && find . -type l -printf '%p %l\n' | sort)
expect tar -C "$mnt" -xf "$WORK/all.tar" --warning=no-timestamp
is "$before" "$(cd "$mnt" && find . -type l -printf '%p %l\n' | sort)"

step "tar x brings back what was taken away meanwhile"
expect rm "$webinar/$new.json" "$mnt/groups/Berlin/$ann.json"
sync_tenant
calls_clear
expect tar -C "$mnt" -xf "$WORK/all.tar" --warning=no-timestamp
sync_tenant
expect_calls "POST /licenses/{}/users/{}=1" "PUT /groups/{}/users/{}=1"
is Berlin "$(tenant_user $ann .groupName)"

step "a placeholder that tar left behind keeps its removal held, and nothing else"
expect python3 -c 'import os, sys; os.unlink(sys.argv[1]); os.mknod(sys.argv[1], 0o100000)' \
	"$webinar/$new.json"
expect_out "0 0" stat -c '%a %s' "$webinar/$new.json"
sync_tenant
expect_calls
is 1 "$(tenant_user $new '.licenseKeys | length')"
expect ln -sf ../../users/$new.json "$webinar/$new.json"
expect readlink "$webinar/$new.json"
sync_tenant
expect_calls

step "an address that moves to a name that links wait for: they are his"
calls_clear
expect ln -s ../../users/moved@example.com.json "$webinar/"
expect mv "$mnt/users/kim.park@example.com.json" "$mnt/users/moved@example.com.json"
sync_tenant
expect_calls "POST /licenses/{}/users/{}=1" "PUT /users/{}=1"
is 2 "$(tenant_user moved@example.com '.licenseKeys | length')"
expect_out moved@example.com jq -r .email "$webinar/moved@example.com.json"
