#!/bin/bash
# SPDX-License-Identifier: MIT
# The limit of reclaiming is one of its own: a quarter of the license's holders
# within ten minutes; the one beyond takes back all that is held. And no tool
# that removes costs a seat here.

. "$(dirname "$0")/functions.sh"
. "$(dirname "$0")/functions_write.sh"
. "$(dirname "$0")/functions_reclaim.sh"
start_sandbox
reclaim_mount settle=30
mapfile -t all < <(find "$business" -maxdepth 1 -name '*.json' -printf '%f\n' | sort)
all=("${all[@]%.json}")
holders=$(find "$mnt/licenses/gotomeeting-business" -name '*.json' | wc -l)
limit=$((holders / 4))
test ${#all[@]} -gt 6 || fail "only ${#all[@]} candidates"
# limit_is N LIMIT: of gotomeeting-business, held; status.json says so
limit_is() {
	expect_out "$1 $2" jq -r '.guard.limits["reclaim/gotomeeting-business"] | "\(.held) \(.limit)"' \
		"$mnt/.gotofs/status.json"
}

step "a small license: three"
webinar=$reclaim/gotowebinar-pro
limit_is 0 $limit
expect cp /dev/stdin "$reclaim/rules.json" <<<'{"inactive_days":1,"new_seat_grace_days":0}'
await 30 bash -c "test \$(find '$webinar' -maxdepth 1 -name '*.json' | wc -l) -ge 4"
mapfile -t few < <(find "$webinar" -maxdepth 1 -name '*.json' -printf '%f\n' | sort)
expect mv "$webinar/${few[0]}" "$webinar/${few[1]}" "$webinar/${few[2]}" "$webinar/approved/"
refuse "quota exceeded" 1 mv "$webinar/${few[3]}" "$webinar/approved/"
error_record "reclaim/gotowebinar-pro/${few[3]}" "the removal limit: 3 of [0-9]+ holders, by reclaiming, of gotowebinar-pro"
is "" "$(ls "$webinar/approved")"
is 3 "$(find "$mnt/.gotofs/errors/reclaim/gotowebinar-pro" -type f | grep -vc "${few[3]}")"
await 30 bash -c "test \$(find '$webinar' -maxdepth 1 -name '*.json' | wc -l) = ${#few[@]}"

step "latched: nothing of it, but of others"
refuse "quota exceeded" 1 mv "$webinar/${few[0]}" "$webinar/approved/"
expect mv "$business/${all[0]}.json" "$business/approved/"
limit_is 1 $limit
expect_out tripped jq -r .guard.state "$mnt/.gotofs/status.json"

step "other removals are counted apart, and these are not for them"
expect rm "$mnt/licenses/gotowebinar-pro/${few[0]}"
expect_out "1 3" jq -r '.guard.limits["licenses/gotowebinar-pro"] | "\(.held) \(.limit)"' "$mnt/.gotofs/status.json"
expect_out "0" jq -r '.guard.limits["licenses/gotomeeting-business"].held // 0' "$mnt/.gotofs/status.json"
expect ln -s "../../users/${few[0]}" "$mnt/licenses/gotowebinar-pro/"

step "gotofs allow: more"
expect "$gotofs" allow "$mnt" --removals 10 --for 10m --reason "CHG-9"
expect mv "$webinar/${few[0]}" "$webinar/${few[1]}" "$webinar/${few[2]}" "$webinar/${few[3]}" "$webinar/approved/"
is 4 "$(find "$webinar/approved" -type f | wc -l)"
expect find "$reclaim" -path '*/approved/*' -delete
is 0 "$(find "$reclaim" -path '*/approved/*' | wc -l)"
expect "$gotofs" allow "$mnt" --removals 0 --for 1s --reason "over"
expect_calls

step "gotofs reclaim --all beyond the limit: none"
expect cp /dev/stdin "$reclaim/rules.json" <<<'{"inactive_days":1,"new_seat_grace_days":0}'
await 30 bash -c "test \$(find '$business' -name '*.json' | wc -l) -gt $limit"
n=$(find "$business" -name '*.json' | wc -l)
refuse "reclaim/gotomeeting-business: $n candidates, of which $limit may be reclaimed now ($limit within 10 minutes): nothing was approved" \
	1 "$gotofs" reclaim "$mnt" --all gotomeeting-business
is 0 "$(find "$business/approved" -type f | wc -l)"
expect "$gotofs" reclaim "$mnt" --all --max $limit gotomeeting-business
said "$limit seats are approved"
limit_is $limit $limit
expect find "$business/approved" -name '*.json' -delete
limit_is 0 $limit

acknowledge
step "what was sent counts for ten minutes, over a remount"
expect cp /dev/stdin "$reclaim/rules.json" <<<'{}'
await 30 test -e "$business/${all[2]}.json"
asked=$(questions "${all[0]}" "${all[1]}" "${all[2]}")
calls_clear
approve "${all[0]}" "${all[1]}" "${all[2]}"
sync_tenant
expect_calls "$read_again=$asked" "$take=3"
unmount_tenant
mount_tenant settle=30
expect_out "3" jq -r '.guard.limits["reclaim/gotomeeting-business"].sent' "$mnt/.gotofs/status.json"
calls_clear

step "no limit helps where nothing may be removed at all"
unmount_tenant
mount_tenant settle=30,max_removals=0
calls_clear
refuse "quota exceeded" 1 mv "$business/${all[3]}.json" "$business/approved/"
unmount_tenant
mount_tenant settle=30
calls_clear

step "no tool that removes costs a seat"
held_before=$(jq .changes.pending "$mnt/.gotofs/status.json")
candidates >before
mkdir empty
# Each fails, or finds nothing to do: what counts is what it leaves.
harmless() {
	"$@" >"$WORK/out" 2>&1
	candidates >after
	diff before after || fail "$* took" "$(cat out)"
	is "$held_before" "$(jq .changes.pending "$mnt/.gotofs/status.json")"
}
harmless rm -rf "$business"
harmless rm -f "$business"/*.json
harmless find "$reclaim" -mindepth 2 -name '*.json' -delete
harmless rsync -a --delete empty/ "$business/"
harmless rsync -a --delete --exclude=rules.json empty/ "$reclaim/"
harmless rsync -a --delete --include=reclaim/ --exclude=rules.json --include='reclaim/**' --exclude='*' empty/ "$mnt/"
harmless unlink "$business/${all[4]}.json"
harmless rmdir "$business/approved" "$business"
harmless mv "$business/${all[4]}.json" "$WORK/"
harmless mv "$business" "$WORK/business"
harmless cp -f --remove-destination /dev/null "$business/${all[4]}.json"
harmless cp -al "$business" "$WORK/copy"
harmless shred -u "$business/${all[4]}.json"
harmless truncate -s 0 "$business/${all[4]}.json"
harmless sed -i s/a/b/ "$business/${all[4]}.json"
harmless perl -e 'unlink @ARGV' "$business"/*.json
harmless tar -C "$mnt" --remove-files -cf "$WORK/x.tar" "reclaim/gotomeeting-business/${all[4]}.json"
harmless git --git-dir="$WORK/.git" --work-tree="$business" clean -fdx
expect cp -a "$business" "$WORK/business"
expect_calls
