#!/bin/bash
# SPDX-License-Identifier: MIT
# The sources tell of nobody when they are asked for the first time, and of
# everybody later: nobody stays "seen without use" for what was not told.
activity_products=gotowebinar,gotoconnect,gototraining,gotoassist
. "$(dirname "$0")/functions.sh"
. "$(dirname "$0")/functions_activity.sh"

products=${activity_products//,/ }
all='{"webinar":"%s","connect":"%s","training":"%s","assist":"%s"}'
seen() { (cd "$activity/$1" && find . -name '*.json' -exec jq -r '.lastActivity // empty' {} + | wc -l); }
told() { all_known "$1" && test "$(seen "$1")" -gt 0; }

start_sandbox --set oddities=false
switch "${all//%s/silent}"
mount_tenant
# shellcheck disable=SC2086 # words
await 120 all_known $products
for p in $products; do
	is 0 "$(seen "$p")"
done

step "one is seen again: whoever was looked at is looked at again, over the whole window"
unmount_tenant
switch "${all//%s/normal}"
for p in $products; do
	one=$(sandbox GET "activity?last=true&product=$p" | jq -r 'select(.holds).email' | head -n 1)
	use "$one" "$p"
done
mount_tenant
look
for p in $products; do
	await 60 told "$p"
	files_are_true "$p"
done
