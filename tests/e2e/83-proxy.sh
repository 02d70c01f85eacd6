#!/bin/bash
# SPDX-License-Identifier: MIT
# Proxies by the usual variables; what they get to see; who goes past them.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_tls.sh
. "$(dirname "$0")/functions_tls.sh"

host=api.gotofs.localhost # no loopback for gotofs, and no question to a DNS
certificate good "DNS:$host,IP:127.0.0.1" "$past" "$later"
export CURL_CA_BUNDLE=$ca
tls_sandbox good --tls-ca "$ca"
port=${sandbox_url##*:}
sed -i "s|127\.0\.0\.1|$host|" "$XDG_CONFIG_HOME/gotofs/$profile.conf"
expect grep -q "^api_url = https://$host:$port$" "$XDG_CONFIG_HOME/gotofs/$profile.conf"

proxy_log=$WORK/proxy
mkdir "$proxy_log"
"$(dirname "$0")/proxy" "$proxy_log" >"$WORK/proxy.port" 2>"$WORK/proxy.err" &
other_pids=$!
await 60 test -s "$WORK/proxy.port"
proxy=http://127.0.0.1:$(cat "$WORK/proxy.port")

asked() {
	sort -u "$proxy_log/asked" 2>/dev/null
	rm -f "$proxy_log/asked"
}

# mount_with STATE VARIABLE=VALUE...
mount_with() {
	local state=$1
	shift
	export "${@?}"
	mount_tenant state_dir="$WORK/state-$state"
	unset "${@%%=*}"
	expect_out 20 bash -c "ls '$mnt/users' | wc -l"
	unmount_tenant
}

step "without a variable no proxy"
unset https_proxy HTTPS_PROXY http_proxy all_proxy ALL_PROXY no_proxy NO_PROXY
mount_tenant state_dir="$WORK/state-0"
unmount_tenant
is "" "$(asked)"

step "each of the variables leads there"
for name in https_proxy HTTPS_PROXY all_proxy ALL_PROXY; do
	mount_with "$name" "$name=$proxy"
	is "$host:$port" "$(asked)"
done

step "writing goes through it, too; it sees neither token nor names"
export https_proxy=$proxy no_proxy=127.0.0.1 # for the test's own curl
mount_tenant
expect bash -c "echo '{\"lastName\":\"Proxied\"}' >'$mnt/users/ann.lee@example.com.json'"
is Proxied "$(tenant_user ann.lee@example.com .lastName)"
unmount_tenant
for word in Bearer Basic Authorization sandbox-pat ann.lee lastName; do
	! grep -qa "$word" "$proxy_log/seen" || fail "the proxy saw: $word"
done
is "$host:$port" "$(asked)"
unset https_proxy no_proxy

n=0
step "no_proxy and NO_PROXY name who is reached without"
for name in no_proxy NO_PROXY; do
	for value in "$host" ".gotofs.localhost" "example.org, $host" "*"; do
		mount_with "$name$((++n))" "https_proxy=$proxy" "$name=$value"
	done
done
is "" "$(asked)"


step "loopback never goes through a proxy"
sed -i "s|$host|127.0.0.1|" "$XDG_CONFIG_HOME/gotofs/$profile.conf"
mount_with loopback https_proxy="$proxy" http_proxy="$proxy" all_proxy="$proxy"
is "" "$(asked)"
sed -i "s|127\.0\.0\.1|$host|" "$XDG_CONFIG_HOME/gotofs/$profile.conf"

step "a proxy that refuses, that is none, that is not there"
export https_proxy=$proxy
printf 'HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Basic\r\n\r\n' >"$proxy_log/refuse"
no_mount "407"
printf 'HTTP/1.1 302 Elsewhere\r\nLocation: https://127.0.0.1:%s/\r\n\r\n' "$port" >"$proxy_log/refuse"
no_mount "302"
printf 'no HTTP at all' >"$proxy_log/refuse"
no_mount "$host"
rm "$proxy_log/refuse"
no_mount "$host" https_proxy=http://127.0.0.1:1

step "its password goes to the proxy, and into no sentence"
printf 'HTTP/1.1 403 No\r\n\r\n' >"$proxy_log/refuse"
rm -f "$proxy_log/seen"
no_mount "403" https_proxy="http://ann:pr0xy-secret@${proxy#http://}"
! grep -q "pr0xy-secret" "$WORK/err" || fail "the password is told"
expect grep -qi "Proxy-Authorization: Basic $(printf ann:pr0xy-secret | base64)" "$proxy_log/seen"
