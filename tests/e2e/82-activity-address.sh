#!/bin/bash
# SPDX-License-Identifier: MIT
# GoToAssist names people by their addresses alone, as they were then: whoever
# has another one now is found by it, and whoever has his has not done it.
activity_products=gotoassist
. "$(dirname "$0")/functions.sh"
. "$(dirname "$0")/functions_activity.sh"

assist=$activity/gotoassist
what() { jq -c '[.state, .lastActivity, .counts]' "$assist/$1.json"; }

start_sandbox --set oddities=false --set assist_expert=then
mount_tenant
await 60 all_known gotoassist
files_are_true gotoassist
# two who have done something; the fixed people's past hangs on their addresses
mapfile -t who < <(jq -r 'select(.counts.supportSessions > 0).email' "$assist"/*.json |
	grep -v rob.remote | head -n 3)
one=${who[0]:?} two=${who[1]:?}
did_one=$(what "$one")
did_two=$(what "$two")
test "$did_one" != "$did_two" || fail "the same: $did_one"

step "one has another address, and two has one's"
expect mv "$mnt/users/$one.json" "$mnt/users/away@example.com.json"
sync_tenant
expect mv "$mnt/users/$two.json" "$mnt/users/$one.json"
sync_tenant

step "what was done before is asked for again: of each his own"
unmount_tenant
expect sqlite3 "$XDG_STATE_HOME/gotofs/$profile/mirror.db" "DELETE FROM activity"
mount_tenant
await 60 all_known gotoassist
is "$did_one" "$(what away@example.com)"
is "$did_two" "$(what "$one")"
files_are_true gotoassist

step "what they do from now on, too"
use away@example.com gotoassist
use "$one" gotoassist
look
files_are_true gotoassist

step "what was done by who is removed is not of whoever has his address now"
gone=${who[2]:?}
heir=$(jq -r 'select(.counts.supportSessions == 0).email' "$assist"/*.json | head -n 1)
did_heir=$(what "$heir")
test "$(what "$gone")" != "$did_heir" || fail "the same: $did_heir"
expect rm "$mnt/users/$gone.json"
sync_tenant
expect mv "$mnt/users/$heir.json" "$mnt/users/$gone.json"
sync_tenant
unmount_tenant
expect sqlite3 "$XDG_STATE_HOME/gotofs/$profile/mirror.db" "DELETE FROM activity"
mount_tenant
await 60 all_known gotoassist
is "$did_heir" "$(what "$gone")"
files_are_true gotoassist
